package supervisor

import (
	"time"

	"entrypoint/config"
	"entrypoint/supervisor/control"
	"entrypoint/supervisor/diagnosis"
	"entrypoint/supervisor/incarnation"
	"entrypoint/supervisor/program"
)

// unit is one program in the loop: its state and what the loop adds to it.
type unit struct {
	program.Program
	name string // full
	position
	tally
	delay
	order     string                   // why its process is stopped, and who wants that; "": nobody does
	spawnErr  string                   // why the last start failed, in supervisord's words; "": it did not
	process   *incarnation.Incarnation // nil: it has no process
	diagnosis diagnosis.Diagnosis      // of the last end
}

// tally is what is counted and noted of a program's processes.
type tally struct {
	starts     int       // processes that were started
	startedPID int       // of the current or last one
	stopAt     time.Time // when the last stop began
	endedAt    time.Time // when the last process ended; zero: none has
	exits      []control.Exits
	restarts   hour // of its last hour
}

// fresh is a program that has never been started. Its jitter is that of its name,
// so that two programs do not wait alike, and of this moment.
func fresh(c *config.Program) program.Program {
	seed := uint64(time.Now().UnixNano())
	for i := range len(c.Name) {
		seed = seed*31 + uint64(c.Name[i])
	}
	return program.New(c, seed)
}

// awaits says whether u is at rest and is started as soon as everything that it depends
// on is as far as it has to be.
func (u *unit) awaits() bool { return u.Desired() == program.Up && u.AtRest() }

// removed says whether u is forgotten as soon as it is at rest.
func (u *unit) removed() bool { return u.Desired() == program.Gone }

// isUp says whether u has a process that was not asked to end.
func (u *unit) isUp() bool { return u.Up() && u.pending() == nil }
