package program

import (
	"math/rand/v2"
	"syscall"
	"testing"
	"time"

	"entrypoint/config"
)

var (
	t0      = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	exited3 = syscall.WaitStatus(3 << 8)
	killed9 = syscall.WaitStatus(9)
)

// policy is what the grid's programs are configured with.
func policy() *config.Program {
	return &config.Program{
		Name: "web", Autorestart: config.RestartUnexpected, ExitCodes: []int{0},
		StartSecs: time.Second, StartRetries: 2,
		StopSignals: []config.StopSignal{{Signal: syscall.SIGQUIT, Wait: 4 * time.Second}, {Signal: syscall.SIGTERM, Wait: 2 * time.Second}},
	}
}

// The programs of the grid, one for each state and for each way of being in it.
func situations() map[string]Program {
	c := policy()
	stopping := Program{
		Config: c, State: Stopping, PID: 7, Group: 7, StartedAt: t0.Add(-time.Hour),
		Deadline: t0.Add(time.Second), StopRequested: true,
	}
	lastRung := stopping
	lastRung.Rung = 1
	clearing := stopping // the main process is gone, its group is not
	clearing.PID, clearing.StopRequested, clearing.Rung, clearing.Status, clearing.Code = 0, false, 1, exited3, 3
	return map[string]Program{
		"STOPPED":          {Config: c, State: Stopped},
		"STARTING unborn":  {Config: c, State: Starting},
		"STARTING":         {Config: c, State: Starting, PID: 7, StartedAt: t0, Deadline: t0.Add(time.Second)},
		"RUNNING":          {Config: c, State: Running, PID: 7, StartedAt: t0.Add(-time.Hour)},
		"BACKOFF":          {Config: c, State: Backoff, Failures: 1, Deadline: t0.Add(time.Second)},
		"STOPPING":         stopping,
		"STOPPING at last": lastRung,
		"STOPPING group":   clearing,
		"EXITED":           {Config: c, State: Exited},
		"FATAL":            {Config: c, State: Fatal, Failures: 3},
	}
}

// The events of the grid.
var events = map[string]Event{
	"Start":       {Kind: Start},
	"Stop":        {Kind: Stop},
	"Kill":        {Kind: Kill},
	"Spawned":     {Kind: Spawned, PID: 8},
	"SpawnFailed": {Kind: SpawnFailed, Code: 127},
	"Died 0":      {Kind: Died},
	"Died 3":      {Kind: Died, Status: exited3, Code: 3},
	"Died KILL":   {Kind: Died, Status: killed9, Code: 137},
	"Died, left":  {Kind: Died, Status: exited3, Code: 3, Left: true},
	"Emptied":     {Kind: Emptied},
	"Tick early":  {Kind: Tick},
	"Tick due":    {Kind: Tick},
}

// cell is what one step leads to. Deadline is seconds after the event, 0: none.
type cell struct {
	state    State
	action   Action
	deadline float64
}

var (
	spawnIt  = Action{Kind: Spawn}
	nothing  = Action{}
	quitMain = Action{Signal, syscall.SIGQUIT}
	termMain = Action{Signal, syscall.SIGTERM}
	termAll  = Action{SignalGroup, syscall.SIGTERM}
	killAll  = Action{SignalGroup, syscall.SIGKILL}
)

