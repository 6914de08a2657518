package threads

import (
	"bytes"
	"os"

	"golang.org/x/sys/unix"

	"entrypoint/supervisor/process/threadless"
)

// Plan is how many threads there are to be.
type Plan struct {
	// Files is how many goroutines may ask file systems for the loop at the same time.
	Files int
	// Early: they are to be there before the first fork, even where that makes the
	// start longer, for there may be a limit of processes.
	Early bool

	// Name is what one of the threads is called, for others to see; "": like the others.
	Name string

	// processors is how many goroutines run at the same time, however large the
	// machine is: an init computes nothing.
	processors int
	poller     int
	blocking   int // goroutines in a system call, beside those of Files
	spare      int
}

// always are those of main, of waitid, the runtime's monitor and its template.
const always = 4

// Threads is how many there are in the end.
func (p Plan) Threads() int { return always + p.processors + p.poller + p.Files + p.blocking + p.spare }

// tight is a limit of processes under which each one counts.
const tight = 32

// Launch is for one command at a time: only our own log may block.
func Launch() Plan {
	n, known := limit()
	p := Plan{Early: known, Name: threadless.Launches, processors: 1, blocking: 1, spare: 1}
	if known && n < tight {
		p.spare = 0
	}
	return p
}

// Setup is for commands whose output is read, too.
func Setup() Plan {
	p := Launch()
	p.poller = 1
	return p
}

// Supervise is for programs. One goroutine at a time waits for the disk of log files,
// one for that of our own log file, and one for a syslog daemon. All three hang at the
// same time on a bad day, on which the spare one is used; under a tight limit there is
// a thread for one of them.
func Supervise() Plan {
	p := Setup()
	p.Name, p.Files = "", 1
	if p.spare > 0 {
		p.processors, p.Files, p.blocking = 2, 2, 2
	}
	return p
}

// limit is the limit of processes as far as it can be known. A pod's is above the
// group of its containers and not to be seen from inside: it is known that there may
// be one, and that it is not tight, for it holds for several containers.
func limit() (n int, known bool) {
	for _, file := range [...]string{"/sys/fs/cgroup/pids.max", "/sys/fs/cgroup/pids/pids.max"} { // version 2, 1
		if n = readNumber(file); n > 0 {
			break
		}
	}
	// Root is not bound by this one (setrlimit(2)).
	var r unix.Rlimit
	if os.Geteuid() != 0 && unix.Getrlimit(unix.RLIMIT_NPROC, &r) == nil && r.Cur < huge && (n == 0 || int(r.Cur) < n) {
		n = int(r.Cur)
	}
	if n > 0 {
		return n, true
	}
	_, pod := os.LookupEnv("KUBERNETES_SERVICE_HOST")
	return huge, pod
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
