package program

import (
	"math"
	"math/rand/v2"
	"slices"
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
		StartSecs: time.Second, StartRetries: 2, RestartMax: time.Minute, KillAsGroup: true,
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
	early := clearing
	early.Early, early.Failures = true, 1
	again := stopping
	again.StartAgain = true
	return map[string]Program{
		"STOPPED":          {Config: c, State: Stopped},
		"STARTING unborn":  {Config: c, State: Starting},
		"STARTING":         {Config: c, State: Starting, PID: 7, StartedAt: t0, Deadline: t0.Add(time.Second)},
		"RUNNING":          {Config: c, State: Running, PID: 7, StartedAt: t0.Add(-time.Hour)},
		"BACKOFF":          {Config: c, State: Backoff, Failures: 1, Deadline: t0.Add(time.Second)},
		"STOPPING":         stopping,
		"STOPPING at last": lastRung,
		"STOPPING group":   clearing,
		"STOPPING early":   early,
		"STOPPING again":   again,
		"EXITED":           {Config: c, State: Exited},
		"FATAL":            {Config: c, State: Fatal, Failures: 3},
		"UNKNOWN":          {Config: c, State: Unknown, PID: 7, Group: 7, StartedAt: t0.Add(-time.Hour), StopRequested: true},
	}
}

