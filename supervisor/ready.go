package supervisor

import (
	"time"

	"entrypoint/config"
	"entrypoint/supervisor/owner"
	"entrypoint/supervisor/program"
)

// How often a program that is not ready yet is asked: often at first, since a web
// application is usually there within a second. A command costs more than a
// connection.
const (
	firstProbe   = 5 * time.Millisecond
	maxProbe     = 200 * time.Millisecond
	firstCommand = 100 * time.Millisecond
	maxCommand   = time.Second
	answerTime   = 5 * time.Second // for one answer
)

// readiness is how far a process is on its way to be ready.
type readiness struct {
	probeAt time.Time // when to ask next
	pause   time.Duration
	asked   *question
	lateAt  time.Time                  // when its time to become ready is over; zero: never
	unready string                     // why it is not, by the last answer; "": there was none
	says    *herald                    // by which it tells us; nil: it does not
	own     map[owner.Address][]string // sockets that are known to be held by it
	told    string                     // whose socket has answered its probe, as the log has it
}

// probing says whether u has to be asked whether it is ready.
func (u *unit) probing() bool {
	p := &u.Config.Ready
	return !u.Ready && u.asked == nil && (p.Asks() || p.Kind == config.ProbeDelay) && u.isUp()
}

// isUp says whether u has a process that was not asked to end.
func (u *unit) isUp() bool {
	return u.reachable() && (u.State == program.Starting || u.State == program.Running)
}

// beginReady is called when a process has been started.
func (u *unit) beginReady(now time.Time) {
	c := u.Config
	u.probeAt, u.pause, u.unready, u.own, u.told = now, 0, "", nil, ""
	if c.Ready.Kind == config.ProbeDelay {
		u.probeAt = now.Add(c.Ready.Delay)
	}
	if u.lateAt = (time.Time{}); c.Timeout > 0 && !c.Ready.None() {
		u.lateAt = now.Add(c.Timeout)
	}
	u.asked.drop()
	u.asked = nil
	u.endLiveness()
}

// tickReady asks u when it is time to, and loses patience with it.
func (s *Supervisor) tickReady(u *unit, now time.Time) {
	if u.probing() && !now.Before(u.probeAt) {
		if u.Config.Ready.Kind == config.ProbeDelay {
			s.becomeReady(u, "ready", now)
			return
		}
		u.asked = s.ask(u, &u.Config.Ready, answerTime, now, func(err error, now time.Time) {
			u.asked = nil
			s.readyAnswer(u, err, now)
		})
	}
	if !u.Ready && !u.lateAt.IsZero() && !now.Before(u.lateAt) && u.isUp() {
		s.late(u, now)
	}
}

// readyDue is when tickReady has something to do; zero: never.
func (u *unit) readyDue() (at time.Time) {
	if u.probing() {
		at = u.probeAt
	}
	if !u.Ready && u.isUp() {
		at = earlier(at, u.lateAt)
	}
	return at
}

func (s *Supervisor) readyAnswer(u *unit, err error, now time.Time) {
	if u.Ready || !u.isUp() {
		return
	}
	c := u.Config
	if err == nil {
		text := "ready"
		switch c.Ready.Kind {
		case config.ProbeUnix, config.ProbeTCP:
			text = "ready, accepts connections on " + c.Ready.Where()
		case config.ProbeHTTP:
			text = "ready, answers " + c.Ready.String()
		}
		s.becomeReady(u, text, now)
		return
	}
	u.unready = err.Error()
	first, most := firstProbe, maxProbe
	if c.Ready.Kind == config.ProbeExec || isForeign(err) {
		first, most = firstCommand, maxCommand
	}
	if u.pause = min(max(u.pause*3/2, first), most); c.Every > 0 {
		u.pause = c.Every
	}
	if unasked(err) {
		u.pause = min(u.pause, retryTime)
		if !u.lateAt.IsZero() { // the time in which it cannot be asked is not its own
			u.lateAt = u.lateAt.Add(u.pause)
		}
	}
	u.probeAt = now.Add(u.pause)
}

// becomeReady is that u is ready, as text says.
func (s *Supervisor) becomeReady(u *unit, text string, now time.Time) {
	if u.Ready || !u.isUp() {
		return
	}
	u.lateAt, u.unready = time.Time{}, ""
	text += " after " + lasted(u.StartedAt, now)
	s.remark(u, text, now)
	s.apply(u, now, program.Event{Kind: program.Ready})
	s.probed(u)
}

// probed returns the memory that it took to find out whose sockets the programs have,
// when the last of them is ready.
func (s *Supervisor) probed(u *unit) {
	if s.GiveBack == nil || u.Config.Ready.Network() == "" {
		return
	}
	for _, other := range s.units {
		if other.asked != nil || other.probing() {
			return
		}
	}
	go s.GiveBack()
}

// late is that u has not become ready in its time.
func (s *Supervisor) late(u *unit, now time.Time) {
	c := u.Config
	why := "it was not ready after " + brief(c.Timeout)
	if u.unready != "" {
		why += " (" + c.Ready.String() + ": " + u.unready + ")"
	} else {
		why += " (" + c.Ready.String() + ")"
	}
	u.lateAt = time.Time{}
	switch c.Late {
	case config.LateIgnore:
		s.Log(u.name + ": not ready after " + brief(c.Timeout) + ", and left as it is: " + why)
	case config.LateFatal:
		s.fault(u, program.Fail, why, "giving it up", now)
	default:
		s.fault(u, program.Late, why, "ending it, this start has failed", now)
	}
}

// fault ends the process of u, because of what it does not do.
func (s *Supervisor) fault(u *unit, kind program.Kind, why, then string, now time.Time) {
	line := why + ": " + then
	s.remark(u, line, now)
	u.condemn(why)
	s.apply(u, now, program.Event{Kind: kind})
}
