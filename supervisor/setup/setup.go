package setup

import (
	"errors"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"entrypoint/supervisor/launch"
)

// Options say where and how the steps run.
type Options struct {
	Dir    string   // has the requirement files and the markers
	Policy Policy   // when steps run
	Env    []string // environment for the steps; nil: our own

	// Run runs a command to its end, as launch.Launcher.Run does.
	Run func(*launch.Command) (launch.Result, error)
	// Sleep waits and returns early with the stop signal when one arrives, as
	// launch.Launcher.Sleep does.
	Sleep func(time.Duration) syscall.Signal
	// Log takes one line of entry-point's own log.
	Log func(string)

	// Setenv sets a variable that what is started after the setup needs to find what was
	// installed; nil: nothing is started after it.
	Setenv func(key, value string)

	// Done is called for each step in order, whether it ran or was unchanged, with the time
	// that it took; nil: nobody asks.
	Done func(step string, done bool, took time.Duration)

	// Acts is called before the first step that is due: where it is not called, nothing is
	// installed that was not. nil: nobody asks.
	Acts func()

	// Image says that the image is being built, so that debug0 is for all of its
	// containers.
	Image bool

	Output func([]byte)  // what the tools print goes here as well; nil: nowhere
	Budget time.Duration // how long a step may take to end once it was told to stop
	// LockTimeout is how long we wait for the directory's lock if its holder gives no sign
	// of life; 0: a minute.
	LockTimeout time.Duration

	root  string        // the root directory of the package databases; "": /
	every time.Duration // between two progress lines; 0: progressEvery
}

// Policy says when steps run.
type Policy int

// The values of ENTRYPOINT_SETUP.
const (
	Changed Policy = iota // what is new, has changed or is gone (default)
	Off                   // never, without even a look at the files
	First                 // until the first start has succeeded; later changes are ignored
	Always                // every step at every start
	Offline               // as Changed, but without a network: what is installed has to suffice
)

// ParsePolicy reads the value of ENTRYPOINT_SETUP; "" is the default.
func ParsePolicy(s string) (Policy, error) {
	switch s {
	case "", "changed":
		return Changed, nil
	case "off":
		return Off, nil
	case "first":
		return First, nil
	case "always":
		return Always, nil
	case "offline":
		return Offline, nil
	}
	return Off, errors.New("cannot use setup policy " + strconv.Quote(s) + ": want off, first, changed, always or offline")
}

// Run runs the steps that are due. The error is an *Error when a step failed
// and an *Aborted when a stop signal arrived meanwhile.
func Run(options *Options) error {
	if options.Policy == Off {
		return nil
	}
	s := &setup{Options: *options, system: &system{dir: options.Dir, root: options.root}}
	o := &s.Options
	if o.Sleep == nil {
		o.Sleep = func(d time.Duration) syscall.Signal { <-time.After(d); return 0 }
	}
	if o.every == 0 {
		o.every = progressEvery
	}
	if o.Env == nil {
		o.Env = os.Environ()
	}
	if o.Done == nil {
		o.Done = func(string, bool, time.Duration) {}
	}
	if o.Acts == nil {
		o.Acts = func() {}
	}
	s.system.env = o.Env
	steps := s.system.steps()
	if len(steps) == 0 {
		o.markFirstStart()
		return nil
	}
	s.settleHome(steps, false)
	s.read()
	due, err := s.due(steps)
	if err != nil {
		return err
	}
	if !due {
		if leftPolicy(o.root) || leftLock(o.Dir) {
			s.tidy()
		}
		for _, st := range steps {
			o.Done(st.name, false, 0)
		}
		return nil
	}

	o.Acts()
	unlock, err := s.lock()
	if err != nil {
		return err
	}
	defer unlock()
	s.settleHome(steps, true)
	// Another container may have done the work while we waited.
	s.read()
	sweepMarkers(o.Dir)
	sweepPolicy(o.root)
	if s.record.note != "" {
		s.Log("setup: " + s.record.note)
	}
	for _, st := range steps {
		if err := s.step(st); err != nil {
			return err
		}
	}
	if s.record.complete.IsZero() {
		s.record.complete = time.Now()
		s.save()
	}
	return nil
}

// read reads the record of earlier starts.
func (s *setup) read() {
	s.record = readRecord(s.Dir)
	s.system.record = s.record
}

