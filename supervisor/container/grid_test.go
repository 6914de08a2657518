package container

import (
	"testing"
	"time"

	"entrypoint/config"
	"entrypoint/supervisor/program"
)

var t0 = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

func policy() Policy { return Policy{Budget: 9 * time.Second, Drain: 2 * time.Second} }

// situations are the containers of the grid, one for each phase and each way of being in it.
func situations() map[string]Container {
	p := policy()
	quick := p
	quick.Drain = 0
	asked := t0.Add(-time.Second)
	return map[string]Container{
		"SERVING":            {Policy: p},
		"SERVING no drain":   {Policy: quick},
		"DRAINING":           {Policy: p, Phase: Draining, RequestedAt: asked, DrainUntil: t0.Add(time.Second), Deadline: t0.Add(8 * time.Second)},
		"DRAINING over":      {Policy: p, Phase: Draining, RequestedAt: asked, DrainUntil: t0, Deadline: t0.Add(8 * time.Second)},
		"RESTARTING":         {Policy: p, Phase: Restarting},
		"STOPPING":           {Policy: p, Phase: Stopping, RequestedAt: asked, Deadline: t0.Add(8 * time.Second)},
		"STOPPING by itself": {Policy: p, Phase: Stopping, Deadline: t0.Add(8 * time.Second), Code: 3, Culprit: "web"},
		"STOPPING too long":  {Policy: p, Phase: Stopping, RequestedAt: asked, Deadline: t0.Add(-lastWait)},
		"OVER":               {Policy: p, Phase: Over, RequestedAt: asked, Deadline: t0.Add(8 * time.Second)},
	}
}

var failedEnd = End{Name: "web", Fatal: true, Code: 3}

// events are those of the grid.
var events = map[string]Event{
	"Ask":           {Kind: Ask, Busy: true},
	"Ask idle":      {Kind: Ask},
	"Insist":        {Kind: Insist, Busy: true},
	"AskRestart":    {Kind: AskRestart},
	"Restarted":     {Kind: Restarted},
	"Died":          {Kind: Died, End: failedEnd}, // with exit_on=fatal this one means nothing
	"Rested failed": {Kind: Rested, End: failedEnd},
	"Rested well":   {Kind: Rested, End: End{Name: "web", Well: true}},
	"Finished":      {Kind: Finished, Code: 4, Culprit: "job"},
	"Killed":        {Kind: Killed},
	"Empty":         {Kind: Empty},
	"Tick":          {Kind: Tick},
}

// cells are what happens; every other one changes nothing.
var cells = map[string]map[string]struct {
	phase  Phase
	action Action
}{
	"SERVING": {
		"Ask": {Draining, BeginDrain}, "Ask idle": {Stopping, StopAll}, "Insist": {Draining, BeginDrain}, "AskRestart": {Restarting, RestartAll},
		"Rested failed": {Stopping, StopAll}, "Finished": {Stopping, StopAll},
	},
	"SERVING no drain": {
		"Ask": {Stopping, StopAll}, "Ask idle": {Stopping, StopAll}, "Insist": {Stopping, StopAll}, "AskRestart": {Restarting, RestartAll},
		"Rested failed": {Stopping, StopAll}, "Finished": {Stopping, StopAll},
	},
	"DRAINING":      {"Insist": {Stopping, StopAll}, "Rested failed": {Stopping, StopAll}, "Finished": {Stopping, StopAll}},
	"DRAINING over": {"Insist": {Stopping, StopAll}, "Rested failed": {Stopping, StopAll}, "Finished": {Stopping, StopAll}, "Tick": {Stopping, StopAll}},
	"RESTARTING": {
		"Ask": {Stopping, StopAll}, "Ask idle": {Stopping, StopAll}, "Insist": {Stopping, StopAll}, "Restarted": {Serving, Nothing},
		"Rested failed": {Stopping, StopAll},
	},
	"STOPPING":           {"Insist": {Stopping, KillAll}, "Empty": {Over, Nothing}, "Killed": {Stopping, Nothing}},
	"STOPPING by itself": {"Ask": {Stopping, Nothing}, "Ask idle": {Stopping, Nothing}, "Insist": {Stopping, Nothing}, "Empty": {Over, Nothing}, "Killed": {Stopping, Nothing}},
	"STOPPING too long":  {"Insist": {Stopping, KillAll}, "Empty": {Over, Nothing}, "Killed": {Stopping, Nothing}, "Tick": {Over, AbandonLeft}},
	"OVER":               {},
}

func TestGrid(t *testing.T) {
	for situation, c := range situations() {
		for name, e := range events {
			after, action := Step(c, t0, e)
			want, changes := cells[situation][name]
			switch {
			case !changes && (after != c || action != Nothing):
				t.Errorf("%s, %s: changes to %v, action %d", situation, name, after, action)
			case changes && (after.Phase != want.phase || action != want.action):
				t.Errorf("%s, %s: %v and action %d, want %v and %d", situation, name, after.Phase, action, want.phase, want.action)
			case changes && after == c && action == Nothing:
				t.Errorf("%s, %s: changes nothing", situation, name)
			}
			if due := after.Due(); !due.IsZero() && after.Phase != c.Phase && !due.After(t0) {
				t.Errorf("%s, %s: %v is over when it begins", situation, name, after.Phase)
			}
			if (after.Phase == Stopping || after.Phase == Draining) && after.Deadline.IsZero() {
				t.Errorf("%s, %s: a stop without a budget", situation, name)
			}
			if (after.Phase == Draining) != !after.DrainUntil.IsZero() {
				t.Errorf("%s, %s: %v with a drain until %v", situation, name, after.Phase, after.DrainUntil)
			}
		}
	}
}

