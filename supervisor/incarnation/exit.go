package incarnation

import (
	"time"

	"entrypoint/supervisor/process"
	"entrypoint/supervisor/verdict"
)

// drainTime is how long the end of a process waits for what it has printed, where event
// listeners are told of both, in this order, or the diagnosis of its end needs that.
const drainTime = 200 * time.Millisecond

// PendingExit is the end of a process that is known to us and not yet to its program.
type PendingExit struct {
	Exit  process.Exit
	At    time.Time     // when it was reaped
	Until time.Time     // when it stops pending at the latest
	Facts verdict.Facts // for its diagnosis, as far as they are known

	output *output // nil: none of it has passed through us
	left   int     // streams that are not drained yet
}

// Exited takes the exit of the process. The exit is pending if Waits says so: it waits
// for what the process has printed, where somebody hears that or the exit is a bad one,
// whose diagnosis needs the last lines. drained is called in the loop when all of it has
// been read; the caller sees to Until, and to who has closed the incarnation meanwhile.
func (i *Incarnation) Exited(e process.Exit, bad bool, now time.Time, drained func()) *PendingExit {
	x := &PendingExit{Exit: e, At: now, Until: now.Add(drainTime), output: i.output}
	i.exit = x
	if o := i.output; o != nil && (o.heard > 0 || bad) {
		o.each(func(int, Stream) { x.left++ })
	}
	var each func()
	if x.left > 0 {
		each = func() {
			i.host.Post(func() {
				if x.left--; x.left == 0 {
					drained()
				}
			})
		}
	}
	i.output.each(func(_ int, s Stream) { s.Ended(each) })
	return x
}

// Pending is the exit of the process; nil: it has not ended.
func (i *Incarnation) Pending() *PendingExit { return i.exit }

// Waits says whether output of the process is still on its way.
func (x *PendingExit) Waits() bool { return x.left > 0 }

// Printed says whether any output of the process has passed through us.
func (x *PendingExit) Printed() bool { return x.output != nil }

// LastWords are the last lines that the process has printed; nil: there are none. errors
// is how many of them, at their end, are from stderr.
func (x *PendingExit) LastWords() (lines []string, errors int) { return x.output.last() }
