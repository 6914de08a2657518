package supervisor

import (
	"os"
	"sync"
	"syscall"
	"time"

	"entrypoint/config"
	"entrypoint/supervisor/container"
	"entrypoint/supervisor/control"
	"entrypoint/supervisor/diagnosis"
	"entrypoint/supervisor/door"
	"entrypoint/supervisor/events"
	"entrypoint/supervisor/incarnation"
	"entrypoint/supervisor/logs"
	"entrypoint/supervisor/offload"
	"entrypoint/supervisor/process"
	"entrypoint/supervisor/program"
	"entrypoint/supervisor/shortage"
	"entrypoint/supervisor/verdict"
)

// processes is what the loop needs of process.Table.
type processes interface {
	Look(command string, env []string, dir string) (file string, err error) // from any goroutine
	Start(*process.Spec) (pid int, err error)
	Signal(pid int, sig syscall.Signal) error
	SignalGroup(group int, sig syscall.Signal) error
	GroupAlive(group int) bool
	Heads() map[int][]int
	Stopped(pid int) bool
	FromInside(sig syscall.Signal) (pid int, inside bool)
	Reap(func(process.Exit)) (children bool)
	Sweep(group int, deadline time.Time, f func(process.Exit)) process.Swept
	TellLeft(keep func(pid, group int) bool) (told int)
	Wait(until time.Time) []syscall.Signal
	Wake()
}

// outputs is what the loop needs of incarnation.Pump.
type outputs interface {
	incarnation.Outputs
	Known(name string)
	Reopen()
	Tail(program, stream string) (last []byte, total int64, ok bool)
	AutoPath(program, stream string) string
	Clear(program, stream string)
	Tap(program, stream string, begin, f func([]byte)) (cancel func(), ok bool)
	Drain(limit time.Duration)
}

// Options are what a Supervisor needs beside its configuration.
type Options struct {
	Table  processes
	Output outputs
	Buffer *logs.Buffer // for what is held back of what programs print; nil: one of its own
	Log    func(string) // one line of our own log
	// Tell is Log with a verdict, for programs that read the log; nil: Log it is.
	Tell  func(line string, r *verdict.Record)
	Trace func(string) // one line for -v; nil: none
	// Journal puts a line of supervisord's log into a stream of the container, 1 or 2,
	// where the configuration wants it; nil: nowhere.
	Journal func(stream int, line string)

	// Files is by what the loop asks the file systems of users; nil: by itself.
	Files *offload.Pool

	Version    string         // of entry-point, for those who ask
	Executable string         // path of our own, beside which the gateway lies; "": not known
	SetupSteps []control.Step // what the setup of this start has done, likewise

	// Serve is called once, when the first programs have been started, and lets
	// others send requests; what it returns ends that. nil: nobody can.
	Serve func(control.Handler) (end func())
	// Grant gives connections to the HTTP gateway over a channel (control.Server).
	// It is called after Serve. nil: nothing listens for HTTP.
	Grant func(channel *os.File, g control.Grantee) *control.Link
	// GatewayLog opens what the HTTP gateway prints to, where lines are not as it writes
	// them; nil: our stderr.
	GatewayLog func() (*os.File, error)

	// GiveBack returns memory that was needed for a while. It may take some
	// milliseconds, and is called beside the loop. nil: there is nothing to return.
	GiveBack func()

	// Load reads the configuration again. It runs beside the loop, for a file
	// system may hang. nil: there is nothing to read again.
	Load func() (*config.Config, error)
}

// Supervisor runs the programs of one configuration to the container's end.
type Supervisor struct {
	Options
	inbox
	container config.Container
	registry
	shutdown  shutdown
	leftovers leftovers
	parts     parts
	notices   notices            // who hears of what happens
	examiner  diagnosis.Examiner // finds out why processes end badly
	bus       *events.Bus
	environ   []string // our own environment
	listening listening
	silence   incarnation.Silence // standard input of processes to which nobody writes
	shortages shortage.Ledger     // of the container

	startedAt     time.Time
	configuration configuration
	orphans       int    // that were reaped
	serving       func() // ends Serve; nil: not served
	door          *door.Door
	walking       sync.Mutex // over /proc; not for the loop

	state    container.Container // its phase, and what becomes of it
	wroteFor time.Duration       // at the end, for what was still on its way to its reader
	noting   int                 // marks of oneshots that are being written
}

