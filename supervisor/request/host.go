package request

import (
	"iter"
	"syscall"
	"time"

	"entrypoint/config"
	"entrypoint/supervisor/control"
	"entrypoint/supervisor/part"
	"entrypoint/supervisor/program"
	"entrypoint/supervisor/usage"
)

// Program is what a request sees of a program: its value, and what the loop has noted of
// it and its last process.
type Program struct {
	program.Program
	Name     string // full
	Ended    bool   // the end of its main process is known, and the program has not been told
	Starts   int    // processes that were started
	Exits    []control.Exits
	StopAt   time.Time // when the last stop began
	EndedAt  time.Time // when the last process ended; zero: none has
	Order    string    // why its process is stopped, and who wants that; "": nobody does
	SpawnErr string    // why the last start failed, in supervisord's words; "": it did not
	Recent   int       // restarts in the last hour
	Skipped  string    // why it was not started, while Program.Skipped
	Lack     Lack      // why its start is put off
}

// Lack is what the start of a program has to wait for, such as memory.
type Lack struct {
	What  string // "": nothing
	Since time.Time
}

// End is how the last process of a program has ended, in words; "": none has, or there is
// nothing to say.
type End struct {
	How      string // such as "exit code 3: out of memory"
	Whole    string // likewise, with who has stopped it; or why it could not be started
	Reason   string // why it ended badly or could not be started
	Verdict  string // likewise, with the program's name
	SpawnErr string // in supervisord's words
}

// Wait is what a program at rest waits for that is to be started.
type Wait struct {
	Kind string // control.WaitsPrograms, WaitsTurn or WaitsContainer
	For  string // in words: "for db to be ready"
	// Programs are those it waits for, by their full names: its dependency, the one that
	// this waits for in turn, and so on to the one that has failed; nil: it waits for none.
	Programs []string
	Failed   bool // nothing that is under way will end the wait
}

// Reachable says whether the program has a main process that a signal would reach.
func (p *Program) Reachable() bool { return p.PID != 0 && !p.Ended }

// removed says whether the program is forgotten as soon as it is at rest.
func (p *Program) removed() bool { return p.Desired() == program.Gone }

// Host is what requests need of the loop.
type Host interface {
	// Post lets f run in the loop; any goroutine may call it.
	Post(f func())
	// Wish asks for what is to happen to programs, and calls granted when all of it has
	// happened or was refused.
	Wish(wishes []part.Wish, granted func())
	// Program is a program by its full name, which may be about to go; nil: there is none.
	Program(name string) *Program
	// Programs are all of them, in the order of their ranks.
	Programs() iter.Seq[*Program]
	Reasons
	// Refusal says why nothing may be changed now; nil: it may.
	Refusal() error
	// Info is who we are and how we are, but for what the request itself knows.
	Info() *control.Info
	// Ending says whether the container ends.
	Ending() bool
	// Shutdown ends the container; by is who wants it (Caller.Of).
	Shutdown(by string)
}

// Reasons say why programs are as they are.
type Reasons interface {
	// End is how the last process of a program has ended.
	End(name string) End
	// WaitsFor says what a program at rest waits for that is to be started.
	WaitsFor(name string) Wait
	// Unready says why a program that runs is not ready; "": not known.
	Unready(name string) string
	// NextRun is when the next run of a program's schedule begins; zero: there is none.
	NextRun(name string, now time.Time) time.Time
}

// Processes are the processes of programs, by the full names of these.
type Processes interface {
	// Executable says what is wrong with the command of a program, if it cannot be found.
	Executable(name string) Outcome
	// Signal sends a signal; by is who wants it, of is the same as in Caller.Of.
	Signal(name string, sig syscall.Signal, by, of string) error
	// Write writes to the standard input.
	Write(name string, data []byte) Outcome
	// ClearLogs empties the log files that the process has open; false: it has none.
	ClearLogs(name string) bool
	// ReloadProgram lets a program read its own configuration again.
	ReloadProgram(name string, told func(Outcome))
	// Usage reads what all main processes and we ourselves use, by pid. told is called
	// beside the loop.
	Usage(told func(map[int]usage.Usage))
}

// Configuration is what the container runs, and what the files say. An error is a
// *control.Error, or says what is wrong with the files.
type Configuration interface {
	// ReloadAll reads the configuration again and carries it out.
	ReloadAll(told func(*control.Changes, error))
	// Preview reads it, and tells what ReloadAll would change.
	Preview(told func(*control.Changes, error))
	// RestartAll stops everything, reads the configuration again and starts anew.
	RestartAll(by string, told func(error))
	// Written are the programs of the configuration that was read last.
	Written() []*config.Program
	// Detail fills in what is known of a program beyond its state. The files are read for
	// it: nobody keeps their lines.
	Detail(name string, d *control.Detail, told func())
	// AddGroup starts a group of that configuration; false: it has no such group.
	AddGroup(name string) bool
}
