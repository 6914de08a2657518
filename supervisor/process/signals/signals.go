package signals

import (
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"entrypoint/supervisor/process/entry"
)

// Last is the last signal that is recorded.
const Last = syscall.Signal(64)

const rtMin = syscall.Signal(34) // SIGRTMIN, as glibc has it

// Notes of the signal handlers, which have no other place to leave them: bit N-1 of
// recorded is set when signal N has arrived, wakeups counts what has happened.
var (
	recorded atomic.Uint64
	wakeups  atomic.Uint32
	senders  [Last + 1]atomic.Int32 // of each signal's last arrival, as our PID namespace numbers processes; 0: none of it
)

// delivered are the signals that os/signal delivers already, for an earlier Recorder.
var delivered atomic.Uint64

// Recorder is how signals are recorded.
type Recorder struct {
	notes     []string
	portable  bool
	unchanged uint64
}

// Start begins to record the signals of set, in which bit N-1 stands for signal N, and lets
// those through that package entry has held back. No signal is ever ignored by disposition,
// since that would survive execve into the children; but HUP, INT and QUIT stay ignored
// where we were started so. SIGCHLD is not recorded, and never ignored.
func Start(set uint64) *Recorder { return start(set, native) }

func start(set uint64, native func(uint64) (uint64, error)) *Recorder {
	r := &Recorder{}
	if err := entry.Queue(); err != nil {
		r.notes = append(r.notes, "a signal of the first millisecond may have been lost: the queue of signals of the Go runtime is not as expected: "+err.Error())
	}
	unchanged, err := native(set)
	if err != nil {
		r.portable = true
		entry.Release()
		unchanged = portable(set)
		if hasNative {
			r.notes = append(r.notes, "signals are recorded by os/signal: the runtime's action for signals is not as expected: "+err.Error())
		}
	}
	r.unchanged = unchanged
	if early := entry.Early(); early != 0 {
		for sig := range Last {
			if early&(1<<sig) != 0 {
				senders[sig+1].CompareAndSwap(0, entry.EarlySender(int(sig+1)))
			}
		}
		note(early)
	}
	Unblock()
	return r
}

// Notes says for the log what of the Go runtime is not as it was expected, so that less is
// made of it; nothing, as a rule.
func (r *Recorder) Notes() []string { return r.notes }

// Records says whether a signal is recorded where that is possible at all: os/signal does not
// deliver SIGRTMIN.
func (r *Recorder) Records(sig syscall.Signal) bool { return !r.portable || sig != rtMin }

// KnowsSenders says whether Sender knows who has sent a signal.
func (r *Recorder) KnowsSenders() bool { return !r.portable }

// Unchanged returns the signals that stay ignored, as bit N-1 for signal N.
func (r *Recorder) Unchanged() uint64 { return r.unchanged }

// Child records SIGCHLD as well; who waits is woken by it.
func (r *Recorder) Child() {
	if r.portable {
		portable(1 << (syscall.SIGCHLD - 1))
	} else {
		nativeChild()
	}
}

// Take returns the signals that have arrived since the last call, as bit N-1 for signal N.
func Take() uint64 {
	if recorded.Load() == 0 {
		return 0
	}
	return recorded.Swap(0)
}

// Sender returns which process has sent the last signal of this number (siginfo, si_pid). It
// is 0 for a process outside of our PID namespace, for the kernel, for a signal that the
// runtime has queued, and for all that os/signal has recorded.
func Sender(sig syscall.Signal) (pid int) {
	if sig < 1 || sig > Last {
		return 0
	}
	return int(senders[sig].Load())
}

// Count returns how often something has happened: a signal has arrived, or Wake was called.
func Count() uint32 { return wakeups.Load() }

// futex operations (futex(2)) on memory of this process alone.
const (
	futexWait = 0 | 128
	futexWake = 1 | 128
)

// Wait waits until Count is another than seen, for so long at the most (zero: for ever), or
// for less. What happens before the call has changed Count, and what happens from here on
// changes it first: the kernel finds another value than seen and does not wait. No wake-up
// is lost.
func Wait(seen uint32, most time.Duration) {
	var timeout *unix.Timespec
	if most != 0 {
		ts := unix.NsecToTimespec(int64(most))
		timeout = &ts
	}
	_, _, _ = syscall.Syscall6(unix.SYS_FUTEX, uintptr(unsafe.Pointer(&wakeups)), futexWait,
		uintptr(seen), uintptr(unsafe.Pointer(timeout)), 0, 0)
}

// Wake ends Wait. Any goroutine may call it.
func Wake() {
	wakeups.Add(1)
	_, _, _ = syscall.RawSyscall6(unix.SYS_FUTEX, uintptr(unsafe.Pointer(&wakeups)), futexWake, 1, 0, 0, 0)
}

// note records signals, as the handlers do.
func note(set uint64) {
	recorded.Or(set)
	Wake()
}

// SetSize is the size of the kernel's sigset_t in bytes.
const SetSize = 8 + 8*mips

// Set is the kernel's sigset_t. Signals above 64, which only MIPS has, are in the second.
type Set [1 + mips]uint64

// All is the set of all signals.
func All() (s Set) {
	for i := range s {
		s[i] = ^uint64(0)
	}
	return s
}

// Unblock lets this thread receive signals again, which the program has held back
// since its first instruction.
func Unblock() {
	if mask, held := entry.SignalMask(); held {
		syscall.RawSyscall6(syscall.SYS_RT_SIGPROCMASK, SetMask, uintptr(unsafe.Pointer(&mask)), 0, unsafe.Sizeof(mask), 0, 0)
	}
}

// shellIgnores says whether nohup or a shell may have started us with the signal
// ignored (POSIX, Shell Command Language, 2.11).
func shellIgnores(sig syscall.Signal) bool {
	return sig == syscall.SIGHUP || sig == syscall.SIGINT || sig == syscall.SIGQUIT
}
