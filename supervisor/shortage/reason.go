package shortage

import (
	"strconv"
	"syscall"

	"entrypoint/supervisor/cgroup"
)

// reason says what is used up, and what the operator can do about it.
func reason(what syscall.Errno) string {
	switch what {
	case syscall.EAGAIN:
		if p := cgroup.ReadProcesses(cgroup.Root, cgroup.Own()); p != nil && p.Limit > 0 && p.Current >= p.Limit {
			return "the container's processes and threads have reached their limit of " + strconv.FormatInt(p.Limit, 10) + ": raise it (--pids-limit), or start fewer"
		}
		return "no process is left for it: raise the limit of the container (--pids-limit) or of the user (ulimit -u), or start fewer"
	case syscall.EMFILE:
		var limit syscall.Rlimit
		if syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit) == nil {
			return "entry-point itself has as many files open as it may, " + strconv.FormatUint(limit.Cur, 10) + ": raise that (ulimit -n, --ulimit nofile)"
		}
	case syscall.ENFILE:
		return "the machine has as many files open as it may: raise fs.file-max with sysctl"
	}
	return "the container or the machine has no memory left for it"
}

// over says that a shortage is over.
func over(what syscall.Errno) string {
	switch what {
	case syscall.EAGAIN:
		return "processes can be started again"
	case syscall.EMFILE, syscall.ENFILE:
		return "files can be opened again"
	}
	return "there is memory again"
}
