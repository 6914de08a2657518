package program

import "entrypoint/config"

// Desired is what a program is to become, beside what it is (State). The table in
// doc.go has a sentence for every pair of the two.
type Desired int

// What a program can be to become.
const (
	Down    Desired = iota // at rest, until somebody starts it
	Kept                   // up, for as long as its restart policy says
	Up                     // once at rest, started as soon as everything that it depends on is as far as it has to be
	Again                  // stopped, and then started at once
	GivenUp                // stopped, and then FATAL
	Gone                   // at rest, and then forgotten: the configuration does not have it any more
)

var desiredNames = [...]string{"DOWN", "KEPT", "UP", "AGAIN", "GIVEN UP", "GONE"}

func (d Desired) String() string { return desiredNames[d] }

// New is a program that has never been started. The seed is that of its jitter.
func New(c *config.Program, seed uint64) Program {
	p := Program{Config: c, Seed: seed}
	if c.Autostart {
		p.desired = Up
	}
	return p
}

// Adopt is a program at rest that has taken its next configuration. It begins anew.
func (p Program) Adopt() Program {
	return Program{Config: p.next, Seed: p.Seed, Last: p.Last, desired: p.desired}
}

// Desired is what the program is to become.
func (p *Program) Desired() Desired { return p.desired }

// Next is the configuration that takes the place of Config as soon as the program is at
// rest; nil: none does.
func (p *Program) Next() *config.Program { return p.next }

// Latest is the configuration that the program has, or will have.
func (p *Program) Latest() *config.Program {
	if p.next != nil {
		return p.next
	}
	return p.Config
}

// Live says whether something of the program is there or on its way. What the kernel does
// not let us signal (UNKNOWN) is nobody's business any more, and is not live.
func (p *Program) Live() bool {
	switch p.State {
	case Starting, Running, Backoff, Stopping:
		return true
	}
	return false
}

// AtRest says whether nothing of the program is there.
func (p *Program) AtRest() bool { return !p.Live() && p.State != Unknown }

// desire is what the program is to become after an event: the only place where an order
// changes that. What the order does now, in this state, is Step's business. Beside this,
// Again has come true when the program is started (settle), and every wish but Up and
// Gone is over when the program has come to rest (rest).
func desire(p *Program, e *Event) Desired {
	switch {
	case e.Kind == Configure && p.Last:
		return Down
	case e.Kind == Configure:
		if e.Config.Autostart || p.Live() {
			return Up
		}
		return Down
	case p.desired == Gone:
		return Gone // only a configuration that has it again brings it back
	}
	switch e.Kind {
	case Start:
		switch {
		case p.Last:
		case p.AtRest():
			return Kept
		case p.State == Stopping:
			return p.again()
		}
	case Await:
		if !p.Last && p.desired != Again {
			return Up
		}
	case Restart:
		switch {
		case p.AtRest() && !p.Last:
			return Kept
		case p.PID != 0 || p.State == Stopping || p.hookRuns():
			return p.again()
		}
	case Stop, Skip:
		if e.Kind == Stop || p.AtRest() {
			return Down
		}
	case Remove:
		return Gone
	case Fail:
		switch {
		case p.State != Starting && p.State != Running:
		case p.Last:
			return Down
		default:
			return GivenUp
		}
	case Retire:
		switch {
		case p.AtRest(), p.StopRequested:
			return Down
		}
		return Kept // the policy decides what its end is, and that it was the last one
	}
	return p.desired
}

// again is what becomes of a program that is stopped and that somebody wants to run. With
// another configuration it is started like a new one: it may depend on others now.
func (p *Program) again() Desired {
	switch {
	case p.Last:
		return Down
	case p.next != nil:
		return Up
	}
	return Again
}
