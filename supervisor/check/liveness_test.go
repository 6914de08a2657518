package check

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"entrypoint/config"
	"entrypoint/supervisor/notify"
	"entrypoint/supervisor/program"
)

// TestLiveness: health checks begin when the process is ready, a good answer forgets the
// bad ones, and nobody is blamed while nothing may be started again.
func TestLiveness(t *testing.T) {
	w := newWorld(t, named("app", live(config.ProbeExec, "check")))
	w.pass(time.Second)
	w.quiet()
	w.step("app", program.Event{Kind: program.Tick})
	w.is("app", program.Running, true)
	w.pass(3 * time.Second)
	if len(w.asked) != 1 || w.asked[0].limit != time.Second {
		t.Fatalf("%d questions", len(w.asked))
	}
	w.pass(time.Minute) // one at a time
	for i, err := range []error{errRefused, errRefused, nil, errRefused, errRefused} {
		w.answer("app", "check", err)
		w.step("app", program.Event{Kind: program.Tick}) // which changes nothing
		w.pass(time.Minute + time.Duration(2*i+2)*time.Second)
	}
	w.refused = true
	w.answer("app", "check", errRefused)
	w.pass(2 * time.Minute)
	w.quiet()
	w.refused = false
	w.pass(2*time.Minute + 2*time.Second)
	w.answer("app", "check", errRefused)
	w.is("app", program.Stopping, false)
	for i, line := range w.lines[:4] {
		if want := fmt.Sprintf("(bad answer %d of 3)", i%2+1); !strings.HasSuffix(line, want) {
			t.Errorf("line %d is %q, want %q", i, line, want)
		}
	}
	if len(w.lines) != 6 {
		t.Errorf("told %q", w.lines)
	}
}

// TestLivenessBeginsAnew: when a process is ready once more, the bad answers of before are
// forgotten, and so is the health check in flight.
func TestLivenessBeginsAnew(t *testing.T) {
	w := newWorld(t, named("app", ready(config.ProbeNotify, "notify"), live(config.ProbeExec, "check")))
	say := func(text string) {
		w.part.Notified("app", notify.Parse(text), w.now)
		w.grant()
	}
	say("READY=1")
	for i := range 2 {
		w.pass(time.Duration(2*i+2) * time.Second)
		w.answer("app", "check", errRefused)
	}
	w.pass(6 * time.Second)
	say("RELOADING=1")
	say("READY=1")
	w.lines = nil
	w.answer("app", "check", errRefused)
	w.want()
	w.pass(8 * time.Second)
	w.answer("app", "check", errRefused)
	w.want("8s app: check: connection refused (bad answer 1 of 3)")
	w.is("app", program.Starting, true)
}

// TestNoTimeWithoutProbe: a program without a readiness probe has no time to become ready in.
func TestNoTimeWithoutProbe(t *testing.T) {
	w := newWorld(t, named("app", live(config.ProbeExec, "check"), within(500*time.Millisecond, config.LateRestart)))
	w.pass(time.Minute)
	w.want()
}

// TestHealthOfAnEarlierProcess: a health check of the process before blames nobody.
func TestHealthOfAnEarlierProcess(t *testing.T) {
	w := newWorld(t, named("app", ready(config.ProbeNotify, "notify"), live(config.ProbeExec, "check"), func(c *config.Program) { c.Failures = 1 }))
	w.part.Notified("app", notify.Parse("READY=1"), w.now)
	w.grant()
	w.pass(2 * time.Second)
	w.die("app")
	w.start("app")
	w.lines = nil
	w.answer("app", "check", errRefused)
	w.want()
	w.is("app", program.Starting, false)
}
