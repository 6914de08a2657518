package process

import (
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// Linux numbers its signals 1 to 64; glibc calls 34 SIGRTMIN and 64 SIGRTMAX.
const (
	lastSignal = syscall.Signal(64)
	sigRTMin   = syscall.Signal(34)
)

// Forwardable says whether a signal that reaches us can be meant for a child.
// KILL and STOP cannot be caught; CHLD is about our own children, and PIPE says
// that a write of ours failed. URG and PROF never leave the Go runtime: its
// scheduler interrupts threads with the one, its profiler with the other. 32 and
// 33 belong to the C libraries' threads, which let no program catch them
// (nptl(7)).
func Forwardable(sig syscall.Signal) bool {
	switch sig {
	case syscall.SIGKILL, syscall.SIGSTOP, syscall.SIGCHLD, syscall.SIGPIPE, syscall.SIGURG, syscall.SIGPROF, 32, 33:
		return false
	}
	return sig >= 1 && sig <= lastSignal
}

// Halt is how systemd is asked to end by those who run it in a container (podman
// --systemd, systemd-nspawn --boot); lxc-stop sends SIGPWR.
const Halt = sigRTMin + 3

// Stops says whether a signal asks a process for its end.
func Stops(sig syscall.Signal) bool {
	switch sig {
	case syscall.SIGTERM, syscall.SIGINT, syscall.SIGQUIT, syscall.SIGHUP, syscall.SIGPWR, Halt:
		return true
	}
	return false
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
