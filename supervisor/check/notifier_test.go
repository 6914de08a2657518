package check

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"entrypoint/config"
	"entrypoint/supervisor/notify"
	"entrypoint/supervisor/program"
)

// TestNotifier: what the words of a process's own mean.
func TestNotifier(t *testing.T) {
	w := newWorld(t, named("app", ready(config.ProbeNotify, "notify"), live(config.ProbeNotify, "notify"), within(time.Minute, config.LateRestart)))
	say := func(text string) {
		w.part.Notified("app", notify.Parse(text), w.now)
		w.grant()
	}
	say("RELOADING=1")
	say("WATCHDOG=1") // before it is ready it is not waited for
	w.want()
	w.pass(time.Second)
	w.step("app", program.Event{Kind: program.Tick})
	say("READY=1\nSTATUS=here I am")
	say("READY=1")
	w.want("1s app: ready, by its own word after 1s")
	w.is("app", program.Running, true)
	w.pass(6 * time.Second)
	say("RELOADING=1")
	w.is("app", program.Running, false)
	say("READY=1") // from here on its word is waited for anew
	w.is("app", program.Running, true)
	w.pass(11 * time.Second)
	say("STOPPING=1\nWATCHDOG=1")
	w.is("app", program.Running, false)
	w.want("6s app: not ready any more, by its own word: it reloads", "6s app: ready, by its own word after 6s",
		"11s app: not ready any more, by its own word: it stops")
	w.pass(17*time.Second - 1)
	w.want()
	w.pass(17 * time.Second)
	w.want("17s app: it did not say WATCHDOG=1 for 6s: starting it again", fmt.Sprintf("17s app: event %d, because it did not say WATCHDOG=1 for 6s", program.Sick))
	say("READY=1") // it is being stopped
	w.want()
	w.die("app")
	say("READY=1")
	w.want()
}

// TestAliveBeforeReady: that a process says it is alive does not begin its watchdog.
func TestAliveBeforeReady(t *testing.T) {
	w := newWorld(t, named("app", ready(config.ProbeNotify, "notify"), live(config.ProbeNotify, "notify")))
	w.part.Notified("app", notify.Parse("WATCHDOG=1"), w.now)
	w.pass(time.Minute)
	w.want()
}

// TestWatchdogTrigger: a process may say itself that it is to be started again.
func TestWatchdogTrigger(t *testing.T) {
	w := newWorld(t, named("app", live(config.ProbeNotify, "notify")))
	w.part.Notified("app", notify.Parse("WATCHDOG=trigger"), w.now)
	w.pass(0)
	w.is("app", program.Stopping, false)
	w = newWorld(t, named("app", live(config.ProbeExec, "check"))) // not one with another health check
	w.part.Notified("app", notify.Parse("WATCHDOG=trigger\nREADY=1"), w.now)
	w.pass(0)
	w.quiet()
	w.is("app", program.Starting, false)
}

// TestOwnLines: a line on a descriptor and a line of the output make a program ready,
// and a search that has ended says why it does not.
func TestOwnLines(t *testing.T) {
	w := newWorld(t, named("fd", ready(config.ProbeFD, "fd:3")), named("log", ready(config.ProbeLog, "log:^up$")))
	w.part.Unsearched("log", errors.New("exit code 2"))
	if why := w.part.Why("log"); why != "exit code 2" {
		t.Errorf("not ready because %q", why)
	}
	w.part.Wrote("fd", w.now)
	w.part.Printed("log", w.now)
	w.part.Printed("nobody", w.now)
	w.part.Unsearched("nobody", errRefused)
	w.part.Notified("nobody", notify.Parse("READY=1"), w.now)
	w.grant()
	w.want("0s log: cannot search its output for ^up$: exit code 2", "0s fd: ready after 0s", "0s log: ready, it has printed what was waited for after 0s")
	w.is("fd", program.Starting, true)
	w.is("log", program.Starting, true)
}

// TestWordsOfTheDead: what a process has said is not heard when it has ended, also if its
// program does not know that yet.
func TestWordsOfTheDead(t *testing.T) {
	w := newWorld(t, named("app", ready(config.ProbeNotify, "notify")), named("fd", ready(config.ProbeFD, "fd:3")))
	w.gone["app"], w.gone["fd"] = true, true
	w.part.Notified("app", notify.Parse("READY=1"), w.now)
	w.part.Wrote("fd", w.now)
	w.grant()
	w.want()
}
