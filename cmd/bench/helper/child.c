/* child [exit CODE [MS] | hold [FIFO] | term FIFO | signal]: what an init
 * starts. It reports the time of its first instruction, to FIFO if one is named.
 * Then it
 *   exit    ends with CODE, after MS milliseconds (with any other arguments, or
 *           none: at once, with 0),
 *   hold    does nothing until a signal ends it,
 *   term    ends with 0 at a SIGTERM, and reports the time of that,
 *   signal  reports 0 when it is ready, and the time of every SIGUSR1 from its
 *           handler. */
#include "sys.h"
#include <asm/signal.h>

static void handler(int sig)
{
	report(now());
	if (sig == SIGTERM)
		leave(0);
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
	u64 first = now();
	long argc = stack[0];
	char **argv = (char **)(stack + 1), what = argc < 2 ? 0 : argv[1][0];

	if ((what == 'h' || what == 't') && argc > 2)
		report_to(argv[2]);
	if (what == 't')
		catch(SIGTERM);
	report(first);
	if (what == 's') {
		catch(SIGUSR1);
		report(0);
	}
	if (what == 's' || what == 'h' || what == 't')
		for (;;)
			call(ppoll); /* pause(2), which arm64 has not */
	if (what == 'e' && argc > 3) {
		long ms = number(argv[3]);
		struct timespec t = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };
		call(nanosleep, &t, 0);
	}
	leave(what == 'e' && argc > 2 ? number(argv[2]) : 0);
}
