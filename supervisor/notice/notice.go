package notice

import (
	"syscall"
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

// Fact is what has happened: one of the types in this file.
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

// Complaint is what the event bus says of a listener, in supervisord's words, which our
// log and the journal have.
type Complaint struct{ Level, Text string }

// Serving is that the supervisor itself has started.
type Serving struct {
	PID     int             // of our own
	Servers []config.Server // who can send requests
}

// Socket is that a listening socket for programs was opened, or closed.
type Socket struct {
	URL    string
	Opened bool
}

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

// Orphan is that a process has ended which is no program's.
type Orphan struct {
	PID    int
	Status syscall.WaitStatus
}

// Signalled is that a signal was received which asks for something else than the end.
type Signalled struct {
	Name string // of the signal
	For  Request
}

// Request is what a signal asks for.
type Request int

// The requests.
const (
	Reload Request = iota // to read the configuration again
	Reopen                // to open the log files again
)

// EndAsked is that somebody asks for the end of the container.
type EndAsked struct {
	By    string        // a signal's name, or who has sent the request
	Again bool          // somebody has asked before
	Then  Then          // what follows from it
	Drain time.Duration // how long the programs drain, where Then is Draining
}

// Then is what follows from the wish that the container ends.
type Then int

// What may follow.
const (
	Stopping Then = iota // the programs are told to stop
	Draining             // they go on for a while, and the container says that it is not ready
	KillAll              // what is left is killed
)

// RestartAsked is that everything is going to be stopped and started anew; By is who wants
// that, such as " of root (ctl)".
type RestartAsked struct{ By string }

// Restarted is that everything has been started anew.
type Restarted struct{}

// Ending is that the programs are going to be stopped for the container's end; Waiting are
// those for whose end it waits, by their names without the group.
type Ending struct{ Waiting []string }

// Ended is the end of the container. Where the end of a program was the reason, the notice
// is about that program.
type Ended struct {
	Code      int
	Requested bool          // somebody has asked for it
	Killed    bool          // which is the reason for Code: not every program has ended in its time
	Why       string        // the program has ended; "": that is not known
	Took      string        // from the request
	Budget    time.Duration // that there was for it
	Drained   time.Duration // how much of it the drain has used
	Wrote     time.Duration // and the last of what the programs have printed
	Stops     []Stop        // and the programs, in the order of their ends
}

func (Remark) fact()       {}
func (Line) fact()         {}
func (Trace) fact()        {}
func (Complaint) fact()    {}
func (Serving) fact()      {}
func (Socket) fact()       {}
func (Started) fact()      {}
func (*Changed) fact()     {}
func (Killing) fact()      {}
func (Orphan) fact()       {}
func (Signalled) fact()    {}
func (EndAsked) fact()     {}
func (RestartAsked) fact() {}
func (Restarted) fact()    {}
func (Ending) fact()       {}
func (Ended) fact()        {}
