package once

import (
	"errors"
	"slices"
	"time"

	"entrypoint/config"
	"entrypoint/supervisor/lock"
	"entrypoint/supervisor/offload"
	"entrypoint/supervisor/part"
	"entrypoint/supervisor/program"
	"entrypoint/supervisor/shortage"
)

// Host is what the part needs of the loop.
type Host interface {
	Want(part.Wish)
	TryAgain(name string, err error, now time.Time) bool // the error says nothing about the program, and will be over
	Log(name, text string)                               // a line about a program
	Post(func())                                         // from any goroutine: f runs in the loop
}

// Part lets programs with once= start when they have their lease, and notes what they
// have done. It implements part.Part.
type Part struct {
	host   Host
	files  *offload.Pool
	claims map[string]*claim // by program, since it was to start for the first time
	notes  []*note           // that are being written
}

// claim is how far a program is on its way to its lease.
type claim struct {
	asking  chan struct{} // closed when nobody waits for the answer any more; nil: nobody asks
	waits   bool          // for another container
	lease   *Lease        // from the answer to the final end; nil: it has none, or needs none
	begun   bool          // the work has been started under the lease
	skipped string        // why the program was not started the last time that it was not
}

// note is a mark that is being written.
type note struct {
	name  string
	until time.Time // how long that may take
}

const (
	// codeHeld is the exit code of work whose lease another one holds: EX_TEMPFAIL of
	// sysexits.h.
	codeHeld = 75
	// noteTime is how long the note that something has been done may take.
	noteTime = 10 * time.Second
	// askAgain is after what time we ask again where the container had no descriptor left
	// for that, or a file system did not answer.
	askAgain = time.Second
)

// NewPart returns the part of a loop. files is by what file systems are asked.
func NewPart(h Host, files *offload.Pool) *Part { return &Part{host: h, files: files} }

// Holds says whether a program that could be started now has to wait for its lease. The
// part asks for it beside the loop, and wishes the start when it has it.
func (p *Part) Holds(name string, c *config.Program) bool {
	if c.Once.Dir == "" {
		return false
	}
	w := p.claims[name]
	switch {
	case w == nil:
		if p.claims == nil {
			p.claims = map[string]*claim{}
		}
		w = &claim{}
		p.claims[name] = w
	case w.asking != nil:
		return true
	case w.lease != nil: // the container's phase did not let it start at once
		return false
	}
	work := &Work{
		Name: name, Dir: c.Path(c.Once.Dir), Command: c.Command,
		Always: c.Once.Mode == 0, Timeout: c.Once.Timeout, Asks: p.files,
	}
	for _, file := range c.Once.Files {
		work.Files = append(work.Files, c.Path(file))
	}
	w.asking, w.waits = make(chan struct{}), false
	go p.ask(name, w, work, w.asking)
	return true
}

// ask waits for the lease of a program, and posts the answer. It is not for the loop.
func (p *Part) ask(name string, w *claim, work *Work, asking chan struct{}) {
	lease, err := p.take(name, work, asking, func(holder string) {
		p.host.Post(func() {
			if w.asking == asking {
				w.waits = true
				p.host.Log(name, "waits for another container that runs it ("+work.Dir+", locked by "+holder+")")
			}
		})
	})
	p.host.Post(func() {
		if w.asking == asking {
			w.asking, w.waits = nil, false
			p.answered(name, w, lease, err)
		} else if lease != nil {
			p.end(name, lease, false, time.Now())
		}
	})
}

// take waits for a lease, also where the container has no descriptor left to ask for it,
// or no thread. It is not for the loop.
func (p *Part) take(name string, work *Work, cancel <-chan struct{}, waiting func(holder string)) (*Lease, error) {
	for {
		lease, err := work.Take(cancel, waiting)
		late := (*offload.LateError)(nil)
		if shortage.Of(err) == 0 && !errors.As(err, &late) {
			return lease, err
		}
		p.host.Post(func() { p.host.TryAgain(name, err, time.Now()) })
		select {
		case <-cancel:
			return nil, ErrCancelled
		case <-time.After(askAgain):
		}
	}
}

// answered starts a program, or finds that there is nothing to do.
func (p *Part) answered(name string, w *claim, lease *Lease, err error) {
	wish := part.Wish{Program: name, Event: program.Event{Kind: program.Start}}
	held := (*lock.HeldError)(nil)
	switch {
	case lease == nil && err == nil:
		w.skipped = "has run before, so it is not started"
		wish.Event.Kind = program.Skip
	case errors.As(err, &held): // it may be at work all the same, so two at once could be
		wish.Event.Kind, wish.Event.Code = program.Skip, codeHeld
		wish.Blame = err.Error() + " (once_timeout); end that process, or raise it"
		w.skipped = "not started: " + wish.Blame
	case err != nil:
		p.host.Log(name, err.Error()+"; it runs without knowing whether it has run before")
	default:
		w.lease, w.begun = lease, false
	}
	p.host.Want(wish)
}

// Changed ends the lease of a program that has come to rest, and asks no more for one
// that is not to start any more.
func (p *Part) Changed(v *part.View, _ *program.Program, now time.Time) {
	if v.Config.Once.Dir == "" {
		return
	}
	w := p.claims[v.Name]
	switch {
	case w == nil:
	case !v.AtRest():
		w.begun = w.lease != nil
	case w.begun, v.Desired() != program.Up:
		w.stop()
		if lease := w.lease; lease != nil {
			w.lease = nil
			p.end(v.Name, lease, w.begun && v.State == program.Exited && v.Expected(), now)
		}
		w.begun = false
	}
}

// stop ends the waiting for a lease.
func (w *claim) stop() {
	if w.asking != nil {
		close(w.asking)
		w.asking, w.waits = nil, false
	}
}

// Forget ends the lease of a program, or the waiting for it.
func (p *Part) Forget(name string) {
	if w := p.claims[name]; w != nil {
		delete(p.claims, name)
		w.stop()
		if w.lease != nil {
			p.end(name, w.lease, false, time.Now())
		}
	}
}

// end notes what has been done, beside the loop.
func (p *Part) end(name string, lease *Lease, done bool, now time.Time) {
	n := &note{name: name, until: now.Add(noteTime)}
	p.notes = append(p.notes, n)
	go func() {
		err := lease.Done(done)
		p.host.Post(func() { p.noted(n, err) })
	}()
}

// noted is the end of a note, the first time that it is told.
func (p *Part) noted(n *note, err error) {
	i := slices.Index(p.notes, n)
	if i < 0 {
		return
	}
	p.notes = slices.Delete(p.notes, i, i+1)
	if err != nil {
		p.host.Log(n.name, err.Error()+"; it will run again")
	}
}

// Due is when a note has taken too long.
func (p *Part) Due() (at time.Time) {
	if len(p.notes) > 0 {
		at = p.notes[0].until // they were begun in this order
	}
	return at
}

// Tick waits no longer for notes that take too long.
func (p *Part) Tick(now time.Time) {
	for len(p.notes) > 0 && !now.Before(p.notes[0].until) {
		p.noted(p.notes[0], &offload.LateError{What: "note that it has been done", Why: "the file system has not answered for " + noteTime.String()})
	}
}

// Noting says whether something is still noted, for which the container's end waits.
func (p *Part) Noting() bool { return len(p.notes) > 0 }

// Waits says whether a program waits for another container.
func (p *Part) Waits(name string) bool { return p.claims[name] != nil && p.claims[name].waits }

// Skipped is why a program was not started, while its Skipped says so.
func (p *Part) Skipped(name string) string {
	if w := p.claims[name]; w != nil {
		return w.skipped
	}
	return ""
}
