/* stage COMMAND ARG...: the first program of a new PID and mount namespace.
 * Mounts the namespace's own /proc, reports the time, and becomes COMMAND,
 * which so is PID 1, as it would be in a container. */
#include "sys.h"
#include <linux/mount.h>

void start(long *stack)
{
	char **argv = (char **)(stack + 1), **env = argv + stack[0] + 1;

	/* Nothing that is mounted here may reach the machine's namespace. */
	if (call(mount, 0, "/", 0, MS_REC | MS_PRIVATE) != 0)
		leave(120);
	if (call(mount, "proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC) != 0)
		leave(121);
	report(now());
	call(execve, argv[1], argv + 1, env);
	leave(122);
}
