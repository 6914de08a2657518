package supervisor

import (
	"os"
	"time"

	"entrypoint/config"
	"entrypoint/supervisor/container"
	"entrypoint/supervisor/diagnosis"
	"entrypoint/supervisor/logs"
	"entrypoint/supervisor/part"
	"entrypoint/supervisor/process"
	"entrypoint/supervisor/program"
	"entrypoint/supervisor/request"
	"entrypoint/supervisor/shortage"
	"entrypoint/supervisor/usage"
)

// Supervisor runs the programs of one configuration to the container's end. It is the loop:
// it waits, takes exits, signals and what others post, makes steps of programs (step.go) and
// of the container (end.go), and carries out what they ask for. Everything else belongs to
// one of its objects, each with a file or package of its own.
type Supervisor struct {
	Options
	inbox    // what other goroutines want done in the loop
	registry // the programs, their order and their dependencies

	container     config.Container    // its settings
	state         container.Container // its phase, and what becomes of it
	configuration configuration       // its files, and the reading of them
	shutdown      shutdown            // the stop of everything, while it goes on
	leftovers     leftovers           // what main processes leave of their groups
	inherited     inherited           // what processes inherit from us
	parts         parts               // each one concern of supervision, and what they wish
	notices       notices             // who hears of what happens
	examiner      diagnosis.Examiner  // finds out why processes end badly
	shortages     shortage.Ledger     // what the container is short of
	about         about               // for those who ask
}

// about is what is known of the container for those who ask.
type about struct {
	startedAt time.Time
	orphans   int          // that were reaped
	serving   func()       // ends Serve; nil: nobody can ask yet
	usage     usage.Reader // of what processes use
	desk      request.Desk // answers requests
}

// New prepares the units of cfg; nothing is started.
func New(cfg *config.Config, o Options) *Supervisor {
	s := &Supervisor{
		Options: o, container: cfg.Container, inherited: inherited{environ: os.Environ()}, about: about{startedAt: time.Now()},
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
	s.inherited.sockets.Files = o.Files
	s.openShortages()
	s.arrange()
	s.examiner = diagnosis.Examiner{Host: &host{s}, Files: s.Files}
	s.openDesk()
	return s
}

// add makes a unit of a program.
func (s *Supervisor) add(p *config.Program) *unit {
	u := &unit{Program: fresh(p), name: p.FullName()}
	s.insert(u)
	s.Output.Known(u.name)
	s.tellParts(u, &program.Program{}, time.Now())
	return u
}

// Run starts the programs and supervises them until the container's end. It
// returns the exit code: 0 after a requested stop that ended in time, 137 when
// it did not, else the code of the program that ended the container.
//
// A turn of the loop begins with what is due: deadlines of programs and of parts, then
// starts, which may wait for what has just become ready. What stops everything comes after
// what starts something, so that nothing is started and forgotten. Then the loop sleeps,
// until the next moment at which something is due at the latest, and takes what has come:
// signals, exits, and what others have posted, in this order. A program that is to be
// forgotten goes last, when nobody looks at it any more.
func (s *Supervisor) Run() int {
	s.openLogs()
	s.announce()
	for {
		now := time.Now()
		s.tick(now)
		s.startWaiting(now)
		s.grantWishes()
		s.serve()
		s.containerTick(now)
		s.stopPrograms(now)
		s.tellStrays(now)
		s.tellLeftovers()
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
	if s.Serve != nil && s.about.serving == nil {
		s.about.serving = s.Serve(s)
		s.examiner.Begin()
		s.setServers(time.Now())
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
		if u.State == program.Stopping && u.PID == 0 && u.Hook == program.NoHook && !s.Table.GroupAlive(u.Group) {
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
	}
	s.shortages.Tick(now)
	s.grantWishes()
	s.tickParts(now)
}

// earliest returns the next moment at which something is due; zero: never.
func (s *Supervisor) earliest() (at time.Time) {
	sooner := func(t time.Time) { at = part.Earlier(at, t) }
	for _, u := range s.units {
		if x := u.pending(); x != nil {
			sooner(x.Until)
			continue
		}
		sooner(u.Deadline)
	}
	sooner(s.state.Due())
	sooner(s.shortages.Due())
	sooner(s.partsDue())
	sooner(s.shutdown.due())
	sooner(s.straysDue())
	return at
}

// startWaiting starts the programs that wait for nothing any more.
func (s *Supervisor) startWaiting(now time.Time) {
	if s.state.Stops() {
		return
	}
	s.rearrange()
	// One that is up at once (startsecs=0) may be what an earlier one waits for.
	for more := true; more; {
		more = false
		for _, u := range s.units {
			switch {
			case !u.awaits() || !s.needsReady(u):
			case s.parts.once.Holds(u.name, u.Config):
				u.spawnErr = ""
			default:
				more = true
				s.apply(u, now, program.Event{Kind: program.Start})
			}
		}
	}
}
