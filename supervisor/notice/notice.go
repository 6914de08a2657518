package notice

import (
	"time"

	"entrypoint/config"
	"entrypoint/supervisor/program"
	"entrypoint/supervisor/verdict"
)

// Notice is one thing that has happened.
type Notice struct {
	Time    time.Time
	Program string          // whom it is about, by full name; "": the whole container
	Config  *config.Program // of that program; nil: the whole container, or a fact that does not need it
	Fact    Fact            // what has happened
	Verdict *verdict.Record // on the last end of a process of the program, for those who read facts; nil: it was no bad one
}

// Fact is what has happened: one of the types below, in programs.go and in container.go.
type Fact interface{ fact() }

// A Sink makes of a notice what its readers expect, or nothing. Take must not wait, and
// must copy what it keeps.
type Sink interface{ Take(n *Notice) }

// Sinks are all who hear of what happens, in the order in which they hear of it.
type Sinks []Sink

// Tell tells one thing that has happened to every sink.
func (s Sinks) Tell(n Notice) {
	for _, sink := range s {
		sink.Take(&n)
	}
}

// Remark is something about a program or the container that is worth being kept, in our
// own words: our log and the history have it.
type Remark struct {
	State program.State // of the program at this moment
	Text  string
}

// Line is a line for our log only.
type Line struct{ Text string }

// Trace is a line that our log has with -v only.
type Trace struct{ Text string }

func (Remark) fact() {}
func (Line) fact()   {}
func (Trace) fact()  {}
