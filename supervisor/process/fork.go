package process

import (
	"runtime"
	"strconv"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"

	"entrypoint/supervisor/process/signals"
)

// child is all that a new process has to do between fork and execve. We prepare
// it as a list of system calls; the child goes through the list and does nothing
// else, because only the thread that forked exists in it: it must not allocate,
// take a lock or wait for another goroutine.
type child struct {
	spec   *Spec
	calls  []call
	status uintptr // descriptor that reports a failure; execve closes it

	self      int32       // the child's own pid, which the child writes here
	listenPID *[11]byte   // where the child writes its pid as decimal digits and NUL; nil: nowhere
	report    [2]int32    // number of the call that has failed, and its errno
	mask      signals.Set // signals that are blocked while we fork: all
	inherited signals.Set // signals that were blocked before, in the thread that forks
	keep      []any       // what the arguments of calls point to
}

// call is one system call of a child.
type call struct {
	number   uintptr
	args     [5]uintptr
	useLast  bool          // the first argument is the result of the call before
	harmless syscall.Errno // an errno that is no failure; 0: none
	optional bool          // nothing is a failure
	failed   failure       // for us, who report what the child could not do
}

// failure is what it means that a call has failed.
type failure struct {
	what  string                    // what could not be done
	needs string                    // what that takes, where it was not permitted; "": no hint
	error func(syscall.Errno) error // makes the whole error; nil: what, errno and needs do
}

// add appends a system call.
func (c *child) add(failed failure, number uintptr, args ...uintptr) *call {
	next := call{number: number, failed: failed}
	if n := copy(next.args[:], args); n < len(args) {
		panic("system call " + strconv.Itoa(int(number)) + ": " + strconv.Itoa(len(args)) + " arguments, of which a call has " + strconv.Itoa(n))
	}
	c.calls = append(c.calls, next)
	return &c.calls[len(c.calls)-1]
}

// pointerTo returns the address of v, which is in the heap and stays there as
// long as c does.
func pointerTo[T any](c *child, v *T) uintptr {
	c.keep = append(c.keep, v)
	return uintptr(unsafe.Pointer(v))
}

// fork forks and lets the child go through c. It returns when the child exists.
//
// It is a fork that shares no memory and for which nobody waits, unlike
// syscall.ForkExec, where the kernel stops the thread that forks until the child
// has executed (clone(2), CLONE_VFORK). Between its change of user and its execve
// a child may be stopped with SIGSTOP by any process of that user; with
// CLONE_VFORK that would stop PID 1 as well, for as long as that process likes.
// The copy of our page tables costs less than the wait.
//
// All signals are blocked in between: a handler of ours that runs in the child
// would take a signal that was meant for the command.
//
//go:noinline
//go:nosplit
//go:norace
func fork(c *child) (pid uintptr, errno syscall.Errno) {
	_, _, errno = syscall.RawSyscall6(unix.SYS_RT_SIGPROCMASK, signals.SetMask,
		uintptr(unsafe.Pointer(&c.mask)), uintptr(unsafe.Pointer(&c.inherited)), signals.SetSize, 0, 0)
	if errno != 0 {
		return 0, errno
	}
	first, second := uintptr(syscall.SIGCHLD), uintptr(0) // flags, and a stack of its own
	if runtime.GOARCH == "s390x" {                        // there the stack comes first (clone(2), C library/kernel differences)
		first, second = second, first
	}
	pid, _, errno = syscall.RawSyscall6(unix.SYS_CLONE, first, second, 0, 0, 0, 0)
	if errno != 0 || pid != 0 {
		_, _, _ = syscall.RawSyscall6(unix.SYS_RT_SIGPROCMASK, signals.SetMask,
			uintptr(unsafe.Pointer(&c.inherited)), 0, signals.SetSize, 0, 0)
		return pid, errno
	}

	// The child.
	self, _, _ := syscall.RawSyscall6(unix.SYS_GETPID, 0, 0, 0, 0, 0, 0)
	c.self = int32(self)
	if c.listenPID != nil {
		length := 1
		for n := self / 10; n > 0; n /= 10 {
			length++
		}
		for n := self; length > 0; n /= 10 {
			length--
			c.listenPID[length] = byte('0' + n%10)
		}
	}
	var result uintptr
	for i := range c.calls {
		next := &c.calls[i]
		if next.useLast {
			next.args[0] = result
		}
		result, _, errno = syscall.RawSyscall6(next.number, next.args[0], next.args[1], next.args[2], next.args[3], next.args[4], 0)
		if errno != 0 && errno != next.harmless && !next.optional {
			c.report[0], c.report[1] = int32(i), int32(errno)
			break
		}
	}
	_, _, _ = syscall.RawSyscall6(unix.SYS_WRITE, c.status, uintptr(unsafe.Pointer(&c.report)), unsafe.Sizeof(c.report), 0, 0, 0)
	for {
		_, _, _ = syscall.RawSyscall6(unix.SYS_EXIT_GROUP, CodeCannotExecute, 0, 0, 0, 0, 0)
	}
}
