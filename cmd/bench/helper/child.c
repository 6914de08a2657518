/* child [exit CODE [MS] | hold | signal]: what an init starts. Its first
 * instruction reports the time. Then it
 *   exit    ends with CODE, after MS milliseconds (with any other arguments, or
 *           none: at once, with 0),
 *   hold    does nothing until a signal ends it,
 *   signal  reports 0 when it is ready, and the time of every SIGUSR1 from its
 *           handler. */
#include "sys.h"
#include <asm/signal.h>

static void handler(int sig)
{
	report(now());
}

#if defined(__x86_64__)
/* Here the kernel leaves the way back from a handler to the C library. */
__asm__("restorer:\n\tmov $15, %eax\n\tsyscall\n"); /* 15: rt_sigreturn */
extern void restorer(void);
#endif

static void catch(int sig)
{
	struct sigaction action = { .sa_handler = handler };
#if defined(__x86_64__)
	action.sa_flags = SA_RESTORER;
	action.sa_restorer = restorer;
#endif
	if (call(rt_sigaction, sig, &action, 0, sizeof action.sa_mask) != 0)
		leave(123);
}

void start(long *stack)
{
	report(now());
	long argc = stack[0];
	char **argv = (char **)(stack + 1), what = argc < 2 ? 0 : argv[1][0];

	if (what == 's') {
		catch(SIGUSR1);
		report(0);
	}
	if (what == 's' || what == 'h')
		for (;;)
			call(ppoll); /* pause(2), which arm64 has not */
	if (what == 'e' && argc > 3) {
		long ms = number(argv[3]);
		struct timespec t = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };
		call(nanosleep, &t, 0);
	}
	leave(what == 'e' && argc > 2 ? number(argv[2]) : 0);
}
