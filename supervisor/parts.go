package supervisor

import (
	"errors"
	"time"

	"entrypoint/supervisor/activation"
	"entrypoint/supervisor/check"
	"entrypoint/supervisor/diagnosis"
	"entrypoint/supervisor/events"
	"entrypoint/supervisor/helper"
	"entrypoint/supervisor/hook"
	"entrypoint/supervisor/once"
	"entrypoint/supervisor/part"
	"entrypoint/supervisor/process"
	"entrypoint/supervisor/program"
	"entrypoint/supervisor/recycle"
	"entrypoint/supervisor/reload"
	"entrypoint/supervisor/schedule"
	"entrypoint/supervisor/watch"
)

// parts are the parts, each of which is one concern of supervision (package part).
type parts struct {
	all        []part.Part      // in the order in which they are called
	observers  []part.Observer  // those of them that hear of steps
	wishes     []part.Wish      // of theirs, that are still to be granted
	shown      shown            // to them
	check      *check.Part      // hears what processes say of themselves
	helpers    *helper.Part     // runs short processes that are no programs
	hooks      *hook.Part       // runs commands at certain moments of programs' lives
	reload     *reload.Part     // for those who ask for a reload
	once       *once.Part       // says who waits for a lease, and what was skipped
	schedule   *schedule.Part   // knows when the next run of a program is
	activation *activation.Part // has a process of its own, and is told of the servers

	granted []func() // are called when all wishes are granted
}

// shown is what the parts are shown of a step. It has a place of its own, so that no step
// has to allocate it.
type shown struct {
	after  part.View
	before program.Program
}

// openParts makes the parts.
func (s *Supervisor) openParts() {
	h := &host{s}
	p := &s.parts
	p.check = check.New(h, check.NewProber(h, s.Files))
	p.reload = reload.New(h, s.Files)
	p.once = once.NewPart(h, s.Files)
	p.schedule = schedule.NewPart(h, s.about.startedAt)
	p.helpers = helper.New(s.Table)
	p.hooks = hook.New(h)
	p.activation = activation.New(h, activation.Options{
		Grant: s.Grant, Files: s.Files, Version: s.Version, Executable: s.Executable, Env: s.inherited.environ, Stderr: s.GatewayLog,
	})
	p.all = []part.Part{
		p.helpers,
		p.hooks,
		p.check,
		p.reload,
		recycle.New(h),
		watch.NewPart(h, s.Files),
		p.once,
		p.schedule,
		events.Part{Bus: s.notices.bus},
		p.activation,
	}
	for _, one := range p.all {
		if o, is := one.(part.Observer); is {
			p.observers = append(p.observers, o)
		}
	}
}

// tickParts lets the parts do what is due.
func (s *Supervisor) tickParts(now time.Time) {
	for _, p := range s.parts.all {
		p.Tick(now)
		s.grantWishes()
	}
}

// spawner is a part that has processes of its own.
type spawner interface {
	// Exited takes the end of a process, and says whether it was one of the part's.
	Exited(e process.Exit, now time.Time) bool
}

// exited hands the end of a process that is no program's to the part that has started it,
// and says whether there is one.
func (p *parts) exited(e process.Exit) bool {
	for _, one := range p.all {
		if s, ok := one.(spawner); ok && s.Exited(e, time.Now()) {
			return true
		}
	}
	return false
}

// partsDue is when the next part has something to do; zero: never.
func (s *Supervisor) partsDue() (at time.Time) {
	for _, p := range s.parts.all {
		at = part.Earlier(at, p.Due())
	}
	return at
}

// tellParts tells the parts of a step of u, or (before has no Config) that it is new.
// What they want meanwhile waits until whoever has made the step is done (grantWishes).
func (s *Supervisor) tellParts(u *unit, before *program.Program, now time.Time) {
	is := &s.parts.shown
	is.before = *before
	u.show(&is.after)
	for _, p := range s.parts.observers {
		p.Changed(&is.after, &is.before, now)
	}
}

// forgetParts lets the parts forget u, which is gone or takes another configuration.
func (s *Supervisor) forgetParts(u *unit) {
	for _, p := range s.parts.observers {
		p.Forget(u.name)
	}
}

// view is what parts see of u.
func (u *unit) view() *part.View {
	v := &part.View{}
	u.show(v)
	return v
}

// show makes v what parts see of u.
func (u *unit) show(v *part.View) {
	v.Name, v.Program = u.name, u.Program
	if u.pending() != nil {
		v.PID = 0 // it may be another's by now
	}
}

// grantWishes lets what the parts want happen, until they want nothing more. It is
// called where no step goes on: after each call into a part, each post, exit and signal.
func (s *Supervisor) grantWishes() {
	for i := 0; i < len(s.parts.wishes); i++ { // a step may add to it
		s.grant(s.parts.wishes[i], time.Now())
	}
	clear(s.parts.wishes) // keeps nothing alive
	s.parts.wishes = s.parts.wishes[:0]
	if granted := s.parts.granted; granted != nil {
		s.parts.granted = nil
		for _, f := range granted {
			f()
		}
		s.grantWishes()
	}
}

// grant lets one wish happen, if the container's phase allows it.
func (s *Supervisor) grant(w part.Wish, now time.Time) {
	u := s.byName[w.Program]
	if u == nil || u.removed() && w.Event.Kind != program.HookEnded || !s.state.Grants(w.Event.Kind) {
		return
	}
	if w.Order != "" {
		u.order = w.Order
	}
	if w.Event.Kind == program.HookEnded {
		s.learn(u)
	}
	switch {
	case w.Blame == "":
	case w.Event.Kind == program.HookEnded:
		s.hookFailed(u, w.Event.Code, w.Blame)
	case w.Event.Kind == program.Skip: // there is no process, and will be none
		u.spawnErr, u.diagnosis = w.Blame, diagnosis.Unstarted(u.name, errors.New("not started: "+w.Blame))
	default:
		u.diagnosis.Blame(w.Blame)
	}
	if k := w.Event.Kind; (k == program.Start || k == program.Restart) && !live(u) && !s.needsReady(u) {
		w.Event.Kind = program.Await // what it depends on comes first
	}
	s.apply(u, now, w.Event)
}