// New prepares the units of cfg; nothing is started.
func New(cfg *config.Config, o Options) *Supervisor {
	s := &Supervisor{
		Options: o, container: cfg.Container, environ: os.Environ(), startedAt: time.Now(),
		state:         container.Container{Policy: policyOf(&cfg.Container)},
		inbox:         inbox{wake: o.Table.Wake},
		configuration: configuration{source: cfg.Source, lastRead: cfg}, registry: newRegistry(),
	}
	if s.Buffer == nil {
		s.Buffer = logs.NewBuffer(logs.DefaultBuffer)
	}
	s.openNotices()
	s.openParts()
	for _, p := range cfg.Programs {
		s.add(p)
	}
	s.listening.sockets.Files = o.Files
	s.openShortages()
	s.arrange()
	s.examiner = diagnosis.Examiner{Host: host{s}, Files: s.Files}
	s.openDoor()
	return s
}

// add makes a unit of a program.
func (s *Supervisor) add(p *config.Program) *unit {
	u := &unit{Program: fresh(p), name: p.FullName()}
	s.insert(u)
	s.Output.Known(u.name)
	s.tellParts(u, program.Program{}, time.Now())
	return u
}

// Run starts the programs and supervises them until the container's end. It
// returns the exit code: 0 after a requested stop that ended in time, 137 when
// it did not, else the code of the program that ended the container.
func (s *Supervisor) Run() int {
	s.openLogs()
	s.announce()
	for {
		now := time.Now()
		s.tick(now)
		s.door.Tick(now)
		s.startWanted(now)
		s.grantWishes()
		s.serve()
		s.containerTick(now)
		s.stopPrograms(now)
		s.tellStrays(now)
		s.tellLeftovers(now)
		s.endRestart(now)
		if s.over(now) {
			return s.finish()
		}
		for _, sig := range s.Table.Wait(s.earliest()) {
			s.signal(sig, time.Now())
			s.grantWishes()
		}
		s.reap()
		s.receive(s.grantWishes)
		s.forget()
	}
}

// serve lets others send requests, after the first programs have been started.
func (s *Supervisor) serve() {
	if s.Serve != nil && s.serving == nil {
		s.serving = s.Serve(s)
		s.examiner.Begin()
		s.setDoor(time.Now())
	}
}

// reap feeds exits to their owners. An exit whose pid nobody owns is an
// orphan's; it may have been the last of a process group that is being cleared.
func (s *Supervisor) reap() {
	s.Table.Reap(func(e process.Exit) {
		s.exited(e)
		s.grantWishes() // before the next one, which may be of the process that is meant
	})
	now := time.Now()
	for _, u := range s.units {
		if u.State == program.Stopping && u.PID == 0 && !s.Table.GroupAlive(u.Group) {
			s.apply(u, now, program.Event{Kind: program.Emptied})
		}
	}
	s.grantWishes()
}

// tick tells every unit whose deadline has come, and lets the parts do what is due.
func (s *Supervisor) tick(now time.Time) {
	for _, u := range s.units {
		if x := u.pending(); x != nil {
			if !now.Before(x.Until) {
				s.died(u, x)
			}
			continue
		}
		if !u.Deadline.IsZero() && !now.Before(u.Deadline) {
			s.apply(u, now, program.Event{Kind: program.Tick})
		}
		u.giveUpTurn()
	}
	s.shortages.Tick(now)
	s.grantWishes()
	s.tickParts(now)
}

// earliest returns the next moment at which something is due; zero: never.
func (s *Supervisor) earliest() (at time.Time) {
	sooner := func(t time.Time) { at = earlier(at, t) }
	for _, u := range s.units {
		if x := u.pending(); x != nil {
			sooner(x.Until)
			continue
		}
		sooner(u.Deadline)
	}
	sooner(s.state.Due())
	sooner(s.door.Deadline())
	sooner(s.shortages.Due())
	sooner(s.partsDue())
	sooner(s.shutdown.due())
	sooner(s.straysDue())
	return at
}

// earlier is the first of two moments; zero: never.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// startWanted starts the programs whose turn has come.
func (s *Supervisor) startWanted(now time.Time) {
	if s.state.Stops() {
		return
	}
	s.rearrange()
	// One that is up at once (startsecs=0) may be what an earlier one waits for.
	for more := true; more; {
		more = false
		for _, u := range s.units {
			if u.awaits() && u.turn.asking == nil && s.needsReady(u) && !s.askTurn(u) {
				more = true
				s.apply(u, now, program.Event{Kind: program.Start})
			}
		}
	}
}
