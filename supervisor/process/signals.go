package process

import (
	"os"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"

	"entrypoint/supervisor/process/entry"
	"entrypoint/supervisor/process/signals"
)

// Linux numbers its signals 1 to 64; glibc calls 34 SIGRTMIN and 64 SIGRTMAX. (On MIPS
// there are 128, of which we know the first 64.)
const (
	lastSignal = signals.Last
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

// FirstStop returns the first of the signals that asks for the end; 0: none does.
func FirstStop(signals []syscall.Signal) syscall.Signal {
	for _, sig := range signals {
		if Stops(sig) {
			return sig
		}
	}
	return 0
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

// recorded are the signals that are recorded: all that can be forwarded, and PIPE: a
// closed stdout of the container must not end us.
func recorded() (set uint64) {
	for sig := syscall.Signal(1); sig <= lastSignal; sig++ {
		if Forwardable(sig) || sig == syscall.SIGPIPE {
			set |= 1 << (sig - 1)
		}
	}
	return set
}

// takeRecorded returns the signals that have arrived since the last call.
func takeRecorded() (list []syscall.Signal) {
	set := signals.Take()
	if set == 0 {
		return nil
	}
	for sig := syscall.Signal(1); sig <= lastSignal; sig++ {
		if set&(1<<(sig-1)) != 0 && Forwardable(sig) {
			list = append(list, sig)
		}
	}
	return list
}

// NoInit is for a run of the program that is no init, and does not call Open: signals
// act on it as on any other program, also those that have come already.
func NoInit() {
	early := entry.GiveBack()
	signals.Unblock()
	for sig := syscall.Signal(1); sig <= lastSignal; sig++ {
		if early&(1<<(sig-1)) != 0 {
			_ = syscall.Kill(os.Getpid(), sig)
		}
	}
}
