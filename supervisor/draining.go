package supervisor

import (
	"slices"
	"strconv"
	"time"

	"entrypoint/supervisor/process"
	"entrypoint/supervisor/program"
)

// A stop has one budget, from the request to the end. First the container only
// says that it is not ready (health), and its programs go on for the time of
// drain=: a load balancer notices and sends its requests elsewhere. Then the
// programs stop in phases (shutdown.go). Where a program's failure ends the
// container there is nothing to wait for.

// stop is how long the stop of one program took.
type stop struct {
	name   string
	took   time.Duration
	killed bool
}

// noteStop keeps how long a program took to stop at the container's end.
func (s *Supervisor) noteStop(u *unit, before program.State, now time.Time) {
	if s.state.Final() && before == program.Stopping && u.StopRequested && !live(u) {
		s.stops = append(s.stops, &stop{u.name, now.Sub(u.stopAt), u.Killed})
	}
}

// shownStops is how many programs the last line names: those that took longest.
const shownStops = 5

// shownWrite is how long the last output takes that is worth being named: somebody
// reads it slowly, or not at all.
const shownWrite = 100 * time.Millisecond

// budgetUse says in the last line who has used how much of the budget.
func (s *Supervisor) budgetUse(now time.Time) string {
	text := " after " + lasted(s.state.RequestedAt, now) + " of " + brief(s.container.StopBudget)
	sep := ": "
	if s.state.Drained > 0 {
		text += sep + "drain " + brief(s.state.Drained)
		sep = ", "
	}
	slices.SortStableFunc(s.stops, func(a, b *stop) int { return int(b.took - a.took) })
	for _, p := range s.stops[:min(shownStops, len(s.stops))] {
		text += sep + p.name + " " + brief(p.took)
		if p.killed {
			text += " and " + process.SignalName(9)
		}
		sep = ", "
	}
	if more := len(s.stops) - shownStops; more > 0 {
		text += " and " + strconv.Itoa(more) + " more"
	}
	if s.wroteFor >= shownWrite {
		text += sep + "output " + brief(s.wroteFor)
	}
	return text
}
