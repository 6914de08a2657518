package process

import (
	"errors"
	"os"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Table is the kernel's process table and signals as far as they are ours. One
// goroutine owns it.
type Table struct {
	isInit   bool        // getpid() is 1: orphans come to us and kill(-1) is ours to use
	stops    atomic.Bool // report children that stop, too: a terminal was handed over
	lastReap time.Time
	seen     uint32 // value of wakeups when Wait last returned

	watching bool
	reaped   chan struct{} // to watch: all that had ended are reaped
	started  chan struct{} // to watch: there is a child
}

// Open makes the calling process the one that inherits the orphans below it:
// PID 1 is that already, any other process becomes a subreaper (prctl(2),
// PR_SET_CHILD_SUBREAPER). A kernel that refuses leaves us without the orphans
// and nothing else, so there is no error. From here on no signal is lost.
func Open() *Table {
	t := &Table{isInit: os.Getpid() == 1, reaped: make(chan struct{}, 1), started: make(chan struct{}, 1)}
	defaultSIGCHLD()
	recordSignals()
	if !t.isInit {
		_ = unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
	}
	return t
}

// IsInit says whether we are PID 1 of our PID namespace.
func (t *Table) IsInit() bool { return t.isInit }

// Spec is one process to start.
type Spec struct {
	Argv []string // Argv[0] is looked up in the PATH of Env
	Env  []string // KEY=VALUE; nil: our own environment
	Dir  string   // working directory; "": our own

	Stdin, Stdout, Stderr *os.File // nil: our own

	// Terminal makes the process's group the foreground group of this
	// terminal before the command's first instruction; nil: no terminal.
	Terminal *os.File

	Credential *syscall.Credential // nil: run as we are
}

// Start starts a process in a process group of its own, whose number is the
// pid. It returns when the command's execve succeeded or failed; the error is a
// *StartError then.
func (t *Table) Start(s *Spec) (pid int, err error) {
	env := s.Env
	if env == nil {
		env = syscall.Environ()
	}
	file, err := Look(s.Argv[0], env, s.Dir)
	if err != nil {
		return 0, err
	}
	sys := &syscall.SysProcAttr{Setpgid: true, Credential: s.Credential}
	if s.Terminal != nil {
		// The child itself takes the terminal, before its execve: done by us
		// afterwards, a quick child would read from it in the background and
		// be stopped by SIGTTIN.
		sys.Foreground, sys.Ctty = true, int(s.Terminal.Fd())
		t.stops.Store(true)
	}
	// syscall.ForkExec rather than os.StartProcess: no pidfd and no process
	// object, both made for a Wait that never comes here.
	pid, err = syscall.ForkExec(file, s.Argv, &syscall.ProcAttr{
		Dir:   s.Dir,
		Env:   env,
		Files: []uintptr{descriptor(s.Stdin, 0), descriptor(s.Stdout, 1), descriptor(s.Stderr, 2)},
		Sys:   sys,
	})
	if err != nil {
		return 0, execError(s, err)
	}
	token(t.started)
	return pid, nil
}

// execError tells a working directory that cannot be entered from a command
// that cannot be executed: the fork reports only one errno for both.
func execError(s *Spec, err error) error {
	if s.Dir != "" {
		info, statErr := os.Stat(s.Dir)
		if statErr == nil && !info.IsDir() {
			statErr = syscall.ENOTDIR
		}
		if statErr != nil {
			return &StartError{s.Argv[0], CodeCannotExecute, "cannot enter directory " + quote(s.Dir) + ": " + reason(statErr), statErr}
		}
	}
	if errors.Is(err, syscall.ENOENT) {
		// The file was found a moment ago: what is missing is the interpreter
		// in its #! line, or the dynamic loader.
		return &StartError{s.Argv[0], CodeNotFound, "its interpreter (the #! line or the dynamic loader) does not exist", err}
	}
	return startError(s.Argv[0], err)
}

func descriptor(f *os.File, inherited uintptr) uintptr {
	if f == nil {
		return inherited
	}
	return f.Fd()
}

// Signal sends sig to one process.
func (t *Table) Signal(pid int, sig syscall.Signal) error { return syscall.Kill(pid, sig) }

// SignalGroup sends sig to every member of a process group.
func (t *Table) SignalGroup(group int, sig syscall.Signal) error { return syscall.Kill(-group, sig) }

// GroupAlive says whether a process group still has a member. A member that is
// dead but not reaped counts, so ask after Reap.
func (t *Table) GroupAlive(group int) bool {
	return !errors.Is(syscall.Kill(-group, 0), syscall.ESRCH)
}
