package process

import (
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Linux numbers its signals 1 to 64; glibc calls 34 SIGRTMIN and 64 SIGRTMAX.
const (
	lastSignal = syscall.Signal(64)
	sigRTMin   = syscall.Signal(34)
)

// Signals is every signal that can be forwarded and that the Go runtime can
// deliver, in the order in which they are armed: what stops or steers a
// container first. SIGRTMIN is not among them (record.go).
func Signals() []syscall.Signal {
	list := []syscall.Signal{
		syscall.SIGTERM, syscall.SIGINT, syscall.SIGQUIT, syscall.SIGHUP,
		syscall.SIGUSR1, syscall.SIGUSR2, syscall.SIGWINCH, syscall.SIGCONT,
	}
	first := len(list)
	for sig := syscall.Signal(1); sig <= lastSignal; sig++ {
		if forwardable(sig) && !contains(list[:first], sig) {
			list = append(list, sig)
		}
	}
	return list
}

// forwardable says whether a signal that reaches us can mean the child. KILL
// and STOP cannot be caught; CHLD is about our own children, and PIPE says that
// a write of ours failed. URG and PROF never leave the Go runtime: its scheduler
// interrupts threads with the one, its profiler with the other. 32 and 33 belong
// to the C libraries' threads, which let no program catch them (nptl(7)).
func forwardable(sig syscall.Signal) bool {
	switch sig {
	case syscall.SIGKILL, syscall.SIGSTOP, syscall.SIGCHLD, syscall.SIGPIPE, syscall.SIGURG, syscall.SIGPROF, 32, 33, sigRTMin:
		return false
	}
	return true
}

func contains(list []syscall.Signal, sig syscall.Signal) bool {
	for _, s := range list {
		if s == sig {
			return true
		}
	}
	return false
}

// notify makes the runtime deliver the signals to c.
func notify(c chan<- os.Signal, signals []syscall.Signal) {
	list := make([]os.Signal, len(signals))
	for i, sig := range signals {
		list[i] = sig
	}
	signal.Notify(c, list...)
	handler := runtimeAction()
	for _, sig := range signals {
		setAction(sig, &handler) // in place of record
	}
}

// action is the kernel's struct sigaction on 64-bit architectures
// (rt_sigaction(2)).
type action struct {
	handler  uintptr
	flags    uint64
	restorer uintptr
	mask     uint64
}

// runtimeAction is the action that the Go runtime installs for every signal that
// it handles. SIGURG, the scheduler's own, always has it.
func runtimeAction() (a action) {
	syscall.RawSyscall6(syscall.SYS_RT_SIGACTION, uintptr(syscall.SIGURG),
		0, uintptr(unsafe.Pointer(&a)), unsafe.Sizeof(a.mask), 0, 0)
	return a
}

func setAction(sig syscall.Signal, a *action) {
	syscall.RawSyscall6(syscall.SYS_RT_SIGACTION, uintptr(sig),
		uintptr(unsafe.Pointer(a)), 0, unsafe.Sizeof(a.mask), 0, 0)
}

// SignalName returns the name of a signal as kill -l prints it, with SIG:
// "SIGTERM", "SIGRTMIN+3".
func SignalName(sig syscall.Signal) string {
	if name := unix.SignalName(sig); name != "" {
		return name
	}
	switch {
	case sig == sigRTMin:
		return "SIGRTMIN"
	case sig == lastSignal:
		return "SIGRTMAX"
	case sig > sigRTMin && sig < lastSignal:
		return "SIGRTMIN+" + strconv.Itoa(int(sig-sigRTMin))
	}
	return "signal " + strconv.Itoa(int(sig))
}
