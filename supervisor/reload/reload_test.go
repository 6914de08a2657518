package reload

import (
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"entrypoint/config"
	"entrypoint/supervisor/offload"
	"entrypoint/supervisor/part"
	"entrypoint/supervisor/part/parttest"
	"entrypoint/supervisor/program"
	"entrypoint/supervisor/usage"
)

// host is a loop in fake time in which a test says what checks and probes answer, and
// which workers there are.
type host struct {
	parttest.Loop
	p        *Part
	checks   []error                        // the answers of the check, in turn; then nil
	probes   []error                        // likewise
	workers  atomic.Pointer[[]int]          // looked at beside the loop
	begins   atomic.Pointer[usage.Handling] // of worker 9; nil: as all others
	refuses  error                          // of every signal
	renders  bool                           // there are templates
	rendered error                          // what becomes of them
	results  []string
}

// handling of all processes is to catch everything but USR2.
func (h *host) handling(pid int) usage.Handling {
	if begins := h.begins.Load(); begins != nil && pid == 9 {
		return *begins
	}
	return usage.Handling{Name: "web", Caught: ^uint64(1 << (syscall.SIGUSR2 - 1))}
}

func (h *host) Render(name string, done func(error)) {
	if !h.renders {
		done(nil)
		return
	}
	h.Notes = append(h.Notes, "render "+name)
	h.Post(func() { done(h.rendered) })
}

func (h *host) Run(name string, argv []string, _ time.Duration, _ time.Time, done func(error, []string)) {
	h.Notes = append(h.Notes, "run "+name+" "+strings.Join(argv, " "))
	var err error
	if len(h.checks) > 0 {
		err, h.checks = h.checks[0], h.checks[1:]
	}
	var lines []string
	if late := (*offload.LateError)(nil); err != nil && !errors.As(err, &late) {
		lines = strings.Split(err.Error(), "\n")
	}
	h.Post(func() { done(err, lines) })
}

func (h *host) Probe(_ string, _ time.Time, answer func(error, time.Time)) {
	var err error
	if len(h.probes) > 0 {
		err, h.probes = h.probes[0], h.probes[1:]
	}
	answer(err, time.Now())
}

func (h *host) Signal(pid int, sig syscall.Signal) error {
	h.Notes = append(h.Notes, fmt.Sprintf("%v to %d", sig, pid))
	return h.refuses
}

func (h *host) TryAgain(_ string, err error, _ time.Time) bool {
	late := (*offload.LateError)(nil)
	return errors.As(err, &late)
}

// has sets the workers of the program.
func (h *host) has(pids ...int) { h.workers.Store(&pids) }

func (h *host) begin(name string) {
	h.p.Start(name, time.Now(), func(err error, _ time.Time) { h.results = append(h.results, fmt.Sprint(err)) })
}

// expect checks what was said, and what the reloads that have ended since have come to.
func (h *host) expect(t *testing.T, results string, lines ...string) {
	t.Helper()
	h.Expect(t, lines...)
	if got := strings.Join(h.results, ", "); got != results {
		t.Errorf("the results are %q, want %q", got, results)
	}
	h.results = nil
}

// run runs f with a program "web", which runs as process 7 with two workers.
func run(t *testing.T, c *config.Program, f func(h *host)) {
	t.Helper()
	synctest.Test(t, func(*testing.T) {
		h := &host{}
		h.has(8, 9)
		h.Now = time.Now()
		h.p = New(h, nil)
		h.Part = h.p
		h.p.children = func(int) []int { return *h.workers.Load() }
		h.p.handling = h.handling
		c.Name, c.Group = "web", "web"
		h.Add(c)
		h.Start("web", 7)
		f(h)
		if len(h.p.reloads) > 0 || !h.p.Due().IsZero() {
			t.Errorf("%d reloads go on at the end, due at %v", len(h.p.reloads), h.p.Due())
		}
	})
}

var web80 = config.Probe{Kind: config.ProbeTCP, Address: "127.0.0.1:80"}

