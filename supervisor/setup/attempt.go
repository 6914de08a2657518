package setup

import (
	"cmp"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"entrypoint/supervisor/launch"
	"entrypoint/supervisor/pipe"
)

// attempt is one try to install a step's packages.
type attempt struct {
	*setup
	step   string
	number int     // 1 for the first one
	unsure bool    // the package lists could not be fetched: a name that is not in them may exist
	output *output // of the last command
}

// delays are the waits between attempts: most failures are a mirror or a
// network that is away for a moment.
func delays() []time.Duration { return []time.Duration{time.Second, 4 * time.Second} }

// tailLines is how much of the output is shown when a step has failed.
const tailLines = 20

// attempts tries to install until it succeeds, is aborted, or no further attempt
// makes sense.
func (s *setup) attempts(st *step) (done, error) {
	waits := delays()
	for n := 1; ; n++ {
		a := &attempt{setup: s, step: st.name, number: n}
		d, err := st.install(a)
		if err == nil {
			return d, nil
		}
		if aborted := (*Aborted)(nil); errors.As(err, &aborted) {
			a.say("aborted by " + cmp.Or(unix.SignalName(aborted.Signal), aborted.Signal.String()))
			return d, err
		}
		final := (*failure)(nil)
		if errors.As(err, &final) {
			return d, &Error{Step: st.name, Code: final.code, Cause: err}
		}
		why, certain := reason(a.output.last(answerLines))
		if n > len(waits) || certain && !a.unsure {
			return d, a.failed(err, why)
		}
		if line := a.output.last(1); why != "" {
			a.say("| " + why)
		} else if len(line) == 1 {
			a.say("| " + line[0])
		}
		a.say(err.Error() + "; trying again in " + waits[n-1].String())
		if sig := s.Sleep(waits[n-1]); sig != 0 {
			return d, &Aborted{sig}
		}
	}
}

// failed is the error of the last attempt, whose output is shown; why is the line that
// gives the reason, "" when none is known.
func (a *attempt) failed(err error, why string) *Error {
	for _, line := range showing(a.output.last(answerLines), tailLines) {
		a.say("| " + line)
	}
	code, text := codeCannotExecute, err.Error()
	if e := (*exitError)(nil); errors.As(err, &e) {
		code = e.code
	}
	if a.number > 1 {
		text += " in " + strconv.Itoa(a.number) + " attempts"
	}
	if why != "" {
		text += ": " + why
	}
	return &Error{Step: a.step, Code: code, Cause: errors.New(text + a.homeless(why))}
}

// say logs one line about the step.
func (a *attempt) say(text ...string) {
	a.Log("setup: " + a.step + ": " + strings.Join(text, ""))
}

// tool is a command of a step.
type tool struct {
	argv []string
	env  []string // KEY=VALUE, unless the user has set it
	dir  string   // "": the directory of the requirement files
	ok   []int    // exit codes besides 0 that mean success
}

// exitError is a command that ended with a code other than 0.
type exitError struct {
	tool string
	code int
}

func (e *exitError) Error() string { return e.tool + " exited with " + strconv.Itoa(e.code) }

// run runs a command whose output is only of interest when it fails.
func (a *attempt) run(t *tool) error {
	a.output = newOutput(a, t.argv)
	return a.start(t, a.output)
}

// ask runs a short command and returns what it printed to its standard output.
func (a *attempt) ask(t *tool) (string, error) {
	answer := newOutput(a, t.argv)
	answer.quiet = true
	if err := a.start(t, answer); err != nil {
		a.output = answer
		return "", err
	}
	return strings.Join(answer.last(answerLines), "\n"), nil
}

// start runs a command with its output going to out.
func (a *attempt) start(t *tool, out *output) error {
	null, err := os.Open(os.DevNull) // a question would hang a start for ever
	if err != nil {
		null = nil // a root without /dev: the tool gets our own standard input
	} else {
		defer func() { _ = null.Close() }()
	}
	ours, w, err := pipe.ToRead()
	if err != nil {
		return errors.New("cannot make a pipe: " + err.Error())
	}
	r := os.NewFile(uintptr(ours), "pipe")
	out.read(r)
	dir := t.dir
	if dir == "" {
		dir = a.Dir
	}
	result, err := a.Run(&launch.Command{
		Argv: t.argv, Env: a.system.with(append(t.env[:len(t.env):len(t.env)], "PATH="+defaultPath)), Dir: dir,
		Stdin: null, Stdout: w, Stderr: w,
		Group: true, KillAfter: a.Budget,
	})
	_ = w.Close()
	out.finish(r)
	if result.Stopped != 0 {
		// This holds even if the tool has succeeded meanwhile: nothing is recorded, and the
		// next start finds out cheaply.
		return &Aborted{result.Stopped}
	}
	if err != nil {
		return err
	}
	if result.Code == 0 {
		return nil
	}
	for _, ok := range t.ok {
		if result.Code == ok {
			return nil
		}
	}
	return &exitError{filepath.Base(t.argv[0]), result.Code}
}
