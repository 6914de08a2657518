package supervisor

import (
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"entrypoint/config"
	"entrypoint/supervisor/control"
	"entrypoint/supervisor/notice"
	"entrypoint/supervisor/process"
	"entrypoint/supervisor/program"
)

// short refuses what has one of these names, or everything without one, until a
// moment.
func short(errno syscall.Errno, until time.Duration, names ...string) func(*world, string) error {
	return func(w *world, name string) error {
		if time.Since(w.start) < until && (len(names) == 0 || slices.Contains(names, name)) {
			return errno
		}
		return nil
	}
}

// TestNoRoom: what the container has no room for is started as soon as it has,
// however few retries a program is given; that is said once, and once when it is
// over.
func TestNoRoom(t *testing.T) {
	for errno, says := range map[syscall.Errno][2]string{
		syscall.EAGAIN: {"a: cannot run \"a\": resource temporarily unavailable (", "processes can be started again, after "},
		syscall.ENOMEM: {"a: cannot run \"a\": cannot allocate memory (", "there is memory again, after "},
		syscall.EMFILE: {"a: cannot run \"a\": too many open files (", "files can be opened again, after "},
		syscall.ENFILE: {"a: cannot run \"a\": too many open files in system (", "files can be opened again, after "},
	} {
		once := func(c *config.Program) { c.StartRetries = 0 }
		code, events, log := scenario{
			programs: []*config.Program{named("a", once), named("b", once), named("c", once)},
			behave:   obedient, refuse: short(errno, 20*time.Second), outside: stopAfter(70 * time.Second),
		}.run(t)
		started := 0
		for _, e := range events {
			if at, what, _ := strings.Cut(e, " "); strings.HasPrefix(what, "start ") {
				if d, err := time.ParseDuration(at); err != nil || d < 20*time.Second || d > 26*time.Second {
					t.Errorf("%v: %s", errno, e)
				}
				started++
			}
		}
		if code != 0 || started != 3 {
			t.Errorf("%v: exit code %d, %d starts: %q", errno, code, started, events)
		}
		for _, part := range append(says[:], "trying again", " again, after ") {
			if log.remarks(part) != 1 {
				t.Errorf("%v: %d remarks with %q, want 1:\n%s", errno, log.remarks(part), part, log)
			}
		}
		if len(log.became("a", program.Backoff))+len(log.became("a", program.Fatal)) != 0 {
			t.Errorf("%v: log:\n%s", errno, log)
		}
	}
}

// TestNoRoomForExecve: a busy machine tells us later than a start takes that the execve of a
// process had no room. That is no end of the program, which is started as soon as it has.
func TestNoRoomForExecve(t *testing.T) {
	short := func(w *world) bool { return time.Since(w.start) < 5*time.Second }
	code, events, log := scenario{
		programs: []*config.Program{named("a", func(c *config.Program) { c.StartRetries = 0 })},
		behave: func(w *world, name string, pid int, sig syscall.Signal) {
			if obedient(w, name, pid, sig); sig == 0 && name == "a" && short(w) {
				w.end(pid, 300*time.Millisecond, exitCode(process.CodeCannotExecute))
			}
		},
		neverRan: func(w *world, name string) error {
			if name != "a" || !short(w) {
				return nil
			}
			return &process.StartError{Command: name, Code: process.CodeCannotExecute, Reason: "no room", Err: syscall.EAGAIN}
		},
		outside: stopAfter(70 * time.Second),
	}.run(t)
	starts := facts[notice.Started](log, "a")
	if code != 0 || len(starts) < 3 || len(log.became("a", program.Running)) != 1 {
		t.Errorf("exit code %d, %d starts: %q", code, len(starts), events)
	}
	if log.remarks("trying again") != 1 || log.remarks("processes can be started again, after ") != 1 {
		t.Errorf("log:\n%s", log)
	}
	if len(log.became("a", program.Backoff))+len(log.became("a", program.Fatal)) != 0 {
		t.Errorf("log:\n%s", log)
	}
}

// TestMostForks: a container in which seven of ten forks fail works, and says once
// that it is so.
func TestMostForks(t *testing.T) {
	forks := 0
	_, events, log := scenario{
		programs: []*config.Program{
			named("worker", func(c *config.Program) { c.StartRetries, c.Autorestart = 0, config.RestartAlways }),
			named("good"),
		},
		behave: func(w *world, name string, pid int, sig syscall.Signal) {
			if obedient(w, name, pid, sig); name == "worker" && sig == 0 {
				w.end(pid, 5*time.Second, exitCode(0))
			}
		},
		refuse: func(*world, string) error {
			if forks++; forks%10 < 7 {
				return syscall.EAGAIN
			}
			return nil
		},
		outside: stopAfter(30 * time.Second),
	}.run(t)
	if n := len(facts[notice.Started](log, "worker")); n < 4 {
		t.Errorf("the worker was started %d times: %q", n, events)
	}
	if n := log.remarks("trying again"); n != 1 || len(log.became("good", program.Running)) != 1 {
		t.Errorf("the shortage is told %d times:\n%s", n, log)
	}
}

