/* lines COUNT FIFO BLOCK: prints COUNT lines of 120 bytes in blocks of 64 kB, as a
 * program does that buffers its output, or each in a write of its own (BLOCK 120).
 * Reports the time before the first write and after the last one, and holds.
 *
 * Each line is its number modulo 8192, in four digits, and text that differs from
 * line to line (logline.go makes the same). 15 blocks hold just 8192 lines, so
 * they are made once, and to print them costs nothing but write(2). */
#include "sys.h"

#define LINE 120
#define CYCLE 8192

static char text[CYCLE * LINE]; /* a multiple of both sizes of blocks */

static void make_line(char *line, int n)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	for (int i = 3, rest = n; i >= 0; i--, rest /= 10)
		line[i] = '0' + rest % 10;
	line[4] = ' ';
	for (int i = 5; i < LINE - 1; i++)
		line[i] = letters[(n * 31 + i * 17) & 63];
	line[LINE - 1] = '\n';
}

void start(long *stack)
{
	char **argv = (char **)(stack + 1);
	if (stack[0] < 4)
		leave(64);
	report_to(argv[2]);
	for (int i = 0; i < CYCLE; i++)
		make_line(text + i * LINE, i);

	long left = number(argv[1]) * LINE, at = 0, block = number(argv[3]);
	report(now());
	while (left > 0) {
		long size = block - at % block; /* after a short write: to the block's end */
		if (size > left)
			size = left;
		long n = call(write, 1, text + at, size);
		if (n < 0)
			leave(124);
		left -= n;
		at = (at + n) % sizeof text;
	}
	report(now());
	for (;;)
		call(ppoll);
}
