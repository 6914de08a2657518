package process

import (
	"errors"
	"os"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"entrypoint/supervisor/process/entry"
	"entrypoint/supervisor/process/signals"
)

// Table is the kernel's process table and signals as far as they are ours. One
// goroutine owns it.
type Table struct {
	isInit   bool        // getpid() is 1: orphans come to us and kill(-1) is ours to use
	stops    atomic.Bool // report children that stop, too: a terminal was handed over
	lastReap time.Time
	ended    atomic.Bool // a child that had ended was seen since the last Reap
	seen     uint32      // signals.Count when Wait last returned, at first that of Open
	recorder *signals.Recorder

	forked    bool               // a process was started
	limitsSet bool               // the limit of descriptors is ours to hand on
	told      map[int]bool       // what is left and has got SIGTERM, by pid
	newest    int                // pid of the process that was started last
	raised    unix.Rlimit        // what the Go library has made of our limit of descriptors
	late      map[int]*lateChild // children that had not executed when Start returned, by pid
	failed    map[int]bool       // children whose failure Start has returned, until they are reaped

	oom oom

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
	t := &Table{
		isInit: os.Getpid() == 1, reaped: make(chan struct{}, 1), started: make(chan struct{}, 1),
		late: map[int]*lateChild{}, failed: map[int]bool{},
	}
	t.seen = signals.Count()
	_ = unix.Prlimit(0, unix.RLIMIT_NOFILE, nil, &t.raised)
	// Signals come to this thread alone where the program has held them back in all
	// (package signals), and only it may start a process then: with the mask of another
	// one the command would never get them. Else the kernel hands a signal to the first
	// thread, which is the one that runs main: with the loop tied to it, a signal
	// interrupts just the system call in which the loop waits.
	entry.TieToThread()
	t.recorder = signals.Start(recorded())
	if !t.isInit {
		_ = unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
	}
	return t
}

// Notes says for the log what of the Go runtime is not as it was expected, so that signals
// are recorded in another way; nothing, as a rule.
func (t *Table) Notes() []string { return t.recorder.Notes() }

// IsInit says whether we are PID 1 of our PID namespace.
func (t *Table) IsInit() bool { return t.isInit }

// SetUmask sets our own umask, which children without one of their own inherit.
func (t *Table) SetUmask(mask int) { syscall.Umask(mask) }

// Signal sends sig to one process.
func (t *Table) Signal(pid int, sig syscall.Signal) error { return send(pid, sig) }

// SignalGroup sends sig to every member of a process group.
func (t *Table) SignalGroup(group int, sig syscall.Signal) error { return send(-group, sig) }

// GroupAlive says whether a process group still has a member. A member that is
// dead but not reaped counts, so ask after Reap.
func (t *Table) GroupAlive(group int) bool {
	return !errors.Is(syscall.Kill(-group, 0), syscall.ESRCH)
}
