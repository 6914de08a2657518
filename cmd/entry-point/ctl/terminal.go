package ctl

import (
	"os"

	"golang.org/x/sys/unix"
)

// terminal returns the descriptor of a stream that is a terminal.
func terminal(stream any) (fd int, is bool) {
	f, ok := stream.(*os.File)
	if !ok {
		return -1, false
	}
	fd = int(f.Fd())
	_, err := unix.IoctlGetTermios(fd, unix.TCGETS)
	return fd, err == nil
}

// listen makes a terminal hand over each key at once, Ctrl-C among them, until
// undo: nothing can end us then before the terminal is as it was.
func listen(fd int) (undo func(), err error) {
	before, err := unix.IoctlGetTermios(fd, unix.TCGETS)
	if err != nil {
		return nil, err
	}
	keys := *before
	keys.Lflag &^= unix.ICANON | unix.ECHO | unix.ISIG
	keys.Cc[unix.VMIN], keys.Cc[unix.VTIME] = 1, 0
	if err := unix.IoctlSetTermios(fd, unix.TCSETS, &keys); err != nil {
		return nil, err
	}
	return func() { _ = unix.IoctlSetTermios(fd, unix.TCSETS, before) }, nil
}

const ctrlC = 3

// quits says whether a key has come within a time, in ms, that ends a display:
// q, Ctrl-C, Ctrl-D, Escape, or that the terminal is gone.
func quits(fd, ms int) bool {
	poll := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
	n, err := unix.Poll(poll, ms)
	if err != nil {
		return err != unix.EINTR
	}
	if n == 0 {
		return false
	}
	var key [16]byte
	n, err = unix.Read(fd, key[:])
	if err == unix.EINTR || err == unix.EAGAIN {
		return false
	}
	if n <= 0 {
		return true
	}
	for _, k := range key[:n] {
		if k == 'q' || k == 'Q' || k == ctrlC || k == 4 {
			return true
		}
	}
	return n == 1 && key[0] == 0x1b
}

// windowSize is the number of a terminal's rows and columns; 24 and 80 where it
// does not say.
func windowSize(fd int) (rows, columns int) {
	size, err := unix.IoctlGetWinsize(fd, unix.TIOCGWINSZ)
	if err != nil || size.Row == 0 || size.Col == 0 {
		return 24, 80
	}
	return int(size.Row), int(size.Col)
}
