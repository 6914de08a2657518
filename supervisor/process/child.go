package process

import (
	"errors"
	"strconv"
	"strings"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"

	"entrypoint/supervisor/process/entry"
	"entrypoint/supervisor/process/signals"
)

// newChild prepares the child that becomes the command of s. What needs root comes
// before the change of user, what root must not do in the user's name after it. From
// that change on other processes of the user may signal the child, so that as much as
// possible comes before.
func (t *Table) newChild(s *Spec, file string, env []string, status int) (*child, error) {
	c := &child{spec: s, status: uintptr(status), mask: signals.All()}
	c.joinGroup(s)
	if err := c.limit(s, t); err != nil {
		return nil, err
	}
	c.prioritize(s, t.oom.children)
	c.arrange(s)
	c.defaultSignals(t.recorder.Unchanged())
	if err := c.changeUser(s); err != nil {
		return nil, err
	}
	if err := c.enterDirectory(s); err != nil {
		return nil, err
	}
	if s.Settings.NoNewPrivs {
		c.add(failure{what: "cannot set no_new_privs"}, unix.SYS_PRCTL, unix.PR_SET_NO_NEW_PRIVS, 1)
	}
	return c, c.execute(s, file, env)
}

// joinGroup makes a process group of the child's own, and makes it the foreground
// group of the terminal where there is one. Done by us after the fork, a quick
// command would read from the terminal in the background and be stopped by SIGTTIN.
func (c *child) joinGroup(s *Spec) {
	c.add(failure{what: "cannot make a process group"}, unix.SYS_SETPGID)
	if s.Terminal != nil {
		c.add(failure{what: "cannot take the terminal"},
			unix.SYS_IOCTL, s.Terminal.Fd(), unix.TIOCSPGRP, uintptr(unsafe.Pointer(&c.self)))
	}
}

// limit sets umask and resource limits. The Go library has raised our own soft limit
// of descriptors (see entry); the child gets the one that we were started with, unless
// SetLimits or somebody else has chosen another one since then.
func (c *child) limit(s *Spec, t *Table) error {
	set := &s.Settings
	if space, changed := entry.Space(); changed {
		if err := c.setLimit(s, unix.RLIMIT_AS, "the limit of address space", &syscall.Rlimit{Cur: space.Soft, Max: space.Hard}); err != nil {
			return err
		}
	}
	if set.Umask != nil {
		c.add(failure{}, unix.SYS_UMASK, uintptr(*set.Umask))
	}
	if set.Core != nil {
		if err := c.setLimit(s, unix.RLIMIT_CORE, "rlimit_core", set.Core); err != nil {
			return err
		}
	}
	if set.NoFile != nil {
		return c.setLimit(s, unix.RLIMIT_NOFILE, "rlimit_nofile", set.NoFile)
	}
	if before, now := entry.NoFile(), (unix.Rlimit{}); !t.limitsSet && before != (entry.Limit{}) && before.Soft < t.raised.Cur &&
		unix.Prlimit(0, unix.RLIMIT_NOFILE, nil, &now) == nil && now == t.raised {
		return c.setLimit(s, unix.RLIMIT_NOFILE, "the limit of open files", &syscall.Rlimit{Cur: before.Soft, Max: before.Hard})
	}
	return nil
}

func (c *child) setLimit(s *Spec, resource int, name string, limit *syscall.Rlimit) error {
	want := unix.Rlimit{Cur: limit.Cur, Max: limit.Max}
	var old unix.Rlimit
	_ = unix.Getrlimit(resource, &old)
	what := "cannot set " + name + " to " + limitText(want.Cur) + ":" + limitText(want.Max)
	if want.Cur > want.Max {
		text := what + ": " + syscall.EINVAL.Error() + " (the soft limit is above the hard one)"
		return c.cannot(text, syscall.EINVAL)
	}
	needs := ""
	switch {
	case want.Max > old.Max:
		needs = "to raise the hard limit above " + limitText(old.Max) + " needs CAP_SYS_RESOURCE, or docker run --ulimit"
	case resource == unix.RLIMIT_NOFILE:
		needs = "above the kernel's fs.nr_open"
	}
	c.add(failure{what: what, needs: needs}, unix.SYS_PRLIMIT64, 0, uintptr(resource), pointerTo(c, &want))
	return nil
}

func limitText(n uint64) string {
	if n == unix.RLIM_INFINITY {
		return "unlimited"
	}
	return strconv.FormatUint(n, 10)
}

