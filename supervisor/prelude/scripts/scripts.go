package scripts

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"entrypoint/config/directory"
	"entrypoint/supervisor/launch"
)

// Dirs are the directories of the scripts, in the order in which they are gone through.
func Dirs() []string { return []string{"/docker-entrypoint.d", "/etc/entry-point.d"} }

// Options say where the scripts are and how they are run.
type Options struct {
	Dirs    []string
	Env     []string // NAME=VALUE; nil: our own environment
	Timeout time.Duration
	Budget  time.Duration // how long a script may take to end once it was told to stop

	// Run runs a command to its end, as launch.Launcher.Run does.
	Run func(*launch.Command) (launch.Result, error)
	// Beside runs what a file system may hold up for ever, and returns early with the stop
	// signal when one arrives; nil: it is run here.
	Beside func(what string, f func() error) (syscall.Signal, error)
	Log    func(string)
	Trace  func(string) // a line for -v; nil: none
	// Output takes what scripts print on stdout or stderr, from any goroutine.
	Output func(stderr bool, data []byte)

	untrusted bool // as if we were not root, for tests
}

// Result is what the scripts have done.
type Result struct {
	Ran int
	Env []string // what the environment is to be
}

// kind is what is done with a file.
type kind int

const (
	leftOut kind = iota
	run
	source
)

// script is a file that is there.
type script struct {
	path string
	kind kind
	why  string // it is left out
	said bool   // that is told without -v, too
	root string // why root may not run it; "": it may
}

// look finds the scripts.
func (o *Options) look() (list []script, err error) {
	trust := newTruster(o.untrusted)
	for _, dir := range o.Dirs {
		names, err := directory.Names(dir)
		switch {
		case os.IsNotExist(err):
			continue
		case err != nil:
			return nil, &Error{"cannot read directory " + dir + ": " + reason(err), codeConfig}
		}
		for _, name := range names {
			list = append(list, trust.script(filepath.Join(dir, name)))
		}
	}
	return list, nil
}

// script looks at one file.
func (t *truster) script(path string) script {
	s := script{path: path}
	name := filepath.Base(path)
	for _, end := range [...]string{"~", ".bak", ".orig", ".rej", ".swp", ".dpkg-old", ".dpkg-new", ".dpkg-dist", ".rpmsave", ".rpmnew"} {
		if strings.HasSuffix(name, end) {
			s.why = "its name is that of a copy"
			return s
		}
	}
	info, err := os.Stat(path)
	switch {
	case strings.HasPrefix(name, "."):
		s.why = "it is hidden"
		return s
	case err != nil:
		s.why, s.said = reason(err), true
		return s
	case !info.Mode().IsRegular():
		s.why = "it is no file"
		return s
	}
	shell := strings.HasSuffix(name, ".sh") || strings.HasSuffix(name, ".envsh")
	switch {
	case info.Mode()&0o111 == 0:
		s.why, s.said = "it is not executable", shell
		if shell {
			s.why += ": chmod +x " + path
		}
		return s
	case strings.HasSuffix(name, ".envsh"):
		s.kind = source
	default:
		s.kind = run
	}
	s.root = t.refusal(path)
	return s
}

// Run runs the scripts in their order. The error is an *Error, or an *Aborted by a stop
// signal.
func Run(o Options) (Result, error) {
	r := Result{Env: o.Env}
	if r.Env == nil {
		r.Env = os.Environ()
	}
	if o.Beside == nil {
		o.Beside = func(_ string, f func() error) (syscall.Signal, error) { return 0, f() }
	}
	var list []script
	stop, err := o.Beside("look at the scripts of "+strings.Join(o.Dirs, " and "), func() (err error) {
		list, err = o.look()
		return err
	})
	if stop != 0 {
		return r, &Aborted{stop}
	}
	if err != nil {
		return r, err
	}
	var refused []string
	for i := range list {
		if s := &list[i]; s.root != "" {
			refused = append(refused, s.root)
		}
	}
	if refused != nil {
		return r, &Error{strings.Join(refused, "\n"), codeConfig}
	}
	for i := range list {
		s := &list[i]
		if s.kind == leftOut {
			o.tellLeftOut(s)
			continue
		}
		if o.Trace != nil {
			o.Trace("hooks: running " + s.path)
		}
		if r.Env, err = o.run(s, r.Env); err != nil {
			return r, err
		}
		r.Ran++
	}
	return r, nil
}

// tellLeftOut says that a file is left out.
func (o *Options) tellLeftOut(s *script) {
	line := "hooks: " + s.path + " is left out: " + s.why
	switch {
	case s.said:
		o.Log(line)
	case o.Trace != nil:
		o.Trace(line)
	}
}

// Explain says what Run would do.
func Explain(o Options) (lines []string) {
	list, err := o.look()
	if err != nil {
		return []string{err.Error()}
	}
	env := o.Env
	if env == nil {
		env = os.Environ()
	}
	for i := range list {
		s := &list[i]
		switch {
		case s.root != "":
			lines = append(lines, s.root)
		case s.said:
			lines = append(lines, "leaves out "+s.path+": "+s.why)
		case s.kind == leftOut:
		default:
			line := "runs " + s.path
			if s.kind == source {
				line = "sources " + s.path + " and keeps its variables"
			}
			if err := s.inspect(env); err != nil {
				line += ", which cannot be done as it is here: " + err.Error()
			}
			lines = append(lines, line)
		}
	}
	return lines
}

// reason is the cause of an error, without its operation and path.
func reason(err error) string {
	if e, is := err.(*os.PathError); is {
		err = e.Err
	}
	return err.Error()
}

// ownOfShell says whether a variable is one that a shell sets for itself.
func ownOfShell(name string) bool {
	return slices.Contains([]string{"_", "PWD", "OLDPWD", "SHLVL"}, name)
}
