/* early SIGNAL NANOSECONDS COMMAND ARG...: the process that becomes the init COMMAND, as
 * PID 1, and a second one that sends PID 1 the signal that long after the execve. Who sends
 * it from outside of the namespace is woken too late on a busy machine. */
#include "sys.h"
#include <asm/signal.h>

void start(long *stack)
{
	char **argv = (char **)(stack + 1), **env = argv + stack[0] + 1;
	u64 at = now() + number(argv[2]);

	if (call(clone, SIGCHLD) == 0) {
		while (now() < at)
			;
		call(kill, 1, number(argv[1]));
		leave(0);
	}
	call(execve, argv[3], argv + 3, env);
	leave(122);
}
