package probe

import (
	"errors"
	"os"
	"syscall"

	"golang.org/x/sys/unix"

	"entrypoint/config"
)

// Connect says whether somebody accepts connections where p says; nil: yes. The
// connection is closed at once; nothing is sent. It never blocks: a unix socket
// answers at once (EAGAIN: the listener is there and busy), and so does the
// loopback interface.
func Connect(p *config.Probe) error {
	fd, err := dial(p)
	if err == nil {
		defer unix.Close(fd)
		err = connected(fd)
	} else if err == syscall.EAGAIN { // of connect(2)
		return nil
	}
	return err
}

// NoSocketError says that nobody was asked, because no socket could be made.
type NoSocketError struct{ Err error }

func (e *NoSocketError) Error() string { return "cannot make a socket to ask it: " + e.Err.Error() }

// Unwrap returns the system's error.
func (e *NoSocketError) Unwrap() error { return e.Err }

var errAddress = errors.New("no such address")

// dial begins to connect.
func dial(p *config.Probe) (fd int, err error) {
	family, address := sockaddr(p)
	if address == nil {
		return -1, errAddress // config has checked it
	}
	fd, err = unix.Socket(family, unix.SOCK_STREAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return -1, &NoSocketError{err}
	}
	if err = unix.Connect(fd, address); err == nil || errors.Is(err, syscall.EINPROGRESS) {
		return fd, nil
	}
	_ = unix.Close(fd)
	return -1, err
}

// connected says whether a connection is there by now.
func connected(fd int) error {
	fds := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLOUT}}
	if n, err := unix.Poll(fds, 1); err != nil {
		return err
	} else if n != 1 {
		return os.ErrDeadlineExceeded
	}
	failure, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_ERROR)
	if err == nil && failure != 0 {
		err = syscall.Errno(failure)
	}
	return err
}

func sockaddr(p *config.Probe) (family int, address unix.Sockaddr) {
	if p.Network() == "unix" {
		return unix.AF_UNIX, &unix.SockaddrUnix{Name: p.Address}
	}
	ip, port := p.TCP()
	if ip == nil {
		return 0, nil
	}
	return ip.Sockaddr(port)
}
