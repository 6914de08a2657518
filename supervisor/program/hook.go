package program

import (
	"syscall"
	"time"

	"entrypoint/config"
)

// A program may have hooks: commands that run at certain moments of its life. Step waits
// for three of them, each in the state that their moment belongs to:
//
//	PreStart  STARTING, no process yet     the process is started when it has ended well
//	PreStop   STOPPING, the process works  the first stop signal is sent when it has ended, or its time is up
//	PostStop  STOPPING, nothing is left    what becomes of the program is decided when it has ended, or its time is up
//
// A PreStart hook that fails is a start that has failed. One that runs while the program
// is to be stopped is ended, in STOPPING. A hook that takes too long gets SIGTERM, and
// SIGKILL when hookGrace is over. For PreStop there is no such grace: its time is up when
// the stop signals need the rest of it.
//
// The loop kills a hook that is still there when the program does not wait for it any more.

// Hook is a hook that a program waits for.
type Hook uint8

// The hooks. post_start is not among them, since nothing waits for it.
const (
	NoHook Hook = iota
	PreStart
	PreStop
	PostStop
)

var hookNames = [...]string{"", "pre_start", "pre_stop", "post_stop"}

func (h Hook) String() string { return hookNames[h] }

// Command is what a hook of a program executes; nil: it has no such hook.
func (h Hook) Command(c *config.Program) []string {
	if c.Hooks != nil {
		switch h {
		case PreStart:
			return c.Hooks.PreStart
		case PreStop:
			return c.Hooks.PreStop
		case PostStop:
			return c.Hooks.PostStop
		}
	}
	return nil
}

const (
	// hookGrace is how long a hook may live after its SIGTERM.
	hookGrace = 2 * time.Second
	// postStopTime is what is kept of a stop budget for a post_stop hook, where that is
	// not more than a quarter of the program's time.
	postStopTime = time.Second
)

// has says whether the program has such a hook.
func (p *Program) has(h Hook) bool { return h.Command(p.Config) != nil }

// hookRuns says whether a hook is there that the program waits for. One that the container
// had no room for is still to come.
func (p *Program) hookRuns() bool { return p.Hook != NoHook && p.Delays == 0 }

// prepared says whether the pre_start hook of a start that goes on has run.
func (p *Program) prepared() bool { return p.Hook == NoHook && p.has(PreStart) }

// OnlyHooks says whether nothing has run since the last start but hooks.
func (p *Program) OnlyHooks() bool { return p.Config.Hooks != nil && p.Group == 0 }

// preparing is what comes of a pre_start hook.
func preparing(p *Program, now time.Time, e *Event) Action {
	switch {
	case p.Hook != PreStart:
		return Action{}
	case e.Kind == HookStarted:
		p.Delays, p.Deadline = 0, now.Add(p.Config.Hooks.Timeout)
		return Action{}
	}
	late := p.HookRung > 0
	p.Hook, p.HookRung, p.Delays, p.Deadline = NoHook, 0, 0, time.Time{}
	if (e.Code != 0 || late) && !p.Config.Hooks.Lenient {
		p.Status, p.Code = 0, e.Code
		if p.Code == 0 {
			p.Code = lateCode
		}
		return fails(p, now)
	}
	if p.Last {
		p.StopRequested = true
		return settle(p, now)
	}
	return Action{Kind: Spawn}
}

// lateCode is the exit code of a start whose pre_start hook has taken too long and ended
// well when it was told to: that of timeout(1).
const lateCode = 124

// preStop begins a pre_stop hook, in whose time the process goes on as before.
func preStop(p *Program, now time.Time) Action {
	p.Hook, p.HookRung = PreStop, 0
	if p.Deadline = p.hookUntil(now); !p.Deadline.After(now) {
		p.Omitted = PreStop
		return hookEnded(p, now)
	}
	return Action{Kind: RunHook}
}

// postStop begins a post_stop hook, when nothing of the program is left.
func postStop(p *Program, now time.Time) Action {
	p.State, p.Hook, p.HookRung, p.Delays = Stopping, PostStop, 0, 0
	p.Deadline = p.hookUntil(now)
	return Action{Kind: RunHook}
}

// hookUntil is when the time of a hook is up that begins now, in a program that stops.
func (p *Program) hookUntil(now time.Time) time.Time {
	limit := p.Config.Hooks.Timeout
	by := p.Limit
	if p.Hook == PreStop {
		by = p.lastRungBy()
	}
	if by.IsZero() {
		return now.Add(limit)
	}
	left := by.Sub(now)
	if p.Hook == PreStop { // the stop signals have their time, or half of it where that does not fit
		ladder := time.Duration(0)
		for _, rung := range p.Config.StopSignals {
			ladder += rung.Wait
		}
		left = max(left-ladder, left/2)
	}
	return now.Add(max(0, min(limit, left)))
}

// endHook ends a hook whose time is up, or that runs in vain.
func endHook(p *Program, now time.Time) Action {
	sig, wait := syscall.SIGTERM, hookGrace
	switch {
	case p.Hook == PreStop, p.HookRung == 2, !p.Limit.IsZero() && !now.Before(p.Limit):
		if p.State == Starting {
			return preparing(p, now, &Event{Kind: HookEnded})
		}
		return hookEnded(p, now)
	case p.HookRung == 1:
		sig, wait = syscall.SIGKILL, killAgain
	}
	p.HookRung++
	p.Deadline = soonest(now.Add(wait), p.Limit)
	return Action{SignalHook, sig}
}

// hookEnded goes on with a stop when its hook has ended, or is not waited for any more.
func hookEnded(p *Program, now time.Time) Action {
	hook := p.Hook
	p.Hook, p.HookRung = NoHook, 0
	switch {
	case hook == PostStop:
		return settled(p, now)
	case hook == PreStart, hook == PreStop && p.PID == 0 && !p.Config.KillAsGroup:
		return settle(p, now)
	case hook == PreStop:
		return signal(p, now)
	}
	return Action{}
}

// reserve decides whether some time of a stop is kept for the post_stop hook.
func (p *Program) reserve(now time.Time) bool {
	return p.has(PostStop) && !p.Limit.IsZero() && p.Limit.Sub(now) >= 4*p.reserved()
}

func (p *Program) reserved() time.Duration { return min(p.Config.Hooks.Timeout, postStopTime) }

// killBy is when SIGKILL is due at the latest; zero: as the ladder says.
func (p *Program) killBy() time.Time {
	if !p.Reserved {
		return p.Limit
	}
	return p.Limit.Add(-p.reserved())
}

// lastRungBy is when the last rung of the ladder has been sent at the latest; zero: as the
// ladder says.
func (p *Program) lastRungBy() time.Time { return soonest(p.By, p.killBy()) }
