package process

import (
	"encoding/binary"
	"os"
	"runtime"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"entrypoint/supervisor/process/entry"
)

// Start starts a process in a process group of its own, whose number is the pid. As
// a rule it returns when the command's execve has succeeded or failed; the error is a
// *StartError then, and no process of the command is left.
//
// It does not wait for ever: a child may be stopped by another process of its user,
// or hang in an execve from a file system that does not answer. After executeTime
// Start returns the pid, and what becomes of the child is told by its Exit: Err says
// that, and why, the command has never run. A child that has not executed within
// stuckTime is killed.
func (t *Table) Start(s *Spec) (pid int, err error) {
	env := s.Env
	if env == nil {
		env = syscall.Environ()
	}
	file, err := s.look(env)
	if err != nil {
		return 0, err
	}
	if s.Terminal != nil {
		t.stops.Store(true)
	}
	// A start from a loop (File) never waits in the kernel: the child may hang in a
	// directory, or in an execve, that does not answer.
	first := t.alone() && s.plain() && !t.special() && s.File == ""
	if !first || t.oom.raise != nil {
		t.oom.begin()
	}
	if first && t.oom.children == nil {
		pid, err = startFirst(s, file, env)
		t.oom.begin()
	} else {
		pid, err = t.start(s, file, env)
	}
	t.forked = true
	runtime.KeepAlive(s) // and with it the files, whose descriptors were in use
	if err == nil {
		token(t.started)
		t.newest = pid
	}
	return pid, err
}

// alone says whether there is nobody yet who could stop a child before its execve.
func (t *Table) alone() bool { return t.isInit && !t.forked }

// special says whether children need something to be as it was when we were started
// that the fork of the Go library does not know of.
func (t *Table) special() bool {
	_, space := entry.Space()
	return t.recorder.Unchanged() != 0 || space
}

// startFirst is the quicker way to start the first process of a container: the
// kernel stops us until the child has executed, and neither copies our page tables
// nor wakes us twice. It must not be used later; fork says why.
func startFirst(s *Spec, file string, env []string) (pid int, err error) {
	sys := &syscall.SysProcAttr{Setpgid: true}
	if s.Terminal != nil {
		sys.Foreground, sys.Ctty = true, int(s.Terminal.Fd())
	}
	pid, err = syscall.ForkExec(file, s.Argv, &syscall.ProcAttr{Dir: s.Dir, Env: env, Files: s.numbers(), Sys: sys})
	if err == nil {
		return pid, nil
	}
	if s.Dir != "" { // all that the fork reports is an errno
		info, statErr := os.Stat(s.Dir)
		if statErr == nil && !info.IsDir() {
			statErr = syscall.ENOTDIR
		}
		if statErr != nil {
			return 0, directoryError(s, statErr)
		}
	}
	return 0, startError(s.Argv[0], within(s.Dir, file), err, nil)
}

const (
	// executeTime is how long a start waits for the execve. It takes less than a
	// millisecond; on a busy machine it may take a hundred times as long.
	executeTime = 200 * time.Millisecond
	// hurriedTime is how long it waits while another child is late already: somebody
	// stops them, or the machine is overloaded, and the loop has other work.
	hurriedTime = 2 * time.Millisecond
	// stuckTime is how long a child may need for its execve at all.
	stuckTime = 10 * time.Second
)

// lateChild is a child that had not executed when Start returned.
type lateChild struct {
	child  *child
	spec   *Spec
	report int // the reading end of its status pipe
	until  time.Time
	err    error // why it never runs; nil: that is not known
}

func (t *Table) start(s *Spec, file string, env []string) (pid int, err error) {
	var status [2]int
	if err := unix.Pipe2(status[:], unix.O_CLOEXEC|unix.O_NONBLOCK); err != nil {
		return 0, &StartError{s.Argv[0], CodeCannotExecute, reason(err), err}
	}
	c, err := t.newChild(s, file, env, status[1])
	if err != nil {
		closeBoth(status)
		return 0, err
	}
	return t.fork(c, s, status)
}

// fork makes the process of c and waits for its execve as long as that may take.
// status is its status pipe, which fork closes.
func (t *Table) fork(c *child, s *Spec, status [2]int) (pid int, err error) {
	// The lock keeps descriptors away that the Go library opens without O_CLOEXEC.
	syscall.ForkLock.Lock()
	number, errno := fork(c)
	syscall.ForkLock.Unlock()
	runtime.KeepAlive(c)
	if errno != 0 {
		closeBoth(status)
		return 0, &StartError{s.Argv[0], CodeCannotExecute, reason(errno), errno}
	}
	pid = int(number)
	_ = syscall.Close(status[1])
	patience := executeTime
	if len(t.late) > 0 {
		patience = hurriedTime
	}
	if !readable(status[0], patience) {
		t.late[pid] = &lateChild{child: c, spec: s, report: status[0], until: time.Now().Add(stuckTime)}
		return pid, nil
	}
	err = c.reported(status[0])
	_ = syscall.Close(status[0])
	if err != nil {
		// It has not become the command: it ends now, and its exit is nobody's.
		t.failed[pid] = true
		return 0, err
	}
	return pid, nil
}

func closeBoth(pipe [2]int) {
	_ = syscall.Close(pipe[0])
	_ = syscall.Close(pipe[1])
}

// readable waits until a pipe has something to read or has come to its end, and says
// whether that is so.
func readable(fd int, patience time.Duration) bool {
	wait := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
	for deadline := time.Now().Add(patience); ; {
		left := max(0, time.Until(deadline))
		timeout := unix.NsecToTimespec(int64(left))
		n, err := unix.Ppoll(wait, &timeout, nil)
		if n > 0 || left == 0 || err != nil && err != syscall.EINTR {
			return n > 0
		}
	}
}

// reported reads the status pipe of a child: nil when it has ended without a report,
// because execve has closed it, or when there is nothing yet.
func (c *child) reported(fd int) error {
	var data [8]byte
	for {
		n, err := syscall.Read(fd, data[:])
		if err == syscall.EINTR {
			continue
		}
		if n != len(data) {
			return nil
		}
		order := binary.NativeEndian
		return c.error([2]int32{int32(order.Uint32(data[:4])), int32(order.Uint32(data[4:]))})
	}
}

// lateDue is when the first late child must have executed; zero: there is none.
func (t *Table) lateDue() (at time.Time) {
	for _, l := range t.late {
		if l.err == nil && (at.IsZero() || l.until.Before(at)) {
			at = l.until
		}
	}
	return at
}

// endLate ends the late children whose time is over: those that have executed are late
// no more, the others are killed.
func (t *Table) endLate(now time.Time) {
	for pid, l := range t.late {
		if l.err != nil || now.Before(l.until) {
			continue
		}
		if !readable(l.report, 0) {
			l.err = &StartError{l.spec.Argv[0], CodeCannotExecute, "it was stopped, or hung, for " +
				stuckTime.String() + " before its first instruction", syscall.ETIMEDOUT}
			_ = syscall.Kill(pid, syscall.SIGKILL)
			continue
		}
		if l.err = l.child.reported(l.report); l.err == nil {
			t.forgetLate(pid)
		}
	}
}

// neverRan says, of a process that has ended, why its command has never run; nil: it
// has run, as far as we know.
func (t *Table) neverRan(pid int) error {
	l := t.late[pid]
	if l == nil {
		return nil
	}
	if l.err == nil {
		l.err = l.child.reported(l.report)
	}
	t.forgetLate(pid)
	return l.err
}

func (t *Table) forgetLate(pid int) {
	_ = syscall.Close(t.late[pid].report)
	delete(t.late, pid)
}
