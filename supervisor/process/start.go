package process

import (
	"errors"
	"os"
	"runtime"
	"strconv"
	"syscall"
)

// Start starts a process in a process group of its own, whose number is the
// pid. It returns when the command's execve succeeded or failed; the error is a
// *StartError then, and no process is left.
func (t *Table) Start(s *Spec) (pid int, err error) {
	env := s.Env
	if env == nil {
		env = syscall.Environ()
	}
	file, err := Look(s.Argv[0], env, s.Dir)
	if err != nil {
		return 0, err
	}
	sys := &syscall.SysProcAttr{Setpgid: true}
	if s.Terminal != nil {
		// The child itself takes the terminal, before its execve: done by us
		// afterwards, a quick child would read from it in the background and
		// be stopped by SIGTTIN.
		sys.Foreground, sys.Ctty = true, int(s.Terminal.Fd())
		t.stops.Store(true)
	}
	attr := &syscall.ProcAttr{Env: env, Files: s.descriptors(), Sys: sys}
	if t.staged(s) {
		pid, err = startStaged(s, file, attr)
	} else {
		pid, err = startPlain(s, file, attr)
	}
	runtime.KeepAlive(s) // and with it the files, whose descriptors were in use
	if err == nil {
		token(t.started)
	}
	return pid, err
}

// startPlain forks and executes at once. syscall.ForkExec rather than
// os.StartProcess: no pidfd and no process object, both made for a Wait that
// never comes here.
func startPlain(s *Spec, file string, attr *syscall.ProcAttr) (pid int, err error) {
	attr.Dir, attr.Sys.Credential = s.Dir, s.Credential
	pid, err = syscall.ForkExec(file, s.Argv, attr)
	if err != nil {
		return 0, execError(s, file, err)
	}
	return pid, nil
}

// execError tells what failed in the child from its errno, which is all that
// the fork reports: the working directory, the change of user or the execve.
func execError(s *Spec, file string, err error) error {
	if s.Dir != "" {
		info, statErr := os.Stat(s.Dir)
		if statErr == nil && !info.IsDir() {
			statErr = syscall.ENOTDIR
		}
		if statErr != nil {
			return directoryError(s, statErr)
		}
	}
	if c := s.Credential; c != nil && errors.Is(err, syscall.EPERM) {
		return &StartError{s.Argv[0], CodeCannotExecute, userReason(c, err), err}
	}
	return startError(s.Argv[0], within(s.Dir, file), err, s.Credential)
}

func directoryError(s *Spec, err error) *StartError {
	return &StartError{s.Argv[0], CodeCannotExecute, "cannot enter directory " + quote(s.Dir) + ": " + reason(err), err}
}

// userReason says that we may not become another user.
func userReason(c *syscall.Credential, err error) string {
	return "cannot become user " + strconv.Itoa(int(c.Uid)) + " and group " + strconv.Itoa(int(c.Gid)) +
		": " + err.Error() + " (it needs root, or CAP_SETUID and CAP_SETGID)"
}
