package program

import (
	"slices"
	"syscall"
	"testing"
	"time"
)

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

// TestNoRoom: a start that the container has no room for is tried again for ever,
// at growing distances, and is no failed start; what fails afterwards counts as if
// nothing had been.
func TestNoRoom(t *testing.T) {
	p, now := Program{Config: policy()}, t0
	p, action := Step(p, now, Event{Kind: Start})
	var waits []float64
	for range 100 {
		if action != spawnIt {
			t.Fatalf("%v with %v after %d tries, want a start", p.State, action, len(waits))
		}
		before := p
		p, action = Step(p, now, Event{Kind: SpawnDelayed})
		if p.State != Starting || p.Failures != 0 || action != nothing || Changes(before, p) != nil {
			t.Fatalf("%v with %d failures, %v", p.State, p.Failures, action)
		}
		waits = append(waits, p.Deadline.Sub(now).Seconds())
		now = p.Deadline
		p, action = Step(p, now, Event{Kind: Tick})
	}
	for i, want := range []float64{0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 5, 5, 5} {
		if !jittered(waits[i], want) {
			t.Errorf("try %d: the next one after %v s, want %v s", i+1, waits[i], want)
		}
	}
	if p, _ = Step(p, now, Event{Kind: Spawned, PID: 7}); p.Delays != 0 {
		t.Errorf("%d delays are left", p.Delays)
	}
	if p, _ = Step(p, now, Event{Kind: Died, Status: exited3, Code: 3}); p.State != Backoff || p.Failures != 1 {
		t.Errorf("after an early end: %v with %d failures", p.State, p.Failures)
	}
}
