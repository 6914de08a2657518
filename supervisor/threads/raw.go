package threads

import (
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// The functions here are system calls that return at once: on descriptors that do
// not block, or asked not to. The runtime is not told of them, so it does not think
// of another thread for the processor, which it does when one takes longer than a
// few microseconds: on a busy machine, often.

// Read is read(2) of a descriptor that does not block.
func Read(fd int, b []byte) (int, error) {
	if checked {
		return syscall.Read(fd, b)
	}
	return result(syscall.RawSyscall(unix.SYS_READ, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b))))
}

// Write is write(2) to a descriptor that does not block.
func Write(fd int, b []byte) (int, error) {
	if checked {
		return syscall.Write(fd, b)
	}
	return result(syscall.RawSyscall(unix.SYS_WRITE, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b))))
}

// Send is send(2) to a socket, without waiting and without SIGPIPE.
func Send(fd int, b []byte) (int, error) {
	return result(syscall.RawSyscall6(unix.SYS_SENDTO, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b)), unix.MSG_NOSIGNAL|unix.MSG_DONTWAIT, 0, 0))
}

// Receive is recvmsg(2) from a socket, without waiting: n bytes, and size bytes of
// control messages. Descriptors that come along are not inherited.
func Receive(fd int, b, control []byte) (n, size int, err error) {
	data := unix.Iovec{Base: unsafe.SliceData(b)}
	data.SetLen(len(b))
	message := unix.Msghdr{Iov: &data, Iovlen: 1, Control: unsafe.SliceData(control)}
	message.SetControllen(len(control))
	n, err = result(syscall.RawSyscall(unix.SYS_RECVMSG, uintptr(fd), uintptr(unsafe.Pointer(&message)), unix.MSG_CMSG_CLOEXEC|unix.MSG_DONTWAIT))
	return n, int(message.Controllen), err
}

// Ready is poll(2) of one descriptor for some events, without waiting: those that
// there are, POLLERR and POLLHUP among them.
func Ready(fd int, events int16) (int16, error) {
	p := unix.PollFd{Fd: int32(fd), Events: events}
	// ppoll(2), for arm64 has no other; a timeout of zero.
	var zero unix.Timespec
	_, err := result(syscall.RawSyscall6(unix.SYS_PPOLL, uintptr(unsafe.Pointer(&p)), 1, uintptr(unsafe.Pointer(&zero)), 0, 0, 0))
	return p.Revents, err
}

// EpollReady is epoll_wait(2) without waiting.
func EpollReady(fd int, events []unix.EpollEvent) (int, error) {
	return result(syscall.RawSyscall6(unix.SYS_EPOLL_PWAIT, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(events))), uintptr(len(events)), 0, 0, 0))
}

// SetTimer is timerfd_settime(2): the descriptor becomes readable once, after d; 0: never.
// If it is readable from an earlier time, it is so no longer.
func SetTimer(fd int, d time.Duration) {
	t := unix.ItimerSpec{Value: unix.NsecToTimespec(d.Nanoseconds())}
	_, _, _ = syscall.RawSyscall6(unix.SYS_TIMERFD_SETTIME, uintptr(fd), 0, uintptr(unsafe.Pointer(&t)), 0, 0, 0)
}

// Accept is accept4(2) of a listening socket that does not block; what it returns
// does not block either, and no child inherits it.
func Accept(fd int) (int, error) {
	return result(syscall.RawSyscall6(unix.SYS_ACCEPT4, uintptr(fd), 0, 0, unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0, 0))
}

// Close is close(2) of a pipe or a socket, never of a file.
func Close(fd int) { _, _, _ = syscall.RawSyscall(unix.SYS_CLOSE, uintptr(fd), 0, 0) }

func result(n, _ uintptr, errno syscall.Errno) (int, error) {
	if errno != 0 {
		return -1, errno
	}
	return int(n), nil
}
