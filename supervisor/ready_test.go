package supervisor

import (
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"entrypoint/config"
	"entrypoint/supervisor/notice"
)

// ready gives a program a probe.
func ready(p config.Probe, change ...func(*config.Program)) func(*config.Program) {
	return func(c *config.Program) {
		c.Ready, c.StartSecs = p, 0
		for _, f := range change {
			f(c)
		}
	}
}

func on(deps ...config.Dependency) func(*config.Program) {
	return func(c *config.Program) { c.DependsOn = deps }
}

// checking behaves as programs whose command "check" ends with 0 from a moment on.
func checking(from time.Duration, until time.Duration) func(w *world, name string, pid int, sig syscall.Signal) {
	return func(w *world, name string, pid int, sig syscall.Signal) {
		if name == "check" && sig == 0 {
			status := exitCode(3)
			if t := time.Since(w.start); t >= from && (until == 0 || t < until) {
				status = exitCode(0)
			}
			w.end(pid, 10*time.Millisecond, status)
			return
		}
		obedient(w, name, pid, sig)
	}
}

var execCheck = config.Probe{Kind: config.ProbeExec, Command: []string{"check"}}

// without leaves out what a test does not look at.
func without(events []string, part string) (list []string) {
	for _, e := range events {
		if !strings.Contains(e, part) {
			list = append(list, e)
		}
	}
	return list
}

// TestReadyByCommand: what depends on a program waits until its command ends well.
func TestReadyByCommand(t *testing.T) {
	code, events, log := run(t, []*config.Program{
		named("app", ready(execCheck, func(c *config.Program) { c.Every = 500 * time.Millisecond })),
		named("front", on(config.Dependency{Name: "app"})),
	}, checking(2*time.Second, 0), stopAfter(10*time.Second))
	if code != 0 {
		t.Errorf("exit code %d", code)
	}
	want(t, without(events, "check"), "0s start app", "2.1s start front", "10s front TERM", "10.1s app TERM")
	if log.remarks("app: ready after 2.1s")+log.remarks("app: ready after 2s") != 1 {
		t.Errorf("log:\n%s", log)
	}
}

// TestReadyCommandThatHangs is killed, and tried again.
func TestReadyCommandThatHangs(t *testing.T) {
	first := true
	_, events, log := run(t, []*config.Program{named("app", ready(execCheck))}, func(w *world, name string, pid int, sig syscall.Signal) {
		if name == "check" && sig == 0 {
			if first {
				first = false
				return
			}
			w.end(pid, 0, exitCode(0))
			return
		}
		obedient(w, name, pid, sig)
	}, stopAfter(10*time.Second))
	want(t, events, "0s start app", "0s start check", "5s check KILL", "5.1s start check", "10s app TERM")
	if log.remarks("app: ready after 5.1s") != 1 {
		t.Errorf("log:\n%s", log)
	}
}

// TestDelay: ready some time after the start.
func TestDelay(t *testing.T) {
	_, events, _ := run(t, []*config.Program{
		named("app", ready(config.Probe{Kind: config.ProbeDelay, Delay: 3 * time.Second})),
		named("front", on(config.Dependency{Name: "app"})),
	}, obedient, stopAfter(5*time.Second))
	want(t, events, "0s start app", "3s start front", "5s front TERM", "5.1s app TERM")
}

// TestLate: what becomes of a program that is not ready in time.
func TestLate(t *testing.T) {
	for late, c := range map[config.Late]struct {
		code   int
		events []string
		said   string
	}{
		config.LateIgnore:  {0, []string{"0s start app", "10s app TERM"}, "app: not ready after 4s, and left as it is"},
		config.LateRestart: {0, []string{"0s start app", "4s app TERM", "5.1s start app", "9.1s app TERM"}, "app: it was not ready after 4s (exec:check: exit code 3): ending it, this start has failed"},
		config.LateFatal:   {1, []string{"0s start app", "4s app TERM"}, "app: it was not ready after 4s (exec:check: exit code 3): giving it up"},
	} {
		code, events, log := run(t, []*config.Program{
			named("app", ready(execCheck, func(c *config.Program) { c.Timeout, c.Late = 4*time.Second, late })),
		}, func(w *world, name string, pid int, sig syscall.Signal) {
			if name == "app" && sig == syscall.SIGTERM {
				w.end(pid, 100*time.Millisecond, exitCode(0))
				return
			}
			checking(time.Hour, 0)(w, name, pid, sig)
		}, stopAfter(10*time.Second))
		if code != c.code || log.remarks(c.said) == 0 {
			t.Errorf("%v: exit code %d, want %d; log:\n%s", late, code, c.code, log)
		}
		want(t, without(events, "check"), c.events...)
	}
}

// TestNeverReady: a server that ends by itself before it is ready has failed to
// start, also when that takes longer than startsecs; so has one that is ended because
// it takes too long. Both are given up, and the last line says how often they were
// tried, and of what they died.
func TestNeverReady(t *testing.T) {
	for name, c := range map[string]struct {
		timeout time.Duration
		last    string
	}{
		"ends":    {0, "exit code 3 after 5s, the last of 3 tries"},
		"is late": {4 * time.Second, "exit code 3 after 4.1s, the last of 3 tries: by entry-point, because it was not ready after 4s (exec:check: exit code 3)"},
	} {
		code, events, log := run(t, []*config.Program{
			named("app", ready(execCheck, func(p *config.Program) {
				p.StartSecs, p.StartRetries, p.Timeout, p.Every = time.Second, 2, c.timeout, 500*time.Millisecond
			})),
		}, func(w *world, name string, pid int, sig syscall.Signal) {
			switch {
			case name == "app" && sig == 0:
				w.end(pid, 5*time.Second, exitCode(3))
			case name == "app":
				w.end(pid, 100*time.Millisecond, exitCode(3))
			default:
				checking(time.Hour, 0)(w, name, pid, sig)
			}
		}, stopAfter(10*time.Minute))
		starts := slices.DeleteFunc(untimed(events), func(e string) bool { return e != "start app" })
		if culprit, e := log.end(); code != 3 || len(starts) != 3 || culprit != "app" || e.Why != c.last {
			t.Errorf("%s: exit code %d after %d starts; log:\n%s", name, code, len(starts), log)
		}
	}
}