// The events of the grid.
var events = map[string]Event{
	"Start":       {Kind: Start},
	"Stop":        {Kind: Stop},
	"Restart":     {Kind: Restart},
	"Kill":        {Kind: Kill},
	"Retire":      {Kind: Retire},
	"Spawned":     {Kind: Spawned, PID: 8},
	"No signal":   {Kind: SignalFailed},
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
// means something there; all other events must change nothing. Waits are without
// their jitter, which TestJitter looks at. Retire is said everywhere, so it
// stands only where it changes more than that.
var grid = map[string]map[string]cell{
	"STOPPED": {"Start": {Starting, spawnIt, 0}, "Restart": {Starting, spawnIt, 0}},
	"EXITED":  {"Start": {Starting, spawnIt, 0}, "Restart": {Starting, spawnIt, 0}},
	"FATAL":   {"Start": {Starting, spawnIt, 0}, "Restart": {Starting, spawnIt, 0}},
	"STARTING unborn": {
		"Spawned":     {Starting, nothing, 1},
		"SpawnFailed": {Backoff, nothing, 1},
		"Stop":        {Stopped, nothing, 0},
		"Restart":     {Stopped, nothing, 0}, // cannot come; must not hang
		"Died 0":      {Backoff, nothing, 1}, // likewise
		"Died 3":      {Backoff, nothing, 1},
		"Died KILL":   {Backoff, nothing, 1},
		"Died, left":  {Stopping, termAll, 2},
	},
	"STARTING": {
		"Stop":        {Stopping, quitMain, 4},
		"Restart":     {Stopping, quitMain, 4},
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
		"Restart":    {Stopping, quitMain, 4},
		"Died 0":     {Exited, nothing, 0},
		"Died 3":     {Starting, spawnIt, 0}, // the first end after an hour: at once
		"Died KILL":  {Starting, spawnIt, 0},
		"Died, left": {Stopping, termAll, 2},
	},
	"BACKOFF": {
		"Stop":     {Stopped, nothing, 0},
		"Restart":  {Starting, spawnIt, 0},
		"Retire":   {Fatal, nothing, 0},
		"Tick due": {Starting, spawnIt, 0},
	},
	"STOPPING": {
		"Start":      {Stopping, nothing, 1}, // StartAgain now
		"Restart":    {Stopping, nothing, 1},
		"Kill":       {Stopping, killAll, 1},
		"No signal":  {Unknown, nothing, 0},
		"Died 0":     {Stopped, nothing, 0},
		"Died 3":     {Stopped, nothing, 0},
		"Died KILL":  {Stopped, nothing, 0},
		"Died, left": {Stopping, termAll, 1},
		"Tick due":   {Stopping, termMain, 2},
	},
	"STOPPING at last": {
		"Start":      {Stopping, nothing, 1},
		"Restart":    {Stopping, nothing, 1},
		"Kill":       {Stopping, killAll, 1},
		"No signal":  {Unknown, nothing, 0},
		"Died 0":     {Stopped, nothing, 0},
		"Died 3":     {Stopped, nothing, 0},
		"Died KILL":  {Stopped, nothing, 0},
		"Died, left": {Stopping, termAll, 1},
		"Tick due":   {Stopping, killAll, 1},
	},
	"STOPPING group": {
		"Start":      {Stopping, nothing, 1}, // StartAgain now
		"Stop":       {Stopping, nothing, 1}, // StopRequested now
		"Restart":    {Stopping, nothing, 1}, // both
		"Kill":       {Stopping, killAll, 1},
		"Died 0":     {Exited, nothing, 0}, // cannot come; its code would decide
		"Died 3":     {Starting, spawnIt, 0},
		"Died KILL":  {Starting, spawnIt, 0},
		"Died, left": {Stopping, termAll, 1},
		"Emptied":    {Starting, spawnIt, 0},
		"Tick due":   {Stopping, killAll, 1},
	},
	"STOPPING early": {
		"Start":      {Stopping, nothing, 1},
		"Stop":       {Stopping, nothing, 1},
		"Restart":    {Stopping, nothing, 1},
		"Kill":       {Stopping, killAll, 1},
		"Died 0":     {Backoff, nothing, 1}, // cannot come
		"Died 3":     {Backoff, nothing, 1},
		"Died KILL":  {Backoff, nothing, 1},
		"Died, left": {Stopping, termAll, 1},
		"Emptied":    {Backoff, nothing, 1},
		"Tick due":   {Stopping, killAll, 1},
	},
	"STOPPING again": {
		"Stop":       {Stopping, nothing, 1}, // not StartAgain any more
		"Kill":       {Stopping, killAll, 1},
		"No signal":  {Unknown, nothing, 0},
		"Died 0":     {Starting, spawnIt, 0},
		"Died 3":     {Starting, spawnIt, 0},
		"Died KILL":  {Starting, spawnIt, 0},
		"Died, left": {Stopping, termAll, 1},
		"Tick due":   {Stopping, termMain, 2},
	},
	"UNKNOWN": {
		"Stop":       {Stopping, quitMain, 4},
		"Restart":    {Stopping, quitMain, 4},
		"Died 0":     {Stopped, nothing, 0},
		"Died 3":     {Stopped, nothing, 0},
		"Died KILL":  {Stopped, nothing, 0},
		"Died, left": {Stopped, nothing, 0}, // nothing can be done to those that are left
	},
}

func TestGrid(t *testing.T) {
	cells := 0
	for name, situation := range situations() {
		for event, e := range events {
			before := situation
			cells++
			now := t0
			if event == "Tick due" {
				now = before.Deadline
			}
			after, action := Step(before, now, e)
			want, ok := grid[name][event]
			if e.Kind == Retire {
				before.Last, before.StartAgain = true, false
			}
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
			if after.State == Backoff && before.State != Backoff {
				deadline = math.Ceil(deadline)
			}
			if got := (cell{after.State, action, deadline}); got != want {
				t.Errorf("%s x %s: %v, want %v", name, event, got, want)
			}
		}
	}
	if want := 13 * 15; cells != want {
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
	want := []float64{1, 2, 4, 8} // less up to a quarter
	for i, w := range want {
		if len(waits) != len(want) || !jittered(waits[i], w) {
			t.Fatalf("waits %v, want %v", waits, want)
		}
	}
}

// jittered says whether a wait is the full one less a quarter at most.
func jittered(got, full float64) bool { return got <= full && got >= full*3/4 }

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
		if got := die(time.Second); !jittered(got, want) {
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
		c.KillAsGroup = c.StopAsGroup || rng.IntN(2) == 0
		c.RestartPause = time.Duration(rng.IntN(3)) * time.Second
		c.RestartMax = time.Duration(1+rng.IntN(20)) * time.Second
		p, now := Program{Config: c}, t0
		alive, group := 0, false // main process, and whether its group has others
		for step := range 60 {
			e := Event{Kind: []Kind{Start, Stop, Restart, Kill, Tick, Died, Emptied, SignalFailed, Retire}[rng.IntN(9)]}
			switch e.Kind {
			case Died:
				if alive == 0 {
					continue
				}
				e.Left = rng.IntN(3) == 0
				group = e.Left && c.KillAsGroup && p.State != Unknown // else nobody looks after them
				e.Code, alive = rng.IntN(2), 0
				e.Status = syscall.WaitStatus(e.Code << 8)
			case Emptied:
				if alive != 0 || !group {
					continue
				}
				group = false
			case Tick:
				now = now.Add(time.Duration(rng.IntN(5000)) * time.Millisecond)
			case Retire:
				if rng.IntN(10) != 0 {
					continue // else every sequence would end soon
				}
			}
			before := p
			var action Action
			p, action = Step(p, now, e)
			if before.State == Fatal && e.Kind != Start && e.Kind != Restart && (p.State != Fatal || action != nothing) {
				t.Fatalf("step %d: FATAL became %v with %v by event %v", step, p.State, action, e.Kind)
			}
			if action.Kind == Spawn {
				if p.Last {
					t.Fatalf("step %d: spawned while the container ends", step)
				}
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

// TestJitter: waits are spread over their last quarter, and one seed always gives
// the same.
func TestJitter(t *testing.T) {
	low, high := time.Hour, time.Duration(0)
	for seed := range uint64(1000) {
		wait, next := jitter(4*time.Second, seed)
		if again, n := jitter(4*time.Second, seed); again != wait || n != next || next == seed {
			t.Fatalf("seed %d: %v and %v", seed, wait, again)
		}
		low, high = min(low, wait), max(high, wait)
	}
	if low < 3*time.Second || low > 3100*time.Millisecond || high > 4*time.Second || high < 3900*time.Millisecond {
		t.Errorf("waits from %v to %v, want them to fill 3 s to 4 s", low, high)
	}
	if wait, _ := jitter(1, 7); wait != 1 {
		t.Errorf("a nanosecond became %v", wait)
	}
}

// TestRestartPause: an automatic start is never sooner than that, one that is
// asked for is.
func TestRestartPause(t *testing.T) {
	c := policy()
	c.RestartPause = 5 * time.Second
	p := situations()["RUNNING"]
	p.Config = c
	p, action := Step(p, t0, Event{Kind: Died, Status: exited3, Code: 3})
	if p.State != Backoff || action != nothing || p.Deadline != t0.Add(5*time.Second) {
		t.Fatalf("%v until %v", p.State, p.Deadline)
	}
	if _, action = Step(p, t0, Event{Kind: Restart}); action != spawnIt {
		t.Errorf("a start on request: %v", action)
	}
}

// TestLeftAlone: with killasgroup=false nothing is sent to the group and nobody
// waits for it.
func TestLeftAlone(t *testing.T) {
	c := policy()
	c.KillAsGroup = false
	p := situations()["RUNNING"]
	p.Config = c
	if p, action := Step(p, t0, Event{Kind: Died, Code: 3, Status: exited3, Left: true}); p.State != Starting || action != spawnIt {
		t.Errorf("after its end: %v with %v", p.State, action)
	}
	p = situations()["STOPPING at last"]
	p.Config = c
	if _, action := Step(p, p.Deadline, Event{Kind: Tick}); action != (Action{Signal, syscall.SIGKILL}) {
		t.Errorf("at the end of its time: %v", action)
	}
}

// TestChanges: what supervisord's listeners are told of one step.
func TestChanges(t *testing.T) {
	s := situations()
	fatal := s["STARTING"]
	fatal.Failures = 2
	for name, c := range map[string]struct {
		before Program
		e      Event
		want   []Change
	}{
		"started":         {s["STOPPED"], Event{Kind: Start}, []Change{{Stopped, Starting}}},
		"up":              {s["STARTING"], Event{Kind: Tick}, []Change{{Starting, Running}}},
		"again at once":   {s["RUNNING"], Event{Kind: Died, Status: exited3, Code: 3}, []Change{{Running, Exited}, {Exited, Starting}}},
		"left something":  {s["RUNNING"], Event{Kind: Died, Status: exited3, Code: 3, Left: true}, []Change{{Running, Exited}}},
		"cleared":         {s["STOPPING group"], Event{Kind: Emptied}, []Change{{Exited, Starting}}},
		"too quick":       {s["STARTING"], Event{Kind: Died, Code: 3}, []Change{{Starting, Backoff}}},
		"given up":        {fatal, Event{Kind: Died, Code: 3}, []Change{{Starting, Backoff}, {Backoff, Fatal}}},
		"stopped":         {s["STOPPING"], Event{Kind: Died}, []Change{{Stopping, Stopped}}},
		"restarted":       {s["STOPPING again"], Event{Kind: Died}, []Change{{Stopping, Stopped}, {Stopped, Starting}}},
		"another signal":  {s["STOPPING"], Event{Kind: Tick}, nil},
		"cannot be asked": {s["STOPPING"], Event{Kind: SignalFailed}, []Change{{Stopping, Unknown}}},
	} {
		now := t0
		if c.e.Kind == Tick {
			now = c.before.Deadline
		}
		after, _ := Step(c.before, now, c.e)
		if got := Changes(c.before, after); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}
