/* orphans COUNT: makes COUNT orphans in a steady stream, each by forking twice,
 * as a daemon does: the middle process ends at once, so the kernel gives the
 * last one, which ends as well, to PID 1 to be reaped. Then reports
 *   the time when the first was made and the time when all were reaped,
 *   the greatest number that were there at once, dead or dying,
 * and holds. */
#include "sys.h"
#include <asm/signal.h>
#include <linux/mman.h>
#include <linux/sched.h>

/* fork, as vfork(2): the child borrows our memory and we wait until it has
 * ended, so a process costs little and the stream is dense. */
#define fork() call(clone, CLONE_VM | CLONE_VFORK | SIGCHLD)

/* A function of its own, so that its stack frame lies below that of start,
 * which is not to find its variables changed when it goes on. */
static void __attribute__((noinline, noreturn)) middle(int *pid)
{
	long last = fork();
	if (last == 0)
		leave(0);
	*pid = last;
	leave(last < 0);
}

/* A zombie keeps its pid: kill(2) fails only once it is reaped. */
static int reaped(int pid)
{
	return call(kill, pid, 0) != 0;
}

void start(long *stack)
{
	char **argv = (char **)(stack + 1);
	long count = stack[0] < 2 ? 0 : number(argv[1]), next = 0, peak = 0;
	int *pids = (int *)call(mmap, 0, (count + 1) * sizeof(int), PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	const struct timespec pause = { .tv_nsec = 100000 };
	u64 begin = now();

	for (long i = 0; i < count; i++) {
		long pid = fork();
		if (pid == 0)
			middle(&pids[i]);
		int status = 0;
		if (pid < 0 || call(wait4, pid, &status, 0, 0) != pid || status != 0)
			leave(124);
		/* They are reaped in about the order in which they died. */
		while (next <= i && reaped(pids[next]))
			next++;
		if (i + 1 - next > peak)
			peak = i + 1 - next;
	}
	while (next < count)
		if (reaped(pids[next]))
			next++;
		else
			call(nanosleep, &pause, 0);

	report(begin);
	report(now());
	report(peak);
	for (;;)
		call(ppoll);
}
