package watch

import (
	"errors"
	"syscall"
	"time"

	"entrypoint/config"
	"entrypoint/supervisor/offload"
	"entrypoint/supervisor/part"
	"entrypoint/supervisor/program"
)

// Host is what the part needs of the loop.
type Host interface {
	Want(part.Wish)
	Program(name string) *part.View
	Grants(program.Kind) bool                                              // the container's phase lets that happen to programs
	Binary(name string) (file string, err error)                           // of a program's command, as it would be executed
	SendSignal(name string, sig syscall.Signal, why string, now time.Time) // one that does not stop the program, if it has a process
	TryAgain(name string, err error, now time.Time) bool                   // the error of the program's need says nothing about it, and will be over
	Log(name, text string)
	Print(line string) // a line of the log, from any goroutine
	Post(func())       // from any goroutine: f runs in the loop
}

// watcher is what the part needs of a Watcher.
type watcher interface {
	Add(name, binary string, c config.Watch) error
	Remove(name string) error
}

// Part restarts programs whose files have changed, or sends them the signals that are
// to tell them. It implements part.Part.
type Part struct {
	host    Host
	open    func() watcher
	watcher watcher                // nil: nothing has been watched yet
	watched map[string]*watchState // by program
}

// watchState is how the watching of a program's files stands.
type watchState struct {
	binary string
	again  time.Time // when to try again, because they could not be watched; zero: they are watched
}

// retryDelay is after what time it is tried again to watch files, where the container had no
// room for that or a file system did not answer.
const retryDelay = 5 * time.Second

// NewPart returns the part of a loop. files is by what file systems are asked.
func NewPart(h Host, files *offload.Pool) *Part {
	p := &Part{host: h}
	p.open = func() watcher {
		return New(func(name string, c Change) { h.Post(func() { p.notice(name, c, time.Now()) }) }, h.Print, files)
	}
	return p
}

// Changed watches the files of a program from before its first start on: a change right
// after the start, when the process has read them, counts.
func (p *Part) Changed(v *part.View, _ *program.Program, now time.Time) {
	w := &v.Config.Watch
	if !w.Binary && w.Directory == "" || v.State != program.Starting || v.PID != 0 {
		return
	}
	if s := p.watched[v.Name]; s != nil && s.again.IsZero() {
		return
	}
	if binary, err := p.host.Binary(v.Name); err == nil {
		p.watch(v, binary, now)
	}
}

// watch watches the files of a program.
func (p *Part) watch(v *part.View, binary string, now time.Time) {
	if p.watcher == nil {
		p.watcher, p.watched = p.open(), map[string]*watchState{}
	}
	s := &watchState{binary: binary}
	p.watched[v.Name] = s
	err := p.watcher.Add(v.Name, binary, v.Config.Watch)
	if err == nil {
		return
	}
	if late := (*offload.LateError)(nil); !errors.As(err, &late) { // which has been said
		p.host.Log(v.Name, err.Error())
	}
	if p.host.TryAgain(v.Name, err, now) {
		s.again = now.Add(retryDelay)
	}
}

// Due is when it is tried again to watch files.
func (p *Part) Due() (at time.Time) {
	for _, s := range p.watched {
		if !s.again.IsZero() && (at.IsZero() || s.again.Before(at)) {
			at = s.again
		}
	}
	return at
}

// Tick tries again to watch what could not be watched. A program that is at rest waits for
// its next start.
func (p *Part) Tick(now time.Time) {
	for name, s := range p.watched {
		if s.again.IsZero() || now.Before(s.again) {
			continue
		}
		if v := p.host.Program(name); v != nil && v.Live() && p.host.Grants(program.Restart) {
			p.watch(v, s.binary, now)
		} else {
			delete(p.watched, name)
		}
	}
}

// Forget ends the watching for a program.
func (p *Part) Forget(name string) {
	if p.watched[name] != nil {
		delete(p.watched, name)
		_ = p.watcher.Remove(name) // what is told of it in spite of that means nothing
	}
}

// notice acts on a change. A program that is at rest stays so.
func (p *Part) notice(name string, c Change, now time.Time) {
	v := p.host.Program(name)
	if s := p.watched[name]; v == nil || s == nil || !s.again.IsZero() || !v.Live() || !p.host.Grants(program.Restart) {
		return
	}
	what, signals := "its binary has changed", v.Config.Watch.BinarySignals
	if c == Files {
		what, signals = "files in "+v.Config.Watch.Directory+" have changed", v.Config.Watch.FileSignals
	}
	if len(signals) == 0 {
		p.host.Log(name, what+", restarting it")
		p.host.Want(part.Wish{Program: name, Event: program.Event{Kind: program.Restart}, Order: "because " + what})
		return
	}
	for _, sig := range signals {
		p.host.SendSignal(name, sig, what, now)
	}
}
