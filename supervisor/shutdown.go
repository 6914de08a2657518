package supervisor

import (
	"time"

	"entrypoint/supervisor/events"
	"entrypoint/supervisor/process"
	"entrypoint/supervisor/program"
)

// phaseReserve is what each later phase of a shutdown is sure to get of the
// budget, however long the phases before it take.
const phaseReserve = time.Second

// lastWait is how long after its budget a shutdown still waits for processes
// that have got SIGKILL: one in an uninterruptible system call, or a zombie whose
// parent does not care, would keep the container for ever.
const lastWait = time.Second

// shutdown begins the end of the container: nothing starts any more.
func (s *Supervisor) shutdown(now time.Time) {
	if !s.drainUntil.IsZero() {
		s.drainedFor, s.drainUntil = now.Sub(s.requestedAt), time.Time{}
	}
	s.stopping, s.renewing = true, nil
	s.beginBudget(now)
	s.bus.Publish(events.SupervisorState(false))
	s.each(func(u *unit) {
		u.wanted = false
		s.apply(u, now, program.Event{Kind: program.Retire})
	})
}

// stopPhase asks the programs whose turn has come to stop: those of the highest
// rank that still has a live one, if nothing that needs them is live. They stop
// side by side.
func (s *Supervisor) stopPhase(now time.Time) {
	if !s.stopping && s.renewing == nil {
		return
	}
	var phase *unit
	for i := len(s.units) - 1; i >= 0; i-- {
		u := s.units[i]
		if !live(u) {
			continue
		}
		if phase == nil {
			phase = u
		}
		if u.rank != phase.rank {
			return
		}
		if !(u.State == program.Stopping && u.StopRequested) && !u.needed() {
			limit := time.Time{}
			if s.stopping {
				limit = s.deadline.Add(-phaseReserve * time.Duration(s.laterPhases(u)))
			}
			s.apply(u, now, program.Event{Kind: program.Stop, Limit: limit})
		}
	}
}

// laterPhases counts the phases that come after the one of u.
func (s *Supervisor) laterPhases(u *unit) (n int) {
	last := u.rank
	for i := len(s.units) - 1; i >= 0; i-- {
		if v := s.units[i]; live(v) && v.rank.compare(last) < 0 {
			n, last = n+1, v.rank
		}
	}
	return n + u.depth()
}

// depth is the longest chain of live programs of the same rank that u needs:
// each is a phase of its own.
func (u *unit) depth() (n int) {
	for _, need := range u.needs {
		if live(need.unit) && need.rank == u.rank {
			n = max(n, 1+need.depth())
		}
	}
	return n
}

// over says whether the container has come to its end: nothing is up, and
// nothing will be. An event listener alone keeps no container.
func (s *Supervisor) over(now time.Time) bool {
	if s.stopping && !now.Before(s.deadline.Add(lastWait)) {
		s.Log("processes that survive SIGKILL are left to the kernel")
		s.killed = true
		return true
	}
	if !s.stopping && s.mayGoOn() || s.noting > 0 {
		return false
	}
	for _, u := range s.units {
		if live(u) && (s.stopping || u.Config.Pool == nil) {
			return false
		}
	}
	if !s.stopping {
		s.ended(now)
		s.stopPhase(now)
		return s.over(now) // not as long as there are listeners
	}
	return true
}

// finish ends what is left outside of every process group, and returns the exit
// code of the container.
func (s *Supervisor) finish() int {
	s.closeDoor()
	if s.Table.Sweep(0, s.deadline, func(process.Exit) {}) {
		s.Log("killed processes that the programs had left behind")
	}
	s.each((*unit).closeFeeder)
	_ = s.sockets.Keep(nil) // what hangs is left to whoever uses its file system next
	if s.serving != nil {
		s.serving()
	}
	s.closeLogs(time.Now())
	if !s.requested || s.code != 0 {
		if s.culprit != nil && s.code != 0 {
			s.lastWords(s.culprit.verdict())
		}
		return s.code
	}
	used := s.budgetUse(time.Now())
	if s.killed {
		s.lastWords("stopped, but not every program within its time: exit code 137" + used)
		return process.CodeSignal + 9
	}
	s.Log("stopped" + used)
	return 0
}
