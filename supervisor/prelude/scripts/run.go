package scripts

import (
	"bytes"
	"errors"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"entrypoint/config/environ"
	"entrypoint/supervisor/export"
	"entrypoint/supervisor/launch"
	"entrypoint/supervisor/pipe"
	"entrypoint/supervisor/process"
)

// codeConfig is the exit code of a mistake of whoever has made the image.
const codeConfig = 78

// Error is a script that has failed, or scripts that must not be run.
type Error struct {
	text string
	code int
}

func (e *Error) Error() string { return e.text }

// ExitCode is the exit code of the container.
func (e *Error) ExitCode() int { return e.code }

// Aborted says that a stop signal has ended the scripts.
type Aborted struct{ Signal syscall.Signal }

func (a *Aborted) Error() string { return "aborted by " + process.SignalName(a.Signal) }

// Stopped is the stop signal.
func (a *Aborted) Stopped() syscall.Signal { return a.Signal }

const (
	shell = "/bin/sh"
	// sourcing sources a file as nginx's entrypoint does, where descriptor 3 is the output,
	// and writes the environment that this has made to our descriptor.
	sourcing = `set -e; entry_point_script=$1; shift; exec 4>&3 3>&1; . "$entry_point_script"; exec 3>&-; exec env -0 >&4`
	// largestEnvironment is more than the kernel passes on as a rule.
	largestEnvironment = 4 << 20
	shownLines         = 3
	longestShown       = 300
	drainTime          = 250 * time.Millisecond // as that of the setup
)

// argv is what is executed for a script.
func (s *script) argv() []string {
	switch {
	case s.kind == source:
		return []string{shell, "-c", sourcing, shell, s.path}
	case strings.HasSuffix(s.path, ".sh") && !hasInterpreter(s.path):
		return []string{shell, s.path}
	}
	return []string{s.path}
}

// hasInterpreter says whether the kernel can find out how to run a file. An empty script
// has none and needs none.
func hasInterpreter(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return true // the kernel says why not
	}
	defer f.Close()
	head := make([]byte, 4)
	n, _ := f.Read(head)
	return bytes.HasPrefix(head[:n], []byte("#!")) || string(head[:n]) == "\x7fELF"
}

// inspect says why a script could not be run; nil: nothing speaks against it.
func (s *script) inspect(env []string) error {
	argv := s.argv()
	if s.kind == source {
		argv = []string{shell, s.path}
	}
	return process.Inspect(argv, env, "", nil)
}

// run runs a script, and returns the environment that it leaves.
func (o *Options) run(s *script, env []string) ([]string, error) {
	var argv []string
	stop, err := o.Beside("look at "+s.path, func() error {
		argv = s.argv()
		return s.inspect(env)
	})
	if stop != 0 {
		return env, &Aborted{stop}
	}
	if err != nil {
		return env, &Error{s.named(err), process.StartCode(err)}
	}
	exports, err := export.New()
	if err != nil {
		return env, &Error{err.Error(), process.CodeCannotExecute}
	}
	defer exports.Close()
	null, err := os.Open(os.DevNull) // a question would hang the start for ever
	if err != nil {
		null = nil
	} else {
		defer null.Close()
	}
	c := &launch.Command{
		Argv: argv, Env: env, Stdin: null, Files: []*os.File{exports},
		Group: true, KillAfter: o.Budget, Limit: o.Timeout,
	}
	out, err := o.capture(c)
	if err != nil {
		return env, &Error{err.Error(), process.CodeCannotExecute}
	}
	result, err := o.Run(c)
	last := out.finish()
	if result.Left {
		o.Log("hooks: " + s.path + " has left processes running, which have been ended: what is to stay is a program of the configuration")
	}
	switch {
	case result.Stopped != 0:
		return env, &Aborted{result.Stopped}
	case err != nil:
		return env, &Error{s.named(err), result.Code}
	case result.Late:
		return env, &Error{s.path + " did not end within " + o.Timeout.String() + " (hook_timeout)" + last, max(1, result.Code)}
	case result.Code > process.CodeSignal && result.Verdict != "":
		_, why, _ := strings.Cut(result.Verdict, ": ") // of what is executed, which may be the shell
		return env, &Error{s.path + ": " + why + last, result.Code}
	case result.Code != 0:
		if s.kind == source && last == "" {
			last = " (it is sourced with set -e: a command that fails ends it, and so does exit)"
		}
		return env, &Error{s.path + " exited with code " + strconv.Itoa(result.Code) + last, result.Code}
	}
	return o.take(s, exports, env)
}

