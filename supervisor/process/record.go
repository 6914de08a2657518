package process

import (
	"os"
	"sync/atomic"
	"syscall"
	"unsafe"

	"entrypoint/supervisor/process/entry"
)

// Signals come in by a handler of our own, a dozen instructions long
// (package entry): it sets the signal's bit in recorded and wakes the loop, which
// waits in one system call (Wait) as an init in C does. The runtime's os/signal
// would do with three differences, each of which was measured:
//
//   - Until a signal is armed, the runtime's default action ends the process; to
//     arm sixty signals before the fork doubles the time of the start, and to
//     arm them after it loses a container that is told SIGHUP in its first
//     millisecond. The handler is there from Open on and costs 60 system calls.
//   - A signal passes through two goroutines and two threads before it is
//     forwarded, which takes more than twice tini's time.
//   - The runtime cannot be made to deliver SIGRTMIN.

// recordSignals begins to record every signal that can be forwarded, and PIPE:
// a closed stdout of the container must not end us. No signal is ever ignored by
// disposition, since that would survive execve into the children. It returns those
// that stay ignored because we were started so.
func recordSignals() (unchanged uint64) {
	record := runtimeAction() // its flags: the alternate stack, the restorer
	sent := record
	record.handler, sent.handler = entry.Handlers(record.handler)
	for sig := syscall.Signal(1); sig <= lastSignal; sig++ {
		switch {
		case fault(sig):
			setAction(sig, &sent)
		case shellIgnores(sig) && (currentAction(sig).handler == ignored || entry.Ignored(int(sig))):
			// Under nohup, or in the background of a script: it stays ignored,
			// by the children as well. The runtime has put a handler of its own
			// in the place of some.
			setAction(sig, &action{handler: ignored})
			unchanged |= 1 << (sig - 1)
		case Forwardable(sig) || sig == syscall.SIGPIPE:
			setAction(sig, &record)
		}
	}
	recorded, wakeups := entry.Notes()
	if early := entry.Early(); early != 0 {
		atomic.OrUint64(recorded, early)
		atomic.AddUint32(wakeups, 1)
	}
	unblock()
	return unchanged
}

// recordSIGCHLD records SIGCHLD as well; who waits is woken by it.
func recordSIGCHLD() {
	record := runtimeAction()
	record.handler, _ = entry.Handlers(record.handler)
	setAction(syscall.SIGCHLD, &record)
}

// unblock lets this thread receive signals again, which the program has held back
// since its first instruction.
func unblock() {
	if mask, held := entry.SignalMask(); held {
		const setMask = 2 // SIG_SETMASK
		syscall.RawSyscall6(syscall.SYS_RT_SIGPROCMASK, setMask, uintptr(unsafe.Pointer(&mask)), 0, unsafe.Sizeof(mask), 0, 0)
	}
}

// NoInit is for a run of the program that is no init, and does not call Open: signals
// act on it as on any other program, also those that have come already.
func NoInit() {
	early := entry.GiveBack()
	unblock()
	for sig := syscall.Signal(1); sig <= lastSignal; sig++ {
		if early&(1<<(sig-1)) != 0 {
			_ = syscall.Kill(os.Getpid(), sig)
		}
	}
}

// shellIgnores says whether nohup or a shell may have started us with the signal
// ignored (POSIX, Shell Command Language, 2.11).
func shellIgnores(sig syscall.Signal) bool {
	return sig == syscall.SIGHUP || sig == syscall.SIGINT || sig == syscall.SIGQUIT
}

// fault says whether the processor raises a signal for the instruction that is
// running: to return from its handler would run the same instruction again, for
// ever. Only those that somebody has sent are recorded.
func fault(sig syscall.Signal) bool {
	switch sig {
	case syscall.SIGSEGV, syscall.SIGBUS, syscall.SIGFPE, syscall.SIGILL, syscall.SIGTRAP, syscall.SIGSYS, syscall.SIGABRT:
		return true
	}
	return false
}

// takeRecorded returns the signals that have arrived since the last call.
func takeRecorded() (signals []syscall.Signal) {
	recorded, _ := entry.Notes()
	if atomic.LoadUint64(recorded) == 0 {
		return nil
	}
	bits := atomic.SwapUint64(recorded, 0)
	for sig := syscall.Signal(1); sig <= lastSignal; sig++ {
		if bits&(1<<(sig-1)) != 0 && Forwardable(sig) {
			signals = append(signals, sig)
		}
	}
	return signals
}

// action is the kernel's struct sigaction on 64-bit architectures
// (rt_sigaction(2)).
type action struct {
	handler  uintptr
	flags    uint64
	restorer uintptr
	mask     uint64
}

const ignored = 1 // SIG_IGN

// runtimeAction is the action that the Go runtime installs for every signal that
// it handles. SIGURG, the scheduler's own, always has it.
func runtimeAction() action { return currentAction(syscall.SIGURG) }

func currentAction(sig syscall.Signal) (a action) {
	syscall.RawSyscall6(syscall.SYS_RT_SIGACTION, uintptr(sig),
		0, uintptr(unsafe.Pointer(&a)), unsafe.Sizeof(a.mask), 0, 0)
	return a
}

func setAction(sig syscall.Signal, a *action) {
	syscall.RawSyscall6(syscall.SYS_RT_SIGACTION, uintptr(sig),
		uintptr(unsafe.Pointer(a)), 0, unsafe.Sizeof(a.mask), 0, 0)
}
