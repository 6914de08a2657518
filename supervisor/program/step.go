package program

import (
	"slices"
	"syscall"
	"time"

	"entrypoint/config"
)

// Step is the whole supervision policy: the program p, at the time now, after
// the event e. An event that means nothing in a state changes nothing.
func Step(p Program, now time.Time, e Event) (Program, Action) {
	a := step(&p, now, &e)
	return p, a
}

// step changes a program as Step says. What it changes is the copy that Step has: from here on
// no program and no event is copied, which in so many functions would be much code.
func step(p *Program, now time.Time, e *Event) Action {
	p.desired, p.Omitted = desire(p, e), NoHook
	switch e.Kind {
	case Configure:
		p.next = e.Config
	case Retire:
		return retire(p, now)
	}
	switch p.State {
	case Stopped, Exited, Fatal:
		switch e.Kind {
		case Start, Restart:
			if p.desired == Kept {
				return begin(forgive(p))
			}
		case Skip:
			p.Status, p.Code, p.Skipped = 0, e.Code, true
			return rest(p, Exited)
		}
	case Starting:
		return starting(p, now, e)
	case Running:
		switch e.Kind {
		case Stop, Restart, Configure, Remove, Fail, Late, Sick:
			return stop(p, now, e)
		case Ready:
			p.Failures = 0
			return ready(p, now)
		case NotReady:
			unready(p)
		case Died:
			return died(p, now, e)
		}
	case Backoff:
		switch {
		case e.Kind == Stop, e.Kind == Configure, e.Kind == Remove:
			return rest(p, Stopped)
		case e.Kind == Restart, e.Kind == Tick && !now.Before(p.Deadline):
			return begin(p)
		}
	case Stopping:
		return stopping(p, now, e)
	case Unknown:
		return unknown(p, now, e)
	}
	return Action{}
}

// retire lets a program end as it likes from here on: what waits for its next
// start has had its last one.
func retire(p *Program, now time.Time) Action {
	p.Last = true
	if p.StopRequested {
		p.Early, p.Ill = false, false
	}
	switch {
	case p.State == Backoff:
		return rest(p, Fatal)
	case p.delayed():
		return giveUpDelayed(p, now)
	case p.State == Starting && p.Hook == PreStart: // nothing is to come of it any more
		return stop(p, now, &Event{Kind: Stop})
	}
	return Action{}
}

func starting(p *Program, now time.Time, e *Event) Action {
	switch e.Kind {
	case Spawned:
		p.PID, p.Group, p.StartedAt, p.Delays = e.PID, e.PID, now, 0
		p.Deadline = now.Add(p.Config.StartSecs)
		if p.Config.StartSecs <= 0 {
			return promote(p, now)
		}
	case SpawnFailed:
		p.Code, p.Status, p.PID, p.Delays = e.Code, 0, 0, 0
		unready(p)
		return fails(p, now)
	case HookStarted, HookEnded:
		return preparing(p, now, e)
	case SpawnDelayed:
		if !p.Ready {
			p.PID, p.Group = 0, 0
			return postpone(p, now)
		}
	case Tick:
		switch {
		case p.Deadline.IsZero() || now.Before(p.Deadline):
		case p.hookRuns():
			return endHook(p, now)
		case p.PID == 0:
			return retry(p)
		default:
			return promote(p, now)
		}
	case Died:
		return died(p, now, e)
	case Ready:
		if p.PID != 0 {
			return ready(p, now)
		}
	case NotReady:
		unready(p)
	case Stop, Restart, Configure, Remove, Fail, Late, Sick:
		switch {
		case p.PID != 0, p.hookRuns():
			return stop(p, now, e)
		case e.Kind == Restart && !p.Last:
			return retry(p)
		}
		return giveUpDelayed(p, now)
	}
	return Action{}
}

// delayed says whether the process is still to come because the container had no
// room for it.
func (p *Program) delayed() bool {
	return p.State == Starting && p.PID == 0 && !p.Deadline.IsZero() && !p.hookRuns()
}

// retry tries again what the container had no room for: the pre_start hook, or the process
// itself.
func retry(p *Program) Action {
	p.Deadline = time.Time{}
	if p.Hook == PreStart {
		return Action{Kind: RunHook}
	}
	return Action{Kind: Spawn}
}

// giveUpDelayed ends a start that waits for room. Where its pre_start hook has run, its
// post_stop hook follows.
func giveUpDelayed(p *Program, now time.Time) Action {
	if p.prepared() {
		p.StopRequested = true
		return settle(p, now)
	}
	p.Hook = NoHook
	return rest(p, Stopped)
}

