package offload

import (
	"runtime"

	"golang.org/x/sys/unix"
)

// deaf calls f on a thread that takes no signals. The kernel gives a signal that is sent
// to a process to one of its threads, even to one that waits and cannot be interrupted.
// That thread would keep the signal, and a request to stop would be lost until a file
// system answers. If the signal is blocked in this thread, another one gets it. Signals
// that a thread causes itself (such as SIGSEGV) are not meant here.
func deaf(f func()) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var all, before unix.Sigset_t
	for i := range all.Val {
		all.Val[i] = ^all.Val[i]
	}
	for _, own := range [...]unix.Signal{unix.SIGSEGV, unix.SIGBUS, unix.SIGFPE, unix.SIGILL, unix.SIGTRAP, unix.SIGABRT} {
		all.Val[0] &^= 1 << (uint(own) - 1)
	}
	if unix.PthreadSigmask(unix.SIG_SETMASK, &all, &before) == nil {
		defer func() { _ = unix.PthreadSigmask(unix.SIG_SETMASK, &before, nil) }()
	}
	f()
}
