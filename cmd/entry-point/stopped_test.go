package main_test

import (
	"strings"
	"syscall"
	"testing"
	"time"
)

// stopper stops every other process of its user, for ever, and kills those that run their
// command, so that they are started again. One that has not executed its command yet,
// which has our name still, stays stopped.
const stopper = `
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int main()
{
	for (;;) {
		for (int i = 0; i < 500; i++)
			kill(-1, SIGSTOP);
		DIR *dir = opendir("/proc");
		for (struct dirent *d; dir && (d = readdir(dir));) {
			char path[300], comm[32] = "";
			snprintf(path, sizeof path, "/proc/%s/comm", d->d_name);
			FILE *f = fopen(path, "r");
			if (!f)
				continue;
			if (fgets(comm, sizeof comm, f) && strcmp(comm, "true\n") == 0)
				kill(atoi(d->d_name), SIGKILL);
			fclose(f);
		}
		closedir(dir);
	}
}
`

// TestStoppedBeforeExecve: a program that stops whatever its user starts does not stop
// PID 1, which answers and ends in time.
func TestStoppedBeforeExecve(t *testing.T) {
	t.Parallel()
	file := compile(t, "stopper", stopper)
	p := controlled(t, `
[entrypoint]
exit_on = never

[program:attacker]
command = sh -c "mount --make-rprivate / && mount -t proc proc /proc && exec setpriv --reuid 65534 --regid 65534 --clear-groups `+file+`"

[program:victim]
command = /bin/true
user = nobody
numprocs = 20
process_name = %(program_name)s_%(process_num)02d
startsecs = 0
autorestart = true

[program:good]
command = sh -c "while :; do echo good; sleep 0.05; done"
`)
	p.start()
	p.await(&p.stdout, "good")
	p.awaitSocket()
	for end := time.Now().Add(attackTime); time.Now().Before(end); {
		if out, code := p.ctl("timeout", "10", binary, "ctl", "status", "good"); code != 0 || !strings.Contains(out, "good") {
			t.Fatalf("ctl status: exit code %d\n%s\nstderr:\n%s", code, out, p.stderr.String())
		}
	}
	_ = p.Process.Signal(syscall.SIGTERM)
	if code := p.code(); code != 0 && code != 137 {
		t.Errorf("exit code %d; stderr:\n%s", code, p.stderr.String())
	}
}

// attackTime was always long enough for PID 1 to hang, when it waited for its children.
const attackTime = 15 * time.Second
