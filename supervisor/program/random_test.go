package program

import (
	"math/rand/v2"
	"syscall"
	"testing"
	"time"

	"entrypoint/config"
)

// TestRandomSequences drives programs with random events, as a world would
// that obeys the actions, and checks what must hold at every moment.
func TestRandomSequences(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	can, seen := table(t), map[pair]bool{}
	for range 2000 {
		c := policy()
		c.Autorestart = config.Restart(rng.IntN(3))
		c.StopAsGroup = rng.IntN(2) == 0
		c.KillAsGroup = c.StopAsGroup || rng.IntN(2) == 0
		c.RestartPause = time.Duration(rng.IntN(3)) * time.Second
		c.RestartMax = time.Duration(1+rng.IntN(20)) * time.Second
		if rng.IntN(2) == 0 {
			c.Ready = config.Probe{Kind: config.ProbeNotify}
		}
		c.RestartLimit = config.RestartLimit{Count: rng.IntN(3), Within: time.Minute}
		if rng.IntN(2) == 0 {
			command := func() []string { return []string{"", "a"}[rng.IntN(2):][:1] }
			h := &config.Hooks{PreStart: command(), PreStop: command(), PostStop: command(), Timeout: time.Minute, Lenient: rng.IntN(3) == 0}
			for _, argv := range []*[]string{&h.PreStart, &h.PreStop, &h.PostStop} {
				if (*argv)[0] == "" {
					*argv = nil
				}
			}
			c.Hooks = h
		}
		p, now := Program{Config: c}, t0
		hook := NoHook           // that runs
		alive, group := 0, false // main process, and whether its group has others
		var action Action
		run := func() { // a hook
			for action.Kind == RunHook { // one that cannot be started may be followed by another
				if hook = p.Hook; p.State == Starting && alive != 0 {
					t.Fatal("pre_start runs beside the process")
				}
				switch rng.IntN(4) {
				case 0:
					hook = NoHook
					p, action = Step(p, now, Event{Kind: HookEnded, Code: 127})
				case 1:
					if hook == PreStart {
						hook = NoHook
						p, action = Step(p, now, Event{Kind: SpawnDelayed})
						break
					}
					fallthrough
				default:
					p, action = Step(p, now, Event{Kind: HookStarted})
				}
			}
		}
		for step := range 60 {
			e := Event{Kind: []Kind{Start, Stop, Restart, Kill, Tick, Died, Emptied, SignalFailed, Retire, Ready, NotReady, Late, Sick, Fail, Await, Skip, Configure, Remove, HookEnded}[rng.IntN(19)]}
			switch e.Kind {
			case Died:
				if alive == 0 {
					continue
				}
				e.Left = rng.IntN(3) == 0
				group = e.Left && c.KillAsGroup && p.State != Unknown // else nobody looks after them
				e.Code, alive = rng.IntN(2), 0
				e.Status = syscall.WaitStatus(e.Code << 8)
			case HookEnded:
				if hook == NoHook {
					continue
				}
				e.Code, hook = rng.IntN(2), NoHook
			case Emptied:
				if alive != 0 || !group {
					continue
				}
				group = false
			case Tick:
				now = now.Add(time.Duration(rng.IntN(5000)) * time.Millisecond)
			case Configure:
				next := *p.Config
				next.Autostart = rng.IntN(2) == 0
				e.Config = &next
			case Retire, Remove:
				if rng.IntN(10) != 0 {
					continue // else every sequence would end soon
				}
			}
			before := p
			p, action = Step(p, now, e)
			run()
			if action.Kind == SignalHook && hook == NoHook {
				t.Fatalf("step %d: signals a hook that is not there", step)
			}
			if hook != p.Hook { // the loop kills it
				hook = NoHook
			}
			if p.hookRuns() && hook == NoHook {
				t.Fatalf("step %d: %v waits for hook %v, which is not there (event %d, before %v %v pid %d)", step, p.State, p.Hook, e.Kind, before.State, before.Hook, before.PID)
			}
			if p.Hook != NoHook && p.State != Starting && p.State != Stopping {
				t.Fatalf("step %d: %v with hook %v", step, p.State, p.Hook)
			}
			seen[pairOf(p)] = true
			if p.AtRest() && p.next != nil { // as the loop does
				p = p.Adopt()
				continue
			}
			if before.State == Fatal && e.Kind != Start && e.Kind != Restart && e.Kind != Skip && (p.State != Fatal || action != nothing) {
				t.Fatalf("step %d: FATAL became %v with %v by event %v", step, p.State, action, e.Kind)
			}
			if action.Kind == Spawn {
				if p.next != nil || p.desired == Gone {
					t.Fatalf("step %d: spawned with a configuration that is not to be used any more", step)
				}
				if p.Last {
					t.Fatalf("step %d: spawned while the container ends", step)
				}
				if alive != 0 || group || hook != NoHook {
					t.Fatalf("step %d: spawned while the last incarnation is there", step)
				}
				switch rng.IntN(5) {
				case 0:
					p, action = Step(p, now, Event{Kind: SpawnFailed, Code: 127})
					run()
				case 1:
					failures := p.Failures
					p, _ = Step(p, now, Event{Kind: SpawnDelayed})
					if p.State != Starting || p.Failures != failures {
						t.Fatalf("step %d: no room for it, and it is %v with %d failures after %d", step, p.State, p.Failures, failures)
					}
				default:
					alive = 1000 + step
					p, _ = Step(p, now, Event{Kind: Spawned, PID: alive})
				}
			}
			if p.PID != alive {
				t.Fatalf("step %d: %v has process %d, the world has %d", step, p.State, p.PID, alive)
			}
			if p.Ready && (p.PID == 0 || p.State != Starting && p.State != Running) || p.Ready == p.ReadySince.IsZero() {
				t.Fatalf("step %d: %v of process %d is ready since %v", step, p.State, p.PID, p.ReadySince)
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
	if len(can) != 4*len(desiredNames) {
		t.Errorf("the table of doc.go has %d pairs", len(can))
	}
	for p, possible := range can {
		if possible != seen[p] {
			t.Errorf("%s and %v: the table of doc.go says that it can be: %t, it has been: %t", p.is, p.desired, possible, seen[p])
		}
	}
}
