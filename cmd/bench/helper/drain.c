/* drain COUNT: reads standard input in blocks of 1 MB, as fast as it can. Reports
 * the time when COUNT lines have come, or the end of the input if that is sooner;
 * and at the end of the input the number of bytes and of lines. */
#include "sys.h"

typedef unsigned char vector __attribute__((vector_size(16)));

static char block[1 << 20] __attribute__((aligned(16)));

/* How many newlines are in the n bytes of block: sixteen at a time, since this
 * takes its time from the init under test. */
static long newlines(long n)
{
	const vector *v = (const vector *)block;
	long found = 0, i = 0;
	while (i + 16 <= n) {
		vector sum = { 0 };
		for (int k = 0; k < 255 && i + 16 <= n; k++, i += 16)
			sum -= *v++ == '\n'; /* -1 where it is one */
		for (int k = 0; k < 16; k++)
			found += sum[k];
	}
	for (; i < n; i++)
		found += block[i] == '\n';
	return found;
}

void start(long *stack)
{
	char **argv = (char **)(stack + 1);
	u64 wanted = stack[0] < 2 ? 0 : number(argv[1]), lines = 0, bytes = 0;
	int complete = 0;

	for (long n; (n = call(read, 0, block, sizeof block)) > 0; bytes += n) {
		lines += newlines(n);
		if (!complete && lines >= wanted) {
			report(now());
			complete = 1;
		}
	}
	if (!complete)
		report(now());
	report(bytes);
	report(lines);
	leave(0);
}
