package check

import (
	"testing"
	"time"

	"entrypoint/config"
	"entrypoint/supervisor/program"
)

// TestNothingToAsk: a program without a probe has no entry, and one at rest has none.
func TestNothingToAsk(t *testing.T) {
	w := newWorld(t, named("plain"), named("app", ready(config.ProbeTCP, "here"), live(config.ProbeExec, "check")))
	if len(w.part.entries) != 1 {
		t.Errorf("%d entries, want one", len(w.part.entries))
	}
	if w.die("app"); len(w.part.entries) != 0 || !w.part.Due().IsZero() {
		t.Errorf("%d entries, due at %v", len(w.part.entries), w.part.Due())
	}
	w.start("app")
	w.part.Forget("plain")
	w.part.Forget("app")
	if len(w.part.entries) != 0 || w.forgot != 2 {
		t.Errorf("%d entries; the asker was told of %d ends", len(w.part.entries), w.forgot)
	}
}

// TestAnswersAtOnce: a probe may be answered in the moment in which it is put.
func TestAnswersAtOnce(t *testing.T) {
	w := newWorld(t, named("app", ready(config.ProbeTCP, "here"), live(config.ProbeTCP, "there"), func(c *config.Program) { c.Every = time.Second }))
	w.atOnce = map[string]error{"here": errRefused, "there": errRefused}
	w.pass(2500 * time.Millisecond)
	if to, _ := w.part.Answers("app"); to.Wrong != "connection refused" || to.At.IsZero() {
		t.Errorf("the last answer: %+v", to)
	}
	w.atOnce["here"] = nil
	w.pass(9*time.Second - 1)
	w.want("3s app: ready, accepts connections on here after 3s",
		"5s app: there: connection refused (bad answer 1 of 3)", "7s app: there: connection refused (bad answer 2 of 3)")
	if to, live := w.part.Answers("app"); to.Wrong != "" || live.Wrong != "connection refused" {
		t.Errorf("the last answers: %+v, %+v", to, live)
	}
	w.pass(9 * time.Second)
	w.is("app", program.Stopping, false)
}

// TestAnswerOfAnEarlierProcess: it is not heard, whether the process is being stopped,
// has ended and its program does not know that yet, or another one has taken its place.
func TestAnswerOfAnEarlierProcess(t *testing.T) {
	w := newWorld(t, named("app", ready(config.ProbeTCP, "here"), within(time.Second, config.LateRestart)))
	w.pass(0)
	w.gone["app"] = true
	w.answer("app", "here", nil)
	w.pass(time.Minute)
	w.quiet()
	w.want()
	if len(w.part.entries) != 0 {
		t.Error("an entry is left of a process that has ended")
	}
	w.die("app")
	w.start("app")
	w.pass(time.Minute)
	w.step("app", program.Event{Kind: program.Stop})
	w.step("app", program.Event{Kind: program.Died})
	w.start("app")
	w.answer("app", "here", nil)
	w.is("app", program.Starting, false)
	w.pass(time.Minute + 1)
	w.answer("app", "here", errRefused)
	w.lines = nil
	w.gone["app"] = true // what is due of it then is nothing
	w.pass(2 * time.Minute)
	w.quiet()
	w.want()
}

// TestOrder: of processes whose time has come at once, the one that was started first
// comes first, and the end of one is all that a Tick wishes for.
func TestOrder(t *testing.T) {
	late := within(time.Second, config.LateRestart)
	w := newWorld(t, named("c", ready(config.ProbeNotify, "notify"), late), named("b", ready(config.ProbeNotify, "notify"), late), named("a", ready(config.ProbeTCP, "here")))
	w.pass(0)
	w.answer("a", "here", errRefused)
	w.now = t0.Add(time.Minute)
	for _, name := range []string{"c", "b"} {
		w.part.Tick(w.now)
		if len(w.wishes) != 1 || w.wishes[0].Program != name {
			t.Errorf("wishes %v, want one for %s", w.wishes, name)
		}
		w.quiet()
		w.grant()
	}
	w.part.Tick(w.now)
	w.answer("a", "here", nil)
}

// TestHolds: of a process that is not there, no socket is known.
func TestHolds(t *testing.T) {
	w := newWorld(t, named("app", ready(config.ProbeTCP, "here")), named("plain"))
	if !w.part.Holds("app", nil) || w.part.Holds("plain", nil) || w.part.Holds("nobody", nil) {
		t.Error("wrong")
	}
	if w.gone["app"] = true; w.part.Holds("app", nil) {
		t.Error("a process that has ended holds a socket")
	}
}
