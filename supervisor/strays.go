package supervisor

import (
	"slices"
	"time"

	"entrypoint/supervisor/phrase"
)

// A program can start processes that leave its process group, such as daemons. They are
// nobody's: the programs' own stops do not reach them. They are told to end when all
// programs have ended (finish), or before that when programs use up the whole budget: then
// they would have no time of their own.

// straysTime is what they have to end, as the last part of the budget. The programs that
// are still there go on beside them.
const straysTime = time.Second

// straysDue is when they are told to end; zero: they have been, or nothing ends.
func (s *Supervisor) straysDue() time.Time {
	if !s.state.Final() || s.shutdown.strays {
		return time.Time{}
	}
	return s.state.Deadline.Add(-min(straysTime, s.container.StopBudget/4))
}

// tellStrays tells them, when it is time.
func (s *Supervisor) tellStrays(now time.Time) {
	if due := s.straysDue(); due.IsZero() || now.Before(due) {
		return
	}
	s.shutdown.strays = true
	groups := map[int]bool{}
	for _, u := range s.units {
		groups[u.Group] = true
	}
	for _, pid := range s.parts.hooks.PIDs() { // what they start is theirs, as long as they run
		groups[pid] = true
	}
	own := (&host{s}).Started()
	if n := s.Table.TellLeft(func(pid, group int) bool {
		return groups[group] || slices.Contains(own, pid)
	}); n > 0 {
		s.Log("sent SIGTERM to " + phrase.Count(n, "process", "processes") + " that the programs have left behind")
	}
}
