package check

import (
	"strconv"
	"time"

	"entrypoint/config"
	"entrypoint/supervisor/part"
	"entrypoint/supervisor/phrase"
	"entrypoint/supervisor/program"
)

// liveness is how a process does once it is ready.
type liveness struct {
	liveAt  time.Time // when to ask next, or when its own word is overdue; zero: nobody asks
	wrong   int       // bad answers in a row
	checked *flight   // the health check in flight; nil: none is
}

// beginLiveness checks the process from now on, if there is anything to check.
func (e *entry) beginLiveness(now time.Time) {
	e.checked.drop()
	e.liveness = liveness{}
	if !e.config.Live.None() {
		e.liveAt = now.Add(e.config.LivePeriod())
	}
}

// livenessDue is when tickLiveness has something to do; zero: never.
func (e *entry) livenessDue() time.Time {
	if e.checked != nil {
		return time.Time{}
	}
	return e.liveAt
}

// tickLiveness asks a program whether it still does what it should, and says whether it
// is to be ended because it has not said so itself.
func (p *Part) tickLiveness(e *entry, now time.Time) (ended bool) {
	if at := e.livenessDue(); at.IsZero() || now.Before(at) {
		return false
	}
	c := e.config
	e.liveAt = now.Add(c.LivePeriod())
	switch {
	case !p.host.Grants(program.Sick):
	case c.Live.Kind == config.ProbeNotify:
		p.end(e, program.Sick, "it did not say WATCHDOG=1 for "+phrase.Span(c.LivePeriod()), "starting it again", now)
		return true
	default:
		e.checked = p.ask(e, &c.Live, c.LiveTimeout, now, func(err error, now time.Time) {
			e.checked = nil
			ended = p.liveAnswer(e, err, now)
		})
	}
	return ended
}

// liveAnswer takes the answer of a health check, and says whether the process is to be
// ended.
func (p *Part) liveAnswer(e *entry, err error, now time.Time) (ended bool) {
	c := e.config
	switch {
	case !p.host.Grants(program.Sick):
	case isUnasked(err):
		e.liveAt = part.Earlier(e.liveAt, now.Add(retryTime))
	case err == nil:
		e.wrong = 0
	default:
		e.wrong++
		text := c.Live.String() + ": " + err.Error()
		if e.wrong < c.Failures {
			p.host.Log(e.Name, text+" (bad answer "+strconv.Itoa(e.wrong)+" of "+strconv.Itoa(c.Failures)+")")
			return false
		}
		p.end(e, program.Sick, "its health check failed "+phrase.Count(e.wrong, "time", "times")+" ("+text+")", "starting it again", now)
		return true
	}
	return false
}
