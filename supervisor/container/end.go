package container

import "entrypoint/config"

// End is how a program has ended.
type End struct {
	Name     string // full
	Critical config.Critical
	Work     bool // it is a oneshot, whose good end is what it is for
	Again    bool // it has a schedule, so that it runs again
	Listener bool // it is an event listener: nobody's reason to be there

	Fatal bool // it could not be kept up; else it has exited, by itself
	Well  bool // as expected (exitcodes=)
	Code  int
}

// which says which ends of a program are the container's.
type which int

const (
	none   which = iota
	failed       // what could not be kept up, and failed work
	final        // every end for good
	every        // the end of each process that nobody asked for
)

// ends is exit_on= down and critical= across, as doc.go has it.
var ends = [...][3]which{
	config.ExitOnFatal: {config.CriticalDefault: failed, config.CriticalYes: final},
	config.ExitOnAny:   {config.CriticalDefault: every, config.CriticalYes: every},
	config.ExitOnAll:   {config.CriticalYes: final},
	config.ExitOnNever: {config.CriticalYes: final},
}

// ends says whether an end of which kind says, Died or Rested, is the container's.
func (e *End) ends(on config.ExitOn, kind Kind) bool {
	w := ends[on][e.Critical]
	switch {
	case kind == Died:
		return w == every && !e.Work && !e.Listener
	case e.failed():
		// What has a schedule has another time.
		return w != none && (e.Critical == config.CriticalYes || !e.Again)
	case e.Work:
		return false
	}
	return w != none && e.Critical == config.CriticalYes
}

func (e *End) failed() bool { return e.Fatal || e.Work && !e.Well }

// exitCode is the container's exit code for it. A program that could not be kept up
// and always ended with 0 has failed as well.
func (e *End) exitCode(kind Kind) int {
	if kind == Rested && e.failed() {
		return FailureCode(e.Code)
	}
	return e.Code
}

// FailureCode is the container's exit code for a program that has failed with code.
func FailureCode(code int) int {
	if code == 0 {
		return 1
	}
	return code
}

// Why says what the program has done that it is the container's end.
func (e *End) Why(kind Kind) string {
	switch {
	case kind == Died:
		return "has ended"
	case e.Fatal:
		return "cannot be kept up"
	case e.failed():
		return "has failed"
	}
	return "has ended and is critical"
}
