package check

import (
	"time"

	"entrypoint/config"
	"entrypoint/supervisor/part"
	"entrypoint/supervisor/phrase"
	"entrypoint/supervisor/program"
)

// How often a program that is not ready yet is asked, unless the configuration says it:
// often at first, since a web application is usually there within a second. A command
// costs more than a connection.
const (
	firstProbe   = 5 * time.Millisecond
	maxProbe     = 200 * time.Millisecond
	firstCommand = 100 * time.Millisecond
	maxCommand   = time.Second
	answerTime   = 5 * time.Second // for one answer
	retryTime    = 5 * time.Second // after which a probe that could not be put is put again
)

// readiness is how far a process is on its way to be ready.
type readiness struct {
	probeAt time.Time // when to ask next
	pause   time.Duration
	asked   *flight   // the readiness probe in flight; nil: none is
	lateAt  time.Time // when its time to become ready is over; zero: never
	unready string    // why it is not, by the last answer; "": there was none
	foreign string    // who has answered its probe instead of it, as the log was told; "": nobody
}

// beginReadiness is called when a process has been started.
func (e *entry) beginReadiness(now time.Time) {
	c := e.config
	e.probeAt = now
	if c.Ready.Kind == config.ProbeDelay {
		e.probeAt = now.Add(c.Ready.Delay)
	}
	if c.Timeout > 0 && !c.Ready.None() {
		e.lateAt = now.Add(c.Timeout)
	}
}

// awaits says whether something is to be done about the readiness at probeAt.
func (e *entry) awaits() bool {
	probe := &e.config.Ready
	return !e.ready && e.asked == nil && (probe.Asks() || probe.Kind == config.ProbeDelay)
}

// readinessDue is when tickReadiness has something to do; zero: never.
func (e *entry) readinessDue() (at time.Time) {
	if e.awaits() {
		at = e.probeAt
	}
	return part.Earlier(at, e.lateAt)
}

// tickReadiness asks a program whether it is ready, and says whether it is to be ended
// because it has not become so in its time.
func (p *Part) tickReadiness(e *entry, now time.Time) (ended bool) {
	probe := &e.config.Ready
	switch {
	case !e.awaits() || now.Before(e.probeAt):
	case probe.Kind == config.ProbeDelay:
		p.becomeReady(e, "ready", now)
	default:
		e.asked = p.ask(e, probe, answerTime, now, func(err error, now time.Time) {
			e.asked = nil
			p.readyAnswer(e, err, now)
		})
	}
	if e.lateAt.IsZero() || now.Before(e.lateAt) {
		return false
	}
	return p.late(e, now)
}

// readyAnswer takes the answer of a readiness probe.
func (p *Part) readyAnswer(e *entry, err error, now time.Time) {
	probe := &e.config.Ready
	if err == nil {
		text := "ready"
		switch probe.Kind {
		case config.ProbeUnix, config.ProbeTCP:
			text = "ready, accepts connections on " + probe.Where()
		case config.ProbeHTTP:
			text = "ready, answers " + probe.String()
		}
		p.becomeReady(e, text, now)
		return
	}
	e.unready = err.Error()
	first, most := firstProbe, maxProbe
	if probe.Kind == config.ProbeExec || isForeign(err) {
		first, most = firstCommand, maxCommand
	}
	if e.pause = min(max(e.pause*3/2, first), most); e.config.Every > 0 {
		e.pause = e.config.Every
	}
	if isUnasked(err) {
		e.pause = min(e.pause, retryTime)
		if !e.lateAt.IsZero() { // the time in which it cannot be asked is not its own
			e.lateAt = e.lateAt.Add(e.pause)
		}
	}
	e.probeAt = now.Add(e.pause)
}

// becomeReady tells that a process is ready, in the words of text.
func (p *Part) becomeReady(e *entry, text string, now time.Time) {
	if e.ready {
		return
	}
	e.ready, e.lateAt, e.unready = true, time.Time{}, ""
	p.host.Note(e.Name, text+" after "+phrase.Lasted(e.startedAt, now), now)
	p.host.Want(part.Wish{Program: e.Name, Event: program.Event{Kind: program.Ready}})
	if e.config.Ready.Network() != "" && !p.awaitsAny() {
		p.host.Settled()
	}
}

// awaitsAny says whether a program is asked whether it is ready, or is to be asked.
func (p *Part) awaitsAny() bool {
	for _, e := range p.order {
		if (e.asked != nil || e.awaits()) && p.up(e) {
			return true
		}
	}
	return false
}

// late is called when a process has not become ready in its time, and says whether it is
// to be ended.
func (p *Part) late(e *entry, now time.Time) (ended bool) {
	c := e.config
	took := phrase.Span(c.Timeout)
	why := "it was not ready after " + took + " (" + c.Ready.String()
	if e.unready != "" {
		why += ": " + e.unready
	}
	why += ")"
	e.lateAt = time.Time{}
	switch c.Late {
	case config.LateIgnore:
		p.host.Log(e.Name, "not ready after "+took+", and left as it is: "+why)
		return false
	case config.LateFatal:
		p.end(e, program.Fail, why, "giving it up", now)
	default:
		p.end(e, program.Late, why, "ending it, this start has failed", now)
	}
	return true
}