// grid has a row for every situation and in it a cell for every event that
// means something there; all other events must change nothing.
var grid = map[string]map[string]cell{
	"STOPPED": {"Start": {Starting, spawnIt, 0}},
	"EXITED":  {"Start": {Starting, spawnIt, 0}},
	"FATAL":   {"Start": {Starting, spawnIt, 0}},
	"STARTING unborn": {
		"Spawned":     {Starting, nothing, 1},
		"SpawnFailed": {Backoff, nothing, 1},
		"Stop":        {Stopped, nothing, 0},
		"Died 0":      {Backoff, nothing, 1}, // cannot come; must not hang
		"Died 3":      {Backoff, nothing, 1},
		"Died KILL":   {Backoff, nothing, 1},
		"Died, left":  {Stopping, termAll, 2},
	},
	"STARTING": {
		"Stop":        {Stopping, quitMain, 4},
		"Spawned":     {Starting, nothing, 1}, // cannot come twice
		"SpawnFailed": {Backoff, nothing, 1},
		"Died 0":      {Backoff, nothing, 1}, // too quick, whatever its code
		"Died 3":      {Backoff, nothing, 1},
		"Died KILL":   {Backoff, nothing, 1},
		"Died, left":  {Stopping, termAll, 2},
		"Tick due":    {Running, nothing, 0},
	},
	"RUNNING": {
		"Stop":       {Stopping, quitMain, 4},
		"Died 0":     {Exited, nothing, 0},
		"Died 3":     {Starting, spawnIt, 0}, // the first end after an hour: at once
		"Died KILL":  {Starting, spawnIt, 0},
		"Died, left": {Stopping, termAll, 2},
	},
	"BACKOFF": {
		"Stop":     {Stopped, nothing, 0},
		"Tick due": {Starting, spawnIt, 0},
	},
	"STOPPING": {
		"Kill":       {Stopping, killAll, 1},
		"Died 0":     {Stopped, nothing, 0},
		"Died 3":     {Stopped, nothing, 0},
		"Died KILL":  {Stopped, nothing, 0},
		"Died, left": {Stopping, termAll, 1},
		"Tick due":   {Stopping, termMain, 2},
	},
	"STOPPING at last": {
		"Kill":       {Stopping, killAll, 1},
		"Died 0":     {Stopped, nothing, 0},
		"Died 3":     {Stopped, nothing, 0},
		"Died KILL":  {Stopped, nothing, 0},
		"Died, left": {Stopping, termAll, 1},
		"Tick due":   {Stopping, killAll, 1},
	},
	"STOPPING group": {
		"Stop":       {Stopping, nothing, 1}, // StopRequested now
		"Kill":       {Stopping, killAll, 1},
		"Died 0":     {Exited, nothing, 0}, // cannot come; its code would decide
		"Died 3":     {Starting, spawnIt, 0},
		"Died KILL":  {Starting, spawnIt, 0},
		"Died, left": {Stopping, termAll, 1},
		"Emptied":    {Starting, spawnIt, 0},
		"Tick due":   {Stopping, killAll, 1},
	},
}

func TestGrid(t *testing.T) {
	cells := 0
	for name, before := range situations() {
		for event, e := range events {
			cells++
			now := t0
			if event == "Tick due" {
				now = before.Deadline
			}
			after, action := Step(before, now, e)
			want, ok := grid[name][event]
			if !ok {
				if after != before || action != nothing {
					t.Errorf("%s x %s: became %v with %v, want no change", name, event, after, action)
				}
				continue
			}
			if after == before && action == nothing {
				t.Errorf("%s x %s: nothing changed", name, event)
			}
			deadline := 0.0
			if !after.Deadline.IsZero() {
				deadline = after.Deadline.Sub(now).Seconds()
			}
			if got := (cell{after.State, action, deadline}); got != want {
				t.Errorf("%s x %s: %v, want %v", name, event, got, want)
			}
		}
	}
	if want := 10 * 12; cells != want {
		t.Errorf("looked at %d cells, want %d", cells, want)
	}
}

// TestStopRequestWhileClearing: STOPPING x Stop changes how it ends.
func TestStopRequestWhileClearing(t *testing.T) {
	p, _ := Step(situations()["STOPPING group"], t0, Event{Kind: Stop, Limit: t0.Add(time.Second / 2)})
	if want := t0.Add(time.Second / 2); p.Deadline != want {
		t.Errorf("deadline %v, want the limit %v", p.Deadline, want)
	}
	p, action := Step(p, t0, Event{Kind: Emptied})
	if p.State != Stopped || action != nothing {
		t.Errorf("became %v with %v, want STOPPED", p.State, action)
	}
}

// TestLimit: however long the ladder, SIGKILL is sent at the limit.
func TestLimit(t *testing.T) {
	p := situations()["RUNNING"]
	limit := t0.Add(3 * time.Second)
	p, action := Step(p, t0, Event{Kind: Stop, Limit: limit})
	if action != quitMain || p.Deadline != limit {
		t.Fatalf("%v until %v, want SIGQUIT until the limit", action, p.Deadline)
	}
	p, action = Step(p, limit, Event{Kind: Tick})
	if action != killAll || !p.Killed {
		t.Fatalf("%v at the limit, want SIGKILL", action)
	}
}

