package notice

import (
	"syscall"
	"time"

	"entrypoint/supervisor/program"
	"entrypoint/supervisor/verdict"
)

// The facts about a program.

// Started is that the process of a program was started.
type Started struct{ PID int }

// Changed is that a step has changed the state of a program.
type Changed struct {
	Before, After program.Program

	PID       int             // of the current or last process; 0: the last start has made none
	SpawnErr  string          // why the last start has made none, in supervisord's words; "": it has
	Skipped   string          // why the program was not started, where After.Skipped
	Order     string          // who or what wants the stop of its process, and why; "": nothing is noted
	StopSince time.Time       // when its last stop began; zero: there was none
	Verdict   verdict.Verdict // on the end of its last process; zero: it was no bad one
	Ending    bool            // the container is ending
}

// Killing is that a program has not ended in its time and gets SIGKILL.
type Killing struct{ PID int }

// SignalSent is that somebody's signal was sent to the process of a program; By is who
// wanted that, such as " of root (ctl)".
type SignalSent struct {
	Signal syscall.Signal
	By     string
}

// ReopenSent is that the process of a program was told by a signal to open its own log
// files again.
type ReopenSent struct{ Signal syscall.Signal }

// Blocked is that a program is not started because of another one.
type Blocked struct {
	By  string // the full name of the program that it depends on
	Why string // what that one does or has done, such as "has failed: exit code 3"
}

// NeverStarted is that what a program depends on has ended for good.
type NeverStarted struct{}

// Removed is that the configuration does not have a program any more, and that it is gone.
type Removed struct{}

func (Started) fact()      {}
func (*Changed) fact()     {}
func (Killing) fact()      {}
func (SignalSent) fact()   {}
func (ReopenSent) fact()   {}
func (Blocked) fact()      {}
func (NeverStarted) fact() {}
func (Removed) fact()      {}
