package supervisor

import (
	"time"

	"entrypoint/supervisor/control"
	"entrypoint/supervisor/program"
)

// historySize is how many events are kept for those who ask later.
const historySize = 256

// history is what has happened, and who follows it.
type history struct {
	events    []control.Event
	followers map[*caller]bool
}

// happened notes a change of state, or something about the whole container (u is
// nil then).
func (s *Supervisor) happened(u *unit, from program.State, text string, now time.Time) {
	e := control.Event{Time: now, Text: text}
	if u != nil {
		e.Program, e.From, e.To = u.name, from.String(), u.State.String()
	}
	if len(s.history.events) >= historySize {
		s.history.events = append(s.history.events[:0], s.history.events[historySize/4:]...)
	}
	s.history.events = append(s.history.events, e)
	for c := range s.history.followers {
		c.reply(control.Answer{Event: &e})
	}
}

// tellEvents answers with what has happened, and with what happens from now on.
func (s *Supervisor) tellEvents(r control.Request, c *caller) {
	for _, e := range s.history.events {
		c.reply(control.Answer{Event: &e})
	}
	switch {
	case !r.Follow:
		c.done()
	case !c.gone:
		if s.history.followers == nil {
			s.history.followers = map[*caller]bool{}
		}
		s.history.followers[c] = true
	}
}

// unfollow forgets a follower who has hung up.
func (s *Supervisor) unfollow(c *caller) {
	delete(s.history.followers, c)
	for _, end := range c.taps {
		end()
	}
	c.taps = nil
}
