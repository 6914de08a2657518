package supervisor

import (
	"strconv"
	"time"

	"entrypoint/config"
	"entrypoint/supervisor/program"
)

// liveness is how a program does once it is ready.
type liveness struct {
	liveAt time.Time // when to ask next, or when its own word is overdue; zero: nobody asks
	wrong  int       // answers in a row that were bad
	heard  *question
}

// beginLiveness asks from now on, if there is anything to ask.
func (u *unit) beginLiveness(now time.Time) {
	u.endLiveness()
	if !u.Config.Live.None() {
		u.liveAt = now.Add(u.liveEvery())
	}
}

func (u *unit) endLiveness() {
	u.heard.drop()
	u.liveness = liveness{}
}

// liveEvery is the time between two questions, or the longest between two words
// of the program's own.
func (u *unit) liveEvery() time.Duration {
	if u.Config.Live.Kind == config.ProbeNotify {
		return u.Config.LiveEvery * time.Duration(u.Config.Failures)
	}
	return u.Config.LiveEvery
}

// liveDue is when tickLiveness has something to do; zero: never.
func (u *unit) liveDue() time.Time {
	if u.heard != nil || !u.isUp() {
		return time.Time{}
	}
	return u.liveAt
}

// tickLiveness asks u whether it still does what it should.
func (s *Supervisor) tickLiveness(u *unit, now time.Time) {
	if at := u.liveDue(); at.IsZero() || now.Before(at) {
		return
	}
	c := u.Config
	u.liveAt = now.Add(u.liveEvery())
	if !s.state.Grants(program.Sick) {
		return
	}
	if c.Live.Kind == config.ProbeNotify {
		s.fault(u, program.Sick, "it did not say WATCHDOG=1 for "+brief(u.liveEvery()), "starting it again", now)
		return
	}
	u.heard = s.ask(u, &c.Live, c.LiveTimeout, now, func(err error, now time.Time) {
		u.heard = nil
		s.liveAnswer(u, err, now)
	})
}

func (s *Supervisor) liveAnswer(u *unit, err error, now time.Time) {
	c := u.Config
	switch {
	case !u.isUp() || !s.state.Grants(program.Sick):
	case unasked(err):
		u.liveAt = earlier(u.liveAt, now.Add(retryTime))
	case err == nil:
		u.wrong = 0
	default:
		u.wrong++
		text := c.Live.String() + ": " + err.Error()
		if u.wrong < c.Failures {
			s.Log(u.name + ": " + text + " (bad answer " + strconv.Itoa(u.wrong) + " of " + strconv.Itoa(c.Failures) + ")")
			return
		}
		s.fault(u, program.Sick, "its health check failed "+plural(u.wrong, "time", "times")+" ("+text+")", "starting it again", now)
	}
}
