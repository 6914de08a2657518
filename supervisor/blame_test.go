package supervisor

import (
	"strings"
	"syscall"
	"testing"
	"time"

	"entrypoint/config"
	"entrypoint/supervisor/control"
	"entrypoint/supervisor/notice"
	"entrypoint/supervisor/program"
)

// TestWhoStopped: the log and the status say who has stopped or signalled a program and
// why, also when it runs again, and while that is still starting.
func TestWhoStopped(t *testing.T) {
	admin := &control.By{Way: "page", User: "admin", Address: "10.0.0.9"}
	root := &control.By{Way: "ctl", User: "root"}
	by := func(do control.Operation, by *control.By, name string) *control.Request {
		return &control.Request{Do: do, Names: []string{name}, By: by, Signal: "KILL"}
	}
	steps := []struct {
		request *control.Request
		status  string // after a tenth of a second
	}{
		{by(control.DoStop, admin, "web"), "web STOPPED: killed by SIGTERM, stopped on request of admin from 10.0.0.9 (page), 100ms ago"},
		{by(control.DoStart, root, "web"), "web STARTING: pid 103, up for 200ms; the one before: killed by SIGTERM, stopped on request of admin from 10.0.0.9 (page)"},
		{by(control.DoRestart, &control.By{Way: "API", Address: "::1"}, "web"), "web STARTING: pid 104, up for 100ms; the one before: killed by SIGTERM, stopped on request of somebody from ::1 (API)"},
		{by(control.DoSignal, root, "web"), ": killed by SIGKILL after 100ms: by root (ctl), who sent SIGKILL"},
		{by(control.DoStop, root, "stubborn"), "stubborn STOPPING: pid 102, stopping for 200ms, on request of root (ctl)"},
	}
	handler := make(chan control.Handler, 1)
	_, _, log := scenario{
		programs: []*config.Program{named("web"), named("stubborn")},
		serve:    func(h control.Handler) func() { handler <- h; return func() {} },
		behave: func(w *world, name string, pid int, sig syscall.Signal) {
			if name == "web" {
				obedient(w, name, pid, sig)
			}
		},
		outside: func(w *world) {
			h := <-handler
			for _, step := range steps {
				ask(h, step.request)
				time.Sleep(200 * time.Millisecond)
				if got := ask(h, do("status", step.request.Names[0])); !strings.HasSuffix(strings.Join(got, ""), step.status) {
					t.Errorf("%s: %q, want %q", step.request.Do, got, step.status)
				}
			}
			time.Sleep(10 * time.Second)
			if got := ask(h, do("status", "stubborn")); !strings.Contains(got[0], ": by entry-point, it had not ended 10s after SIGTERM, and was stopped on request of root (ctl), ") {
				t.Errorf("status %q", got)
			}
			ask(h, &control.Request{Do: control.DoShutdown, By: admin})
		},
	}.run(t)
	if stops := log.became("web", program.Stopping); len(stops) == 0 || stops[0].Order != "on request of admin from 10.0.0.9 (page)" {
		t.Errorf("it is not told who has stopped it; log:\n%s", log)
	}
	if !log.says("web", notice.SignalSent{Signal: syscall.SIGKILL, By: " of root (ctl)"}) {
		t.Errorf("it is not told who has sent SIGKILL; log:\n%s", log)
	}
	if !log.says("", notice.EndAsked{By: "a request of admin from 10.0.0.9 (page) to end"}) {
		t.Errorf("it is not told who has asked for the end; log:\n%s", log)
	}
}
