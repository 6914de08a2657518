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

func oneshot(p *config.Program) {
	p.Oneshot, p.StartSecs, p.Autorestart = true, 0, config.RestartNever
}

// ends lets programs end by themselves after a time, with a code.
func ends(after map[string]time.Duration, codes map[string]int) func(*world, string, int, syscall.Signal) {
	return func(w *world, name string, pid int, sig syscall.Signal) {
		if d, ok := after[name]; ok && sig == 0 {
			w.end(pid, d, exitCode(codes[name]))
			return
		}
		obedient(w, name, pid, sig)
	}
}

// TestOneshot: what depends on it starts when it has ended, and its end is not
// the container's.
func TestOneshot(t *testing.T) {
	for _, on := range []config.ExitOn{config.ExitOnFatal, config.ExitOnAny} {
		code, events, log := scenario{
			programs: []*config.Program{
				named("migrate", oneshot, func(p *config.Program) { p.Critical = config.CriticalYes }),
				named("web", func(p *config.Program) { p.DependsOn = []config.Dependency{{Name: "migrate"}} }),
			},
			container: config.Container{ExitOn: on},
			behave:    ends(map[string]time.Duration{"migrate": 3 * time.Second}, nil),
			outside:   stopAfter(6 * time.Second),
		}.run(t)
		want(t, events, "0s start migrate", "3s start web", "6s web TERM")
		if code != 0 {
			t.Errorf("exit code %d; log:\n%s", code, log)
		}
	}
}

// TestOneshotFails: nothing starts that needs it, and the container ends with its
// code, unless that is of no importance.
func TestOneshotFails(t *testing.T) {
	for critical, wantCode := range map[config.Critical]int{config.CriticalDefault: 5, config.CriticalNo: 0} {
		code, events, log := scenario{
			programs: []*config.Program{
				named("migrate", oneshot, func(p *config.Program) { p.Critical = critical }),
				named("web"),
			},
			behave:  ends(map[string]time.Duration{"migrate": time.Second}, map[string]int{"migrate": 5}),
			outside: stopAfter(3 * time.Second),
		}.run(t)
		stop := map[int]string{5: "1s web TERM", 0: "3s web TERM"}[wantCode]
		want(t, events, "0s start migrate", "0s start web", stop)
		if code != wantCode || wantCode != 0 && !log.says("migrate", notice.Failing{Code: 5, Why: "has failed"}) {
			t.Errorf("exit code %d; log:\n%s", code, log)
		}
	}
}

// TestFailureWaitsForWork: when a oneshot fails, another one that is under way is not cut
// off, nor is what it needs, as long as the stop budget of 9 s allows that. A request to
// end does not wait.
func TestFailureWaitsForWork(t *testing.T) {
	for name, c := range map[string]struct {
		takes  time.Duration
		asked  time.Duration // when SIGTERM comes; 0: never
		events []string
	}{
		"ends in time": {4 * time.Second, 0, []string{"0s start bad", "0s start db", "0s start migrate", "4s db TERM"}},
		"takes longer": {20 * time.Second, 0, []string{"0s start bad", "0s start db", "0s start migrate", "7s migrate TERM", "7.1s db TERM"}},
		"asked to end": {4 * time.Second, 2 * time.Second, []string{"0s start bad", "0s start db", "0s start migrate", "2s migrate TERM", "2.1s db TERM"}},
	} {
		code, events, log := scenario{
			programs: []*config.Program{
				named("bad", oneshot), named("db"),
				named("migrate", oneshot, func(p *config.Program) {
					p.DependsOn = []config.Dependency{{Name: "db", Until: config.UntilStarted}}
				}),
			},
			behave: func(w *world, name string, pid int, sig syscall.Signal) {
				ends(map[string]time.Duration{"bad": time.Second, "migrate": c.takes}, map[string]int{"bad": 5})(w, name, pid, sig)
			},
			outside: func(w *world) {
				if c.asked > 0 {
					stopAfter(c.asked)(w)
				}
			},
		}.run(t)
		slices.Sort(events[:min(3, len(events))])
		want(t, events, c.events...)
		if code != 5 || !log.says("", notice.WorkAwaited{Programs: []string{"migrate"}, Limit: 6 * time.Second}) {
			t.Errorf("%s: exit code %d; log:\n%s", name, code, log)
		}
	}
}

// TestOnce: the second container finds that the work is done, and goes on as if
// it had done it.
func TestOnce(t *testing.T) {
	dir := t.TempDir()
	for run := range 2 {
		handler, status := make(chan control.Handler, 1), []string{}
		code, events, log := scenario{
			serve: func(h control.Handler) func() { handler <- h; return func() {} },
			programs: []*config.Program{
				named("migrate", oneshot, func(p *config.Program) { p.Once = config.Once{Mode: config.OncePerVolume, Dir: dir} }),
				named("web", func(p *config.Program) { p.DependsOn = []config.Dependency{{Name: "migrate"}} }),
			},
			behave: ends(map[string]time.Duration{"migrate": time.Second}, nil),
			outside: func(w *world) {
				h := <-handler
				time.Sleep(2 * time.Second)
				status = ask(h, do("status", "migrate"))
				time.Sleep(time.Second)
				w.signals <- syscall.SIGTERM
			},
		}.run(t)
		// Of a process that there never was no time is computed.
		skipped := "has run before, so it is not started"
		changes := facts[*notice.Changed](log, "migrate")
		if run == 1 && (len(changes) != 1 || changes[0].Skipped != skipped || !slices.Equal(status, []string{"migrate EXITED: " + skipped})) {
			t.Errorf("%d changes of its state, status %q; log:\n%s", len(changes), status, log)
		}
		if run == 0 {
			want(t, events, "0s start migrate", "1s start web", "3s web TERM")
		} else {
			want(t, events, "0s start web", "3s web TERM")
		}
		if code != 0 || changes[0].After.Skipped != (run == 1) {
			t.Errorf("run %d: exit code %d; log:\n%s", run, code, log)
		}
	}
	// Alone it is noted as well before the container ends.
	for run := range 2 {
		alone := t.TempDir()
		code, events, _ := scenario{
			programs: []*config.Program{
				named("job", oneshot, func(p *config.Program) { p.Once = config.Once{Mode: config.OncePerVolume, Dir: alone} }),
			},
			behave: ends(map[string]time.Duration{"job": time.Second}, nil),
		}.run(t)
		if code != 0 || len(events) > 1 {
			t.Errorf("run %d: exit code %d, %q", run, code, events)
		}
	}
}

// TestOnceNowhere: without a place for the mark it runs, and says so.
func TestOnceNowhere(t *testing.T) {
	code, events, log := scenario{
		programs: []*config.Program{
			named("migrate", oneshot, func(p *config.Program) {
				p.Once = config.Once{Mode: config.OncePerVolume, Dir: "/proc/nowhere"}
			}),
		},
		behave: ends(map[string]time.Duration{"migrate": time.Second}, nil),
	}.run(t)
	want(t, events, "0s start migrate")
	if code != 0 || log.remarks("it runs without knowing whether it has run before") != 1 {
		t.Errorf("exit code %d; log:\n%s", code, log)
	}
}