// TestNoRoomForProbe: a health check that cannot be put is no bad answer, and is put
// as soon as it can be.
func TestNoRoomForProbe(t *testing.T) {
	live := func(c *config.Program) {
		c.StartSecs, c.Live, c.LiveEvery, c.LiveTimeout, c.Failures = 0, execCheck, 30*time.Second, time.Second, 2
	}
	_, events, log := scenario{
		programs: []*config.Program{named("app", live)},
		behave:   checking(0, 410*time.Second), refuse: short(syscall.EAGAIN, 400*time.Second, "check"),
		outside: stopAfter(500 * time.Second),
	}.run(t)
	// Asked and good at 400, then bad at 430 and 460.
	want(t, without(events, "check"), "0s start app", "7m40s app TERM", "7m40.1s start app", "8m20s app TERM")
	if log.remarks("trying again") != 1 || log.remarks("processes can be started again") != 1 || log.remarks("bad answer") != 2 {
		t.Errorf("log:\n%s", log)
	}
	if events[1] != "6m40s start check" {
		t.Errorf("the world saw %q", events)
	}
}

// TestNoRoomForReadyProbe: the time in which a program cannot be asked is not its
// own.
func TestNoRoomForReadyProbe(t *testing.T) {
	_, events, log := scenario{
		programs: []*config.Program{named("app", ready(execCheck), func(c *config.Program) { c.Timeout, c.Late = 4*time.Second, config.LateFatal })},
		behave:   checking(0, 0), refuse: short(syscall.ENOMEM, 60*time.Second, "check"),
		outside: stopAfter(70 * time.Second),
	}.run(t)
	want(t, without(events, "check"), "0s start app", "1m10s app TERM")
	if log.remarks("app: ready after 1 min") != 1 || log.remarks("trying again") != 1 {
		t.Errorf("log:\n%s", log)
	}
}

// TestNoRoomForReload: a check that cannot be made does not call a configuration
// bad.
func TestNoRoomForReload(t *testing.T) {
	for until, result := range map[time.Duration]string{5 * time.Second: "app ok", time.Hour: "app failed"} {
		var h control.Handler
		served := make(chan struct{})
		_, events, log := scenario{
			programs: []*config.Program{named("app", func(p *config.Program) {
				p.ReloadCheck, p.ReloadSignal = []string{"check"}, syscall.SIGHUP
			})},
			behave: func(w *world, name string, pid int, sig syscall.Signal) {
				switch {
				case name == "check" && sig == 0:
					w.end(pid, 0, exitCode(0))
				case sig != syscall.SIGHUP:
					obedient(w, name, pid, sig)
				}
			},
			refuse: short(syscall.EAGAIN, until, "check"),
			serve: func(handler control.Handler) func() {
				h = handler
				close(served)
				return func() {}
			},
			outside: func(w *world) {
				<-served
				time.Sleep(2 * time.Second)
				if got := ask(h, do("reload", "app")); !slices.Equal(got, []string{result}) {
					t.Errorf("reload: %q, want %q", got, result)
				}
				w.signals <- syscall.SIGTERM
			},
		}.run(t)
		if log.remarks("its configuration is bad") != 0 || log.remarks("trying again") != 1 {
			t.Errorf("log:\n%s", log)
		}
		if told := slices.Contains(untimed(events), "app HUP"); told != (result == "app ok") {
			t.Errorf("the world saw %q", events)
		}
	}
}

// TestNoRoomIsAnswered: who asks for a start waits a while for room, and is told
// that there is none; who asks for a stop, or for the container's end, gets it at
// once.
func TestNoRoomIsAnswered(t *testing.T) {
	var h control.Handler
	served := make(chan struct{})
	until := 10 * time.Second
	_, events, _ := scenario{
		programs: []*config.Program{
			named("sh", called("app"), func(c *config.Program) { c.Autostart = false }),
			named("sh", called("other"), func(c *config.Program) { c.Autostart = false }),
		},
		container: config.Container{ExitOn: config.ExitOnNever},
		behave:    obedient,
		refuse: func(w *world, name string) error {
			return short(syscall.EAGAIN, until)(w, name)
		},
		serve: func(handler control.Handler) func() {
			h = handler
			close(served)
			return func() {}
		},
		outside: func(w *world) {
			<-served
			time.Sleep(time.Second)
			expect := func(what string, want ...string) {
				t.Helper()
				begin := time.Now()
				got := ask(h, do(what, "app"))
				if !slices.Equal(got, want) {
					t.Errorf("%v: %s: %q, want %q", time.Since(w.start), what, got, want)
				}
				if took := time.Since(begin); took > 7*time.Second {
					t.Errorf("%s was answered after %v", what, took)
				}
			}
			expect("start", "app cannot-start")
			got := ask(h, do("status", "app"))
			if len(got) != 1 || !strings.HasPrefix(got[0], "app STARTING: cannot be started yet, next try in ") ||
				!strings.HasSuffix(got[0], `: cannot run "sh": resource temporarily unavailable`) {
				t.Errorf("status: %q", got)
			}
			expect("start", "app already-started")
			expect("restart", "app cannot-start")
			expect("stop", "app ok")
			expect("stop", "app not-running")
			time.Sleep(time.Until(w.start.Add(9 * time.Second)))
			expect("start", "app ok") // there is room before the patience ends
			until = time.Hour
			expect("stop", "app ok")
			answered := make(chan []string)
			go func() { answered <- ask(h, do("start", "app", "other")) }()
			time.Sleep(time.Second)
			w.signals <- syscall.SIGTERM
			w.note("TERM")
			if got := <-answered; !slices.Equal(got, []string{"app ended-too-early", "other ended-too-early"}) {
				t.Errorf("start, and then the end: %q", got)
			}
		},
	}.run(t)
	if n := len(events); n != 3 || !strings.HasSuffix(events[n-1], "TERM") {
		t.Errorf("the world saw %q", events)
	}
}
