package helper

import (
	"errors"
	"iter"
	"maps"
	"syscall"
	"time"

	"entrypoint/supervisor/process"
	"entrypoint/supervisor/shortage"
)

// Host is what the part needs of the table of processes.
type Host interface {
	// Start starts a process, as the head of a process group of its own.
	Start(*process.Spec) (pid int, err error)
	SignalGroup(group int, sig syscall.Signal) error
}

// Command is a helper process that somebody wants.
type Command struct {
	// Spec says what is executed, and as whom. Its standard input is given; its output
	// is the part's.
	Spec *process.Spec
	// Limit is how long it may run before it is killed; 0: as long as it likes.
	Limit time.Duration
	// Done is called once, in the goroutine that the part belongs to: with nil if the
	// exit code was 0, else with what went wrong, and with the last lines that the
	// process has printed. If it cannot be started, that is before Run returns.
	Done func(err error, lines []string)
}

// Part is the helper processes that run. It implements part.Part, although programs are
// nothing to it: it is asked what is due as the others are.
type Part struct {
	host    Host
	running map[int]*running // by pid; nil: there has been none yet
}

// running is one helper process.
type running struct {
	limit  time.Duration
	until  time.Time // when it is killed; zero: never
	killed bool      // that has come
	output output
	done   func(err error, lines []string)
}

// New returns the part of a loop.
func New(h Host) *Part { return &Part{host: h} }

// Run starts a helper process.
func (p *Part) Run(c Command, now time.Time) {
	r := &running{limit: c.Limit, done: c.Done}
	if c.Limit > 0 {
		r.until = now.Add(c.Limit)
	}
	pid, err := p.start(c.Spec, r)
	if err != nil {
		c.Done(err, nil)
		return
	}
	if p.running == nil {
		p.running = map[int]*running{}
	}
	p.running[pid] = r
}

// start opens the pipe of a process, and starts it.
func (p *Part) start(spec *process.Spec, r *running) (pid int, err error) {
	theirs, err := r.output.open()
	if err != nil {
		return 0, err
	}
	defer theirs.Close()
	spec.Stdout, spec.Stderr = theirs, theirs
	err = shortage.Insist(func() (err error) {
		pid, err = p.host.Start(spec)
		return err
	})
	if err != nil {
		r.output.close()
	}
	return pid, err
}

// Exited takes the end of a process, and says whether it was a helper process.
func (p *Part) Exited(x process.Exit, _ time.Time) bool {
	r := p.running[x.PID]
	if r == nil {
		return false
	}
	delete(p.running, x.PID)
	_ = p.host.SignalGroup(x.PID, syscall.SIGKILL) // what it has left behind
	lines := r.output.lines()
	r.output.close()
	r.done(r.failure(x, lines), lines)
	return true
}

// failure says what was wrong with a process that has ended; nil: nothing.
func (r *running) failure(x process.Exit, lines []string) error {
	switch {
	case x.Err != nil: // it could not be executed
		return x.Err
	case r.killed:
		return errors.New("no answer within " + r.limit.String())
	case process.Code(x.Status) == 0:
		return nil
	}
	text := process.Describe(x.Status)
	if len(lines) > 0 {
		text += ": " + lines[len(lines)-1]
	}
	return errors.New(text)
}

// Tick kills those that have taken too long.
func (p *Part) Tick(now time.Time) {
	for pid, r := range p.running {
		if r.waits() && !now.Before(r.until) {
			r.killed = true
			_ = p.host.SignalGroup(pid, syscall.SIGKILL)
		}
	}
}

// Due is when the next one has taken too long; zero: none will.
func (p *Part) Due() (at time.Time) {
	for _, r := range p.running {
		if r.waits() && (at.IsZero() || r.until.Before(at)) {
			at = r.until
		}
	}
	return at
}

// waits says whether a process will have taken too long at some time.
func (r *running) waits() bool { return !r.killed && !r.until.IsZero() }

// Close drops the helper processes that run, once somebody else has ended them. Who has
// wanted them hears nothing more.
func (p *Part) Close() {
	for _, r := range p.running {
		r.output.close()
	}
	p.running = nil
}

// PIDs are those of the helper processes that run.
func (p *Part) PIDs() iter.Seq[int] { return maps.Keys(p.running) }
