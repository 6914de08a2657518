package supervisor

import (
	"errors"
	"syscall"
	"time"

	"entrypoint/supervisor/diagnosis"
	"entrypoint/supervisor/notice"
	"entrypoint/supervisor/process"
	"entrypoint/supervisor/program"
)

// apply makes a step of a program, if the container's phase grants the event, and carries
// out the action. What comes of an action is the next event of the same program, until
// nothing more is to be done; only then it is told to others, who may want steps themselves.
// So no step is made inside of another one.
func (s *Supervisor) apply(u *unit, now time.Time, e program.Event) {
	if !s.state.Grants(e.Kind) {
		return
	}
	var before program.Program
	for more := true; more; {
		var action program.Action
		before = u.Program
		u.Program, action = program.Step(before, now, e)
		s.tellParts(u, &before, now)
		s.stepped(u, &before, now)
		e, more = s.perform(u, action, now)
	}
	if u.State != before.State {
		s.cameToRest(u, now)
		if !live(u) && !s.state.Final() {
			s.tellDependents(u, now)
		}
	}
	s.rested(u, now)
	s.about.desk.Look(u.name)
}

// perform carries out the action of a step, and says what came of it.
func (s *Supervisor) perform(u *unit, a program.Action, now time.Time) (result program.Event, more bool) {
	switch a.Kind {
	case program.Spawn:
		return s.spawn(u, now), true
	case program.RunHook:
		return s.runHook(u, now), true
	case program.SignalHook:
		v := u.view()
		s.parts.hooks.Signal(v, a.Signal)
		return result, false
	}
	if a.Kind == program.Nothing || u.pending() != nil {
		return result, false // there is nobody left to be signalled, and the pid may be another's
	}
	var err error
	switch a.Kind {
	case program.Signal:
		err = s.Table.Signal(u.PID, a.Signal)
		_ = s.Table.Signal(u.PID, syscall.SIGCONT) // a stopped process acts on a signal only when it goes on
	case program.SignalGroup:
		err = s.Table.SignalGroup(u.Group, a.Signal)
		_ = s.Table.SignalGroup(u.Group, syscall.SIGCONT)
	case program.SignalRest:
		s.leftovers.add(u, a.Signal) // tellLeftovers finds out who that is for
		return result, false
	}
	return program.Event{Kind: program.SignalFailed}, s.sent(u, a.Signal, err)
}

// spawn starts the process of u, and says how that went.
func (s *Supervisor) spawn(u *unit, now time.Time) program.Event {
	u.startedPID, u.spawnErr, u.order = 0, "", ""
	s.leftovers.drop(u)
	i, err := s.start(u)
	if err != nil && s.meets(u.name, err, now) {
		s.putOff(u, err, now)
		return program.Event{Kind: program.SpawnDelayed}
	}
	u.lacks = ""
	if err != nil {
		u.spawnErr = notice.SpawnError(u.Config.Command[0], err)
		u.diagnosis = diagnosis.Unstarted(u.name, err)
		s.line(u, err.Error())
		return program.Event{Kind: program.SpawnFailed, Code: process.StartCode(err)}
	}
	u.process = i
	s.byPID[i.PID()] = u
	u.startedPID = i.PID()
	if u.starts++; u.starts > 1 {
		u.restarts.add(now)
	}
	s.tell(u, now, notice.Started{PID: i.PID()})
	return program.Event{Kind: program.Spawned, PID: i.PID()}
}

// sent tells how a signal went, and says whether the kernel has refused it. Where there is
// nobody any more, the exit is on its way.
func (s *Supervisor) sent(u *unit, sig syscall.Signal, err error) (refused bool) {
	switch {
	case err == nil:
		if s.Trace != nil { // nobody else hears of it
			s.trace(u.name + ": sent " + process.SignalName(sig))
		}
		return false
	case errors.Is(err, syscall.ESRCH):
		return false
	}
	s.tellRefused(u, sig, err)
	return true
}

// tellRefused tells that the kernel did not let a signal through.
func (s *Supervisor) tellRefused(u *unit, sig syscall.Signal, err error) {
	text := "cannot send " + process.SignalName(sig) + ": " + err.Error()
	if errors.Is(err, syscall.EPERM) {
		text += " (it runs as another user, and the container has no CAP_KILL)"
	}
	s.line(u, text)
}

// refused is a signal that the kernel did not let through, and that no step has asked for.
func (s *Supervisor) refused(u *unit, sig syscall.Signal, err error, now time.Time) {
	s.tellRefused(u, sig, err)
	s.apply(u, now, program.Event{Kind: program.SignalFailed})
}

// rested is called when a step is done. A program at rest takes its next configuration, and
// gives back what it does not need any more.
func (s *Supervisor) rested(u *unit, now time.Time) {
	if !u.AtRest() {
		return
	}
	if u.Next() != nil {
		s.become(u, u.Adopt(), now)
		s.outdated = true
		s.keepSockets()
	}
	u.lacks = ""
	if u.Config.Socket != nil && u.Desired() != program.Up {
		s.keepSockets()
	}
	s.leftovers.drop(u)
	s.leaving = s.leaving || u.removed()
}

// become gives u, which is at rest, another value: its life begins anew, with the same
// configuration or another one.
func (s *Supervisor) become(u *unit, p program.Program, now time.Time) {
	s.forgetParts(u)
	u.Program = p
	s.tellParts(u, &program.Program{}, now)
}
