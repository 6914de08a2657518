package supervisor

import (
	"time"

	"entrypoint/supervisor/container"
	"entrypoint/supervisor/process"
	"entrypoint/supervisor/program"
	"entrypoint/supervisor/stopping"
)

// stopPhase asks the programs whose turn to stop has come. They stop side by side.
func (s *Supervisor) stopPhase(now time.Time) {
	if !s.state.Stops() {
		s.phases = nil
		return
	}
	if s.waitsForWork(now) {
		return
	}
	if s.phases == nil {
		s.each(func(u *unit) { u.toldToStop, u.stopBy = false, time.Time{} })
		s.rearrange()
		s.phases = s.beginPhases()
	}
	s.rearrange()
	for {
		for i, u := range s.numbered {
			switch is := live(u); {
			case is == s.phases.Live(i):
			case is: // it has been started again before its turn
				u.toldToStop, u.stopBy = false, time.Time{}
				s.phases = s.beginPhases()
			default:
				s.phases.Ended(i)
			}
		}
		orders := s.phases.Tick(now)
		if orders == nil {
			return
		}
		for _, o := range orders {
			u := s.numbered[o.Program]
			u.toldToStop, u.stopBy = true, o.By
			s.apply(u, now, program.Event{Kind: program.Stop, By: o.By, Limit: s.state.Deadline})
		}
	}
}

// beginPhases is the stop of everything as it is now.
func (s *Supervisor) beginPhases() *stopping.Stop {
	programs := make([]stopping.Program, len(s.numbered))
	for i, u := range s.numbered {
		programs[i] = stopping.Program{Live: live(u), Told: u.toldToStop, By: u.stopBy}
	}
	return stopping.Begin(s.graph, programs, s.state.Deadline)
}

// leftGrace is what those have to end that have left the process groups of the
// programs, before the budget ends. It is a part of the budget: the programs that are
// still there go on beside them.
const leftGrace = time.Second

// leftDue is when those are asked to end; zero: they have been, or it is not time yet.
func (s *Supervisor) leftDue() time.Time {
	if !s.state.Final() || s.toldLeft {
		return time.Time{}
	}
	return s.state.Deadline.Add(-min(leftGrace, s.container.StopBudget/4))
}

// tellLeft asks those to end that have left the programs' groups, such as daemons, if
// programs use up the budget. Else finish does that when all have ended.
func (s *Supervisor) tellLeft(now time.Time) {
	if due := s.leftDue(); due.IsZero() || now.Before(due) {
		return
	}
	s.toldLeft = true
	groups := map[int]bool{}
	for _, u := range s.units {
		groups[u.Group] = true
	}
	if n := s.Table.TellLeft(func(pid, group int) bool {
		return groups[group] || s.helpers.Has(pid) || pid == s.door.PID()
	}); n > 0 {
		s.Log("sent SIGTERM to " + plural(n, "process", "processes") + " that the programs have left behind")
	}
}

// over says whether the container has come to its end: nothing is up, and
// nothing will be. An event listener alone keeps no container.
func (s *Supervisor) over(now time.Time) bool {
	switch {
	case s.state.Phase == container.Over:
		return true
	case !s.state.Final() && s.mayGoOn(), s.noting > 0:
		return false
	}
	for _, u := range s.units {
		if live(u) && (s.state.Final() || u.Config.Pool == nil) {
			return false
		}
	}
	if !s.state.Final() {
		s.finished(now)
		s.stopPhase(now)
		return s.over(now) // not as long as there are listeners
	}
	s.step(container.Event{Kind: container.Empty}, now)
	return true
}

// finish ends what is left outside of every process group, and returns the exit
// code of the container.
func (s *Supervisor) finish() int {
	s.closeDoor()
	switch s.Table.Sweep(0, s.state.Deadline, func(process.Exit) {}) {
	case process.SweptKilled:
		s.Log("killed processes that the programs had left behind")
	case process.SweptNot:
		s.Log("processes that the programs have left behind are still there: they survive SIGKILL, or cannot be found without /proc")
	}
	s.each(func(u *unit) {
		if u.process != nil { // it survives SIGKILL
			u.process.Close()
			u.process = nil
		}
	})
	s.silence.Close()
	_ = s.sockets.Keep(nil) // what hangs is left to whoever uses its file system next
	if s.serving != nil {
		s.serving()
	}
	s.closeLogs(time.Now())
	return s.ended(time.Now())
}
