package config

import (
	"errors"
	"slices"
	"strings"
	"syscall"
	"time"

	"entrypoint/config/vocabulary"
)

// stopKeys say how a program is stopped. The table is never written.
var stopKeys = []programKey{
	{row{
		Name: "stopsignal", Type: vocabulary.List, Default: "(TERM, or what the program's profile says)",
		Help:    "The signal that stops the program. A list is a ladder: `QUIT:5, TERM` sends QUIT, waits 5 seconds, sends TERM, waits `stopwaitsecs`, and then kills.",
		Example: "stopsignal = QUIT:5, TERM",
	}, everywhere, forAll, setStopSignal},
	{row{
		Name: "stopwaitsecs", Type: vocabulary.Seconds, Default: "10",
		Help:    "How long the program may take to end before it gets SIGKILL. When the whole container stops, all of it has to fit into the stop budget (9s).",
		Example: "stopwaitsecs = 30",
	}, everywhere, forAll, setStopWaitSecs},
	{row{
		Name: "stopasgroup", Type: vocabulary.Boolean, Default: "(false, or what the program's profile says)",
		Help:    "Whether the stop signal goes to the whole process group of the program.",
		Example: "stopasgroup = true",
	}, everywhere, forAll, setStopAsGroup},
	{row{
		Name: "killasgroup", Type: vocabulary.Boolean, Default: "true",
		Help:    "Whether SIGKILL goes to the whole process group, and what outlives the main process is ended. `false` leaves alone what outlives it.",
		Example: "killasgroup = false",
	}, everywhere, forAll, setKillAsGroup},
}

func setStopSignal(b *build, _ setting, t *text) (err error) {
	b.rungs, err = parseLadder(t)
	return err
}

func setStopWaitSecs(b *build, _ setting, t *text) (err error) {
	b.stopWait, err = parseSeconds(t.s)
	if b.source == BuiltIn && b.stopBudget > UsualBudget { // nobody can say more
		b.stopWait = b.stopWait * (b.stopBudget / time.Second) / (UsualBudget / time.Second)
	}
	return err
}

func setStopAsGroup(b *build, _ setting, t *text) (err error) {
	b.p.StopAsGroup, err = parseBool(t.s)
	return err
}

func setKillAsGroup(b *build, _ setting, t *text) (err error) {
	b.p.KillAsGroup, err = parseBool(t.s)
	return err
}

// completeStop refuses what supervisord refuses, too.
func (b *build) completeStop() {
	if k, ok := b.lookup("killasgroup"); ok && !b.p.KillAsGroup && b.p.StopAsGroup {
		b.fail(k, "cannot be false while stopasgroup is true")
	}
}

// stopWait is how long the file itself lets a program take over its end, and where.
type stopWait struct {
	at   setting
	wait time.Duration
}

// noteStopWait notes what the file says, for FitStops.
func (b *build) noteStopWait() {
	k, ok := b.lookup("stopwaitsecs")
	for _, rung := range b.rungs { // QUIT alone says nothing of time, QUIT:20 does
		if !ok && rung.Wait != ownWait {
			k, ok = b.lookup("stopsignal")
		}
	}
	wait := time.Duration(0)
	for _, rung := range b.p.StopSignals {
		wait += rung.Wait
	}
	if w := (stopWait{k, wait}); ok && !slices.Contains(b.stopWaits, w) {
		b.stopWaits = append(b.stopWaits, w)
	}
}

// UsualBudget is the time for a whole stop where nobody has named another.
const UsualBudget = 9 * time.Second

// FitStops warns of programs that the file lets take longer over their end than the
// whole stop may, which is budget. The default of stopwaitsecs means no such thing.
func (c *Config) FitStops(budget time.Duration) {
	for _, w := range c.stopWaits {
		if w.wait <= budget {
			continue
		}
		c.Warnings = append(c.Warnings, (&Error{File: w.at.File, Line: w.at.Line, Section: w.at.section, Key: w.at.Name, Reason: w.wait.String() +
			" is more than the whole stop may take, which is " + budget.String() + "; write stop_budget = " + (w.wait + time.Second).String() +
			" in [entrypoint], or ENTRYPOINT_STOP_BUDGET, and give docker stop -t, or terminationGracePeriodSeconds, more than that"}).Error())
	}
}

// ownWait is the Wait of a rung that has none of its own.
const ownWait = time.Duration(-1)

// parseLadder reads one signal or, beyond supervisord, several: each is a rung
// of the stop ladder, with a wait of its own if ":SECONDS" follows it.
func parseLadder(t *text) ([]StopSignal, error) {
	var rungs []StopSignal
	for _, item := range t.split(", \t\n") {
		if item.s == "" {
			continue
		}
		name, seconds, ok := strings.Cut(item.s, ":")
		sig, err := ParseSignal(name)
		if err != nil {
			return nil, err
		}
		rung := StopSignal{Signal: sig, Wait: ownWait}
		if ok {
			if rung.Wait, err = parseSeconds(seconds); err != nil {
				return nil, err
			}
		}
		rungs = append(rungs, rung)
	}
	if len(rungs) == 0 {
		return nil, errors.New("no signal is named")
	}
	return rungs, nil
}

// parseSignals reads a list of signals.
func parseSignals(t *text) ([]syscall.Signal, error) {
	rungs, err := parseLadder(t)
	var signals []syscall.Signal
	for _, rung := range rungs {
		if rung.Wait != ownWait {
			return nil, errors.New("no time may follow these signals, because all of them are sent at once")
		}
		signals = append(signals, rung.Signal)
	}
	return signals, err
}

// ladder gives each stop signal its wait. Of several that a profile has, the last
// one is for a program that does not end gracefully: all of them fit into one
// wait, and a fifth of it is the last one's. A program to insist on gets its
// signals in turn, and then the last one again and again, within one wait.
// uWSGI's master acts every second: signals at that pace would each meet the
// exec that the one before has caused, and be lost or kill it. Where the last one is
// the quick way of such a program, it has the last fifth.
func (b *build) ladder() (rungs []StopSignal) {
	const times, pause = 5, 1500 * time.Millisecond
	switch {
	case len(b.rungs) > 0:
		for _, rung := range b.rungs {
			if rung.Wait == ownWait {
				rung.Wait = b.stopWait
			}
			rungs = append(rungs, rung)
		}
		return rungs
	case !b.insist:
		wait := b.stopWait
		for n, sig := range b.stopSignals {
			if n < len(b.stopSignals)-1 {
				rungs = append(rungs, StopSignal{Signal: sig, Wait: wait - wait/5})
				wait /= 5
				continue
			}
			rungs = append(rungs, StopSignal{Signal: sig, Wait: wait})
		}
		return rungs
	}
	wait, signals := b.stopWait, b.stopSignals
	if b.quick {
		last := StopSignal{Signal: signals[len(signals)-1], Wait: wait / 5, Group: b.p.KillAsGroup}
		wait -= last.Wait
		signals = signals[:len(signals)-1]
		defer func() { rungs = append(rungs, last) }()
	}
	for n := range times {
		rung := StopSignal{
			Signal: signals[min(n, len(signals)-1)], Wait: pause,
			Group: n > 0 && b.insistGroup && b.p.KillAsGroup, Again: n >= len(signals),
		}
		if wait <= pause || n == times-1 {
			rung.Wait = wait
			return append(rungs, rung)
		}
		rungs = append(rungs, rung)
		wait -= pause
	}
	return rungs
}
