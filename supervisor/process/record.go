package process

import (
	"sync/atomic"
	"syscall"
	"unsafe"
)

// Signals come in by a handler of our own, a dozen instructions long
// (record_*.s): it sets the signal's bit in recorded and wakes the loop, which
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

// recorded has bit N-1 set when signal N has arrived, and wakeups counts what
// has happened. They are variables of the package because a signal handler has
// no other place to leave a note.
var (
	recorded uint64
	wakeups  uint32
)

// runtimeHandler is where a real fault goes on to: the runtime makes it a panic.
//
//lint:ignore U1000 record_*.s reads it
var runtimeHandler uintptr

// recordPC and recordSentPC return the addresses of the handlers.
func recordPC() uintptr
func recordSentPC() uintptr

// recordSignals begins to record every signal that can be forwarded, and PIPE:
// a closed stdout of the container must not end us. No signal is ever ignored by
// disposition, since that would survive execve into the children. It returns those
// that stay ignored because we were started so.
func recordSignals() (unchanged uint64) {
	record := runtimeAction() // its flags: the alternate stack, the restorer
	runtimeHandler = record.handler
	sent := record
	record.handler, sent.handler = recordPC(), recordSentPC()
	for sig := syscall.Signal(1); sig <= lastSignal; sig++ {
		switch {
		case fault(sig):
			setAction(sig, &sent)
		case shellIgnores(sig) && currentAction(sig).handler == ignored:
			// Under nohup, or in the background of a script: it stays ignored,
			// by the children as well.
			unchanged |= 1 << (sig - 1)
		case Forwardable(sig) || sig == syscall.SIGPIPE:
			setAction(sig, &record)
		}
	}
	return unchanged
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
	if atomic.LoadUint64(&recorded) == 0 {
		return nil
	}
	bits := atomic.SwapUint64(&recorded, 0)
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