// Pending says whether Run would have something to install. It starts no process and
// writes nothing.
func Pending(o *Options) bool {
	s := &setup{Options: *o, system: &system{dir: o.Dir, root: o.root, env: o.Env}}
	s.read()
	steps := s.system.steps()
	switch {
	case o.Policy == Off || len(steps) == 0 || o.Policy == First && s.finished():
		return false
	case s.record.complete.IsZero():
		return true
	}
	return slices.ContainsFunc(steps, func(st *step) bool {
		e := s.record.steps[st.name]
		sums, err := digests(o.Dir, st.inputs())
		return e == nil || err != nil || sums.sum() != e.hash
	})
}

// tidy removes what we left behind when we were killed, the lock file among it, unless another entry-point is at
// work right now.
func (s *setup) tidy() {
	if unlock, err := tryLock(s.Dir); err == nil {
		defer unlock()
		sweepPolicy(s.root)
	}
}

// setup is the state of one Run.
type setup struct {
	Options
	system     *system
	record     *record
	locked     bool // we hold the lock, or there is none to be had
	unwritable bool // the marker could not be written; said once
	killed     bool // somebody was killed while he had the lock
}

// due reports whether any step has to run, or the record to be refreshed.
func (s *setup) due(steps []*step) (bool, error) {
	if s.record.complete.IsZero() {
		return true, nil
	}
	if s.Policy == First && s.finished() {
		return false, nil
	}
	for _, st := range steps {
		if why, err := s.why(st); err != nil || why != "" {
			return true, err
		}
	}
	return false, nil
}

// step runs one step if it is due, and records it.
func (s *setup) step(st *step) error {
	why, err := s.why(st)
	if err != nil {
		return err
	}
	if why == "" {
		s.Done(st.name, false, 0)
		return nil
	}
	if why != first {
		s.Log("setup: " + st.name + ": " + why)
	}
	start := time.Now()
	before, err := digests(s.Dir, st.declared())
	if err != nil {
		return &Error{Step: st.name, Code: codeConfig, Cause: err}
	}
	s.claim(st.leaves())
	done, err := s.attempts(st)
	if err != nil {
		s.unclaim(st.leaves())
		return err
	}
	s.settle(st.leaves())
	took := time.Since(start)
	if done.tool != "" {
		s.Log("setup: " + st.name + ": done in " + seconds(took))
	}
	if before, err = before.extend(s.Dir, st.inputs()); err != nil {
		return &Error{Step: st.name, Code: codeConfig, Cause: err}
	}
	s.record.steps[st.name] = &entry{
		hash: before.sum(), arch: architecture, tool: done.tool, version: done.version,
		fingerprint: fingerprint(st.fingerprintFile()), evidence: done.evidence,
		installed: start, took: took,
	}
	s.save()
	s.Done(st.name, true, took)
	return nil
}

// save writes the record. Steps that cannot be recorded run again at the next
// start, which is slow but right; so it is no reason not to start.
func (s *setup) save() {
	s.record.owner = s.owner()
	if err := s.record.write(s.Dir); err != nil && !s.unwritable {
		s.unwritable = true
		s.Log("setup: " + err.Error() + ": goes on, but the steps run again at the next start")
	}
}

// seconds writes a duration for people: 12.3 s.
func seconds(d time.Duration) string {
	return strconv.FormatFloat(d.Seconds(), 'f', 1, 64) + " s"
}

// Error is a step that failed.
type Error struct {
	Step  string // the requirement file; "": the lock could not be had
	Code  int    // exit code for the container: the tool's own where it has one
	Cause error
}

func (e *Error) Error() string {
	if e.Step == "" {
		return "cannot set up: " + e.Cause.Error() + "; end that process, or remove the file if it is left over"
	}
	return "cannot install " + e.Step + ": " + e.Cause.Error()
}

func (e *Error) Unwrap() error { return e.Cause }

// ExitCode is the exit code for the container.
func (e *Error) ExitCode() int { return e.Code }

// Aborted says that a stop signal ended the setup.
type Aborted struct{ Signal syscall.Signal }

func (a *Aborted) Error() string { return "setup aborted: " + a.Signal.String() }

// Stopped is the signal.
func (a *Aborted) Stopped() syscall.Signal { return a.Signal }

// Exit codes for failures that are not a tool's own; see sysexits(3) and the
// shell's convention.
const (
	codeNotInstalled  = 1   // the tool has exited with 0, and a package is missing
	codeHeld          = 75  // EX_TEMPFAIL: somebody holds the lock
	codeConfig        = 78  // a requirement file is wrong
	codeCannotExecute = 126 // not permitted
	codeNotFound      = 127 // a tool is missing
)

// failure is a cause that no further attempt can mend.
type failure struct {
	code int
	text string
}

func (f *failure) Error() string { return f.text }

func fail(code int, text ...string) error { return &failure{code, strings.Join(text, "")} }
