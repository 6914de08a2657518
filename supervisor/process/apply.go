package process

import (
	"errors"
	"os"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Stage is the other half of Start for a Spec with settings: the child's half,
// in a process of its own with nothing else to do. It must be the first thing
// in main. When args are not those of a stage, which is one comparison, it
// returns false. Else it becomes the command by execve, or reports why it cannot
// and returns the code to exit with.
//
// A fork that shares memory with its parent could do all this in assembly, with
// no call, no allocation and no words for what went wrong. A Go program can do
// it in Go, at the price of its own start: about a millisecond.
func Stage(args []string) (code int, is bool) {
	if len(args) == 0 || args[0] != stageName {
		return 0, false
	}
	// Credentials, capabilities and niceness are a thread's own in Linux, and
	// execve keeps those of the thread that calls it.
	runtime.LockOSThread()
	p, ok := decode(args)
	if !ok {
		_, _ = os.Stderr.WriteString("entry-point: " + quote(stageName) + " is for entry-point itself\n")
		return CodeCannotExecute, true
	}
	unix.CloseOnExec(p.status)
	kind, words, err := p.apply()
	if err == nil {
		_, _ = syscall.Write(p.status, []byte{stageReady})
		kind, err = failedExec, syscall.Exec(p.file, p.argv, p.environment(os.Environ()))
	}
	errno := syscall.EINVAL
	errors.As(err, &errno)
	_, _ = syscall.Write(p.status, []byte(string(stageFailed)+string(kind)+strconv.Itoa(int(errno))+" "+words))
	return CodeCannotExecute, true
}

// apply does everything but the execve. What needs root comes before the change
// of user, what root must not do in the user's name after it.
func (p *plan) apply() (kind rune, words string, err error) {
	steps := [...]struct {
		kind rune
		do   func() (words string, err error)
	}{
		{failedSetting, p.limit},
		{failedSetting, p.prioritize},
		{failedSetting, p.changeUser},
		{failedDirectory, p.enterDirectory},
		{failedSetting, p.refusePrivileges},
	}
	for _, step := range steps {
		if words, err = step.do(); err != nil {
			return step.kind, words, err
		}
	}
	return 0, "", nil
}

func (p *plan) limit() (words string, err error) {
	if p.settings.Umask != nil {
		unix.Umask(*p.settings.Umask)
	}
	if words, err = setLimit(unix.RLIMIT_NOFILE, "rlimit_nofile", p.settings.NoFile); err != nil {
		return words, err
	}
	return setLimit(unix.RLIMIT_CORE, "rlimit_core", p.settings.Core)
}

// setLimit sets a limit of this process. By way of unix.Prlimit, which tells the
// Go library, so that it does not put the descriptor limit of our own start back
// before the execve.
func setLimit(resource int, name string, limit *syscall.Rlimit) (words string, err error) {
	if limit == nil {
		return "", nil
	}
	want := unix.Rlimit{Cur: limit.Cur, Max: limit.Max}
	var old unix.Rlimit
	if err = unix.Prlimit(0, resource, &want, &old); err == nil {
		return "", nil
	}
	words = "cannot set " + name + " to " + limitText(want.Cur) + ":" + limitText(want.Max) + ": " + err.Error()
	switch {
	case err == syscall.EPERM && want.Max > old.Max:
		words += " (to raise the hard limit above " + limitText(old.Max) + " needs CAP_SYS_RESOURCE, or docker run --ulimit)"
	case err == syscall.EPERM && resource == unix.RLIMIT_NOFILE:
		words += " (above the kernel's fs.nr_open)"
	case want.Cur > want.Max:
		words += " (the soft limit is above the hard one)"
	}
	return words, err
}

func limitText(n uint64) string {
	if n == unix.RLIM_INFINITY {
		return "unlimited"
	}
	return strconv.FormatUint(n, 10)
}

func (p *plan) prioritize() (words string, err error) {
	if nice := p.settings.Nice; nice != nil {
		if err = unix.Setpriority(unix.PRIO_PROCESS, 0, *nice); err != nil {
			return "cannot set nice to " + strconv.Itoa(*nice) + ": " + err.Error() + " (less than ours needs CAP_SYS_NICE)", err
		}
	}
	if adj := p.settings.OOMScoreAdj; adj != nil {
		if err = writeFile("/proc/self/oom_score_adj", strconv.Itoa(*adj)); err != nil {
			words = "cannot set oom_score_adj to " + strconv.Itoa(*adj) + ": " + err.Error()
			if errors.Is(err, syscall.EACCES) {
				words += " (less than ours needs CAP_SYS_RESOURCE)"
			}
			return words, err
		}
	}
	return "", nil
}

// writeFile writes to a file that is there.
func writeFile(name, text string) error {
	fd, err := syscall.Open(name, syscall.O_WRONLY|syscall.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer syscall.Close(fd)
	_, err = syscall.Write(fd, []byte(text))
	return err
}

func (p *plan) changeUser() (words string, err error) {
	keep := p.settings.Capabilities
	if keep != nil {
		if words, err = limitCapabilities(*keep, p.settings.NoNewPrivs); err != nil {
			return words, err
		}
		// A change from root to a user clears all capabilities; keep them
		// until setCapabilities chooses.
		if err = unix.Prctl(unix.PR_SET_KEEPCAPS, 1, 0, 0, 0); err != nil {
			return "cannot keep capabilities over the change of user: " + err.Error(), err
		}
	}
	if c := p.credential; c != nil {
		if err = become(c); err != nil {
			return userReason(c, err), err
		}
	}
	if keep != nil {
		return setCapabilities(*keep)
	}
	return "", nil
}

// become changes user and groups of this thread, as the kernel's calls do; the
// library's would change every thread of the process.
func become(c *syscall.Credential) error {
	if !c.NoSetGroups {
		groups := unsafe.Pointer(unsafe.SliceData(c.Groups))
		if _, _, errno := syscall.RawSyscall(unix.SYS_SETGROUPS, uintptr(len(c.Groups)), uintptr(groups), 0); errno != 0 {
			return errno
		}
	}
	if _, _, errno := syscall.RawSyscall(unix.SYS_SETGID, uintptr(c.Gid), 0, 0); errno != 0 {
		return errno
	}
	if _, _, errno := syscall.RawSyscall(unix.SYS_SETUID, uintptr(c.Uid), 0, 0); errno != 0 {
		return errno
	}
	return nil
}

func (p *plan) enterDirectory() (words string, err error) {
	if p.dir == "" {
		return "", nil
	}
	return "", syscall.Chdir(p.dir)
}

func (p *plan) refusePrivileges() (words string, err error) {
	if !p.settings.NoNewPrivs {
		return "", nil
	}
	if err = unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return "cannot set no_new_privs: " + err.Error(), err
	}
	return "", nil
}

// environment uncovers the command's environment and announces its sockets in
// it (sd_listen_fds(3)). The process keeps its pid over execve.
func (p *plan) environment(covered []string) []string {
	env := make([]string, 0, len(covered)+3)
	for _, entry := range covered {
		entry = strings.TrimPrefix(entry, hidden)
		if p.listen == 0 || !announcement(entry) {
			env = append(env, entry)
		}
	}
	if p.listen > 0 {
		env = append(env, "LISTEN_PID="+strconv.Itoa(os.Getpid()), "LISTEN_FDS="+strconv.Itoa(p.listen))
		if p.names != "" {
			env = append(env, "LISTEN_FDNAMES="+p.names)
		}
	}
	return env
}

// announcement says whether an environment entry speaks of other sockets, which
// somebody has handed to us.
func announcement(entry string) bool {
	return strings.HasPrefix(entry, "LISTEN_PID=") || strings.HasPrefix(entry, "LISTEN_FDS=") || strings.HasPrefix(entry, "LISTEN_FDNAMES=")
}
