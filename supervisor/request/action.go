package request

import (
	"slices"
	"syscall"
	"time"

	"entrypoint/config"
	"entrypoint/supervisor/control"
	"entrypoint/supervisor/part"
	"entrypoint/supervisor/program"
)

// Outcome is what became of an action on a program so far; the zero value: it is not
// known yet.
type Outcome struct {
	Status, Text string
	Words        string // supervisord's, where it has some of its own
}

// pending and fine are never written.
var (
	pending = Outcome{}
	fine    = Outcome{Status: control.OK}
)

// waiter waits for the outcome of an action on a program.
type waiter struct {
	look func() Outcome // after each step of the program
	tell func(Outcome)
}

// act carries out an action on programs and answers with a result for each.
func (d *Desk) act(r *control.Request, c *Caller) {
	sig := syscall.Signal(0)
	if r.Do == control.DoSignal {
		var err error
		if sig, err = config.ParseSignal(r.Signal); err != nil {
			c.fail(control.BadSignal, err.Error())
			return
		}
	}
	if len(r.Names) == 0 {
		c.fail(control.BadRequest, "the names of programs are missing; all is every one")
		return
	}
	programs := d.named(r.Names, c)
	if r.Do == control.DoStop { // backwards, as at the container's end
		slices.Reverse(programs)
	}
	looks := make([]func() Outcome, len(programs))
	var wishes []part.Wish
	for i := range programs { // all of them, before one is said to wait for another that failed before
		var wish part.Wish
		if looks[i], wish = d.begin(programs[i], r.Do, sig, c); wish.Program != "" {
			wishes = append(wishes, wish)
		}
	}
	d.Host.Wish(wishes, func() {
		tellEach(programs, c, func(i int, tell func(Outcome)) {
			v := looks[i]()
			if v == pending && !r.Wait {
				v = fine
			}
			if v != pending {
				tell(v)
				return
			}
			if d.waiters == nil {
				d.waiters = map[string][]waiter{}
			}
			name := programs[i].Name
			d.waiters[name] = append(d.waiters[name], waiter{looks[i], tell})
		})
	})
}

// tellEach answers with a result for each program, whenever it is told the outcome of
// that, and with the end after the last.
func tellEach(programs []*Program, c *Caller, do func(i int, tell func(Outcome))) {
	left := len(programs)
	if left == 0 {
		c.done()
		return
	}
	for i := range programs {
		do(i, func(v Outcome) {
			c.outcome(programs[i], v)
			if left--; left == 0 {
				c.done()
			}
		})
	}
}

// Look lets those who wait for a program see how it is by now. The loop calls it after
// each step of the program, and when what it waits for has failed.
func (d *Desk) Look(name string) {
	waiting := d.waiters[name]
	if waiting == nil {
		return
	}
	delete(d.waiters, name)
	for _, w := range waiting {
		if v := w.look(); v != pending {
			w.tell(v)
		} else {
			d.waiters[name] = append(d.waiters[name], w)
		}
	}
}

// begin is what to wish for an action, and what tells how it goes. Where there is nothing
// to wish for, the wish is about no program.
func (d *Desk) begin(p *Program, do control.Operation, sig syscall.Signal, c *Caller) (look func() Outcome, wish part.Wish) {
	up := p.State == program.Running || p.State == program.Starting || p.State == program.Backoff
	var v Outcome
	switch {
	case do == control.DoStart && up:
		v = Outcome{Status: control.AlreadyStarted, Text: "already started"}
	case do == control.DoStart && p.State == program.Unknown:
		v = Outcome{Status: control.Failed, Text: "it cannot be signalled"}
	case do == control.DoStart:
		v, wish.Event.Kind = d.Processes.Executable(p.Name), program.Start
	case do == control.DoRestart:
		wish.Event.Kind = program.Restart
	case do == control.DoStop && (up || p.State == program.Stopping || p.Desired() == program.Up):
		wish.Event.Kind = program.Stop
	case do == control.DoStop, !p.Reachable():
		v = Outcome{Status: control.NotRunning, Text: "not running"}
	default:
		v = fine
		if err := d.Processes.Signal(p.Name, sig, c.by, c.Of()); err != nil {
			v = Outcome{Status: control.Failed, Text: err.Error()}
		}
	}
	if v != pending {
		return func() Outcome { return v }, part.Wish{}
	}
	wish.Program, wish.Order = p.Name, "on request"+c.Of()
	if do == control.DoStop {
		return d.stopGoes(p.Name), wish
	}
	return d.startGoes(p), wish
}

// lackPatience is how long who asks for a start waits for the container to have room for
// it, or for a file system to answer, before he is told what is missing.
const lackPatience = 3 * time.Second

// startGoes tells how a start goes that is about to begin: good when the program is
// RUNNING, bad when its first try has failed, though more may follow, or when what it
// waits for has failed.
func (d *Desk) startGoes(p *Program) func() Outcome {
	name, before := p.Name, p.Starts
	return func() Outcome {
		p := d.Host.Program(name)
		if p == nil {
			return Outcome{Status: control.Abnormal, Text: "it was stopped before it was started"}
		}
		live, wanted := p.Live(), p.Desired() == program.Up
		switch wait := d.Host.WaitsFor(name); {
		case p.State == program.Running && p.Starts > before:
			return fine
		case p.Lack.What != "" && p.State == program.Starting && time.Since(p.Lack.Since) >= lackPatience:
			return Outcome{Status: control.SpawnError, Text: p.Lack.What + "; it is tried again until that can be done"}
		case p.SpawnErr != "" && !live, p.SpawnErr != "" && p.State == program.Backoff:
			return Outcome{Status: control.SpawnError, Text: d.Host.End(name).Reason}
		case wanted && p.AtRest() && wait.Failed:
			return Outcome{Status: control.SpawnError, Text: "waits " + wait.For}
		case p.Starts > before && (p.State == program.Backoff || !live):
			return Outcome{Status: control.Abnormal, Text: d.Host.End(name).How}
		case !live && !wanted && p.State == program.Exited && p.Expected():
			return fine // its work had been done before
		case !live && !wanted:
			return Outcome{Status: control.Abnormal, Text: "it was stopped before it was started"}
		}
		return pending
	}
}

// stopGoes tells how a stop goes.
func (d *Desk) stopGoes(name string) func() Outcome {
	return func() Outcome {
		switch p := d.Host.Program(name); {
		case p == nil:
			return fine
		case p.State == program.Unknown:
			return Outcome{Status: control.Failed, Text: "it cannot be signalled"}
		case p.Live():
			return pending
		}
		return fine
	}
}

// stdin writes to the standard input of one program; it never waits for it.
func (d *Desk) stdin(r *control.Request, c *Caller) {
	programs := d.named(r.Names, c)
	if len(programs) > 1 || len(r.Names) != 1 {
		c.fail(control.BadRequest, "what is written goes to one program")
		return
	}
	for _, p := range programs {
		c.outcome(p, d.Processes.Write(p.Name, r.Data))
	}
	c.done()
}
