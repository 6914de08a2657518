package prelude

import (
	"strings"
	"syscall"
	"time"

	"entrypoint/supervisor/phrase"
)

// Step is one step of the prelude.
type Step struct {
	Name string // as config has it, such as "templates"

	// Run does the work. An error of it ends the prelude. It may have a method
	// ExitCode() int, which is the exit code of the container (1 without it), and a method
	// Stopped() syscall.Signal, which is the stop signal that has ended the step, or 0. It
	// does not name the step.
	Run func() (Outcome, error)

	// Explain says, in lines that do not name the step, what Run would do. It does nothing.
	// No line: there is nothing to do. nil: nobody can say.
	Explain func() []string

	// Tells is of a step that writes its own lines into the log and adds to the record
	// what it has done; only its failure is left to us.
	Tells bool
}

// Outcome is what a step has done.
type Outcome struct {
	Did Did
	// What is that in a few words for a line of the log, such as "rendered 3 files"; "":
	// the line says only that it is done.
	What string
}

// Did is how much a step has done.
type Did int

// What a step can have done.
const (
	Nothing   Did = iota // there was nothing to do: nobody has asked for anything
	Unchanged            // all was as it should be
	Done
)

// Driver runs steps. It is used by one goroutine.
type Driver struct {
	Skips func(step string) bool // whether a step is left out
	Log   func(string)           // one line of our own log
	Trace func(string)           // one line for -v; nil: none
	// Stopped returns a stop signal that has arrived, or 0; nil: none arrives.
	Stopped func() syscall.Signal
	Record  *Record
}

// Run runs steps in their order. The error is an *Error of the step that has failed, or an
// *Aborted.
func (d *Driver) Run(steps []Step) error {
	for i := range steps {
		if err := d.run(&steps[i]); err != nil {
			return err
		}
	}
	return nil
}

func (d *Driver) run(s *Step) error {
	if d.Skips(s.Name) {
		d.Record.Set(s.Name, "skipped", 0)
		d.Log(s.Name + ": skipped, as prelude_skip says")
		return nil
	}
	if d.Stopped != nil {
		if sig := d.Stopped(); sig != 0 {
			return &Aborted{Step: s.Name, Signal: sig}
		}
	}
	start := time.Now()
	d.Record.begin(s.Name, start)
	out, err := s.Run()
	took := time.Since(start)
	d.Record.begin("", time.Time{})
	switch {
	case err != nil:
		return d.failed(s, err, took)
	case s.Tells:
	case out.Did == Nothing:
		if d.Trace != nil {
			d.Trace(s.Name + ": nothing to do")
		}
	case out.Did == Unchanged:
		d.Record.Set(s.Name, "unchanged", took)
		if d.Trace != nil {
			d.Trace(s.Name + ": unchanged; " + phrase.Span(took))
		}
	default:
		d.Record.Set(s.Name, "done", took)
		what := "done"
		if out.What != "" {
			what = out.What
		}
		d.Log(s.Name + ": " + what + " in " + phrase.Span(took))
	}
	return nil
}

// failed records a step that has ended badly.
func (d *Driver) failed(s *Step, err error, took time.Duration) error {
	if stopped, is := err.(interface{ Stopped() syscall.Signal }); is && stopped.Stopped() != 0 {
		sig := stopped.Stopped()
		d.Record.Set(s.Name, "aborted", took)
		return &Aborted{Step: s.Name, Signal: sig}
	}
	d.Record.Set(s.Name, "failed: "+strings.ReplaceAll(err.Error(), "\n", "; "), took)
	return &Error{Step: s.Name, Cause: err, bare: s.Tells}
}

// Explain is what the steps would do, each line with the name of its step.
func (d *Driver) Explain(steps []Step) (lines []string) {
	for i := range steps {
		s := &steps[i]
		if s.Explain == nil {
			continue
		}
		said := s.Explain()
		if len(said) > 0 && d.Skips(s.Name) {
			said = []string{"skipped, as prelude_skip says"}
		}
		for _, line := range said {
			lines = append(lines, s.Name+": "+line)
		}
	}
	return lines
}

// Error is a step that has failed.
type Error struct {
	Step  string
	Cause error

	bare bool // the cause names the step itself
}

// Error is the cause, each line of it with the name of the step.
func (e *Error) Error() string {
	if e.bare {
		return e.Cause.Error()
	}
	return e.Step + ": " + strings.ReplaceAll(e.Cause.Error(), "\n", "\n"+e.Step+": ")
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Cause }

// ExitCode is the exit code of the container.
func (e *Error) ExitCode() int {
	if c, is := e.Cause.(interface{ ExitCode() int }); is && c.ExitCode() > 0 {
		return c.ExitCode()
	}
	return 1
}

// Aborted says that a stop signal has ended the prelude in or before a step.
type Aborted struct {
	Step   string
	Signal syscall.Signal
}

func (a *Aborted) Error() string { return a.Step + " aborted: " + a.Signal.String() }
