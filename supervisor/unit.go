package supervisor

import (
	"errors"
	"syscall"
	"time"

	"entrypoint/config"
	"entrypoint/supervisor/control"
	"entrypoint/supervisor/diagnosis"
	"entrypoint/supervisor/incarnation"
	"entrypoint/supervisor/notice"
	"entrypoint/supervisor/process"
	"entrypoint/supervisor/program"
)

// unit is one program in the loop: its state and what the loop adds to it.
type unit struct {
	program.Program
	name string // full
	position
	tally
	delay
	waiters   []waiter                 // for what becomes of a request
	order     string                   // why its process is stopped, and who wants that; "": nobody does
	spawnErr  string                   // why the last start failed, in supervisord's words; "": it did not
	skipped   string                   // why it was not started, while Skipped
	process   *incarnation.Incarnation // nil: it has no process
	turn      turn                     // of a oneshot that runs once
	diagnosis diagnosis.Diagnosis      // of the last end
}

// tally is what is counted and noted of a program's processes.
type tally struct {
	starts     int       // processes that were started
	startedPID int       // of the current or last one
	stopAt     time.Time // when the last stop began
	endedAt    time.Time // when the last process ended; zero: none has
	exits      []control.Exits
}

// fresh is a program that has never been started. Its jitter is that of its name,
// so that two programs do not wait alike, and of this moment.
func fresh(c *config.Program) program.Program {
	seed := uint64(time.Now().UnixNano())
	for i := range len(c.Name) {
		seed = seed*31 + uint64(c.Name[i])
	}
	return program.New(c, seed)
}

// awaits says whether u is at rest and is started as soon as everything that it depends
// on is as far as it has to be.
func (u *unit) awaits() bool { return u.Desired() == program.Up && u.AtRest() }

// removed says whether u is forgotten as soon as it is at rest.
func (u *unit) removed() bool { return u.Desired() == program.Gone }

// isUp says whether u has a process that was not asked to end.
func (u *unit) isUp() bool {
	return u.reachable() && (u.State == program.Starting || u.State == program.Running)
}

// become gives u, which is at rest, another value: its life begins anew, with the same
// configuration or another one.
func (s *Supervisor) become(u *unit, p program.Program, now time.Time) {
	s.forgetParts(u)
	u.Program = p
	s.tellParts(u, program.Program{}, now)
}

// apply makes one step and carries out what it asks for, if the container's state
// lets that happen.
func (s *Supervisor) apply(u *unit, now time.Time, e program.Event) {
	if !s.state.Grants(e.Kind) {
		return
	}
	before := u.Program
	after, action := program.Step(before, now, e)
	u.Program = after
	s.tellParts(u, before, now)
	s.entered(u, before, now)
	switch action.Kind {
	case program.Signal, program.SignalGroup, program.SignalRest:
		if u.pending() != nil {
			action = program.Action{} // there is nobody left, and the pid may be another's
		}
	}
	switch action.Kind {
	case program.Spawn:
		s.spawn(u, now)
	case program.Signal:
		s.sent(u, action.Signal, s.Table.Signal(u.PID, action.Signal), now)
		_ = s.Table.Signal(u.PID, syscall.SIGCONT) // a stopped process acts on a signal only when it goes on
	case program.SignalGroup:
		s.sent(u, action.Signal, s.Table.SignalGroup(u.Group, action.Signal), now)
		_ = s.Table.SignalGroup(u.Group, syscall.SIGCONT)
	case program.SignalRest:
		s.leftovers.add(u, action.Signal) // tellLeftovers finds out who that is for
	}
	s.rested(u, now)
	u.tellWaiters()
}

// spawn starts the process of u and reports how that went.
func (s *Supervisor) spawn(u *unit, now time.Time) {
	u.startedPID, u.spawnErr, u.order = 0, "", ""
	s.leftovers.drop(u)
	i, err := s.start(u)
	if err != nil && s.meets(u.name, err, now) {
		s.putOff(u, err, now)
		s.apply(u, now, program.Event{Kind: program.SpawnDelayed})
		return
	}
	u.lacks = ""
	if err != nil {
		u.spawnErr = notice.SpawnError(u.Config.Command[0], err)
		u.diagnosis = diagnosis.Unstarted(u.name, err)
		s.line(u, err.Error())
		s.apply(u, now, program.Event{Kind: program.SpawnFailed, Code: process.StartCode(err)})
		return
	}
	u.process = i
	s.byPID[i.PID()] = u
	u.startedPID = i.PID()
	u.starts++
	s.tell(u, now, notice.Started{PID: i.PID()})
	s.apply(u, now, program.Event{Kind: program.Spawned, PID: i.PID()})
}

// sent reports how a signal went. Where there is nobody any more, the exit is on
// its way.
func (s *Supervisor) sent(u *unit, sig syscall.Signal, err error, now time.Time) {
	switch {
	case err == nil:
		s.trace(u.name + ": sent " + process.SignalName(sig))
	case !errors.Is(err, syscall.ESRCH):
		s.refused(u, sig, err, now)
	}
}

// refused is a signal that the kernel did not let through.
func (s *Supervisor) refused(u *unit, sig syscall.Signal, err error, now time.Time) {
	text := "cannot send " + process.SignalName(sig) + ": " + err.Error()
	if errors.Is(err, syscall.EPERM) {
		text += " (it runs as another user, and the container has no CAP_KILL)"
	}
	s.line(u, text)
	s.apply(u, now, program.Event{Kind: program.SignalFailed})
}

// rested lets a unit that is at rest become what the last reload wants of it.
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
	s.restTurn(u)
	s.leaving = s.leaving || u.removed()
}