func stopping(p *Program, now time.Time, e *Event) Action {
	switch e.Kind {
	case Stop, Restart, Configure, Remove:
		// If the main process has ended by itself and its group is being
		// cleared, the end is a requested one now.
		asked := p.StopRequested
		p.StopRequested = true
		p.Early, p.Ill = false, false
		p.By, p.Limit = soonest(p.By, e.By), soonest(p.Limit, e.Limit)
		p.Reserved = p.Reserved || p.reserve(now)
		if p.Hook != NoHook {
			p.Deadline = soonest(p.Deadline, p.hookUntil(now))
			return Action{}
		}
		p.Deadline = soonest(p.Deadline, p.killBy())
		if asked && !p.Killed { // the rest of its ladder has less time now
			p.Deadline = soonest(p.Deadline, now.Add(p.wait(now)))
		}
	case Kill:
		p.Limit = now // there is no time for its post_stop hook, either
		switch p.Hook {
		case PreStart:
			p.Hook = NoHook
			return settle(p, now)
		case PostStop:
			p.Hook = NoHook
			return settled(p, now)
		}
		return kill(p, now)
	case SignalFailed:
		if p.PID != 0 {
			p.State, p.Deadline, p.Hook = Unknown, time.Time{}, NoHook
		}
	case HookEnded:
		return hookEnded(p, now)
	case Died:
		p.PID, p.Status, p.Code, p.Lasted = 0, e.Status, e.Code, p.up(now)
		if p.Hook != NoHook {
			return Action{} // its pre_stop hook goes on, and what is left is ended after that
		}
		if !e.Left || !p.Config.KillAsGroup {
			return settle(p, now)
		}
		if !p.Config.StopAsGroup {
			// Only the main process has been told so far.
			return Action{SignalRest, syscall.SIGTERM}
		}
	case Emptied:
		if p.PID == 0 && p.Hook == NoHook {
			return settle(p, now)
		}
	case Tick:
		switch {
		case now.Before(p.Deadline):
			return Action{}
		case p.Hook != NoHook:
			return endHook(p, now)
		}
		rung := p.nextRung(now)
		if rung == len(p.Config.StopSignals) || overdue(p, now) {
			return kill(p, now)
		}
		p.Rung = rung
		return signal(p, now)
	}
	return Action{}
}

// unknown is a process that is there and that the kernel does not let us signal:
// it has changed its user, and we lack CAP_KILL. Nothing can be done but to ask
// again, and to notice when it ends.
func unknown(p *Program, now time.Time, e *Event) Action {
	switch e.Kind {
	case Stop, Restart, Configure, Remove:
		return stop(p, now, e)
	case Died:
		p.PID, p.Status, p.Code, p.Early, p.Lasted = 0, e.Status, e.Code, false, p.up(now)
		return settle(p, now)
	}
	return Action{}
}

func overdue(p *Program, now time.Time) bool {
	by := p.killBy()
	return !by.IsZero() && !now.Before(by)
}

// begin leaves any state for STARTING, where the process is still to come, perhaps after
// a pre_start hook.
func begin(p *Program) Action {
	unready(p)
	p.State, p.Deadline = Starting, time.Time{}
	p.PID, p.Group = 0, 0
	p.StopRequested, p.Early, p.Ill, p.Killed, p.Rung = false, false, false, false, 0
	p.By, p.Limit, p.Reserved = time.Time{}, time.Time{}, false
	p.Proven, p.Skipped = false, false
	p.Lasted, p.HookRung = 0, 0
	if p.has(PreStart) {
		p.Hook = PreStart
		return Action{Kind: RunHook}
	}
	return Action{Kind: Spawn}
}

// rest enters one of the states that wait for nothing.
func rest(p *Program, s State) Action {
	unready(p)
	if p.desired != Up && p.desired != Gone {
		p.desired = Down
	}
	p.State, p.Deadline, p.PID, p.Delays = s, time.Time{}, 0, 0
	return Action{}
}

// promote is the step to RUNNING. With a probe the start has succeeded only when
// the program is ready as well: a server that cannot have its port tries that for
// longer than startsecs before it ends. Without one, RUNNING is all that is known of
// it, so it is ready from here on; work that ends is so only when it has ended.
func promote(p *Program, now time.Time) Action {
	p.State, p.Deadline = Running, time.Time{}
	if !p.unproven() {
		p.Failures = 0
	}
	if p.Config.Ready.None() && !p.Config.Oneshot && !p.Ready {
		p.Ready, p.ReadySince = true, now
	}
	return Action{}
}

// ready notes that the process is ready. That proves the start.
func ready(p *Program, now time.Time) Action {
	p.Proven = true
	if !p.Ready {
		p.Ready, p.ReadySince = true, now
	}
	return Action{}
}

// unready notes that the process is not ready, or that there is none.
func unready(p *Program) {
	p.Ready, p.ReadySince = false, time.Time{}
}

// unproven says whether the program has a probe that has not said yes in this
// incarnation. Work that ends has none: it is ready when it has ended.
func (p *Program) unproven() bool {
	return !p.Proven && !p.Config.Oneshot && !p.Config.Ready.None()
}

// Premature says whether the end of the process now would be that of a start that
// has not succeeded, whatever its exit code is.
func (p *Program) Premature() bool {
	return p.State == Starting || p.State == Running && p.unproven()
}

// up is how long the last incarnation was up; 0 where there was none.
func (p *Program) up(now time.Time) time.Duration {
	switch {
	case p.StartedAt.IsZero():
		return 0
	case p.PID == 0 && p.Lasted > 0:
		return p.Lasted
	}
	return now.Sub(p.StartedAt)
}

