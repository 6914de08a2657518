package part

import (
	"time"

	"entrypoint/supervisor/program"
)

// Part is one concern of supervision.
type Part interface {
	// Due is when Tick has something to do; zero: never. It is asked once in each turn
	// of the loop.
	Due() time.Time
	// Tick is called in each turn of the loop, at Due at the latest. It costs nothing
	// where nothing is due.
	Tick(now time.Time)
}

// Observer is a part that hears of the programs' steps.
type Observer interface {
	// Changed is called after each step of a program, whether or not it has changed
	// something, and before the step's action is carried out. before is the program before
	// the step; its Config is nil if the program is new, or has another configuration.
	// What both point to is read only, and is the program's no longer after the call.
	Changed(v *View, before *program.Program, now time.Time)
	// Forget is called when a program was removed, and before it takes another
	// configuration. The part may never have heard of it.
	Forget(name string)
}

// View is what a part sees of a program: its full name and its value. PID is 0 also
// while the end of its main process is known and the program has not been told yet.
type View struct {
	Name string
	program.Program
}

// Wish is what a part wants to happen to a program. Whether it may happen is decided
// by the container's phase (container.Grants).
type Wish struct {
	Program string // full name; one that is not there any more has no wishes
	Event   program.Event
	Order   string // who or what wanted it, for log and status, such as "because its next run was due"; "": nothing is noted
	Blame   string // what is wrong with the process, for the diagnosis of its end, or why there is none, where it is skipped; "": nothing
}

// Earlier is the first of two moments; zero: never.
func Earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}
