package supervisor

import (
	"slices"
	"syscall"
	"testing"
	"time"

	"entrypoint/config"
	"entrypoint/supervisor/control"
	"entrypoint/supervisor/process"
)

// TestOrdersWhileChanging: a program that stops because its configuration has changed is
// never started with the old one, whatever is asked for meanwhile, and a stop holds.
func TestOrdersWhileChanging(t *testing.T) {
	for order, starts := range map[string]int{"start": 2, "restart": 2, "stop": 1} {
		t.Run(order, func(t *testing.T) {
			var handler control.Handler
			served := make(chan struct{})
			var given []string
			_, _, log := scenario{
				programs:  []*config.Program{named("slow"), named("other")},
				container: config.Container{ExitOn: config.ExitOnNever},
				given: func(name string, s *process.Spec) {
					if name == "slow" {
						given = append(given, s.Env[len(s.Env)-1])
					}
				},
				behave: func(w *world, name string, pid int, sig syscall.Signal) {
					if sig != 0 {
						w.end(pid, 3*time.Second, syscall.WaitStatus(sig))
					}
				},
				load: func() (*config.Config, error) {
					return &config.Config{
						Container: config.Container{ExitOn: config.ExitOnNever},
						Programs:  []*config.Program{named("slow", environment("A=2")), named("other")},
					}, nil
				},
				serve: func(h control.Handler) func() {
					handler = h
					close(served)
					return func() {}
				},
				outside: func(w *world) {
					<-served
					time.Sleep(5 * time.Second)
					w.signals <- syscall.SIGHUP
					time.Sleep(time.Second)
					ask(handler, do(order, "slow"))
					stopAfter(10 * time.Second)(w)
				},
			}.run(t)
			if len(given) != starts || slices.Contains(given[1:], given[0]) || starts == 2 && given[1] != "A=2" {
				t.Errorf("started with %q; log:\n%s", given, log)
			}
		})
	}
}

// TestStopOfQueuedRun: who stops a program whose next run waits for the end of this one
// does not want that either.
func TestStopOfQueuedRun(t *testing.T) {
	var handler control.Handler
	served := make(chan struct{})
	_, events, log := scenario{
		programs: []*config.Program{scheduled(t, "schedule = * * * * *\nschedule_overlap = queue\n")},
		behave:   obedient,
		serve: func(h control.Handler) func() {
			handler = h
			close(served)
			return func() {}
		},
		outside: func(w *world) {
			<-served
			time.Sleep(150 * time.Second) // the second run is queued
			ask(handler, do("stop", "report"))
			stopAfter(20 * time.Second)(w)
		},
	}.run(t)
	want(t, events, "1m0s start report", "2m30s report TERM")
	if log.remarks("report: runs still, so the next run begins after it") != 1 {
		t.Errorf("log:\n%s", log)
	}
}