// TestGivesUp: 1 + StartRetries starts, each wait twice the one before.
func TestGivesUp(t *testing.T) {
	c := policy()
	c.StartRetries = 4
	p, now, starts := Program{Config: c}, t0, 0
	var waits []float64
	p, action := Step(p, now, Event{Kind: Start})
	for p.State != Fatal {
		switch {
		case action == spawnIt:
			starts++
			p, _ = Step(p, now, Event{Kind: Spawned, PID: 100 + starts})
			p, action = Step(p, now, Event{Kind: Died, Status: exited3, Code: 3})
		case p.State == Backoff:
			waits = append(waits, p.Deadline.Sub(now).Seconds())
			now = p.Deadline
			p, action = Step(p, now, Event{Kind: Tick})
		default:
			t.Fatalf("stuck in %v", p.State)
		}
	}
	if starts != 5 || p.Code != 3 || !p.Deadline.IsZero() {
		t.Errorf("%d starts, code %d, deadline %v", starts, p.Code, p.Deadline)
	}
	want := []float64{1, 2, 4, 8}
	for i, w := range want {
		if len(waits) != len(want) || waits[i] != w {
			t.Fatalf("waits %v, want %v", waits, want)
		}
	}
}

// TestRestartsSlowDown: a program that comes up and dies again and again is
// never given up, but started at growing distances; a stable run forgives it.
func TestRestartsSlowDown(t *testing.T) {
	p, now := situations()["RUNNING"], t0
	die := func(after time.Duration) float64 {
		if p.State == Starting {
			p, _ = Step(p, now, Event{Kind: Spawned, PID: 7})
			now = now.Add(time.Second)
			p, _ = Step(p, now, Event{Kind: Tick})
		}
		now = now.Add(after)
		var action Action
		p, action = Step(p, now, Event{Kind: Died, Status: killed9, Code: 137})
		if action == spawnIt {
			return 0
		}
		wait := p.Deadline.Sub(now).Seconds()
		now = p.Deadline
		p, _ = Step(p, now, Event{Kind: Tick})
		return wait
	}
	for i, want := range []float64{0, 1, 2, 4, 8, 16, 32, 60, 60} {
		if got := die(time.Second); got != want {
			t.Fatalf("end %d: next start after %v s, want %v s", i+1, got, want)
		}
	}
	if got := die(Stable); got != 0 {
		t.Errorf("after a stable run: %v s, want at once", got)
	}
}

// TestRandomSequences drives programs with random events, as a world would
// that obeys the actions, and checks what must hold at every moment.
func TestRandomSequences(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		c := policy()
		c.Autorestart = config.Restart(rng.IntN(3))
		c.StopAsGroup = rng.IntN(2) == 0
		p, now := Program{Config: c}, t0
		alive, group := 0, false // main process, and whether its group has others
		for step := range 60 {
			e := Event{Kind: []Kind{Start, Stop, Kill, Tick, Died, Emptied}[rng.IntN(6)]}
			switch e.Kind {
			case Died:
				if alive == 0 {
					continue
				}
				group = rng.IntN(3) == 0
				e.Code, e.Left, alive = rng.IntN(2), group, 0
				e.Status = syscall.WaitStatus(e.Code << 8)
			case Emptied:
				if alive != 0 || !group {
					continue
				}
				group = false
			case Tick:
				now = now.Add(time.Duration(rng.IntN(5000)) * time.Millisecond)
			}
			var action Action
			p, action = Step(p, now, e)
			if action.Kind == Spawn {
				if alive != 0 || group {
					t.Fatalf("step %d: spawned while the last incarnation is there", step)
				}
				if rng.IntN(4) == 0 {
					p, _ = Step(p, now, Event{Kind: SpawnFailed, Code: 127})
				} else {
					alive = 1000 + step
					p, _ = Step(p, now, Event{Kind: Spawned, PID: alive})
				}
			}
			if p.PID != alive {
				t.Fatalf("step %d: %v has process %d, the world has %d", step, p.State, p.PID, alive)
			}
			if p.State == Running && alive == 0 {
				t.Fatalf("step %d: RUNNING without a process", step)
			}
			waits := p.State == Starting || p.State == Backoff || p.State == Stopping
			if waits == p.Deadline.IsZero() {
				t.Fatalf("step %d: %v with deadline %v", step, p.State, p.Deadline)
			}
			if (alive != 0 || group) && (p.State == Stopped || p.State == Exited || p.State == Fatal || p.State == Backoff) {
				t.Fatalf("step %d: %v with something left", step, p.State)
			}
		}
	}
}