// TestSteps: check, pause, signal, new workers, probe.
func TestSteps(t *testing.T) {
	c := &config.Program{
		ReloadSignal: syscall.SIGHUP, PauseSignal: syscall.SIGTSTP, ReloadCheck: []string{"web", "-t"},
	}
	c.Ready = web80
	run(t, c, func(h *host) {
		h.probes = []error{errors.New("refused")}
		h.begin("web")
		h.begin("web")
		h.expect(t, "a reload goes on already", "run web web -t")
		h.Sleep(50 * time.Millisecond)
		h.expect(t, "", "stopped to 7")
		h.Sleep(100 * time.Millisecond)
		h.expect(t, "", "hangup to 7", "web: reloading, sent SIGHUP")
		h.Sleep(time.Second)
		h.expect(t, "")
		h.has(9, 10)
		h.Sleep(50 * time.Millisecond)
		h.expect(t, "") // the first answer was no
		h.Sleep(300 * time.Millisecond)
		h.expect(t, "<nil>", "web: reloaded after 1.4s")
		if h.p.GoesOn("web") {
			t.Error("it goes on")
		}
	})
}

// TestBegins: a worker that has no handlers yet is waited for, and not for ever; a daemon, and
// what does not pause, are not.
func TestBegins(t *testing.T) {
	c := &config.Program{ReloadSignal: syscall.SIGHUP, PauseSignal: syscall.SIGTSTP}
	const pause = 1 << (syscall.SIGTSTP - 1)
	for _, first := range []usage.Handling{{Name: "web"}, {Name: "web", Caught: pause, Ignored: 1 << (syscall.SIGHUP - 1)}} {
		run(t, c, func(h *host) {
			h.begins.Store(&first)
			h.begin("web")
			h.Sleep(2 * time.Second)
			h.expect(t, "")
			h.begins.Store(nil)
			h.Sleep(50 * time.Millisecond)
			h.expect(t, "", "stopped to 7")
			h.Sleep(200 * time.Millisecond)
			h.has(10)
			h.Sleep(time.Second)
			h.expect(t, "<nil>", "hangup to 7", "web: reloading, sent SIGHUP", "web: reloaded after 2.3s")
		})
		run(t, c, func(h *host) {
			h.begins.Store(&first)
			h.begin("web")
			h.Sleep(11 * time.Second)
			h.expect(t, "", "stopped to 7", "hangup to 7", "web: reloading, sent SIGHUP")
			h.has(10)
			h.Sleep(time.Second)
			h.expect(t, "<nil>", "web: reloaded after 11s")
		})
	}
	for _, other := range []usage.Handling{{Name: "sleep"}, {Name: "web", Ignored: pause}} {
		run(t, c, func(h *host) {
			h.begins.Store(&other)
			h.begin("web")
			h.Sleep(50 * time.Millisecond)
			h.expect(t, "", "stopped to 7")
			h.Sleep(time.Second)
			h.has(10)
			h.Sleep(time.Second)
			h.expect(t, "<nil>", "hangup to 7", "web: reloading, sent SIGHUP", "web: reloaded after 1.1s")
		})
	}
}

// TestRefused: a program that cannot reload is told so, and nothing is done.
func TestRefused(t *testing.T) {
	run(t, &config.Program{}, func(h *host) {
		h.begin("web")
		h.begin("nobody")
		h.Rest("web", program.Stopped)
		h.begin("web")
		h.expect(t, "it is not known how it reloads: set reload_signal, or restart it, not running, not running")
	})
	run(t, &config.Program{NoReload: "no way"}, func(h *host) {
		h.begin("web")
		h.expect(t, "no way")
	})
	run(t, &config.Program{ReloadSignal: syscall.SIGHUP, ReloadCaught: syscall.SIGUSR2}, func(h *host) {
		h.begin("web")
		h.Sleep(0)
		const why = "it cannot reload: it has no master process, or is not up yet; nothing has changed"
		h.expect(t, why, "web: not reloaded: "+why)
	})
	run(t, &config.Program{ReloadSignal: syscall.SIGHUP}, func(h *host) {
		h.refuses = syscall.EPERM
		h.begin("web")
		h.Sleep(0)
		const why = "cannot send SIGHUP: operation not permitted"
		h.expect(t, why, "hangup to 7", "web: not reloaded: "+why)
	})
}

