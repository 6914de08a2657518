package namespace

import (
	"slices"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Process 1 looks at its clients here, and may not need a new thread for it
// (supervisor/threads): these files are the kernel's, and nothing in them waits. So
// the runtime does not hear of the system calls.

// mostText is more than a mountinfo has in a container.
const mostText = 1 << 20

// readFile returns what stands in a file.
func readFile(path string) (text []byte, err syscall.Errno) {
	fd, err := open(path)
	if err != 0 {
		return nil, err
	}
	defer unix.RawSyscall(unix.SYS_CLOSE, fd, 0, 0)
	for len(text) < mostText {
		text = slices.Grow(text, 4096)
		room := text[len(text):cap(text)]
		n, _, err := unix.RawSyscall(unix.SYS_READ, fd, uintptr(unsafe.Pointer(&room[0])), uintptr(len(room)))
		switch {
		case err == unix.EINTR:
		case err != 0:
			return nil, err
		case n == 0:
			return text, 0
		default:
			text = text[:len(text)+int(n)]
		}
	}
	return text, 0
}

// open returns a descriptor of a file.
func open(path string) (fd uintptr, err syscall.Errno) {
	name := append([]byte(path), 0)
	fd, _, err = unix.RawSyscall6(unix.SYS_OPENAT, at, uintptr(unsafe.Pointer(&name[0])), unix.O_RDONLY|unix.O_CLOEXEC, 0, 0, 0)
	return fd, err
}

// readLink returns where a link leads.
func readLink(path string) (string, syscall.Errno) {
	name, to := append([]byte(path), 0), make([]byte, 64)
	n, _, err := unix.RawSyscall6(unix.SYS_READLINKAT, at, uintptr(unsafe.Pointer(&name[0])), uintptr(unsafe.Pointer(&to[0])), uintptr(len(to)), 0, 0)
	if err != 0 {
		return "", err
	}
	return string(to[:n]), 0
}

// at is AT_FDCWD: no path here is relative.
const at = ^uintptr(99)
