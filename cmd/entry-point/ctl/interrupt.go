package ctl

import (
	"golang.org/x/sys/unix"
)

// untilCtrlC closes the connection when Ctrl-C is pressed, so that a request
// that follows ends and the shell does not. stopped ends that, and says whether
// it was pressed. Without a terminal Ctrl-C ends us as it does other programs.
func (s *shell) untilCtrlC() (stopped func() bool) {
	keys, is := terminal(s.in)
	if !is {
		return func() bool { return false }
	}
	var wake [2]int
	if unix.Pipe2(wake[:], unix.O_CLOEXEC) != nil {
		return func() bool { return false }
	}
	undo, err := listen(keys)
	if err != nil {
		unix.Close(wake[0])
		unix.Close(wake[1])
		return func() bool { return false }
	}
	// The connection is there before its end can be asked for.
	server := s.server
	pressed := make(chan bool, 1)
	go func() {
		is := awaitCtrlC(keys, wake[0])
		if is && server != nil {
			closeServer(server)
		}
		pressed <- is
	}()
	return func() bool {
		unix.Close(wake[1]) // wakes awaitCtrlC
		is := <-pressed
		unix.Close(wake[0])
		undo()
		return is
	}
}

// awaitCtrlC reads keys until one is Ctrl-C, or the end of the pipe wake.
func awaitCtrlC(keys, wake int) bool {
	poll := []unix.PollFd{{Fd: int32(keys), Events: unix.POLLIN}, {Fd: int32(wake), Events: unix.POLLIN}}
	for {
		_, err := unix.Poll(poll, -1)
		switch {
		case err == unix.EINTR:
			continue
		case err != nil || poll[1].Revents != 0:
			return false
		}
		var key [16]byte
		n, err := unix.Read(keys, key[:])
		if err == nil && n == 0 || err != nil && err != unix.EINTR && err != unix.EAGAIN {
			return false // the terminal is gone
		}
		for _, k := range key[:max(n, 0)] {
			if k == ctrlC {
				return true
			}
		}
	}
}
