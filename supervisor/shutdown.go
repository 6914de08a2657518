package supervisor

import (
	"strconv"
	"time"

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

// shutdown begins the end of the container.
func (s *Supervisor) shutdown(now time.Time) {
	s.stopping = true
	s.deadline = now.Add(s.Budget)
	s.each(func(u *unit) { u.wanted = false })
}

// stopPhase asks the programs whose turn has come to stop. Programs of one
// phase stop side by side.
func (s *Supervisor) stopPhase(now time.Time) {
	if !s.stopping {
		return
	}
	for i := len(s.units) - 1; i >= 0; i-- {
		u := s.units[i]
		requested := u.State == program.Stopping && u.StopRequested
		if !requested && live(u) && s.mayStop(u) {
			limit := s.deadline.Add(-phaseReserve * time.Duration(s.laterPhases(u)))
			s.apply(u, now, program.Event{Kind: program.Stop, Limit: limit})
		}
	}
}

// live says whether something of u is there or on its way.
func live(u *unit) bool {
	switch u.State {
	case program.Starting, program.Running, program.Backoff, program.Stopping:
		return true
	}
	return false
}

// mayStop says whether everything that stops before u has ended: what has a
// higher priority number, and what needs it.
func (s *Supervisor) mayStop(u *unit) bool {
	for _, other := range s.units {
		if live(other) && stopsBefore(other, u) {
			return false
		}
	}
	return true
}

func stopsBefore(a, b *unit) bool {
	if a.priority != b.priority {
		return a.priority > b.priority
	}
	for _, need := range a.needs {
		if need == b || stopsBefore(need, b) {
			return true
		}
	}
	return false
}

// laterPhases counts the phases that come after the one of u.
func (s *Supervisor) laterPhases(u *unit) (n int) {
	last := u.priority
	for i := len(s.units) - 1; i >= 0; i-- {
		if v := s.units[i]; live(v) && v != u && (v.priority < last || stopsBefore(u, v)) {
			n, last = n+1, min(last, v.priority)
		}
	}
	return n
}

// over says whether the container has come to its end: nothing is up, and
// nothing will be started again.
func (s *Supervisor) over(now time.Time) bool {
	if s.stopping && !now.Before(s.deadline.Add(lastWait)) {
		s.killed = true
		return true
	}
	for _, u := range s.units {
		if live(u) {
			return false
		}
	}
	if s.stopping {
		return true
	}
	for _, u := range s.units {
		if u.wanted && u.needsReady() {
			return false
		}
	}
	return true
}

// finish ends what is left outside of every process group, and returns the exit
// code of the container.
func (s *Supervisor) finish() int {
	deadline := s.deadline
	if !s.stopping {
		deadline = time.Now().Add(s.Budget)
		s.code = s.worstCode()
		s.Log("every program has ended: exit code " + strconv.Itoa(s.code))
	}
	if s.Table.Sweep(0, deadline, func(process.Exit) {}) {
		s.Log("killed processes that the programs had left behind")
	}
	if !s.requested || s.code != 0 {
		return s.code
	}
	if s.killed {
		s.Log("stopped, but not every program within its time: exit code 137")
		return process.CodeSignal + 9
	}
	s.Log("stopped")
	return 0
}

// worstCode is the highest exit code among the programs, when all have ended by
// themselves. A program that was still waiting for another is a failure.
func (s *Supervisor) worstCode() (worst int) {
	for _, u := range s.units {
		if u.wanted {
			s.Log(u.Config.Name + ": never started, what it depends on has ended")
			worst = max(worst, 1)
		}
		if u.State == program.Exited {
			worst = max(worst, u.Code)
		}
	}
	return worst
}
