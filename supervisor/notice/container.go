package notice

import (
	"syscall"
	"time"

	"entrypoint/config"
)

// The facts about the whole container.

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

// Forwarded is that a signal to entry-point was sent on as another one; To are the
// programs that it has reached.
type Forwarded struct {
	Name   string // of the signal that was received
	Signal syscall.Signal
	To     []string
}

// DrainOver is that the programs have drained and are going to be stopped.
type DrainOver struct{}

// Failing is that the end of the program that the notice is about ends the container.
type Failing struct {
	Code int    // of the container
	Why  string // what the program has done, such as "has failed"
}

// AllEnded is that every program has ended by itself, which ends the container.
type AllEnded struct{ Code int }

// WorkAwaited is that these programs, whose work ends by itself, may go on for a while
// before everything is stopped.
type WorkAwaited struct {
	Programs []string
	Limit    time.Duration
}

// ConfigRead is that the configuration was read again, and what has come of it: the full
// names of programs.
type ConfigRead struct{ Added, Changed, Removed []string }

// ConfigBad is that the configuration was read again in vain: it has these errors.
type ConfigBad struct{ Errors []string }

func (Complaint) fact()    {}
func (Serving) fact()      {}
func (Socket) fact()       {}
func (Orphan) fact()       {}
func (Signalled) fact()    {}
func (EndAsked) fact()     {}
func (RestartAsked) fact() {}
func (Restarted) fact()    {}
func (Ending) fact()       {}
func (Ended) fact()        {}
func (Forwarded) fact()    {}
func (DrainOver) fact()    {}
func (Failing) fact()      {}
func (AllEnded) fact()     {}
func (WorkAwaited) fact()  {}
func (ConfigRead) fact()   {}
func (ConfigBad) fact()    {}
