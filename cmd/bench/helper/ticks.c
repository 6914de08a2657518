/* ticks MS: prints a line of 120 bytes each MS milliseconds, for ever. */
#include "sys.h"

#define LINE 120

void start(long *stack)
{
	char **argv = (char **)(stack + 1);
	static char line[LINE];
	if (stack[0] < 2)
		leave(64);
	for (int i = 0; i < LINE - 1; i++)
		line[i] = 'a' + i % 26;
	line[LINE - 1] = '\n';

	long ms = number(argv[1]);
	struct timespec t = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };
	for (;;) {
		call(nanosleep, &t, 0);
		if (call(write, 1, line, LINE) < 0)
			leave(124);
	}
}
