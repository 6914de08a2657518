package notice

import (
	"slices"
	"strconv"
	"syscall"
	"time"

	"entrypoint/supervisor/phrase"
	"entrypoint/supervisor/process"
	"entrypoint/supervisor/program"
	"entrypoint/supervisor/verdict"
)

// Stop is how long the stop of one program has taken.
type Stop struct {
	Program string
	Took    time.Duration
	Killed  bool
}

// Stops are how long the programs have taken to stop at the container's end, in the order
// of their ends.
type Stops struct{ All []Stop }

// Take keeps how long a program has taken.
func (s *Stops) Take(n *Notice) {
	f, is := n.Fact.(*Changed)
	if !is || !f.Ending || f.Before.State != program.Stopping || !f.After.StopRequested {
		return
	}
	switch f.After.State {
	case program.Stopped, program.Exited, program.Fatal, program.Unknown:
		s.All = append(s.All, Stop{n.Program, n.Time.Sub(f.StopSince), f.After.Killed})
	}
}

// shownStops is how many programs the last line names: those that took longest.
const shownStops = 5

// shownWrite is how long the last output takes that is worth being named: somebody reads
// it slowly, or not at all.
const shownWrite = 100 * time.Millisecond

// budgetUse says who has used how much of the stop budget.
func (f *Ended) budgetUse() string {
	text := " after " + f.Took + " of " + phrase.Span(f.Budget)
	sep := ": "
	if f.Drained > 0 {
		text += sep + "drain " + phrase.Span(f.Drained)
		sep = ", "
	}
	stops := make([]*Stop, len(f.Stops)) // pointers share one sort with all other ones
	for i := range f.Stops {
		stops[i] = &f.Stops[i]
	}
	slices.SortStableFunc(stops, func(a, b *Stop) int { return int(b.Took - a.Took) })
	for _, s := range stops[:min(shownStops, len(stops))] {
		text += sep + s.Program + " " + phrase.Span(s.Took)
		if s.Killed {
			text += " and " + process.SignalName(syscall.SIGKILL)
		}
		sep = ", "
	}
	if more := len(stops) - shownStops; more > 0 {
		text += " and " + strconv.Itoa(more) + " more"
	}
	if f.Wrote >= shownWrite {
		text += sep + "output " + phrase.Span(f.Wrote)
	}
	return text
}

// lastWords are the last line of a container that has not ended well, and its facts; "":
// it has, or there is nothing to say.
func (f *Ended) lastWords(n *Notice) (line string, r *verdict.Record) {
	switch {
	case f.Killed:
		line = "stopped, but not every program within its time: exit code " + strconv.Itoa(f.Code) + f.budgetUse()
		return line, &verdict.Record{ExitCode: f.Code, Cause: line}
	case f.Why != "" && f.Code != 0:
		return about(n.Program, f.Why), n.Verdict
	}
	return "", nil
}
