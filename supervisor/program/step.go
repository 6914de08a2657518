package program

import (
	"slices"
	"syscall"
	"time"

	"entrypoint/config"
)

// Timing of what the configuration has no key for.
const (
	// Stable is how long a program must have been up for its earlier ends to
	// be forgotten.
	Stable = 10 * time.Second
	// firstDelay and maxDelay bound the wait before a next start, which
	// doubles from one end to the next.
	firstDelay = time.Second
	maxDelay   = time.Minute
	// killAgain is when SIGKILL is sent again: to members of the group that
	// were forked while it was sent the first time.
	killAgain = time.Second
)

// Step is the whole supervision policy: the program p, at the time now, after
// the event e. An event that means nothing in a state changes nothing.
func Step(p Program, now time.Time, e Event) (Program, Action) {
	switch p.State {
	case Stopped, Exited, Fatal:
		if e.Kind == Start {
			p.Failures, p.Restarts = 0, 0
			return spawn(p)
		}
	case Starting:
		return starting(p, now, e)
	case Running:
		switch e.Kind {
		case Stop:
			return stop(p, now, e.Limit)
		case Died:
			return died(p, now, e)
		}
	case Backoff:
		switch {
		case e.Kind == Stop:
			return rest(p, Stopped)
		case e.Kind == Tick && !now.Before(p.Deadline):
			return spawn(p)
		}
	case Stopping:
		return stopping(p, now, e)
	}
	return p, Action{}
}

func starting(p Program, now time.Time, e Event) (Program, Action) {
	switch e.Kind {
	case Spawned:
		p.PID, p.StartedAt = e.PID, now
		p.Deadline = now.Add(p.Config.StartSecs)
		if p.Config.StartSecs <= 0 {
			return up(p)
		}
	case SpawnFailed:
		p.Code, p.Status = e.Code, 0
		return failed(p, now)
	case Tick:
		if p.PID != 0 && !now.Before(p.Deadline) {
			return up(p)
		}
	case Died:
		return died(p, now, e)
	case Stop:
		if p.PID == 0 {
			return rest(p, Stopped)
		}
		return stop(p, now, e.Limit)
	}
	return p, Action{}
}

func stopping(p Program, now time.Time, e Event) (Program, Action) {
	switch e.Kind {
	case Stop:
		// The main process has ended by itself and its group is being
		// cleared: now the end is a requested one.
		p.StopRequested = true
		if !e.Limit.IsZero() && (p.Limit.IsZero() || e.Limit.Before(p.Limit)) {
			p.Limit = e.Limit
			p.Deadline = earlier(p.Deadline, p.Limit)
		}
	case Kill:
		return kill(p, now)
	case Died:
		p.PID, p.Status, p.Code = 0, e.Status, e.Code
		if !e.Left {
			return settle(p, now)
		}
		if !p.Config.StopAsGroup {
			// Only the main process has been told so far.
			return p, Action{SignalGroup, syscall.SIGTERM}
		}
	case Emptied:
		if p.PID == 0 {
			return settle(p, now)
		}
	case Tick:
		if now.Before(p.Deadline) {
			break
		}
		if last := p.Rung == len(p.Config.StopSignals)-1; last || overdue(p, now) {
			return kill(p, now)
		}
		p.Rung++
		return signal(p, now)
	}
	return p, Action{}
}

func overdue(p Program, now time.Time) bool { return !p.Limit.IsZero() && !now.Before(p.Limit) }

// spawn leaves any state for STARTING, where the process is still to come.
func spawn(p Program) (Program, Action) {
	p.State, p.Deadline = Starting, time.Time{}
	p.PID, p.Group = 0, 0
	p.StopRequested, p.Early, p.Killed, p.Rung, p.Limit = false, false, false, 0, time.Time{}
	return p, Action{Kind: Spawn}
}

// rest enters one of the states that wait for nothing.
func rest(p Program, s State) (Program, Action) {
	p.State, p.Deadline, p.PID, p.Group = s, time.Time{}, 0, 0
	return p, Action{}
}

// up is the promotion to RUNNING.
func up(p Program) (Program, Action) {
	p.State, p.Deadline, p.Failures = Running, time.Time{}, 0
	return p, Action{}
}

// stop is a request to end a process that is there.
func stop(p Program, now time.Time, limit time.Time) (Program, Action) {
	p.State, p.StopRequested, p.Rung, p.Limit = Stopping, true, 0, limit
	p.Group = p.PID
	return signal(p, now)
}

// signal sends the current rung of the stop ladder.
func signal(p Program, now time.Time) (Program, Action) {
	rung := p.Config.StopSignals[p.Rung]
	p.Deadline = now.Add(rung.Wait)
	if !p.Limit.IsZero() {
		p.Deadline = earlier(p.Deadline, p.Limit)
	}
	if p.Config.StopAsGroup || p.PID == 0 {
		return p, Action{SignalGroup, rung.Signal}
	}
	return p, Action{Signal, rung.Signal}
}

// kill ends the whole group: whoever is left had its time.
func kill(p Program, now time.Time) (Program, Action) {
	p.Killed, p.Deadline = true, now.Add(killAgain)
	p.Rung = len(p.Config.StopSignals) - 1
	return p, Action{SignalGroup, syscall.SIGKILL}
}

// died is the end of a main process that nobody asked for. Members of its group
// that live on are ended first: the next incarnation must find its sockets and
// files free.
func died(p Program, now time.Time, e Event) (Program, Action) {
	p.Early = p.State == Starting
	p.Status, p.Code = e.Status, e.Code
	if !e.Left {
		return settle(p, now)
	}
	p.State, p.StopRequested, p.Killed, p.Limit = Stopping, false, false, time.Time{}
	p.Group, p.PID = p.PID, 0
	p.Rung = len(p.Config.StopSignals) - 1 // one signal, then SIGKILL
	p.Deadline = now.Add(p.Config.StopSignals[p.Rung].Wait)
	return p, Action{SignalGroup, syscall.SIGTERM}
}

// settle decides what becomes of a program of which nothing is left.
func settle(p Program, now time.Time) (Program, Action) {
	p.PID, p.Group = 0, 0
	switch {
	case p.StopRequested:
		return rest(p, Stopped)
	case p.Early:
		return failed(p, now)
	case !again(p):
		return rest(p, Exited)
	}
	if now.Sub(p.StartedAt) >= Stable {
		p.Restarts = 0
	}
	p.Restarts++
	if p.Restarts == 1 {
		return spawn(p) // the first end after a good while: at once
	}
	return backoff(p, now, p.Restarts-1)
}

// again says whether a program that was up and has ended is started again.
func again(p Program) bool {
	switch p.Config.Autorestart {
	case config.RestartAlways:
		return true
	case config.RestartUnexpected:
		return p.Status.Signaled() || !slices.Contains(p.Config.ExitCodes, p.Code)
	}
	return false
}

// failed counts a start that failed.
func failed(p Program, now time.Time) (Program, Action) {
	p.Failures++
	if p.Failures > p.Config.StartRetries {
		return rest(p, Fatal)
	}
	return backoff(p, now, p.Failures)
}

// backoff waits before the next start, twice as long each time.
func backoff(p Program, now time.Time, times int) (Program, Action) {
	p.State, p.PID, p.Group = Backoff, 0, 0
	p.Deadline = now.Add(delay(times))
	return p, Action{}
}

func delay(times int) time.Duration {
	const doublings = 6 // 1 s << 6 exceeds maxDelay
	return min(firstDelay<<min(times-1, doublings), maxDelay)
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}
