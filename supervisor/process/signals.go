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

// Signals is every signal that Notify can be asked for, in the order in which
// they should be armed: what stops or steers a container first.
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
// interrupts threads with the one, its profiler with the other.
func forwardable(sig syscall.Signal) bool {
	switch sig {
	case syscall.SIGKILL, syscall.SIGSTOP, syscall.SIGCHLD, syscall.SIGPIPE, syscall.SIGURG, syscall.SIGPROF:
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

// Notify delivers the signals to c, as signal.Notify does, including 32, 33 and
// 34 (SIGRTMIN), which the Go runtime leaves at their default action because C
// libraries use them between their threads. There is no C library here, so they
// get the runtime's own handler, the one that it installed for SIGUSR1.
func Notify(c chan<- os.Signal, signals []syscall.Signal) {
	list := make([]os.Signal, len(signals))
	for i, sig := range signals {
		list[i] = sig
	}
	signal.Notify(c, list...)
	for _, sig := range signals {
		if sig >= 32 && sig <= sigRTMin {
			borrowHandler(sig)
		}
	}
}

// borrowHandler gives sig the kernel-level action of SIGUSR1, which signal
// handlers of the runtime share. The runtime passes a signal on when someone
// asked for it and it came from kill(2), whatever its table says of it.
func borrowHandler(sig syscall.Signal) {
	// struct sigaction of the kernel: handler, flags, restorer, mask. 64 bytes
	// hold it on every architecture.
	var action [8]uint64
	const maskSize = 8
	_, _, errno := syscall.RawSyscall6(syscall.SYS_RT_SIGACTION, uintptr(syscall.SIGUSR1),
		0, uintptr(unsafe.Pointer(&action)), maskSize, 0, 0)
	if errno == 0 {
		syscall.RawSyscall6(syscall.SYS_RT_SIGACTION, uintptr(sig),
			uintptr(unsafe.Pointer(&action)), 0, maskSize, 0, 0)
	}
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
