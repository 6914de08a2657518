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

// Host is what a Set needs of the table of processes.
type Host interface {
	// Start starts a process, as the head of a process group of its own.
	Start(*process.Spec) (pid int, err error)
	SignalGroup(group int, sig syscall.Signal) error
}

// Command is a helper process that somebody wants.
type Command struct {
	// Spec says what is executed, and as whom. Its standard input is given; its output
	// is the Set's.
	Spec *process.Spec
	// Limit is how long it may run before it is killed; 0: as long as it likes.
	Limit time.Duration
	// Done is called once, in the goroutine that the Set belongs to: with nil if the
	// exit code was 0, else with what went wrong, and with the last lines that the
	// process has printed. If it cannot be started, that is before Run returns.
	Done func(err error, lines []string)
}

// Set is the helper processes that run. The zero value with a Host is ready for use.
type Set struct {
	Host Host

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

// Run starts a helper process.
func (s *Set) Run(c Command, now time.Time) {
	r := &running{limit: c.Limit, done: c.Done}
	if c.Limit > 0 {
		r.until = now.Add(c.Limit)
	}
	pid, err := s.start(c.Spec, r)
	if err != nil {
		c.Done(err, nil)
		return
	}
	if s.running == nil {
		s.running = map[int]*running{}
	}
	s.running[pid] = r
}

// start opens the pipe of a process, and starts it.
func (s *Set) start(spec *process.Spec, r *running) (pid int, err error) {
	theirs, err := r.output.open()
	if err != nil {
		return 0, err
	}
	defer theirs.Close()
	spec.Stdout, spec.Stderr = theirs, theirs
	err = shortage.Insist(func() (err error) {
		pid, err = s.Host.Start(spec)
		return err
	})
	if err != nil {
		r.output.close()
	}
	return pid, err
}

// Exited takes the end of a process, and says whether it was a helper process.
func (s *Set) Exited(x process.Exit) bool {
	r := s.running[x.PID]
	if r == nil {
		return false
	}
	delete(s.running, x.PID)
	_ = s.Host.SignalGroup(x.PID, syscall.SIGKILL) // what it has left behind
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
func (s *Set) Tick(now time.Time) {
	for pid, r := range s.running {
		if r.waits() && !now.Before(r.until) {
			r.killed = true
			_ = s.Host.SignalGroup(pid, syscall.SIGKILL)
		}
	}
}

// Due is when the next one has taken too long; zero: none will.
func (s *Set) Due() (at time.Time) {
	for _, r := range s.running {
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
func (s *Set) Close() {
	for _, r := range s.running {
		r.output.close()
	}
	s.running = nil
}

// Has says whether a process is a helper process that runs.
func (s *Set) Has(pid int) bool { return s.running[pid] != nil }

// PIDs are those of the helper processes that run.
func (s *Set) PIDs() iter.Seq[int] { return maps.Keys(s.running) }
