package threads

import (
	"bytes"
	"os"

	"golang.org/x/sys/unix"
)

// Plan is how many threads there are to be.
type Plan struct {
	// Blocking is how many goroutines may wait in a system call at the same time,
	// behind a Gate.
	Blocking int
	// Early: they are to be there before the first fork, even where that makes the
	// start longer, for there is a limit of processes.
	Early bool

	poller int
}

// processors is how many goroutines run at the same time, however large the
// machine is: an init computes nothing.
const processors = 2

// always are those of main, of waitid, the runtime's monitor and its template, and a
// spare one.
const always = 5

// Threads is how many there are in the end.
func (p Plan) Threads() int { return always + processors + p.poller + p.Blocking }

// Launch is for one command at a time: only our own log may block.
func Launch() Plan { return Plan{Blocking: 1, Early: limit() > 0} }

// Setup is for commands whose output is read, too.
func Setup() Plan {
	p := Launch()
	p.poller = 1
	return p
}

// Supervise is for programs whose files may be on a disk that hangs: one hangs
// with log files, two with everything else.
func Supervise() Plan {
	p := Plan{poller: 1, Blocking: 3}
	if n := limit(); n > 0 {
		p.Early = true
		if n < tight {
			p.Blocking = 1
		}
	}
	return p
}

// tight is a limit of processes under which every thread counts.
const tight = 32

// limit is the limit of processes as far as it is known; 0: there may be none. A
// pod's limit is above the group of its containers and not to be seen from inside.
func limit() int {
	limit := 0
	for _, file := range [...]string{"/sys/fs/cgroup/pids.max", "/sys/fs/cgroup/pids/pids.max"} { // version 2, 1
		if limit = readNumber(file); limit > 0 {
			break
		}
	}
	// Root is not bound by this one (setrlimit(2)).
	var r unix.Rlimit
	if os.Geteuid() != 0 && unix.Getrlimit(unix.RLIMIT_NPROC, &r) == nil && r.Cur < huge && (limit == 0 || int(r.Cur) < limit) {
		limit = int(r.Cur)
	}
	return limit
}

// huge is a limit that nobody reaches: there are fewer process ids (pid_max).
const huge = 1 << 22

// readNumber reads a file of one number; 0: there is none. It stands before the
// first fork, so that it is short.
func readNumber(file string) (n int) {
	fd, err := unix.Open(file, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return 0
	}
	var buf [24]byte
	size, _ := unix.Read(fd, buf[:])
	unix.Close(fd)
	for _, c := range bytes.TrimSpace(buf[:max(size, 0)]) {
		if c < '0' || c > '9' || n >= huge { // "max"
			return 0
		}
		n = n*10 + int(c-'0')
	}
	return n
}
