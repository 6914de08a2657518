package process

import (
	"errors"
	"os"
	"strconv"
	"strings"
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
	ended    atomic.Bool // a child that had ended was seen since the last Reap
	seen     uint32      // value of wakeups when Wait last returned, at first that of Open
	umask    int         // our own, which children inherit; -1: not asked for yet

	watching bool
	trimAt   time.Time     // when Trim is due; zero: it is not, or has been done
	reaped   chan struct{} // to watch: all that had ended are reaped
	started  chan struct{} // to watch: there is a child
}

// Open makes the calling process the one that inherits the orphans below it:
// PID 1 is that already, any other process becomes a subreaper (prctl(2),
// PR_SET_CHILD_SUBREAPER). A kernel that refuses leaves us without the orphans
// and nothing else, so there is no error. From here on no signal is lost.
func Open() *Table {
	t := &Table{isInit: os.Getpid() == 1, umask: -1, reaped: make(chan struct{}, 1), started: make(chan struct{}, 1)}
	t.seen = atomic.LoadUint32(&wakeups)
	defaultSIGCHLD()
	recordSignals()
	if !t.isInit {
		_ = unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
	}
	return t
}

// IsInit says whether we are PID 1 of our PID namespace.
func (t *Table) IsInit() bool { return t.isInit }

// SetUmask sets our own umask, which children without one of their own inherit.
func (t *Table) SetUmask(mask int) {
	t.umask = mask & 0o777
	syscall.Umask(mask)
}

// ownUmask asks for our umask once; only SetUmask changes it. It asks /proc,
// because umask(2) can only tell by setting another one, under which a log file
// might be made at that moment. Where nothing answers it is -1, equal to no mask.
func (t *Table) ownUmask() int {
	if t.umask >= 0 {
		return t.umask
	}
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return -1
	}
	_, after, _ := strings.Cut(string(status), "\nUmask:\t")
	line, _, _ := strings.Cut(after, "\n")
	mask, err := strconv.ParseUint(line, 8, 16)
	if err != nil {
		return -1
	}
	t.umask = int(mask)
	return t.umask
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
