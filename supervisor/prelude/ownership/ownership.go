package ownership

import (
	"os"
	"strings"
	"syscall"
	"time"

	"entrypoint/config"
	"entrypoint/supervisor/launch"
	"entrypoint/supervisor/prelude/ownership/accountfile"
)

// Options say what is asked for, and how the rest of entry-point is reached.
type Options struct {
	Settings *config.Ownership

	// Run runs a command to its end, as launch.Launcher.Run does.
	Run func(*launch.Command) (launch.Result, error)
	// Executable is the file of our own executable.
	Executable string
	// Pipe returns what the process that walks prints its progress to, and what waits for
	// the last of it, as logs.Logger.Pipe does.
	Pipe func() (w *os.File, wait func(time.Duration), err error)
	// Ask calls f, which asks the file system of a path. false, too, where it does not
	// answer.
	Ask func(path string, f func() bool) bool

	Log func(string) // one line of our own log

	Getenv func(name string) string
	Setenv func(name, value string)
	// Home returns a directory that our user can write, in place of HOME, and makes it; or
	// why there is none. "" and "": HOME can be written.
	Home func() (home, why string)

	Files accountfile.Files // the zero value: those of the machine
	uid   func() int        // who we are; nil: os.Geteuid
}

// Outcome is what Run has done.
type Outcome struct {
	Asked bool   // there was something to look at
	What  string // what was done, in a few words; "": nothing had to be
}

// Error is why it could not be done.
type Error struct {
	text string
	code int
	stop syscall.Signal
}

func (e *Error) Error() string { return e.text }

// ExitCode is the exit code of the container.
func (e *Error) ExitCode() int { return e.code }

// Stopped is the signal that has ended the step; 0: none has.
func (e *Error) Stopped() syscall.Signal { return e.stop }

// codeConfig is EX_CONFIG of sysexits.h: a mistake of the user's.
const codeConfig = 78

// Run does the step. Its error is an *Error.
func Run(o Options) (Outcome, error) {
	o.complete()
	var out Outcome
	var did []string
	if what := o.nameless(); what != "" {
		out.Asked, did = true, append(did, what)
	}
	if o.Settings.Remap != nil {
		out.Asked = true
		if what := o.remap(); what != "" {
			did = append(did, what)
		}
	}
	if len(o.Settings.Own) > 0 {
		out.Asked = true
		what, err := o.own()
		if err != nil {
			return out, err
		}
		if what != "" {
			did = append(did, what)
		}
	}
	out.What = strings.Join(did, ", ")
	return out, nil
}

// Explain says what Run would do.
func Explain(o Options) (lines []string) {
	o.complete()
	lines = append(lines, o.explainNameless()...)
	lines = append(lines, o.explainRemap()...)
	return append(lines, o.explainOwn()...)
}

func (o *Options) complete() {
	if o.Files == (accountfile.Files{}) {
		o.Files = accountfile.System()
	}
	if o.uid == nil {
		o.uid = os.Geteuid
	}
}
