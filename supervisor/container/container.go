package container

import (
	"time"

	"entrypoint/config"
	"entrypoint/supervisor/program"
)

// Phase is where the container is in its life.
type Phase int

// The phases; doc.go says what each means.
const (
	Serving Phase = iota
	Draining
	Restarting
	Stopping
	Over
)

var phaseNames = [...]string{"SERVING", "DRAINING", "RESTARTING", "STOPPING", "OVER"}

func (p Phase) String() string { return phaseNames[p] }

// Policy is what the configuration says about the whole container.
type Policy struct {
	Budget time.Duration // of a stop, from the request to the end
	Drain  time.Duration // of this, how long the programs go on at first; 0: they do not
	ExitOn config.ExitOn
}

// Container is the whole state of the container, a value.
type Container struct {
	Policy Policy

	Phase       Phase
	RequestedAt time.Time     // when somebody asked for the end; zero: nobody has
	DrainUntil  time.Time     // while DRAINING
	Drained     time.Duration // how long it was
	Deadline    time.Time     // when the budget of the stop ends; zero: none has begun

	Code    int    // exit code of the program whose end is the container's; 0: there is none, or it ended well
	Culprit string // full name of that program; "": there is none
	Killed  bool   // a program that somebody wanted to stop needed SIGKILL
}

// Kind is the kind of an event.
type Kind int

// The events.
const (
	Ask        Kind = iota // somebody asks for the end of the container; Busy
	Insist                 // who has asked does not want to wait any longer; Busy
	AskRestart             // stop everything, and start it anew
	Restarted              // everything is at rest, and has been configured anew
	Died                   // the main process of a program has ended, and nobody asked for that; End
	Rested                 // a program has ended for good, by itself; End
	Finished               // no program is up, and none will be; Code, Culprit
	Killed                 // a program needed SIGKILL to stop
	Empty                  // of everything that was told to stop, nothing is there any more
	Tick                   // time has passed
)

// Event is something that happens to the container.
type Event struct {
	Kind    Kind
	Busy    bool // a program is up, for which a drain is worth while
	End     End
	Code    int
	Culprit string
}

// Action is what the loop has to do after a step.
type Action int

// The actions.
const (
	Nothing     Action = iota
	BeginDrain         // say that we are not ready any more
	StopAll            // tell all programs to stop, in phases, and let none start again
	RestartAll         // tell all programs to stop, in phases
	KillAll            // kill what is left
	AbandonLeft        // end, whatever is left: it has survived SIGKILL
)

// lastWait is how long after its budget a stop still waits for processes that have
// got SIGKILL: one in an uninterruptible system call, or a zombie whose parent does not
// care, would keep the container for ever.
const lastWait = time.Second

// Step is the container c, at the time now, after the event e. An event that means nothing
// in a phase changes nothing.
func Step(c Container, now time.Time, e Event) (Container, Action) {
	a := c.step(now, &e)
	return c, a
}

// step changes a container as Step says. What it changes is the copy that Step has.
func (c *Container) step(now time.Time, e *Event) Action {
	switch e.Kind {
	case Ask, Insist:
		return c.ask(now, e)
	case AskRestart:
		if c.Phase == Serving {
			c.Phase = Restarting
			return RestartAll
		}
	case Restarted:
		if c.Phase == Restarting {
			c.Phase = Serving
		}
	case Died, Rested:
		if c.Phase != Stopping && c.Phase != Over && e.End.ends(c.Policy.ExitOn, e.Kind) {
			c.Code, c.Culprit = e.End.exitCode(e.Kind), e.End.Name
			return c.stop(now)
		}
	case Finished:
		if c.Phase == Serving || c.Phase == Draining {
			c.Code, c.Culprit = e.Code, e.Culprit
			return c.stop(now)
		}
	case Killed:
		c.Killed = c.Killed || c.Phase == Stopping
	case Empty:
		if c.Phase == Stopping {
			c.Phase = Over
		}
	case Tick:
		switch {
		case c.Phase == Draining && !now.Before(c.DrainUntil):
			return c.stop(now)
		case c.Phase == Stopping && !now.Before(c.Deadline.Add(lastWait)):
			c.Phase, c.Killed = Over, true
			return AbandonLeft
		}
	}
	return Nothing
}

// Due is when the next Tick is; zero: never.
func (c *Container) Due() time.Time {
	switch c.Phase {
	case Draining:
		return c.DrainUntil
	case Stopping:
		return c.Deadline.Add(lastWait)
	}
	return time.Time{}
}

// ask is a request to end.
func (c *Container) ask(now time.Time, e *Event) Action {
	first := c.RequestedAt.IsZero()
	if first && c.Phase != Over {
		c.RequestedAt = now
	}
	switch c.Phase {
	case Serving:
		if c.Policy.Drain <= 0 || !e.Busy {
			return c.stop(now)
		}
		c.begin(now)
		c.Phase, c.DrainUntil = Draining, now.Add(c.Policy.Drain)
		return BeginDrain
	case Restarting: // the programs are on their way down, so there is nothing to drain
		return c.stop(now)
	case Draining:
		if e.Kind == Insist {
			return c.stop(now)
		}
	case Stopping:
		if e.Kind == Insist && !first {
			c.Deadline = now // what is stopped from now on has no time, either
			return KillAll
		}
	}
	return Nothing
}

// stop begins the end: nothing starts any more.
func (c *Container) stop(now time.Time) Action {
	c.begin(now)
	if c.Phase == Draining {
		c.Drained, c.DrainUntil = now.Sub(c.RequestedAt), time.Time{}
	}
	c.Phase = Stopping
	return StopAll
}

// begin starts the clock of the stop, unless it runs.
func (c *Container) begin(now time.Time) {
	if c.Deadline.IsZero() {
		c.Deadline = now.Add(c.Policy.Budget)
	}
}

// Requested says whether somebody has asked for the end.
func (c *Container) Requested() bool { return !c.RequestedAt.IsZero() }

// Ending says whether the container is on its way to its end, so that it is not ready.
func (c *Container) Ending() bool {
	return c.Phase == Draining || c.Phase == Stopping || c.Phase == Over
}

// Final says whether everything stops for the last time, so that nothing starts any more.
func (c *Container) Final() bool { return c.Phase == Stopping || c.Phase == Over }

// Stops says whether everything is told to stop now.
func (c *Container) Stops() bool { return c.Phase == Restarting || c.Phase == Stopping }

// Grants says whether what somebody wishes to happen to a program may happen.
func (c *Container) Grants(k program.Kind) bool {
	switch k {
	case program.Start, program.Await, program.Restart, program.Sick:
		return !c.Stops() && c.Phase != Over
	}
	return true
}
