package supervisor

import (
	"os"
	"syscall"
	"time"

	"entrypoint/config"
	"entrypoint/supervisor/events"
	"entrypoint/supervisor/notice"
	"entrypoint/supervisor/phrase"
	"entrypoint/supervisor/process"
)

// notices are all who hear of what happens; those that somebody asks by name have a
// name.
type notices struct {
	notice.Sinks
	bus     *events.Bus // to the event listeners
	journal *notice.Journal
	history *notice.History
	stops   *notice.Stops
	print   func(line string) // a line of our log, from any goroutine
	changed notice.Changed    // the last one; the most frequent fact has a place of its own, so that it is not allocated each time
}

// openNotices makes everybody who hears of what happens.
func (s *Supervisor) openNotices() {
	s.notices.bus = events.NewBus(events.Options{
		Buffer: s.Buffer, Identifier: s.container.Identifier, Send: s.send,
		Log: func(level, line string) { s.tell(nil, time.Now(), notice.Complaint{Level: level, Text: line}) },
	})
	n := &s.notices
	n.print, n.journal, n.history, n.stops = s.Options.Log, notice.NewJournal(s.Journal), &notice.History{}, &notice.Stops{}
	n.journal.Mask = s.Mask
	n.journal.Set(&s.container)
	n.Sinks = append(n.Sinks,
		n.journal, notice.Events{Bus: s.notices.bus}, &notice.Log{Print: n.print, Tell: s.Tell, Trace: s.Trace}, n.history, n.stops,
		&notice.LastWords{Files: s.Files, Fail: n.print, Mask: s.Mask},
	)
}

// tell tells all of them what has happened to a program, or to the container (u is nil
// then).
func (s *Supervisor) tell(u *unit, now time.Time, f notice.Fact) {
	n := notice.Notice{Time: now, Fact: f}
	if u != nil {
		n.Program, n.Config, n.Verdict = u.name, u.Config, u.diagnosis.Record
	}
	s.notices.Sinks.Tell(n)
}

// remark is something about a program, or about the whole container.
func (s *Supervisor) remark(u *unit, text string, now time.Time) {
	r := notice.Remark{Text: text}
	if u != nil {
		r.State = u.State
	}
	s.tell(u, now, r)
}

// line writes a line about a program into our own log.
func (s *Supervisor) line(u *unit, text string) { s.tell(u, time.Now(), notice.Line{Text: text}) }

// Log writes a line about the whole container into our own log.
func (s *Supervisor) Log(line string) { s.tell(nil, time.Now(), notice.Line{Text: line}) }

// trace writes a line that our log has with -v only.
func (s *Supervisor) trace(line string) { s.tell(nil, time.Now(), notice.Trace{Text: line}) }

// announce tells that the supervisor itself has started.
func (s *Supervisor) announce() {
	s.setGroups()
	s.tell(nil, time.Now(), notice.Serving{PID: os.Getpid(), Servers: s.container.Servers})
}

// setGroups tells the event bus which programs there are.
func (s *Supervisor) setGroups() {
	programs := make([]*config.Program, len(s.units))
	for i, u := range s.units {
		programs[i] = u.Config
	}
	s.notices.bus.SetPrograms(programs)
}

// ended tells how the container has ended, and returns its exit code.
func (s *Supervisor) ended(now time.Time) (code int) {
	is := &s.state
	e := notice.Ended{
		Code: is.Code, Requested: is.Requested(), Took: phrase.Lasted(is.RequestedAt, now), Budget: s.container.StopBudget,
		Drained: is.Drained, Wrote: s.shutdown.wrote, Stops: s.notices.stops.All,
	}
	culprit := s.byName[is.Culprit]
	if culprit != nil {
		e.Why = culprit.diagnosis.Text
	}
	if e.Requested && e.Code == 0 && is.Killed {
		e.Killed, e.Code = true, process.CodeSignal+int(syscall.SIGKILL)
	}
	s.tell(culprit, now, e)
	return e.Code
}
