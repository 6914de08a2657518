package check

import (
	"errors"
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"entrypoint/config"
	"entrypoint/supervisor/program"
)

// TestAsksOftenAtFirst: a probe of each kind is put at its own pace until it succeeds,
// and what it has answered meanwhile can be asked for.
func TestAsksOftenAtFirst(t *testing.T) {
	for _, c := range []struct {
		kind   config.ProbeKind
		every  time.Duration
		err    error
		pauses []time.Duration // in ms
		said   string
	}{
		{config.ProbeTCP, 0, errRefused, []time.Duration{5, 7, 11, 16, 25, 37, 56, 85, 128, 192, 200, 200}, "ready, accepts connections on here"},
		{config.ProbeUnix, 0, errRefused, []time.Duration{5, 7}, "ready, accepts connections on here"},
		{config.ProbeHTTP, 0, errRefused, []time.Duration{5, 7}, "ready, answers here"},
		{config.ProbeExec, 0, errRefused, []time.Duration{100, 150, 225, 337, 506, 759, 1000, 1000}, "ready"},
		{config.ProbeTCP, 0, foreignError{"here is held by nginx"}, []time.Duration{100, 150, 225}, "ready, accepts connections on here"},
		{config.ProbeTCP, 3 * time.Second, errRefused, []time.Duration{3000, 3000}, "ready, accepts connections on here"},
	} {
		w := newWorld(t, named("app", ready(c.kind, "here"), func(p *config.Program) { p.Every = c.every }))
		for i, pause := range c.pauses {
			w.pass(w.now.Sub(t0))
			w.answer("app", "here", c.err)
			got := w.part.Due().Sub(w.now)
			if got.Truncate(time.Millisecond) != pause*time.Millisecond || w.part.Why("app") != c.err.Error() {
				t.Errorf("kind %v: pause %d is %v, want %d ms; not ready because %q", c.kind, i, got, pause, w.part.Why("app"))
			}
			w.pass(w.now.Sub(t0) + got - 1)
			w.quiet()
			w.now = w.now.Add(1)
		}
		w.pass(w.now.Sub(t0))
		w.lines = nil
		w.answer("app", "here", nil)
		if want := "app: " + c.said + " after "; len(w.lines) != 1 || !strings.Contains(w.lines[0], want) || w.part.Why("app") != "" {
			t.Errorf("told %q, want %q; not ready because %q", w.lines, want, w.part.Why("app"))
		}
		if w.pass(time.Hour); !w.programs["app"].Ready {
			t.Error("not ready")
		}
		w.quiet()
	}
}

// TestDelay: ready some time after the start, without a question.
func TestDelay(t *testing.T) {
	w := newWorld(t, named("app", ready(config.ProbeDelay, "")))
	w.pass(3*time.Second - 1)
	w.is("app", program.Starting, false)
	w.step("app", program.Event{Kind: program.Tick})
	w.is("app", program.Running, false)
	w.pass(3 * time.Second)
	w.is("app", program.Running, true)
	w.quiet()
	w.want("3s app: ready after 3s")
}

// TestLate: a process that does not become ready in its time is ended, given up or left
// as it is; the time in which it could not be asked does not count.
func TestLate(t *testing.T) {
	const late = "it was not ready after 4s (exec:check: exit code 3)"
	for _, c := range []struct {
		late  config.Late
		state program.State
		ended program.State
		lines []string
	}{
		{config.LateRestart, program.Stopping, program.Backoff, []string{"4s app: " + late + ": ending it, this start has failed", fmt.Sprintf("4s app: event %d, because %s", program.Late, late)}},
		{config.LateFatal, program.Stopping, program.Fatal, []string{"4s app: " + late + ": giving it up", fmt.Sprintf("4s app: event %d, because %s", program.Fail, late)}},
		{config.LateIgnore, program.Running, program.Backoff, []string{"4s app: not ready after 4s, and left as it is: " + late}},
	} {
		w := newWorld(t, named("app", ready(config.ProbeExec, "exec:check"), within(4*time.Second, c.late)))
		w.pass(0)
		w.answer("app", "exec:check", errors.New("exit code 3"))
		w.pass(time.Second)
		w.step("app", program.Event{Kind: program.Tick})
		w.pass(4*time.Second - 1)
		w.want()
		w.pass(4 * time.Second)
		w.want(c.lines...)
		w.is("app", c.state, false)
		w.pass(time.Minute)
		w.want()
		w.step("app", program.Event{Kind: program.Died})
		w.is("app", c.ended, false)
	}
	w := newWorld(t, named("app", ready(config.ProbeNotify, "notify"), within(4*time.Second, config.LateRestart)))
	w.pass(4 * time.Second)
	w.want("4s app: it was not ready after 4s (notify): ending it, this start has failed",
		fmt.Sprintf("4s app: event %d, because it was not ready after 4s (notify)", program.Late))
}

