package supervisor

import (
	"cmp"
	"errors"
	"slices"
	"syscall"
	"time"

	"entrypoint/config"
	"entrypoint/supervisor/control"
	"entrypoint/supervisor/notice"
	"entrypoint/supervisor/process"
	"entrypoint/supervisor/program"
	"entrypoint/supervisor/reload"
)

// outcome is what became of an action on a unit so far; the zero outcome: it is
// not known yet.
type outcome struct {
	status, text string
	words        string // supervisord's, where it has some of its own
}

var (
	pending = outcome{}
	fine    = outcome{status: control.OK}
)

// waiter waits for what becomes of an action on a unit.
type waiter struct {
	look func() outcome // after each step of the unit
	tell func(outcome)
}

// act carries out an action on programs and answers with a result for each.
func (s *Supervisor) act(r control.Request, c *caller, now time.Time) {
	if s.refuses(c) {
		return
	}
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
	units := s.named(r.Names, c)
	if r.Do == control.DoStop { // backwards, as at the container's end
		slices.Reverse(units)
	}
	looks := make([]func() outcome, len(units))
	for i, u := range units { // all of them, before one is said to wait for another that failed before
		looks[i] = s.begin(u, r.Do, sig, c, now)
	}
	tellEach(units, c, func(i int, tell func(outcome)) {
		u, look := units[i], looks[i]
		v := look()
		if v == pending && !r.Wait {
			v = fine
		}
		if v != pending {
			tell(v)
			return
		}
		u.waiters = append(u.waiters, waiter{look, tell})
	})
}

// tellEach answers with a result for each unit, whenever it is told what became of
// that, and with the end after the last.
func tellEach(units []*unit, c *caller, do func(i int, tell func(outcome))) {
	left := len(units)
	if left == 0 {
		c.done()
		return
	}
	for i, u := range units {
		do(i, func(v outcome) {
			c.result(control.Result{Name: u.Config.Name, Group: u.Config.Group, Status: v.status, Text: v.text, SpawnErr: v.words})
			if left--; left == 0 {
				c.done()
			}
		})
	}
}

// begin begins an action and returns what tells how it goes.
func (s *Supervisor) begin(u *unit, do control.Operation, sig syscall.Signal, c *caller, now time.Time) (look func() outcome) {
	is := func(v outcome) func() outcome { return func() outcome { return v } }
	up := u.State == program.Running || u.State == program.Starting || u.State == program.Backoff
	switch do {
	case control.DoStart:
		switch {
		case up:
			return is(outcome{status: control.AlreadyStarted, text: "already started"})
		case u.State == program.Unknown:
			return is(outcome{status: control.Failed, text: "it cannot be signalled"})
		}
		if v := s.executable(u); v != pending {
			return is(v)
		}
		look = s.startGoes(u)
		s.demand(u, program.Start, now)
		return look
	case control.DoRestart:
		look = s.startGoes(u)
		u.order = "on request" + c.whose()
		s.demand(u, program.Restart, now)
		return look
	case control.DoStop:
		if !up && u.State != program.Stopping && u.Desired() != program.Up {
			return is(outcome{status: control.NotRunning, text: "not running"})
		}
		u.order = "on request" + c.whose()
		s.apply(u, now, program.Event{Kind: program.Stop})
		return func() outcome {
			switch {
			case u.State == program.Unknown:
				return outcome{status: control.Failed, text: "it cannot be signalled"}
			case live(u):
				return pending
			}
			return fine
		}
	}
	if !u.reachable() {
		return is(outcome{status: control.NotRunning, text: "not running"})
	}
	if err := s.Table.Signal(u.PID, sig); err != nil {
		return is(outcome{status: control.Failed, text: err.Error()})
	}
	u.diagnosis.Sent(sig, cmp.Or(c.by, "the operator"))
	s.tell(u, now, notice.SignalSent{Signal: sig, By: c.whose()})
	return is(fine)
}

// demand starts a program, as soon as what it depends on is ready.
func (s *Supervisor) demand(u *unit, kind program.Kind, now time.Time) {
	if !live(u) && !s.needsReady(u) {
		kind = program.Await
	}
	s.apply(u, now, program.Event{Kind: kind})
}

// reloadPrograms lets programs read their own configuration again, and answers with
// a result for each.
func (s *Supervisor) reloadPrograms(r control.Request, c *caller, now time.Time) {
	if s.refuses(c) {
		return
	}
	units := s.named(r.Names, c)
	tellEach(units, c, func(i int, tell func(outcome)) {
		s.parts.reload.Start(units[i].name, now, func(err error, _ time.Time) {
			switch {
			case err == nil:
				tell(fine)
			case errors.Is(err, reload.ErrNotRunning):
				tell(outcome{status: control.NotRunning, text: err.Error()})
			default:
				tell(outcome{status: control.Failed, text: err.Error()})
			}
		})
	})
}

// executable says what is wrong with the command of u, if it cannot be found.
func (s *Supervisor) executable(u *unit) outcome {
	_, err := s.look(u.Config, u.Config.Command[0])
	switch {
	case err == nil, isLate(err): // then the start waits, and says so
		return pending
	case process.StartCode(err) == process.CodeNotFound:
		return outcome{control.NoFile, err.Error(), notice.NotFound(u.Config.Command[0], err)}
	}
	return outcome{control.NotExecutable, err.Error(), notice.NotFound(u.Config.Command[0], err)}
}

// lackPatience is how long who asks for a start waits for the container to have
// room for it, or for a file system to answer, before he is told what is missing.
const lackPatience = 3 * time.Second

// startGoes tells how a start goes that is about to begin: good when the program
// is RUNNING, bad when its first try has failed, though more may follow, or when
// what it waits for has failed.
func (s *Supervisor) startGoes(u *unit) func() outcome {
	before := u.starts
	return func() outcome {
		switch waits, failed := s.waitsFor(u); {
		case u.State == program.Running && u.starts > before:
			return fine
		case u.lacks != "" && u.State == program.Starting && time.Since(u.lacksSince) >= lackPatience:
			return outcome{status: control.SpawnError, text: u.lacks + "; it is tried again until that can be done"}
		case u.spawnErr != "" && !live(u), u.spawnErr != "" && u.State == program.Backoff:
			return outcome{status: control.SpawnError, text: u.diagnosis.Text}
		case u.awaits() && failed:
			return outcome{status: control.SpawnError, text: waits}
		case u.starts > before && (u.State == program.Backoff || !live(u)):
			return outcome{status: control.Abnormal, text: u.diagnosis.End(u.Program)}
		case !live(u) && u.Desired() != program.Up && u.State == program.Exited && u.Expected():
			return fine // its work had been done before
		case !live(u) && u.Desired() != program.Up:
			return outcome{status: control.Abnormal, text: "it was stopped before it was started"}
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
