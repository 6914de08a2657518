package check

import (
	"slices"
	"time"

	"entrypoint/config"
	"entrypoint/supervisor/part"
	"entrypoint/supervisor/program"
)

// Host is what the part needs of the loop.
type Host interface {
	Want(part.Wish)
	Program(name string) *part.View
	Grants(program.Kind) bool              // what the container's phase lets happen to programs
	Note(name, text string, now time.Time) // tells what happens to a program
	Log(name, text string)                 // one line of our own log, for what changes nothing
	Settled()                              // no program is asked any more whether it is ready
}

// Asker puts one probe to a program; a Prober is one.
type Asker interface {
	// Ask asks, and calls answer once, in the loop, perhaps before it returns. The error
	// is nil if the answer is good; foreignError and unaskedError are no answers of the
	// program.
	Ask(of Process, p *config.Probe, limit time.Duration, now time.Time, answer func(err error, now time.Time))
	// Holds says whether one of these sockets has turned out to be the program's.
	Holds(name string, sockets []string) bool
	// Forget drops what is known of the program's process.
	Forget(name string)
}

// Part is readiness and liveness of all programs that have a probe.
type Part struct {
	host    Host
	asker   Asker
	entries map[string]*entry // by program; nil: there has been none yet
	order   []*entry          // the same, in the order in which they were begun
}

// entry is one process that is asked, or that says itself, how it is.
type entry struct {
	Process
	config    *config.Program
	startedAt time.Time
	ready     bool // as the program's value has it
	readiness
	liveness
	toReady, toLive Answer // to the readiness probe and to the health check
}

// New returns the part of a loop.
func New(h Host, a Asker) *Part { return &Part{host: h, asker: a} }

// Changed follows the process of a program.
func (p *Part) Changed(v *part.View, before *program.Program, now time.Time) {
	c := v.Config
	e := p.entries[v.Name]
	switch {
	case !v.Up():
		p.Forget(v.Name)
		return
	case e != nil:
	case c.Ready.None() && c.Live.None():
		return
	default:
		e = p.begin(v, now)
	}
	e.ready = v.Ready
	if v.Ready && !before.Ready {
		e.beginLiveness(now)
	}
}

// begin makes the entry of a process that was started now.
func (p *Part) begin(v *part.View, now time.Time) *entry {
	if p.entries == nil {
		p.entries = map[string]*entry{}
	}
	e := &entry{Process: processOf(v), config: v.Config, startedAt: v.StartedAt}
	e.beginReadiness(now)
	p.entries[e.Name] = e
	p.order = append(p.order, e)
	return e
}

// Forget drops the process of a program. Answers that are on their way are not heard.
func (p *Part) Forget(name string) {
	if e := p.entries[name]; e != nil {
		e.asked.drop()
		e.checked.drop()
		delete(p.entries, name)
		p.order = slices.DeleteFunc(p.order, func(other *entry) bool { return other == e })
		p.asker.Forget(name)
	}
}

// Due is when the next program is to be asked, or has had its time.
func (p *Part) Due() (at time.Time) {
	for _, e := range p.order {
		at = part.Earlier(at, e.due())
	}
	return at
}

func (e *entry) due() time.Time { return part.Earlier(e.readinessDue(), e.livenessDue()) }

// Tick asks those whose time has come, in the order in which they were started. It returns
// after the first that is to be ended.
func (p *Part) Tick(now time.Time) {
	var due []*entry
	for _, e := range p.order {
		if at := e.due(); !at.IsZero() && !now.Before(at) {
			due = append(due, e)
		}
	}
	for _, e := range due {
		if !p.up(e) { // it has ended, and its program does not know that yet
			p.Forget(e.Name)
			continue
		}
		if p.tickReadiness(e, now) || p.tickLiveness(e, now) {
			return
		}
	}
}

// up says whether the process of an entry has not ended meanwhile.
func (p *Part) up(e *entry) bool {
	v := p.host.Program(e.Name)
	return v != nil && v.Up()
}

// end wishes for the end of a process that does not do what it should.
func (p *Part) end(e *entry, kind program.Kind, why, then string, now time.Time) {
	p.host.Note(e.Name, why+": "+then, now)
	p.host.Want(part.Wish{Program: e.Name, Event: program.Event{Kind: kind}, Blame: why})
}

// Answers are the last ones of a program's process, to its readiness probe and to its
// health check.
func (p *Part) Answers(name string) (ready, live Answer) {
	if e := p.entries[name]; e != nil {
		return e.toReady, e.toLive
	}
	return ready, live
}

// Why says why a program is not ready, by the last answer; "": nothing is known.
func (p *Part) Why(name string) string {
	if e := p.entries[name]; e != nil {
		return e.unready
	}
	return ""
}

// Holds says whether the process of a program is known to hold one of some sockets.
func (p *Part) Holds(name string, sockets []string) bool {
	e := p.entries[name]
	return e != nil && p.up(e) && p.asker.Holds(name, sockets)
}
