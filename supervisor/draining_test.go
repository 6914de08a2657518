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

// TestDrain: after a request to stop the programs go on for a while, and are
// started again if they end; health says that nobody should come any more.
func TestDrain(t *testing.T) {
	programs := []*config.Program{
		named("front", func(p *config.Program) { p.Priority = 20 }),
		named("app", func(p *config.Program) {
			p.Priority = 10
			p.Autorestart = config.RestartAlways
		}),
	}
	served := make(chan control.Handler, 1)
	var loop control.Handler
	var ready []bool
	health := func() {
		answered := make(chan *control.Answer, 2)
		loop.Handle(&control.Request{Do: control.DoHealth}, func(a *control.Answer) { answered <- a })
		ready = append(ready, (<-answered).Health.Ready)
	}
	died := false
	code, events, log := scenario{
		programs: programs, container: config.Container{Drain: 3 * time.Second},
		serve: func(h control.Handler) func() { served <- h; return func() {} },
		behave: func(w *world, name string, pid int, sig syscall.Signal) {
			if name == "app" && sig == 0 && !died {
				died = true
				w.end(pid, 6*time.Second, 0) // in the middle of the drain
				return
			}
			obedient(w, name, pid, sig)
		},
		outside: func(w *world) {
			time.Sleep(4 * time.Second)
			loop = <-served
			health()
			stopAfter(time.Second)(w)
			time.Sleep(time.Second / 2)
			health()
		},
	}.run(t)
	if code != 0 || len(ready) != 2 || !ready[0] || ready[1] {
		t.Errorf("exit code %d, ready %v; log:\n%s", code, ready, log)
	}
	want(t, events, "0s start app", "0s start front", "6s start app", "8s front TERM", "8.1s app TERM")
	if !log.says("", notice.EndAsked{By: "SIGTERM", Then: notice.Draining, Drain: 3 * time.Second}) {
		t.Errorf("it is not told that it drains; log:\n%s", log)
	}
	if !log.says("", notice.DrainOver{}) {
		t.Errorf("it is not told that it has drained; log:\n%s", log)
	}
	stops := []notice.Stop{{Program: "front", Took: 100 * time.Millisecond}, {Program: "app", Took: 100 * time.Millisecond}}
	if _, e := log.end(); e.Took != "3.2s" || e.Drained != 3*time.Second || !slices.Equal(e.Stops, stops) {
		t.Errorf("the end is %+v; log:\n%s", e, log)
	}
}

// TestDrainInBudget: the drain is a part of the budget, which ends everything.
func TestDrainInBudget(t *testing.T) {
	code, events, log := scenario{
		programs:  []*config.Program{named("app", func(p *config.Program) { p.StopSignals[0].Wait = time.Minute })},
		container: config.Container{Drain: 4 * time.Second},
		behave:    func(*world, string, int, syscall.Signal) {},
		outside:   stopAfter(2 * time.Second),
	}.run(t)
	want(t, events, "0s start app", "6s app TERM", "11s app KILL")
	_, e := log.end()
	if code != 137 || !e.Killed || e.Drained != 4*time.Second || !slices.Equal(e.Stops, []notice.Stop{{Program: "app", Took: 5 * time.Second, Killed: true}}) {
		t.Errorf("exit code %d; log:\n%s", code, log)
	}
}

// TestDrainCutShort: a second request ends the drain and not the programs; only
// the third one kills.
func TestDrainCutShort(t *testing.T) {
	code, events, _ := scenario{
		programs:  []*config.Program{named("app")},
		container: config.Container{Drain: 5 * time.Second},
		behave:    func(*world, string, int, syscall.Signal) {},
		outside: func(w *world) {
			stopAfter(2 * time.Second)(w)
			stopAfter(400 * time.Millisecond)(w) // the same request
			stopAfter(1 * time.Second)(w)
			stopAfter(1 * time.Second)(w)
		},
	}.run(t)
	want(t, events, "0s start app", "3.4s app TERM", "4.4s app KILL")
	if code != 137 {
		t.Errorf("exit code %d", code)
	}
}

// TestNoDrain: the end of the container by a failure waits for nobody, not even
// when it comes during a drain.
func TestNoDrain(t *testing.T) {
	fails := func(after time.Duration, outside func(*world)) (int, []string) {
		code, events, _ := scenario{
			programs: []*config.Program{
				named("app"), named("job", func(p *config.Program) {
					p.Autorestart, p.Critical = config.RestartNever, config.CriticalYes
				}),
			},
			container: config.Container{Drain: 5 * time.Second},
			behave: func(w *world, name string, pid int, sig syscall.Signal) {
				if name == "job" && sig == 0 {
					w.end(pid, after, exitCode(7))
					return
				}
				obedient(w, name, pid, sig)
			},
			outside: outside,
		}.run(t)
		return code, events
	}
	code, events := fails(3*time.Second, nil)
	want(t, events, "0s start app", "0s start job", "3s app TERM")
	if code != 7 {
		t.Errorf("exit code %d", code)
	}
	code, events = fails(3*time.Second, stopAfter(2*time.Second))
	want(t, events, "0s start app", "0s start job", "3s app TERM")
	if code != 7 {
		t.Errorf("exit code %d", code)
	}
}
