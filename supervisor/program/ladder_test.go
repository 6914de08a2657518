package program

import (
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"entrypoint/config"
)

// TestLadderGroup: a rung of the stop ladder may be for the whole group, while
// the ones before it are for the main process alone.
func TestLadderGroup(t *testing.T) {
	c := policy()
	c.StopSignals[1].Group = true
	p, action := Step(Program{Config: c, State: Running, PID: 7, Group: 7}, t0, Event{Kind: Stop})
	if want := (Action{Signal, syscall.SIGQUIT}); action != want {
		t.Errorf("the first rung: %v, want %v", action, want)
	}
	_, action = Step(p, t0.Add(4*time.Second), Event{Kind: Tick})
	if want := (Action{SignalGroup, syscall.SIGTERM}); action != want {
		t.Errorf("the second rung: %v, want %v", action, want)
	}
}

// TestScaledLadder: in less time than the ladder wants, each signal has its part, and
// the last one is sent while there is time for what it does. SIGKILL comes at the
// limit, which may be later.
func TestScaledLadder(t *testing.T) {
	rung := func(sig syscall.Signal, seconds float64, again bool) config.StopSignal {
		return config.StopSignal{Signal: sig, Wait: time.Duration(seconds * float64(time.Second)), Again: again}
	}
	const term, quit, sint = syscall.SIGTERM, syscall.SIGQUIT, syscall.SIGINT
	for name, c := range map[string]struct {
		rungs     []config.StopSignal
		by, limit float64 // 0: none
		want      string
	}{
		"all the time":             {[]config.StopSignal{rung(quit, 8, false), rung(term, 2, false)}, 0, 0, "SIGQUIT 0s, SIGTERM 8s, SIGKILL 10s"},
		"fits":                     {[]config.StopSignal{rung(quit, 4, false), rung(term, 2, false)}, 8, 9, "SIGQUIT 0s, SIGTERM 4s, SIGKILL 6s"},
		"a profile's":              {[]config.StopSignal{rung(quit, 8, false), rung(term, 2, false)}, 5, 9, "SIGQUIT 0s, SIGTERM 4s, SIGKILL 6s"},
		"a minute each":            {[]config.StopSignal{rung(term, 60, false), rung(quit, 60, false)}, 9, 9, "SIGTERM 0s, SIGQUIT 4.5s, SIGKILL 9s"},
		"ten minutes":              {[]config.StopSignal{rung(term, 480, false), rung(quit, 120, false)}, 9, 9, "SIGTERM 0s, SIGQUIT 7.2s, SIGKILL 9s"},
		"only a limit":             {[]config.StopSignal{rung(term, 60, false), rung(quit, 60, false)}, 0, 9, "SIGTERM 0s, SIGQUIT 4.5s, SIGKILL 9s"},
		"a second":                 {[]config.StopSignal{rung(quit, 8, false), rung(term, 2, false)}, 1, 9, "SIGQUIT 0s, SIGTERM 500ms, SIGKILL 2.5s"},
		"three":                    {[]config.StopSignal{rung(sint, 10, false), rung(term, 10, false), rung(quit, 10, false)}, 3, 9, "SIGINT 0s, SIGTERM 1s, SIGQUIT 2s, SIGKILL 9s"},
		"nothing":                  {[]config.StopSignal{rung(quit, 8, false), rung(term, 2, false)}, -1, 3, "SIGQUIT 0s, SIGTERM 0s, SIGKILL 2s"},
		"one signal":               {[]config.StopSignal{rung(term, 60, false)}, 2, 9, "SIGTERM 0s, SIGKILL 9s"},
		"repeated":                 {[]config.StopSignal{rung(sint, 1.5, false), rung(sint, 1.5, true), rung(sint, 7, true)}, 2, 9, "SIGINT 0s, SIGINT 1.5s, SIGINT 3s, SIGKILL 9s"},
		"repeated, and a last one": {[]config.StopSignal{rung(term, 1.5, false), rung(term, 1.5, true), rung(term, 5, true), rung(sint, 2, false)}, 4, 9, "SIGTERM 0s, SIGTERM 1.5s, SIGINT 3s, SIGKILL 5s"},
		"no time to repeat":        {[]config.StopSignal{rung(term, 1.5, false), rung(term, 1.5, true), rung(term, 5, true), rung(sint, 2, false)}, 1, 9, "SIGTERM 0s, SIGINT 500ms, SIGKILL 2.5s"},
	} {
		t.Run(name, func(t *testing.T) {
			after := func(seconds float64) time.Time {
				if seconds == 0 {
					return time.Time{}
				}
				return t0.Add(time.Duration(seconds * float64(time.Second)))
			}
			config := policy()
			config.StopSignals = c.rungs
			p, action := Step(Program{Config: config, State: Running, PID: 7, Group: 7}, t0, Event{Kind: Stop, By: after(c.by), Limit: after(c.limit)})
			got := ""
			for now, steps := t0, 0; steps < 10; now, steps = p.Deadline, steps+1 {
				if steps > 0 {
					p, action = Step(p, now, Event{Kind: Tick})
				}
				if action != nothing {
					got += unix.SignalName(action.Signal) + " " + now.Sub(t0).Round(time.Millisecond).String() + ", "
				}
				if p.Killed {
					break
				}
			}
			if got = strings.TrimSuffix(got, ", "); got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
		})
	}
}

// TestLadderInAHurry: a program that is being stopped already, and now has to end
// sooner, is told its last signal sooner.
func TestLadderInAHurry(t *testing.T) {
	c := policy()
	c.StopSignals = []config.StopSignal{{Signal: syscall.SIGQUIT, Wait: 8 * time.Minute}, {Signal: syscall.SIGTERM, Wait: 2 * time.Minute}}
	p, _ := Step(Program{Config: c, State: Running, PID: 7, Group: 7}, t0, Event{Kind: Stop})
	now := t0.Add(time.Second)
	p, action := Step(p, now, Event{Kind: Stop, By: now.Add(5 * time.Second), Limit: now.Add(9 * time.Second)})
	if want := now.Add(4 * time.Second); action != nothing || p.Deadline != want {
		t.Errorf("%v, next at %v, want %v", action, p.Deadline, want)
	}
	p, action = Step(p, p.Deadline, Event{Kind: Tick})
	if action != termMain || p.Deadline != now.Add(9*time.Second) {
		t.Errorf("%v until %v", action, p.Deadline)
	}
}
