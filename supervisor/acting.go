package supervisor

import (
	"slices"
	"syscall"
	"time"

	"entrypoint/config"
	"entrypoint/supervisor/control"
	"entrypoint/supervisor/process"
	"entrypoint/supervisor/program"
)

// verdict is what became of an action on a unit so far; the zero verdict: it is
// not known yet.
type verdict struct{ status, text string }

var (
	pending = verdict{}
	fine    = verdict{status: control.OK}
)

// waiter waits for what becomes of an action on a unit.
type waiter struct {
	look func() verdict // after each step of the unit
	tell func(verdict)
}

// act carries out an action on programs and answers with a result for each.
func (s *Supervisor) act(r control.Request, c *caller, now time.Time) {
	if s.refuses(c) {
		return
	}
	sig := syscall.Signal(0)
	if r.Do == "signal" {
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
	units := s.named(r.Names, c)
	left := len(units)
	if left == 0 {
		c.done()
		return
	}
	if r.Do == "stop" { // backwards, as at the container's end
		slices.Reverse(units)
	}
	for _, u := range units {
		tell := func(v verdict) {
			c.result(control.Result{Name: u.Config.Name, Group: u.Config.Group, Status: v.status, Text: v.text})
			if left--; left == 0 {
				c.done()
			}
		}
		look := s.begin(u, r.Do, sig, now)
		v := look()
		if v == pending && !r.Wait {
			v = fine
		}
		if v != pending {
			tell(v)
			continue
		}
		u.waiters = append(u.waiters, waiter{look, tell})
	}
}

// begin begins an action and returns what tells how it goes.
func (s *Supervisor) begin(u *unit, do string, sig syscall.Signal, now time.Time) (look func() verdict) {
	is := func(v verdict) func() verdict { return func() verdict { return v } }
	up := u.State == program.Running || u.State == program.Starting || u.State == program.Backoff
	switch do {
	case "start":
		switch {
		case up:
			return is(verdict{control.AlreadyStarted, "already started"})
		case u.State == program.Unknown:
			return is(verdict{control.Failed, "it cannot be signalled"})
		}
		if v := s.executable(u); v != pending {
			return is(v)
		}
		look = u.startGoes()
		s.demand(u, program.Start, now)
		return look
	case "restart":
		look = u.startGoes()
		s.demand(u, program.Restart, now)
		return look
	case "stop":
		if !up && u.State != program.Stopping && !u.wanted {
			return is(verdict{control.NotRunning, "not running"})
		}
		u.wanted = false
		s.apply(u, now, program.Event{Kind: program.Stop})
		return func() verdict {
			switch {
			case u.State == program.Unknown:
				return verdict{control.Failed, "it cannot be signalled"}
			case live(u):
				return pending
			}
			return fine
		}
	}
	if !u.reachable() {
		return is(verdict{control.NotRunning, "not running"})
	}
	if err := s.Table.Signal(u.PID, sig); err != nil {
		return is(verdict{control.Failed, err.Error()})
	}
	s.Log(u.name + ": sent " + process.SignalName(sig) + ", as requested")
	return is(fine)
}

// demand starts a program, as soon as what it depends on is ready.
func (s *Supervisor) demand(u *unit, kind program.Kind, now time.Time) {
	if !live(u) && !u.needsReady() {
		u.wanted = true
		return
	}
	s.apply(u, now, program.Event{Kind: kind})
}

// executable says what is wrong with the command of u, if it cannot be found.
func (s *Supervisor) executable(u *unit) verdict {
	_, err := process.Look(u.Config.Command[0], s.environment(u.Config), u.Config.Directory)
	switch {
	case err == nil:
		return pending
	case process.StartCode(err) == process.CodeNotFound:
		return verdict{control.NoFile, err.Error()}
	}
	return verdict{control.NotExecutable, err.Error()}
}

// startGoes tells how a start goes that is about to begin: good when the program
// is RUNNING, bad when its first try has failed, though more may follow.
func (u *unit) startGoes() func() verdict {
	before := u.starts
	return func() verdict {
		switch {
		case u.State == program.Running && u.starts > before:
			return fine
		case u.spawnErr != "" && !live(u), u.spawnErr != "" && u.State == program.Backoff:
			return verdict{control.SpawnError, u.spawnErr}
		case u.starts > before && (u.State == program.Backoff || !live(u)):
			return verdict{control.Abnormal, process.Describe(u.Status)}
		}
		return pending
	}
}

// tellWaiters lets those who wait for u know how it goes.
func (u *unit) tellWaiters() {
	if len(u.waiters) == 0 {
		return
	}
	waiting := u.waiters
	u.waiters = nil
	for _, w := range waiting {
		if v := w.look(); v != pending {
			w.tell(v)
		} else {
			u.waiters = append(u.waiters, w)
		}
	}
}
