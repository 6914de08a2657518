package supervisor

import (
	"time"

	"entrypoint/supervisor/check"
	"entrypoint/supervisor/part"
	"entrypoint/supervisor/program"
	"entrypoint/supervisor/recycle"
	"entrypoint/supervisor/watch"
)

// openParts makes the parts, each of which is one concern of supervision (package
// part). They are called in this order.
func (s *Supervisor) openParts() {
	h := host{s}
	s.checks = check.New(h, check.NewProber(h, s.Files))
	s.parts = []part.Part{
		s.checks,
		recycle.New(h),
		watch.NewPart(h, s.Files),
	}
}

// tickParts lets the parts do what is due.
func (s *Supervisor) tickParts(now time.Time) {
	for _, p := range s.parts {
		p.Tick(now)
		s.grantWishes()
	}
}

// partsDue is when the next part has something to do; zero: never.
func (s *Supervisor) partsDue() (at time.Time) {
	for _, p := range s.parts {
		at = earlier(at, p.Due())
	}
	return at
}

// tellParts tells the parts of a step of u, or (before has no Config) that it is new.
// What they want meanwhile waits until whoever has made the step is done (grantWishes).
func (s *Supervisor) tellParts(u *unit, before program.Program, now time.Time) {
	v := u.view()
	for _, p := range s.parts {
		p.Changed(v, before, now)
	}
}

// forgetParts lets the parts forget u, which is gone or takes another configuration.
func (s *Supervisor) forgetParts(u *unit) {
	for _, p := range s.parts {
		p.Forget(u.name)
	}
}

// view is what parts see of u.
func (u *unit) view() part.View {
	v := part.View{Name: u.name, Program: u.Program}
	if u.pending() != nil {
		v.PID = 0 // it may be another's by now
	}
	return v
}

// grantWishes lets what the parts want happen, until they want nothing more. It is
// called where no step goes on: after each call into a part, each post, exit and signal.
func (s *Supervisor) grantWishes() {
	for i := 0; i < len(s.wishes); i++ { // a step may add to it
		s.grant(s.wishes[i], time.Now())
	}
	clear(s.wishes) // keeps nothing alive
	s.wishes = s.wishes[:0]
}

// grant lets one wish happen, if the container's phase allows it.
func (s *Supervisor) grant(w part.Wish, now time.Time) {
	u := s.byName[w.Program]
	if u == nil || u.removed() || !s.state.Grants(w.Event.Kind) {
		return
	}
	if w.Order != "" {
		u.order = w.Order
	}
	if w.Blame != "" {
		u.diagnosis.Blame(w.Blame)
	}
	s.apply(u, now, w.Event)
}