// named is an error about a script, which names it as we do: a script that is run by a shell
// would be called that.
func (s *script) named(err error) string {
	if e := (*process.StartError)(nil); errors.As(err, &e) {
		return "cannot run " + s.path + ": " + strings.TrimPrefix(e.Reason, "its script "+strconv.Quote(s.path)+": ")
	}
	return s.path + ": " + err.Error()
}

// take makes the environment of what a script has handed over.
func (o *Options) take(s *script, exports *os.File, env []string) ([]string, error) {
	if s.kind == source {
		data, err := export.All(exports, largestEnvironment)
		switch {
		case err != nil:
			return env, &Error{s.path + ": " + err.Error(), 1}
		case data == "":
			return env, &Error{s.path + " has ended with exit, so that its variables are not known: write return", 1}
		}
		return sourced(env, strings.Split(strings.TrimSuffix(data, "\x00"), "\x00")), nil
	}
	variables, bad, err := export.Read(exports)
	if err != nil {
		return env, &Error{s.path + ": " + err.Error(), 1}
	}
	if bad != "" {
		o.Log("hooks: " + s.path + ": " + bad)
	}
	env = slices.Clone(env)
	for _, entry := range variables {
		env = set(env, entry)
	}
	return env, nil
}

// sourced is an environment after a script was sourced in it that has left another one.
func sourced(env, left []string) []string {
	list := make([]string, 0, len(env))
	for _, entry := range env {
		name, _, _ := strings.Cut(entry, "=")
		if _, there := environ.Lookup(left, name); there || ownOfShell(name) || !export.IsName(name) {
			list = append(list, entry)
		}
	}
	for _, entry := range left {
		name, value, _ := strings.Cut(entry, "=")
		if old, had := environ.Lookup(env, name); export.IsName(name) && !ownOfShell(name) && (!had || old != value) {
			list = set(list, entry)
		}
	}
	return list
}

// set sets one variable.
func set(env []string, entry string) []string {
	name, _, _ := strings.Cut(entry, "=")
	env = slices.DeleteFunc(env, func(e string) bool { return strings.HasPrefix(e, name+"=") })
	return append(env, entry)
}

// capture is the output of one script, on its way.
type capture struct {
	files [2]*os.File // our ends
	ours  [2]*os.File // of the process, until finish
	done  [2]chan struct{}
	last  [2][]byte // the end of what was printed
}

// capture lets what a command prints pass through us.
func (o *Options) capture(c *launch.Command) (*capture, error) {
	out := &capture{}
	for i := range out.files {
		fd, theirs, err := pipe.ToRead()
		if err != nil {
			out.finish()
			return nil, errors.New("cannot make a pipe: " + err.Error())
		}
		out.files[i], out.ours[i], out.done[i] = os.NewFile(uintptr(fd), "pipe"), theirs, make(chan struct{})
		go out.read(i, o.Output)
	}
	c.Stdout, c.Stderr = out.ours[0], out.ours[1]
	return out, nil
}

// read passes on what comes out of one pipe.
func (c *capture) read(i int, output func(bool, []byte)) {
	defer close(c.done[i])
	buf := make([]byte, 4<<10)
	for {
		n, err := c.files[i].Read(buf)
		if n > 0 {
			output(i == 1, buf[:n])
			c.last[i] = append(c.last[i], buf[:n]...)
			c.last[i] = c.last[i][max(0, len(c.last[i])-len(buf)):]
		}
		if err != nil {
			if n := len(c.last[i]); n > 0 && c.last[i][n-1] != '\n' {
				output(i == 1, []byte("\n")) // what others print begins a line
			}
			return
		}
	}
}

// finish reads what is left, though not what processes that the script has left behind
// print, and returns the last lines, as the end of a sentence.
func (c *capture) finish() (text string) {
	for i, f := range c.files {
		if f == nil {
			continue
		}
		_ = c.ours[i].Close()
		_ = f.SetReadDeadline(time.Now().Add(drainTime))
		<-c.done[i]
		_ = f.Close()
	}
	var lines []string
	for _, data := range c.last {
		for _, line := range strings.Split(string(data), "\n") {
			if line = strings.TrimSpace(line); line != "" {
				lines = append(lines, line[:min(len(line), longestShown)])
			}
		}
	}
	if lines = lines[max(0, len(lines)-shownLines):]; len(lines) > 0 {
		text = ": " + strings.Join(lines, "; ")
	}
	return text
}
