package supervisor

import (
	"os"
	"slices"
	"syscall"
	"time"

	"entrypoint/config"
	"entrypoint/supervisor/process"
	"entrypoint/supervisor/program"
)

// processes is what the loop needs of process.Table.
type processes interface {
	Start(*process.Spec) (pid int, err error)
	Signal(pid int, sig syscall.Signal) error
	SignalGroup(group int, sig syscall.Signal) error
	GroupAlive(group int) bool
	Reap(func(process.Exit)) (children bool)
	Sweep(group int, deadline time.Time, f func(process.Exit)) (killed bool)
	Wait(until time.Time) []syscall.Signal
}

// Options are what a Supervisor needs beside its configuration.
type Options struct {
	Table  processes
	Budget time.Duration // for a whole shutdown
	Log    func(string)  // one line of our own log
	Trace  func(string)  // one line for -v; nil: none
}

// Supervisor runs the programs of one configuration to the container's end.
type Supervisor struct {
	Options
	units []*unit       // by effective priority, lowest first
	byPID map[int]*unit // main processes that are up
	stdin *os.File      // of every program: never readable, never at its end

	stopping    bool      // a shutdown goes on
	requested   bool      // someone asked for it
	requestedAt time.Time // for the first time
	deadline    time.Time // when its budget ends
	code        int       // of the program that caused the shutdown; 0: none did
	killed      bool      // a stop needed SIGKILL
}

// sameRequest is how long further stop signals mean the same as the first: a
// terminal and a script may both send one to the whole process group.
const sameRequest = time.Second

// New prepares the units of cfg; nothing is started.
func New(cfg *config.Config, o Options) *Supervisor {
	s := &Supervisor{Options: o, byPID: map[int]*unit{}}
	byName := map[string]*unit{}
	for _, p := range cfg.Programs {
		u := &unit{Program: program.Program{Config: p}, wanted: p.Autostart}
		byName[p.Name] = u
		s.units = append(s.units, u)
	}
	for _, u := range s.units {
		for _, name := range u.Config.DependsOn {
			u.needs = append(u.needs, byName[name])
		}
	}
	for _, u := range s.units {
		u.priority = effectivePriority(u)
	}
	slices.SortStableFunc(s.units, func(a, b *unit) int { return a.priority - b.priority })
	return s
}

// effectivePriority is a program's own priority, or a higher one of something
// that it needs: what is needed starts first and stops last.
func effectivePriority(u *unit) int {
	p := u.Config.Priority
	for _, need := range u.needs {
		p = max(p, effectivePriority(need))
	}
	return p
}

// Run starts the programs and supervises them until the container's end. It
// returns the exit code: 0 after a requested stop that ended in time, 137 when
// it did not, else the code of the program that ended the container.
func (s *Supervisor) Run() int {
	s.stdin = openStdin()
	for {
		now := time.Now()
		s.tick(now)
		s.startWanted(now)
		s.stopPhase(now)
		if s.over(now) {
			return s.finish()
		}
		for _, sig := range s.Table.Wait(s.earliest()) {
			s.signal(sig, time.Now())
		}
		s.reap()
	}
}

// openStdin gives the programs a standard input that stays open and silent, as
// supervisord does: a program that reads its end would take it for a request to
// stop, and the container's own input belongs to nobody here.
func openStdin() *os.File {
	var ends [2]int
	if err := syscall.Pipe2(ends[:], syscall.O_CLOEXEC); err != nil {
		return nil // the container's own, then
	}
	return os.NewFile(uintptr(ends[0]), "stdin") // the other end stays open with us
}

// signal acts on a signal to PID 1.
func (s *Supervisor) signal(sig syscall.Signal, now time.Time) {
	name := process.SignalName(sig)
	switch sig {
	case syscall.SIGTERM, syscall.SIGINT, syscall.SIGQUIT:
		switch {
		case s.requested && now.Sub(s.requestedAt) < sameRequest:
			s.trace("received " + name + " too: the same request")
			return
		case s.requested:
			s.Log("received " + name + " again: killing what is left")
			s.deadline = now // what is stopped from now on has no time, either
			s.each(func(u *unit) { s.apply(u, now, program.Event{Kind: program.Kill}) })
			return
		}
		s.Log("received " + name + ": stopping")
		s.requested, s.requestedAt = true, now
		if !s.stopping {
			s.shutdown(now)
		}
	case syscall.SIGHUP, syscall.SIGUSR1, syscall.SIGUSR2:
		s.Log("ignored " + name)
	default:
		s.trace("ignored " + name)
	}
}

// reap feeds exits to their owners. An exit whose pid nobody owns is an
// orphan's; it may have been the last of a process group that is being cleared.
func (s *Supervisor) reap() {
	s.Table.Reap(s.exited)
	now := time.Now()
	for _, u := range s.units {
		if u.State == program.Stopping && u.PID == 0 && !s.Table.GroupAlive(u.Group) {
			s.apply(u, now, program.Event{Kind: program.Emptied})
		}
	}
}

func (s *Supervisor) exited(e process.Exit) {
	u := s.byPID[e.PID]
	if u == nil {
		s.trace("reaped an orphan: " + process.Describe(e.Status))
		return
	}
	delete(s.byPID, e.PID)
	s.apply(u, time.Now(), program.Event{
		Kind:   program.Died,
		Status: e.Status,
		Code:   process.Code(e.Status),
		Left:   s.Table.GroupAlive(e.PID),
	})
}

// tick tells every unit whose deadline has come, and asks those that are not
// ready yet.
func (s *Supervisor) tick(now time.Time) {
	for _, u := range s.units {
		if !u.Deadline.IsZero() && !now.Before(u.Deadline) {
			s.apply(u, now, program.Event{Kind: program.Tick})
		}
		if u.probing() && !now.Before(u.probeAt) {
			s.probe(u, now)
		}
	}
}

// earliest returns the next moment at which something is due; zero: never.
func (s *Supervisor) earliest() (at time.Time) {
	sooner := func(t time.Time) {
		if !t.IsZero() && (at.IsZero() || t.Before(at)) {
			at = t
		}
	}
	for _, u := range s.units {
		sooner(u.Deadline)
		if u.probing() {
			sooner(u.probeAt)
		}
	}
	if s.stopping {
		sooner(s.deadline.Add(lastWait))
	}
	return at
}

// startWanted starts the programs whose turn has come.
func (s *Supervisor) startWanted(now time.Time) {
	for _, u := range s.units {
		if u.wanted && !s.stopping && u.needsReady() {
			u.wanted = false
			s.apply(u, now, program.Event{Kind: program.Start})
		}
	}
}

func (s *Supervisor) each(f func(*unit)) {
	for _, u := range s.units {
		f(u)
	}
}

func (s *Supervisor) trace(line string) {
	if s.Trace != nil {
		s.Trace(line)
	}
}
