package threads

import (
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// ReadFile is f.Read for a file that the runtime's poller has: a pipe or a socket
// that does not block.
func ReadFile(f *os.File, b []byte) (n int, err error) {
	return poll(f, func(fd int) (int, error) { return Read(fd, b) }, true)
}

// WriteFile is f.Write for such a file.
func WriteFile(f *os.File, b []byte) (n int, err error) {
	for n < len(b) && err == nil {
		more := 0
		more, err = poll(f, func(fd int) (int, error) { return Write(fd, b[n:]) }, false)
		n += more
	}
	return n, err
}

// poll makes a call, and waits for the file as long as it would block.
func poll(f *os.File, call func(fd int) (int, error), reads bool) (n int, err error) {
	raw, err := f.SyscallConn()
	if err != nil {
		return 0, err
	}
	var failed error
	try := func(fd uintptr) bool {
		n, failed = call(int(fd))
		return failed != unix.EAGAIN && failed != unix.EINTR
	}
	if reads {
		err = raw.Read(try)
	} else {
		err = raw.Write(try)
	}
	switch {
	case err != nil:
		return 0, err
	case failed != nil:
		return 0, &os.PathError{Op: "use", Path: f.Name(), Err: failed}
	case n == 0 && reads:
		return 0, io.EOF
	}
	return n, nil
}
