package supervisor

import (
	"slices"
	"syscall"
	"testing"
	"time"

	"entrypoint/config"
	"entrypoint/supervisor/control"
	"entrypoint/supervisor/notice"
)

// TestProgramReload: who asks for a reload is told what has become of it, also where the
// process has ended meanwhile, which the log tells after its end.
func TestProgramReload(t *testing.T) {
	handler := make(chan control.Handler, 1)
	_, events, log := scenario{
		programs: []*config.Program{
			named("good", func(p *config.Program) { p.ReloadCheck, p.ReloadSignal = []string{"check"}, syscall.SIGHUP }),
			named("ends", func(p *config.Program) { p.ReloadCheck, p.ReloadSignal = []string{"slow"}, syscall.SIGHUP }),
			named("plain"),
		},
		behave: func(w *world, name string, pid int, sig syscall.Signal) {
			switch {
			case name == "check" && sig == 0:
				w.end(pid, 0, exitCode(0))
			case name == "slow" && sig == 0:
				w.end(pid, 10*time.Second, exitCode(0))
			case name == "ends" && sig == 0:
				w.end(pid, 5*time.Second, exitCode(3))
			case sig != syscall.SIGHUP:
				obedient(w, name, pid, sig)
			}
		},
		serve: func(h control.Handler) func() { handler <- h; return func() {} },
		outside: func(w *world) {
			h := <-handler
			time.Sleep(2 * time.Second)
			got := ask(h, do("reload", "good", "ends", "plain"))
			if slices.Sort(got); !slices.Equal(got, []string{"ends failed", "good ok", "plain failed"}) {
				t.Errorf("results %q", got)
			}
			if now := time.Since(w.start); now > 6*time.Second {
				t.Errorf("answered after %v", now)
			}
			stopAfter(10 * time.Second)(w) // when the check, whose answer means nothing any more, has ended
		},
	}.run(t)
	if !slices.Contains(untimed(events), "good HUP") || slices.Contains(untimed(events), "ends HUP") {
		t.Errorf("the world saw %q", events)
	}
	after := slices.IndexFunc(log, func(n notice.Notice) bool {
		c, is := n.Fact.(*notice.Changed)
		return is && n.Program == "ends" && c.After.Code == 3
	})
	if after < 0 || log[after:].remarks("ends: not reloaded: its process has ended meanwhile") != 1 {
		t.Errorf("log:\n%s", log)
	}
}