// TestRestartLimit: what comes up and crashes again and again is given up.
func TestRestartLimit(t *testing.T) {
	code, events, log := run(t, []*config.Program{
		named("app", func(c *config.Program) { c.RestartLimit = config.RestartLimit{Count: 2, Within: time.Minute} }),
	}, func(w *world, name string, pid int, sig syscall.Signal) {
		if sig == 0 {
			w.end(pid, 15*time.Second, exitCode(7))
		}
	}, stopAfter(10*time.Minute))
	want(t, events, "0s start app", "15s start app", "30s start app")
	last := "exit code 7 after 15s, the last of 3 crashes within 30s of being up (restart_limit 2/1m)"
	if culprit, e := log.end(); code != 7 || culprit != "app" || e.Why != last {
		t.Errorf("exit code %d, log:\n%s", code, log)
	}
}

// TestDependencies: started, ready and exited are different moments.
func TestDependencies(t *testing.T) {
	_, events, _ := run(t, []*config.Program{
		named("app", ready(config.Probe{Kind: config.ProbeDelay, Delay: 4 * time.Second})),
		named("job", func(c *config.Program) { c.Autorestart = config.RestartNever }, on(config.Dependency{Name: "app", Until: config.UntilStarted})),
		named("front", on(config.Dependency{Name: "app"}, config.Dependency{Name: "job", Until: config.UntilStarted})),
		named("last", on(config.Dependency{Name: "job", Until: config.UntilExited})),
	}, func(w *world, name string, pid int, sig syscall.Signal) {
		if name == "job" && sig == 0 {
			w.end(pid, 6*time.Second, exitCode(0))
			return
		}
		obedient(w, name, pid, sig)
	}, stopAfter(10*time.Second))
	want(t, events[:4], "0s start app", "0s start job", "4s start front", "6s start last")
}

// TestFailedDependency is named by what waits for it.
func TestFailedDependency(t *testing.T) {
	_, events, log := run(t, []*config.Program{
		named("migrate", func(c *config.Program) {
			c.Oneshot, c.Autorestart, c.StartSecs, c.Critical = true, config.RestartNever, 0, config.CriticalNo
		}),
		named("web", on(config.Dependency{Name: "migrate", Until: config.UntilExited})),
		named("other"),
	}, func(w *world, name string, pid int, sig syscall.Signal) {
		if name == "migrate" && sig == 0 {
			w.end(pid, time.Second, exitCode(3))
			return
		}
		obedient(w, name, pid, sig)
	}, stopAfter(5*time.Second))
	want(t, events, "0s start migrate", "0s start other", "5s other TERM")
	if !log.says("web", notice.Blocked{By: "migrate", Why: "has failed: exit code 3"}) {
		t.Errorf("log:\n%s", log)
	}
}

// TestLiveness: so many bad answers in a row, and the program is started again.
func TestLiveness(t *testing.T) {
	live := func(c *config.Program) {
		c.Live, c.LiveEvery, c.LiveTimeout, c.Failures = execCheck, 2*time.Second, time.Second, 3
	}
	_, events, log := run(t, []*config.Program{named("app", func(c *config.Program) { c.StartSecs = 0 }, live)},
		checking(0, 5*time.Second), stopAfter(15*time.Second))
	// Good at 2 and 4, bad at 6, 8 and 10.
	want(t, without(events, "check"), "0s start app", "10s app TERM", "10.1s start app", "15s app TERM")
	for _, part := range []string{
		"app: exec:check: exit code 3 (bad answer 1 of 3)",
		"app: its health check failed 3 times (exec:check: exit code 3): starting it again",
	} {
		if log.remarks(part) == 0 {
			t.Errorf("no %q in the log:\n%s", part, log)
		}
	}
}

// TestBlameOfAnEarlierProcess: a program is ended for what its process does wrong, and not
// for what the one before has done: here that has ended in the same moment as the health
// check that blames it.
func TestBlameOfAnEarlierProcess(t *testing.T) {
	app, ended := 0, false
	_, events, _ := run(t, []*config.Program{named("app", func(c *config.Program) {
		c.StartSecs, c.Live, c.LiveEvery, c.LiveTimeout, c.Failures = 0, execCheck, 2*time.Second, time.Second, 1
	})}, func(w *world, name string, pid int, sig syscall.Signal) {
		switch {
		case name == "app" && sig == 0:
			app = pid
		case name == "app":
			obedient(w, name, pid, sig)
		case ended || sig != 0:
			w.end(pid, 0, exitCode(0))
		default:
			ended = true
			w.end(pid, 0, exitCode(3))
			w.end(app, 0, exitCode(3))
		}
	}, stopAfter(5*time.Second))
	want(t, without(events, "check"), "0s start app", "2s start app", "5s app TERM")
}
