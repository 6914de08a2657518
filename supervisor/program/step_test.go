package program

import (
	"slices"
	"syscall"
	"testing"
	"time"

	"entrypoint/config"
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

// TestLimit: however long the ladder, its signals are all sent before the limit, and
// SIGKILL is sent then.
func TestLimit(t *testing.T) {
	p := situations()["RUNNING"]
	limit := t0.Add(3 * time.Second)
	p, action := Step(p, t0, Event{Kind: Stop, Limit: limit})
	if want := t0.Add(2 * time.Second); action != quitMain || p.Deadline != want {
		t.Fatalf("%v until %v, want SIGQUIT until %v", action, p.Deadline, want)
	}
	p, action = Step(p, p.Deadline, Event{Kind: Tick})
	if action != termMain || p.Deadline != limit {
		t.Fatalf("%v until %v, want SIGTERM until the limit", action, p.Deadline)
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
	want := []float64{1, 2, 4, 8} // and up to a quarter
	for i, w := range want {
		if len(waits) != len(want) || !spreads(waits[i], w, 60) {
			t.Fatalf("waits %v, want %v", waits, want)
		}
	}
}

// jittered says whether a wait is the full one less a quarter at most.
func jittered(got, full float64) bool { return got <= full && got >= full*3/4 }

// spreads says whether a wait is the full one and a quarter at most; at the limit
// it is less, but never less than a second, which is supervisord's first wait.
func spreads(got, full, limit float64) bool {
	if full == 0 {
		return got == 0
	}
	low, high := full, full*5/4
	if high > limit {
		low, high = max(1, limit-full/4), limit
	}
	return got >= low && got <= high
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
		if got := die(time.Second); !spreads(got, want, 60) {
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

// TestSpread: no wait is shorter than what it begins with, none longer than the
// limit, and the first one of all is never shorter than supervisord's, a second.
func TestSpread(t *testing.T) {
	for _, c := range []struct{ wait, limit, low, high float64 }{
		{1, 60, 1, 1.25}, {2, 60, 2, 2.5}, {60, 60, 45, 60}, {32, 33, 25, 33}, {1, 1, 1, 1}, {0.5, 0.5, 0.5, 0.5},
	} {
		least, most, seed := 1e9, 0.0, uint64(0)
		for range 1000 {
			var wait time.Duration
			wait, seed = spread(time.Duration(c.wait*1e9), time.Duration(c.limit*1e9), seed)
			least, most = min(least, wait.Seconds()), max(most, wait.Seconds())
		}
		if near := (c.high - c.low) / 50; least < c.low || most > c.high || least > c.low+near || most < c.high-near {
			t.Errorf("%v s of at most %v s: from %v to %v s, want %v to %v", c.wait, c.limit, least, most, c.low, c.high)
		}
	}
}

// TestUnprovenStarts: a server that cannot have its port tries that for longer than
// startsecs. It is RUNNING meanwhile, and given up after as many tries as one that
// ends at once; a single try that becomes ready counts as a start.
func TestUnprovenStarts(t *testing.T) {
	for _, ready := range []int{0, 2} { // the try that becomes ready
		p, now, starts := Program{Config: situations()["RUNNING unready"].Config}, t0, 0
		var told []Change
		p, action := Step(p, now, Event{Kind: Start})
		for p.State != Fatal && starts < 20 {
			step := func(e Event) {
				before := p
				p, action = Step(p, now, e)
				told = append(told, Changes(&before, &p)...)
			}
			if action != spawnIt {
				now = p.Deadline
				step(Event{Kind: Tick})
				continue
			}
			starts++
			step(Event{Kind: Spawned, PID: 100 + starts})
			now = p.Deadline
			step(Event{Kind: Tick})
			if p.State != Running {
				t.Fatalf("%v after startsecs", p.State)
			}
			if starts == ready {
				step(Event{Kind: Ready})
			}
			now = now.Add(4 * time.Second)
			step(Event{Kind: Died, Status: exited3, Code: 3})
		}
		if want := 3 + ready; starts != want || p.Failures != 3 {
			t.Errorf("ready at try %d: %d starts and %d failures, want %d and 3", ready, starts, p.Failures, want)
		}
		if end := []Change{{Running, Exited}, {Exited, Backoff}, {Backoff, Fatal}}; !slices.Equal(told[len(told)-3:], end) {
			t.Errorf("told %v, want %v at the end", told, end)
		}
	}
}

// TestLateStarts: what is stopped because it does not become ready has failed to
// start, and is given up after as many tries.
func TestLateStarts(t *testing.T) {
	p, now := situations()["RUNNING unready"], t0
	p.Failures = 0
	for try := 1; try <= 3; try++ {
		p, _ = Step(p, now, Event{Kind: Late})
		before := p
		if p, _ = Step(p, now, Event{Kind: Died, Status: killed9, Code: 137}); try == 3 {
			break
		}
		if got, want := Changes(&before, &p), []Change{{Stopping, Stopped}, {Stopped, Backoff}}; p.State != Backoff || !slices.Equal(got, want) {
			t.Fatalf("try %d: %v, told %v", try, p.State, got)
		}
		now = p.Deadline
		p, _ = Step(p, now, Event{Kind: Tick})
		p, _ = Step(p, now, Event{Kind: Spawned, PID: 100 + try})
		now = p.Deadline
		p, _ = Step(p, now, Event{Kind: Tick})
	}
	if p.State != Fatal || p.Failures != 3 {
		t.Errorf("%v after %d failures, want FATAL after 3", p.State, p.Failures)
	}
}

// TestRestartLimit: one crash more than the limit within its time is the last one.
// Waits do not count, expected ends do not, and a start on request forgets it all.
func TestRestartLimit(t *testing.T) {
	c := policy()
	c.Autorestart, c.RestartLimit = config.RestartAlways, config.RestartLimit{Count: 3, Within: time.Minute}
	live := func(p Program, up time.Duration, status syscall.WaitStatus, kind Kind) Program {
		p.State, p.PID, p.Deadline, p.StartedAt = Running, 7, time.Time{}, t0
		if p, _ = Step(p, t0.Add(up), Event{Kind: kind, Status: status, Code: int(status >> 8)}); kind == Sick {
			p, _ = Step(p, t0.Add(up), Event{Kind: Died, Status: exited3, Code: 3})
		}
		return p
	}
	for name, end := range map[string]struct {
		up      time.Duration
		status  syscall.WaitStatus
		kind    Kind
		crashes int // until it is given up; 0: never
	}{
		"quick":    {time.Second, exited3, Died, 4},
		"slow":     {19 * time.Second, killed9, Died, 4},
		"rare":     {21 * time.Second, exited3, Died, 0},
		"expected": {time.Second, 0, Died, 0},
		"sick":     {time.Second, exited3, Sick, 4},
	} {
		p, n := Program{Config: c}, 0
		for p.State != Fatal && n < 20 {
			n++
			p = live(p, end.up, end.status, end.kind)
		}
		if n%20 != end.crashes {
			t.Errorf("%s: given up after %d ends, want %d", name, n%20, end.crashes)
		}
		if end.crashes == 0 {
			continue
		}
		if crashes, within := p.Within(); !p.Limited || crashes != 4 || within != 3*end.up {
			t.Errorf("%s: limited %v, %d crashes within %v", name, p.Limited, crashes, within)
		}
		if p, _ = Step(p, t0, Event{Kind: Start}); p.Limited || p.Crashes != nil {
			t.Errorf("%s: a start on request has not forgotten it", name)
		}
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
		if got := Changes(&c.before, &after); !slices.Equal(got, c.want) {
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
		if p.State != Starting || p.Failures != 0 || action != nothing || Changes(&before, &p) != nil {
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
