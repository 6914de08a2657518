package main_test

import (
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestListenerSignalsUs: an event listener that signals PID 1 whenever a program has
// stopped is not an operator who has lost his patience. The one outside is, when he
// signals again.
func TestListenerSignalsUs(t *testing.T) {
	t.Parallel()
	p := controlled(t, `
[supervisord]
pidfile = %(here)s/supervisord.pid
[program:quick]
command = sh -c "trap 'sleep 0.8; exit 0' TERM; echo quick up; `+loop+`"
[program:slow]
command = sh -c "trap 'sleep 2; echo slow: saved; exit 0' TERM; echo slow up; `+loop+`"
[eventlistener:watchdog]
command = bash %(here)s/listener.sh
events = PROCESS_STATE_STOPPED
`)
	p.write("listener.sh", "echo READY\nwhile read -r line; do echo \"signals $$\" >&2; kill -QUIT \"$(cat "+p.Dir+"/supervisord.pid)\"; done\n")
	p.start()
	p.await(&p.stdout, "quick up")
	p.await(&p.stdout, "slow up")
	p.await(&p.stderr, "watchdog: running")
	p.kill(syscall.SIGTERM)
	p.wantCode(0)
	if out, log := p.stdout.String(), p.stderr.String(); !strings.Contains(out, "slow: saved") || !strings.Contains(log, "signals ") {
		t.Errorf("stdout:\n%sstderr:\n%s", out, log)
	}
}

// TestOperatorInsists: a second signal from outside kills what is left, half a second
// after the first one at the earliest.
func TestOperatorInsists(t *testing.T) {
	t.Parallel()
	p := supervise(t, "[program:deaf]\ncommand = sh -c \"trap '' TERM; echo up; "+loop+"\"\n")
	p.await(&p.stdout, "up")
	begin := time.Now()
	for {
		p.kill(syscall.SIGTERM)
		select {
		case <-p.done:
		case <-time.After(50 * time.Millisecond):
			continue
		}
		break
	}
	if took := time.Since(begin); took < 500*time.Millisecond || took > 5*time.Second {
		t.Errorf("killed after %v", took)
	}
	p.wantCode(137)
}