// TestNumbers: what the last line and the exit code are made of.
func TestNumbers(t *testing.T) {
	c, _ := Step(Container{Policy: policy()}, t0, Event{Kind: Ask, Busy: true})
	if c.RequestedAt != t0 || c.Deadline != t0.Add(9*time.Second) || c.Due() != t0.Add(2*time.Second) || !c.Ending() || c.Stops() {
		t.Errorf("%+v", c)
	}
	later := t0.Add(1500 * time.Millisecond)
	c, _ = Step(c, later, Event{Kind: Rested, End: failedEnd})
	if c.Drained != 1500*time.Millisecond || c.Deadline != t0.Add(9*time.Second) || c.Code != 3 || c.Culprit != "web" || c.Killed {
		t.Errorf("%+v", c)
	}
	c, _ = Step(c, later, Event{Kind: Killed})
	c, _ = Step(c, later, Event{Kind: Insist})
	if !c.Killed || c.Deadline != later || c.RequestedAt != t0 {
		t.Errorf("%+v", c)
	}
	// A stop that a program has begun, and that somebody wants as well.
	c, _ = Step(Container{Policy: policy()}, t0, Event{Kind: Finished, Code: 4, Culprit: "job"})
	c, _ = Step(c, later, Event{Kind: Ask})
	if !c.Requested() || c.Deadline != t0.Add(9*time.Second) || c.Code != 4 || c.Culprit != "job" {
		t.Errorf("%+v", c)
	}
}

func TestGrants(t *testing.T) {
	for phase, granted := range map[Phase]bool{Serving: true, Draining: true, Restarting: false, Stopping: false, Over: false} {
		c := Container{Phase: phase}
		for _, k := range []program.Kind{program.Start, program.Await, program.Restart, program.Sick} {
			if c.Grants(k) != granted {
				t.Errorf("%v: %d granted: %t", phase, k, !granted)
			}
		}
		for _, k := range []program.Kind{program.Stop, program.Kill, program.Retire, program.Died, program.Spawned, program.Tick} {
			if !c.Grants(k) {
				t.Errorf("%v: %d is not granted", phase, k)
			}
		}
	}
}

// TestEnds is the table of doc.go, and what it says beside it.
func TestEnds(t *testing.T) {
	const no, unset, yes = config.CriticalNo, config.CriticalDefault, config.CriticalYes
	type is struct{ died, fatal, exited bool }
	for on, row := range map[config.ExitOn]map[config.Critical]is{
		config.ExitOnFatal: {no: {}, unset: {fatal: true}, yes: {fatal: true, exited: true}},
		config.ExitOnAny:   {no: {}, unset: {died: true, fatal: true}, yes: {true, true, true}},
		config.ExitOnAll:   {no: {}, unset: {}, yes: {fatal: true, exited: true}},
		config.ExitOnNever: {no: {}, unset: {}, yes: {fatal: true, exited: true}},
	} {
		for critical, want := range row {
			end := func(kind Kind, change func(*End)) bool {
				e := End{Name: "web", Critical: critical, Code: 3}
				change(&e)
				return e.ends(on, kind)
			}
			got := is{
				end(Died, func(*End) {}), end(Rested, func(e *End) { e.Fatal = true }), end(Rested, func(*End) {}),
			}
			if got != want {
				t.Errorf("exit_on %d, critical %d: %+v, want %+v", on, critical, got, want)
			}
			if end(Died, func(e *End) { e.Work = true }) || end(Died, func(e *End) { e.Listener = true }) {
				t.Errorf("exit_on %d, critical %d: the process of a oneshot or a listener has ended, and with it the container", on, critical)
			}
			if end(Rested, func(e *End) { e.Work, e.Well = true, true }) {
				t.Errorf("exit_on %d, critical %d: work that is done ends the container", on, critical)
			}
			if end(Rested, func(e *End) { e.Work = true }) != want.fatal {
				t.Errorf("exit_on %d, critical %d: work that has failed is not like FATAL", on, critical)
			}
			if again := end(Rested, func(e *End) { e.Work, e.Again = true, true }); again != (want.fatal && critical == yes) {
				t.Errorf("exit_on %d, critical %d: work with a schedule: %t", on, critical, again)
			}
		}
	}
}

func TestCodes(t *testing.T) {
	for _, c := range []struct {
		end  End
		kind Kind
		code int
		why  string
	}{
		{End{Code: 0}, Died, 0, "has ended"},
		{End{Fatal: true, Code: 0}, Rested, 1, "cannot be kept up"},
		{End{Fatal: true, Code: 7}, Rested, 7, "cannot be kept up"},
		{End{Work: true, Code: 2}, Rested, 2, "has failed"},
		{End{Well: true}, Rested, 0, "has ended and is critical"},
		{End{Code: 5}, Rested, 5, "has ended and is critical"},
	} {
		if code, why := c.end.exitCode(c.kind), c.end.Why(c.kind); code != c.code || why != c.why {
			t.Errorf("%+v: %d, %q", c, code, why)
		}
	}
}