// prioritize sets what the scheduler and the kernel's killer for want of memory go by.
func (c *child) prioritize(s *Spec, score []byte) {
	if nice := s.Settings.Nice; nice != nil {
		c.add(failure{what: "cannot set nice to " + strconv.Itoa(*nice), needs: "less than ours needs CAP_SYS_NICE"},
			unix.SYS_SETPRIORITY, unix.PRIO_PROCESS, 0, uintptr(*nice))
	}
	adj := s.Settings.OOMScoreAdj
	if adj != nil {
		score = []byte(strconv.Itoa(*adj))
	}
	if len(score) > 0 {
		file, _ := syscall.BytePtrFromString("/proc/self" + oomFile)
		failed := failure{what: "cannot set oom_score_adj to " + string(score), needs: "less than ours needs CAP_SYS_RESOURCE"}
		c.add(failed, unix.SYS_OPENAT, atCWD, pointerTo(c, file), syscall.O_WRONLY|syscall.O_CLOEXEC).optional = adj == nil
		set := c.add(failed, unix.SYS_WRITE, 0, pointerTo(c, &score[0]), uintptr(len(score)))
		set.useLast, set.optional = true, adj == nil
	}
}

// atCWD is AT_FDCWD as a register holds it.
const atCWD = ^uintptr(0) - 99

// arrange gives the child's descriptors the numbers that s wants.
func (c *child) arrange(s *Spec) {
	failed := failure{what: "cannot arrange its descriptors"}
	from := s.numbers()
	// A descriptor whose number is that of an earlier one would be replaced before it
	// is moved: it moves out of the way first, above all that are in use.
	free := max(uintptr(len(from)), c.status+1)
	for _, fd := range from {
		if fd != closed {
			free = max(free, fd+1)
		}
	}
	for number, fd := range from {
		if fd != closed && fd < uintptr(number) {
			c.add(failed, unix.SYS_DUP3, fd, free, syscall.O_CLOEXEC)
			from[number] = free
			free++
		}
	}
	for number, fd := range from {
		switch number := uintptr(number); fd {
		case closed:
			c.add(failure{}, unix.SYS_CLOSE, number).harmless = syscall.EBADF
		case number:
			c.add(failed, unix.SYS_FCNTL, fd, unix.F_SETFD, 0)
		default:
			c.add(failed, unix.SYS_DUP3, fd, number, 0)
		}
	}
}

// defaultSignals gives every signal its default action but those that somebody had
// ignored for us, as execve does with our handlers, and before signals are let through:
// else one that arrives before the execve would be taken for ours and be lost.
func (c *child) defaultSignals(unchanged uint64) {
	standard := pointerTo(c, &[8]uint64{}) // SIG_DFL; no architecture's struct sigaction is larger
	for sig := syscall.Signal(1); sig <= lastSignal; sig++ {
		if Forwardable(sig) && unchanged&(1<<(sig-1)) == 0 || sig == syscall.SIGPIPE || sig == syscall.SIGURG || sig == syscall.SIGPROF {
			c.add(failure{}, unix.SYS_RT_SIGACTION, uintptr(sig), standard, 0, signals.SetSize)
		}
	}
}

// changeUser makes the child another user with the capabilities that it may have.
func (c *child) changeUser(s *Spec) error {
	keep := s.Settings.Capabilities
	if keep != nil {
		c.limitCapabilities(s, *keep)
		// A change from root to a user clears all capabilities; they are kept until
		// setCapabilities chooses.
		c.add(failure{what: "cannot keep capabilities over the change of user"}, unix.SYS_PRCTL, unix.PR_SET_KEEPCAPS, 1)
	}
	if user := s.Credential; user != nil {
		failed := failure{error: func(errno syscall.Errno) error {
			return c.cannot(userReason(user, errno), errno)
		}}
		if !user.NoSetGroups {
			groups := uintptr(0)
			if len(user.Groups) > 0 {
				groups = pointerTo(c, &user.Groups[0])
			}
			c.add(failed, sysSetgroups, uintptr(len(user.Groups)), groups)
		}
		c.add(failed, sysSetgid, uintptr(user.Gid))
		c.add(failed, sysSetuid, uintptr(user.Uid))
	}
	if keep == nil {
		return nil
	}
	return c.setCapabilities(s, *keep)
}

