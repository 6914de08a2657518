package supervisor

import (
	"os"
	"syscall"
	"time"

	"entrypoint/config"
	"entrypoint/supervisor/control"
	"entrypoint/supervisor/incarnation"
	"entrypoint/supervisor/logs"
	"entrypoint/supervisor/offload"
	"entrypoint/supervisor/process"
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

// Checker runs the check of a program (reload_check) with other words, as the program is
// run, and says why it has failed. It is for other goroutines than the loop's.
type Checker = func(p *config.Program, argv []string) error

// Options are what a Supervisor needs beside its configuration.
type Options struct {
	Table  processes
	Output outputs
	Buffer *logs.Buffer // for what is held back of what programs print; nil: one of its own
	Log    func(string) // one line of our own log
	// Tell is Log with a verdict, for programs that read the log; nil: Log it is.
	Tell  func(line string, r *verdict.Record)
	Trace func(string) // one line for -v; nil: none
	// Mask hides the secrets in a text. Log, Tell, Trace and who answers for Serve hide them
	// by themselves. nil: there are none.
	Mask func(text string) string
	// Learn is told the variables (NAME=VALUE) that a hook hands over: some may be secrets.
	// nil: nobody wants to know.
	Learn func(environment []string)
	// Journal puts a line of supervisord's log into a stream of the container, 1 or 2,
	// where the configuration wants it; nil: nowhere.
	Journal func(stream int, line string)

	// Files is by what the loop asks the file systems of users; nil: by itself.
	Files *offload.Pool

	Version    string // of entry-point, for those who ask
	Executable string // path of our own, beside which the gateway lies; "": not known
	// Steps are what the prelude of this start has done, likewise; nil: nobody knows.
	Steps func() []control.Step

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

	// Render makes the files of templates again, those that a program uses ("": all), which
	// check judges before they replace anything: it runs the check of a program with other
	// words. It returns the configuration (cfg, or one that was read anew; nil where it was
	// given none) and the names of the programs that use what has changed. It runs beside
	// the loop. nil: there are no templates.
	Render func(cfg *config.Config, program string, check Checker) (*config.Config, []string, error)
	// Adopt is called when a configuration that Load has read is carried out. nil: there is
	// nothing to do.
	Adopt func(*config.Config)
	// Load reads the configuration again. It runs beside the loop, for a file
	// system may hang. nil: there is nothing to read again.
	Load func() (*config.Config, error)
	// Keys reads it likewise, for those who want to know what its files say of a program
	// (config.Options.Check).
	Keys func() (*config.Config, error)
}