// forgive lets a program begin anew: somebody has asked for its start.
func forgive(p *Program) *Program {
	p.Failures, p.Restarts, p.Crashes, p.Limited = 0, 0, nil, false
	return p
}

// stop is a request to end a process that is there, or the hook that comes before it.
func stop(p *Program, now time.Time, e *Event) Action {
	was := p.State
	unready(p)
	p.State, p.StopRequested, p.Rung, p.By, p.Limit = Stopping, true, 0, e.By, e.Limit
	p.Early, p.Ill = e.Kind == Late, e.Kind == Sick && p.PID != 0
	p.Reserved = p.reserve(now)
	if p.Early {
		p.Failures++
	}
	switch {
	case p.Hook == PreStart:
		return endHook(p, now)
	case p.has(PreStop) && was != Unknown:
		return preStop(p, now)
	}
	return signal(p, now)
}

// signal sends the current rung of the stop ladder.
func signal(p *Program, now time.Time) Action {
	rung := p.Config.StopSignals[p.Rung]
	p.Deadline = soonest(now.Add(p.wait(now)), p.killBy())
	switch {
	case p.Config.StopAsGroup, rung.Group:
		return Action{SignalGroup, rung.Signal}
	case p.PID == 0:
		return Action{SignalRest, rung.Signal}
	}
	return Action{Signal, rung.Signal}
}

// kill does not ask any more: whoever is left had its time.
func kill(p *Program, now time.Time) Action {
	p.Killed, p.Deadline, p.Hook = true, now.Add(killAgain), NoHook
	p.Rung = len(p.Config.StopSignals) - 1
	if p.Config.KillAsGroup || p.PID == 0 {
		return Action{SignalGroup, syscall.SIGKILL}
	}
	return Action{Signal, syscall.SIGKILL}
}

// died is the end of a main process that nobody asked for. Members of its group
// that live on are ended first: the next incarnation must find its sockets and
// files free.
func died(p *Program, now time.Time, e *Event) Action {
	p.Early = p.Premature()
	unready(p)
	p.Status, p.Code, p.Lasted, p.Hook = e.Status, e.Code, p.up(now), NoHook
	p.PID = 0
	if p.Early {
		p.Failures++
	}
	if !e.Left || !p.Config.KillAsGroup {
		return settle(p, now)
	}
	p.State, p.StopRequested, p.Killed = Stopping, false, false
	p.By, p.Limit, p.Reserved = time.Time{}, time.Time{}, false
	p.Rung = len(p.Config.StopSignals) - 1 // one signal, then SIGKILL
	p.Deadline = now.Add(p.Config.StopSignals[p.Rung].Wait)
	if p.Config.StopAsGroup {
		return Action{SignalGroup, syscall.SIGTERM}
	}
	return Action{SignalRest, syscall.SIGTERM}
}

// settle decides what becomes of a program of which nothing is left, when its post_stop
// hook has run.
func settle(p *Program, now time.Time) Action {
	p.PID = 0
	switch {
	case !p.has(PostStop):
	case p.Limit.IsZero(), now.Before(p.Limit):
		return postStop(p, now)
	default:
		p.Omitted = PostStop
	}
	return settled(p, now)
}

func settled(p *Program, now time.Time) Action {
	switch {
	case p.desired == Again:
		p.desired = Kept
		return begin(forgive(p))
	case p.desired == GivenUp:
		return rest(p, Fatal)
	case p.StopRequested && !p.Early && !p.Ill:
		return rest(p, Stopped)
	case p.Early:
		return failed(p, now)
	}
	p.Ran += p.up(now)
	switch {
	case p.Ill && p.Last:
		return rest(p, Stopped)
	case !p.Ill && (p.Last || !again(p)):
		return rest(p, Exited)
	}
	if p.Ill || !p.Expected() {
		if crashed(p); p.Limited {
			return rest(p, Fatal)
		}
	}
	if p.Ill {
		return begin(p)
	}
	if p.up(now) >= Stable {
		p.Restarts = 0
	}
	p.Restarts++
	// The first end after a good while: at once.
	return backoff(p, now, p.Restarts-1)
}

// again says whether a program that was up and has ended is started again.
func again(p *Program) bool {
	switch p.Config.Autorestart {
	case config.RestartAlways:
		return true
	case config.RestartUnexpected:
		return !p.Expected()
	}
	return false
}

// Expected says whether the last end was one of exitcodes=. An end by a signal
// never is.
func (p *Program) Expected() bool {
	return !p.Status.Signaled() && slices.Contains(p.Config.ExitCodes, p.Code)
}

// fails is a start that has failed before there was a process.
func fails(p *Program, now time.Time) Action {
	p.Failures++
	p.Early = true
	return settle(p, now)
}

// failed is a start that did not last.
func failed(p *Program, now time.Time) Action {
	if p.Failures > p.Config.StartRetries || p.Last {
		return rest(p, Fatal)
	}
	return backoff(p, now, p.Failures)
}

// soonest is the earlier of two moments, of which a zero one is never.
func soonest(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}