// TestUnasked: a probe that could not be put says nothing: the time for readiness is
// extended by the time until it is put again, and a health check does not count.
func TestUnasked(t *testing.T) {
	w := newWorld(t, named("app", ready(config.ProbeTCP, "here"), within(2*time.Second, config.LateRestart), func(c *config.Program) { c.Every = time.Second },
		live(config.ProbeTCP, "there")))
	w.pass(0)
	for range 5 {
		w.answer("app", "here", unaskedError{syscall.EMFILE})
		w.pass(w.now.Sub(t0) + time.Second)
	}
	w.want()
	w.answer("app", "here", nil)
	w.want("5s app: ready, accepts connections on here after 5s")
	w.pass(7 * time.Second)
	w.answer("app", "there", errRefused)
	w.pass(9 * time.Second)
	w.answer("app", "there", errRefused)
	w.pass(11 * time.Second)
	for range 3 {
		w.answer("app", "there", unaskedError{syscall.EMFILE})
		w.pass(w.now.Sub(t0) + 2*time.Second)
	}
	w.want("7s app: there: connection refused (bad answer 1 of 3)", "9s app: there: connection refused (bad answer 2 of 3)")
	w.is("app", program.Starting, true)
	w.answer("app", "there", errRefused)
	w.want("17s app: its health check failed 3 times (there: connection refused): starting it again",
		fmt.Sprintf("17s app: event %d, because its health check failed 3 times (there: connection refused)", program.Sick))
	w.is("app", program.Stopping, false)
}

// TestUnaskedSoonAgain: what could not be asked is asked again after five seconds, also
// where the configuration has longer intervals.
func TestUnaskedSoonAgain(t *testing.T) {
	w := newWorld(t, named("app", ready(config.ProbeTCP, "here"), live(config.ProbeTCP, "there"),
		func(c *config.Program) { c.Every, c.LiveEvery = time.Minute, time.Hour }))
	w.pass(0)
	w.answer("app", "here", unaskedError{syscall.EMFILE})
	w.pass(5 * time.Second)
	w.answer("app", "here", nil)
	w.pass(time.Hour + 5*time.Second)
	w.answer("app", "there", unaskedError{syscall.EMFILE})
	w.pass(time.Hour + 10*time.Second)
	w.answer("app", "there", nil)
}

// TestForeign: who has the socket is told once, in whatever answers it comes.
func TestForeign(t *testing.T) {
	w := newWorld(t, named("app", ready(config.ProbeTCP, "here"), func(c *config.Program) { c.Every = time.Second }))
	nginx, apache := foreignError{"here is held by nginx"}, foreignError{"here is held by apache"}
	for i, err := range []error{nginx, nginx, errRefused, nginx, apache} {
		w.pass(time.Duration(i) * time.Second)
		w.answer("app", "here", err)
	}
	w.want("0s app: not ready, here is held by nginx, so what is answered there does not count",
		"4s app: not ready, here is held by apache, so what is answered there does not count")
}

// TestSettled: told when the last program that is asked over a connection is ready.
func TestSettled(t *testing.T) {
	w := newWorld(t, named("one", ready(config.ProbeTCP, "1")), named("two", ready(config.ProbeHTTP, "2")), named("plain"),
		named("dead", ready(config.ProbeTCP, "3")), named("exec", ready(config.ProbeExec, "4")))
	w.pass(0)
	w.gone["dead"] = true
	w.answer("one", "1", nil)
	if w.settled != 0 {
		t.Error("settled too early")
	}
	w.answer("two", "2", nil)
	w.answer("dead", "3", nil)
	if w.answer("exec", "4", nil); w.settled != 0 {
		t.Error("settled by a program that is not asked over a connection")
	}
	w.die("one")
	w.start("one")
	w.pass(0)
	if w.answer("one", "1", nil); w.settled != 1 {
		t.Errorf("settled %d times, want once", w.settled)
	}
}

// TestProbe: a program is asked once for somebody else, whether it is ready or not.
func TestProbe(t *testing.T) {
	w := newWorld(t, named("app", ready(config.ProbeTCP, "here")))
	w.pass(0)
	w.answer("app", "here", nil)
	var told []error
	tell := func(err error, now time.Time) { told = append(told, err) }
	w.part.Probe("app", w.now, tell)
	w.answer("app", "here", foreignError{"here is held by nginx"})
	w.part.Probe("nobody", w.now, tell)
	if len(told) != 2 || told[0].Error() != "here is held by nginx" || told[1] != errGone {
		t.Errorf("told %v", told)
	}
	w.is("app", program.Starting, true)
	w.want("0s app: ready, accepts connections on here after 0s", "0s app: not ready, here is held by nginx, so what is answered there does not count")
}
