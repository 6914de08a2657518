package supervisor

import (
	"syscall"
	"time"

	"entrypoint/supervisor/control"
	"entrypoint/supervisor/incarnation"
	"entrypoint/supervisor/notice"
	"entrypoint/supervisor/process"
	"entrypoint/supervisor/program"
)

// pending is the end of u's main process, if it is known and u has not been told; nil
// otherwise.
func (u *unit) pending() *incarnation.PendingExit {
	if u.process == nil {
		return nil
	}
	return u.process.Pending()
}

// reachable says whether u has a main process that a signal would reach: one that
// is reaped has left its pid to others.
func (u *unit) reachable() bool { return u.PID != 0 && u.pending() == nil }

// exited takes an exit from the kernel to its owner.
func (s *Supervisor) exited(e process.Exit) {
	s.leftovers.ended = true
	u := s.byPID[e.PID]
	if u == nil && s.parts.exited(e) {
		return
	}
	if u == nil {
		s.about.orphans++
		s.tell(nil, time.Now(), notice.Orphan{PID: e.PID, Status: e.Status})
		return
	}
	delete(s.byPID, e.PID)
	i := u.process
	x := i.Exited(e, u.bad(e.Status), time.Now(), func() {
		if u.process == i && !s.search(u, i.Pending()) {
			s.died(u, i.Pending())
		}
	})
	if !x.Waits() {
		s.died(u, x)
	}
}

// died tells the program that its main process has ended. It is the one place where an
// incarnation is closed.
func (s *Supervisor) died(u *unit, x *incarnation.PendingExit) {
	i := u.process
	u.process = nil
	if s.neverRan(u, i, x) {
		return
	}
	u.endedAt = x.At
	if u.State == program.Starting && !x.At.Before(u.Deadline) {
		// It was up for long enough, and we learn of its end before we have
		// looked at the clock.
		s.apply(u, x.At, program.Event{Kind: program.Tick})
	}
	if u.Config.Pool != nil {
		s.notices.bus.Ended(u.name)
	}
	i.Close()
	u.countExit(x.Exit.Status)
	s.diagnose(u, x)
	s.endsContainer(u, x.Exit, x.At)
	s.apply(u, x.At, program.Event{
		Kind:   program.Died,
		Status: x.Exit.Status,
		Code:   process.Code(x.Exit.Status),
		Left:   s.Table.GroupAlive(x.Exit.PID),
	})
}

// neverRan puts the start of u off whose process had no room for its execve, which a busy
// machine tells us later than that of the fork, and says whether that is so. The limit of
// processes of a user is looked at there (setrlimit(2), RLIMIT_NPROC).
func (s *Supervisor) neverRan(u *unit, i *incarnation.Incarnation, x *incarnation.PendingExit) bool {
	if x.Exit.Err == nil || u.State != program.Starting || u.Ready || !s.meets(u.name, x.Exit.Err, x.At) {
		return false
	}
	if u.Config.Pool != nil {
		s.notices.bus.Ended(u.name)
	}
	i.Close()
	u.starts--
	s.putOff(u, x.Exit.Err, x.At)
	s.apply(u, x.At, program.Event{Kind: program.SpawnDelayed})
	return true
}

// countExit counts how processes of u have ended.
func (u *unit) countExit(status syscall.WaitStatus) {
	e := control.Exits{Code: process.Code(status)}
	if status.Signaled() {
		e.Signal = process.SignalName(status.Signal())
	}
	for i := range u.exits {
		if u.exits[i].Code == e.Code && u.exits[i].Signal == e.Signal {
			u.exits[i].Count++
			return
		}
	}
	e.Count = 1
	u.exits = append(u.exits, e)
}