// TestCheck: a bad configuration is not loaded; a check that cannot be made is made
// again, for a while.
func TestCheck(t *testing.T) {
	c := &config.Program{ReloadSignal: syscall.SIGHUP, ReloadCheck: []string{"t"}}
	run(t, c, func(h *host) {
		h.checks = []error{errors.New("line 3\nno such key")}
		h.begin("web")
		h.Sleep(0)
		const why = "its configuration is bad, nothing has changed: line 3; no such key"
		h.expect(t, why, "run web t", "web: line 3", "web: no such key", "web: not reloaded: "+why)
		late := &offload.LateError{What: "look", Why: "it hangs"}
		h.checks = []error{late, late}
		h.has()
		h.begin("web")
		h.Sleep(3 * time.Second)
		h.expect(t, "<nil>", "run web t", "run web t", "run web t", "hangup to 7", "web: reloading, sent SIGHUP", "web: reloaded after 2s")
		for range 100 {
			h.checks = append(h.checks, late)
		}
		h.begin("web")
		h.Sleep(31 * time.Second)
		if got := strings.Join(h.results, ""); got != "its configuration cannot be checked, nothing has changed: "+late.Error() {
			t.Errorf("the result is %q", got)
		}
		h.Taken()
	})
}

// TestRender: the files that the program has of templates are made again before its check
// looks at them; if they cannot be, nothing has changed.
func TestRender(t *testing.T) {
	run(t, &config.Program{ReloadSignal: syscall.SIGHUP, ReloadCheck: []string{"t"}}, func(h *host) {
		h.has()
		h.renders = true
		h.begin("web")
		h.Sleep(time.Second)
		h.expect(t, "<nil>", "render web", "run web t", "hangup to 7", "web: reloading, sent SIGHUP", "web: reloaded after 20ms")
		h.rendered = errors.New("a.in: line 1\nb.in: line 2")
		h.begin("web")
		h.Sleep(time.Second)
		const why = "its templates are bad, nothing has changed: a.in: line 1; b.in: line 2"
		h.expect(t, why, "render web", "web: not reloaded: "+why)
		h.begin("web")
		h.Rest("web", program.Exited) // it has ended before the answer
		h.Sleep(time.Second)
		h.expect(t, "its process has ended meanwhile", "render web", "web: not reloaded: its process has ended meanwhile")
	})
}

// TestNoWorkers: who gets the signal and starts no worker has not reloaded.
func TestNoWorkers(t *testing.T) {
	run(t, &config.Program{ReloadSignal: syscall.SIGHUP}, func(h *host) {
		h.begin("web")
		h.Sleep(59 * time.Second)
		h.expect(t, "", "hangup to 7", "web: reloading, sent SIGHUP")
		h.Sleep(2 * time.Second)
		const why = "it has got SIGHUP and started no new worker within 1m0s: see its log"
		h.expect(t, why, "web: not reloaded: "+why)
	})
}

// TestNotReady: who is not ready again within a minute has not reloaded.
func TestNotReady(t *testing.T) {
	c := &config.Program{ReloadSignal: syscall.SIGHUP}
	c.Ready = web80
	run(t, c, func(h *host) {
		h.has()
		for range 1000 {
			h.probes = append(h.probes, errors.New("refused"))
		}
		h.begin("web")
		h.Sleep(61 * time.Second)
		if got := strings.Join(h.results, ""); got != "it is not ready after its reload (tcp:127.0.0.1:80: refused)" {
			t.Errorf("the result is %q", got)
		}
		h.Taken()
	})
}

// TestProcessEnds: a reload is one of a process. What is heard of it later means nothing.
func TestProcessEnds(t *testing.T) {
	run(t, &config.Program{ReloadSignal: syscall.SIGHUP}, func(h *host) {
		h.begin("web")
		h.Sleep(time.Second)
		h.expect(t, "", "hangup to 7", "web: reloading, sent SIGHUP")
		h.Set("web", func(v *part.View) { v.State = program.Stopping })
		if h.p.GoesOn("web") || h.p.Due().After(time.Now()) || h.p.Due().IsZero() {
			t.Errorf("it goes on, and who waits for it is told at %v", h.p.Due())
		}
		h.expect(t, "")
		h.has(10)
		h.Sleep(time.Second)
		h.expect(t, "its process has ended meanwhile", "web: not reloaded: its process has ended meanwhile")
		h.Start("web", 20)
		h.begin("web")
		h.Start("web", 21)
		h.Sleep(time.Second)
		h.expect(t, "its process has ended meanwhile", "web: not reloaded: its process has ended meanwhile")
	})
}