func (c *child) enterDirectory(s *Spec) error {
	if s.Dir == "" {
		return nil
	}
	dir, err := syscall.BytePtrFromString(s.Dir)
	if err != nil {
		return directoryError(s, err)
	}
	c.add(failure{error: func(errno syscall.Errno) error { return directoryError(s, errno) }}, unix.SYS_CHDIR, pointerTo(c, dir))
	return nil
}

// execute ends the list: the signals are let through that were so when we were
// started, and the command takes the place of the child.
func (c *child) execute(s *Spec, file string, env []string) error {
	invalid := func(err error) error {
		return c.cannot("a NUL byte in its command or environment", err)
	}
	path, err := syscall.BytePtrFromString(file)
	if err != nil {
		return invalid(err)
	}
	argv, err := syscall.SlicePtrFromStrings(s.Argv)
	if err != nil {
		return invalid(err)
	}
	if s.listening() > 0 {
		env = c.announce(s, env)
	}
	envp, err := syscall.SlicePtrFromStrings(env)
	if err != nil {
		return invalid(err)
	}
	if s.listening() > 0 {
		pid := []byte("LISTEN_PID=" + strings.Repeat("\x00", len(c.listenPID)))
		c.listenPID = (*[11]byte)(pid[len("LISTEN_PID="):])
		envp[len(envp)-1] = &pid[0] // where announce has left a place
		envp = append(envp, nil)
	}
	c.keep = append(c.keep, argv, envp)
	blocked := &c.inherited
	if mask, held := entry.SignalMask(); held { // not all threads have the mask that we were started with
		blocked = &signals.Set{mask}
	}
	c.add(failure{}, unix.SYS_RT_SIGPROCMASK, signals.SetMask, pointerTo(c, blocked), 0, signals.SetSize)
	c.add(failure{error: func(errno syscall.Errno) error { return execError(s, file, errno) }},
		unix.SYS_EXECVE, pointerTo(c, path), pointerTo(c, &argv[0]), pointerTo(c, &envp[0]))
	return nil
}

// announce tells the command of its listening sockets (sd_listen_fds(3)).
func (c *child) announce(s *Spec, env []string) []string {
	list := make([]string, 0, len(env)+2)
	for _, entry := range env {
		if !announcement(entry) {
			list = append(list, entry)
		}
	}
	list = append(list, "LISTEN_FDS="+strconv.Itoa(s.listening()))
	if len(s.ListenNames) > 0 {
		list = append(list, "LISTEN_FDNAMES="+strings.Join(s.ListenNames, ":"))
	}
	return list
}

// announcement says whether an environment entry speaks of other sockets, which
// somebody has handed to us.
func announcement(entry string) bool {
	return strings.HasPrefix(entry, "LISTEN_PID=") || strings.HasPrefix(entry, "LISTEN_FDS=") || strings.HasPrefix(entry, "LISTEN_FDNAMES=")
}

// error is what a report of the child means.
func (c *child) error(report [2]int32) error {
	index := int(report[0])
	errno := syscall.Errno(report[1])
	failed := failure{}
	if index >= 0 && index < len(c.calls) {
		failed = c.calls[index].failed
	}
	switch text := failed.what + ": " + errno.Error(); {
	case failed.error != nil:
		return failed.error(errno)
	case failed.what == "":
		return errors.New("system call " + strconv.Itoa(index) + " of its start" + text)
	case failed.needs != "" && (errno == syscall.EPERM || errno == syscall.EACCES):
		return c.cannot(text+" ("+failed.needs+")", errno)
	default:
		return c.cannot(text, errno)
	}
}

// cannot is the error of a child that cannot execute its command.
func (c *child) cannot(text string, err error) error {
	return &StartError{c.spec.Argv[0], CodeCannotExecute, text, err}
}

// execError is why the command could not be executed.
func execError(s *Spec, file string, errno syscall.Errno) error {
	return startError(s.Argv[0], within(s.Dir, file), errno, s.Credential)
}

func directoryError(s *Spec, err error) *StartError {
	return &StartError{s.Argv[0], CodeCannotExecute, "cannot enter directory " + quote(s.Dir) + ": " + reason(err), err}
}

// userReason says that we may not become another user.
func userReason(c *syscall.Credential, err error) string {
	return "cannot become user " + strconv.Itoa(int(c.Uid)) + " and group " + strconv.Itoa(int(c.Gid)) +
		": " + err.Error() + " (it needs root, or CAP_SETUID and CAP_SETGID)"
}
