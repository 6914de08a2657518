package offload

import (
	"runtime"

	"golang.org/x/sys/unix"
)

// deaf calls f on a thread that takes no signals. The kernel gives a signal for a
// process to one of its threads, the main one first, whatever that waits for; one
// that cannot be interrupted would keep the signal to itself, and a request to stop
// would be lost until a file system answers. Blocked in this thread, it goes to
// another. What a thread does to itself (SIGSEGV and the like) is no such signal.
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
