package hook

import (
	"os"
	"syscall"
	"time"

	"entrypoint/supervisor/part"
	"entrypoint/supervisor/process"
	"entrypoint/supervisor/program"
)

// Process is the process of a hook.
type Process interface {
	PID() int
	// Exited is told of its end. until is when to wait no longer for what it has printed
	// (zero: not at all); read is called in the loop when all of that has been read.
	Exited(e process.Exit, now time.Time, read func()) (until time.Time)
	// Last is the last line that it has printed, once it has ended; "": that is not known.
	Last() string
	Close()
}

// Host is what the part needs of the loop.
type Host interface {
	Want(part.Wish)
	Program(name string) *part.View
	// Hook starts a command of a program as the program is started, with more variables
	// and a file as descriptor export.FD.
	Hook(name string, argv, variables []string, exports *os.File) (Process, error)
	SignalGroup(group int, sig syscall.Signal) error
	// Ended says how the last process of a program has ended, in one sentence.
	Ended(name string) string
	TryAgain(name string, err error, now time.Time) bool // the error says nothing about the hook, and will be over
	Note(name, text string, now time.Time)               // tells what happens to a program
	Trace(line string)
}

// Part is the hooks that run, and what is known of the programs that have some. It
// implements part.Part.
type Part struct {
	host     Host
	programs map[string]*entry // that have hooks; nil: none has
	running  map[int]*running  // by pid; nil: there has been none yet
	ended    []*running        // that have ended, until what they have printed is read
}

// entry is a program that has hooks.
type entry struct {
	variables []string  // that its last pre_start has handed over
	waited    *running  // that the program waits for; nil: none
	postStart *running  // nil: it does not run
	ready     time.Time // since when post_start is to be started; zero: it is not, or has been
	pid       int       // of the process whose post_start has had its turn
}

// running is one hook that runs.
type running struct {
	process Process
	exports *os.File
	name    string // of the program
	event   string // pre_start, ...
	limit   time.Duration
	since   time.Time
	until   time.Time // of post_start: when it is killed; of one that has ended: when to wait no longer for what it has printed; zero: never
	late    bool      // its time was up
	exit    process.Exit
}

// New returns the part of a loop.
func New(h Host) *Part { return &Part{host: h} }

// Variables are what the last pre_start of a program has handed over, as NAME=VALUE.
func (p *Part) Variables(name string) []string {
	if e := p.programs[name]; e != nil {
		return e.variables
	}
	return nil
}

// Changed kills a hook that the program does not wait for any more, and has post_start
// started when the program has become ready.
func (p *Part) Changed(v *part.View, _ *program.Program, now time.Time) {
	if v.Config.Hooks == nil {
		return
	}
	e := p.entry(v.Name)
	if r := e.waited; r != nil && r.event != v.Hook.String() {
		e.waited = nil
		p.kill(r)
		if r.event != program.PreStart.String() {
			p.host.Note(r.name, r.cut(now), now) // at once: the container may be over soon
		}
	}
	if v.Omitted != program.NoHook {
		p.host.Note(v.Name, v.Omitted.String()+" does not run: the stop has no time left for it", now)
	}
	switch {
	case v.Config.Hooks.PostStart == nil:
	case !v.Up():
		e.pid, e.ready = 0, time.Time{}
		if e.postStart != nil {
			p.kill(e.postStart)
			e.postStart = nil
		}
	case e.pid != v.PID && (v.Ready || v.Config.Oneshot && v.State == program.Running):
		e.pid, e.ready = v.PID, now
	}
}

// Forget ends what runs for a program that is gone, or takes another configuration.
func (p *Part) Forget(name string) {
	e := p.programs[name]
	if e == nil {
		return
	}
	delete(p.programs, name)
	for _, r := range [...]*running{e.waited, e.postStart} {
		if r != nil {
			p.kill(r)
		}
	}
}

// Due is when a post_start is to be started or has taken too long, or when to wait no
// longer for what a hook has printed.
func (p *Part) Due() (at time.Time) {
	for _, e := range p.programs {
		at = part.Earlier(at, e.ready)
	}
	for _, r := range p.running {
		at = part.Earlier(at, r.until)
	}
	for _, r := range p.ended {
		at = part.Earlier(at, r.until)
	}
	return at
}

// Tick does what is due.
func (p *Part) Tick(now time.Time) {
	for name, e := range p.programs {
		if !e.ready.IsZero() {
			e.ready = time.Time{}
			p.postStart(name, e, now)
		}
	}
	for _, r := range p.running {
		if !r.until.IsZero() && !now.Before(r.until) {
			r.late, r.until = true, time.Time{}
			p.kill(r)
		}
	}
	for len(p.ended) > 0 && !now.Before(p.ended[0].until) {
		p.finish(p.ended[0], now)
	}
}

// entry is what is known of a program that has hooks.
func (p *Part) entry(name string) *entry {
	e := p.programs[name]
	if e == nil {
		if p.programs == nil {
			p.programs = map[string]*entry{}
		}
		e = &entry{}
		p.programs[name] = e
	}
	return e
}

// kill ends a hook, with all of its process group.
func (p *Part) kill(r *running) { _ = p.host.SignalGroup(r.process.PID(), syscall.SIGKILL) }
