package supervisor

import (
	"time"

	"entrypoint/supervisor/notice"
)

// When a failure ends the container, work that ends by itself is under way, perhaps: a
// migration beside the one that has failed. To cut it off in the middle would do
// more harm than to wait. So nothing is told to stop, and what the work needs goes on,
// until it has ended or two thirds of the stop budget are over; the last third is for
// the stop. Whoever asks for the container's end does not want to wait.

// beginWork lets the work that is under way go on for a while.
func (s *Supervisor) beginWork(now time.Time) {
	var names []string
	for _, u := range s.units {
		if u.works() {
			names = append(names, u.name)
		}
	}
	if len(names) == 0 || s.state.Requested() {
		return
	}
	s.shutdown.workUntil = s.state.Deadline.Add(-s.container.StopBudget / 3)
	s.tell(nil, now, notice.WorkAwaited{Programs: names, Limit: max(0, s.shutdown.workUntil.Sub(now))})
}

// works says whether u is work that ends, and has a process.
func (u *unit) works() bool { return u.Config.Oneshot && u.isUp() }

// waitsForWork says whether the stop of the programs has to wait still.
func (s *Supervisor) waitsForWork(now time.Time) bool {
	if s.shutdown.workUntil.IsZero() {
		return false
	}
	if !s.state.Requested() && now.Before(s.shutdown.workUntil) {
		for _, u := range s.units {
			if u.works() {
				return true
			}
		}
	}
	s.shutdown.workUntil = time.Time{}
	return false
}
