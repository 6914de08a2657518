package main_test

import (
	"strings"
	"syscall"
	"testing"
)

// TestListenerHangs: a listener that never reads holds up nothing. Its pool keeps
// the last events and says once that it loses others.
func TestListenerHangs(t *testing.T) {
	p := configured(t, map[string]string{"programs.conf": `
[eventlistener:hangs]
command = sleep 1000
events = PROCESS_LOG,PROCESS_STATE
buffer_size = 10
[program:chatty]
command = sh -c "i=0; while [ $i -lt 300 ]; do echo line $i; i=$((i+1)); done; echo all said; ` + loop + `"
stdout_events_enabled = true
[program:restless]
command = sh -c "echo again; sleep 1.2; exit 1"
`}).start()
	p.await(&p.stdout, "line 299\nall said")
	p.awaitTimes(&p.stdout, "again", 3)
	p.kill(syscall.SIGTERM)
	p.wantCode(0)
	if n := strings.Count(p.stderr.String(), "overflow"); n != 1 {
		t.Errorf("%d warnings of lost events, want 1:\n%s", n, p.stderr.String())
	}
}
