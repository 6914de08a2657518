package logs

import (
	"os"
	"runtime"
	"strconv"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"entrypoint/supervisor/threads"
)

// sink writes to a descriptor that others share, as the container's stdout is, so
// that it cannot be made non-blocking: it is a flag of the open file, and a program
// that gets EAGAIN from its stdout fails. A pipe or terminal is opened once more, a
// socket is asked not to wait, and whoever has to wait for a reader does so in the
// runtime's poller, without a thread.
type sink struct {
	fd int

	mu    sync.Mutex // held across writes
	asked bool       // how to write is known
	kind  uint32     // S_IFSOCK and the like
	own   int        // open file of our own, which does not block; -1: none
	lent  bool       // own is somebody else's to close
	poll  *os.File   // epoll descriptor with what is written to; nil: not made yet, or there is none
	ready syscall.RawConn
}

func newSink(fd int) *sink { return &sink{fd: fd, own: -1} }

// ownSink is a sink for an open file that nobody shares and that does not block.
func ownSink(fd int) *sink { return &sink{fd: fd, own: fd, asked: true, lent: true} }

// write writes all of data, and waits for the reader as long as there is one. By
// system calls of our own: os.File would end the process with SIGPIPE when descriptor
// 1 or 2 is a closed pipe.
func (s *sink) write(data []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ask()
	for len(data) > 0 {
		n, err := s.some(data)
		switch err {
		case nil:
			data = data[n:]
			runtime.Gosched() // it was no call of which the runtime knows
		case unix.EINTR:
		case unix.EAGAIN:
			s.wait()
		default:
			return err
		}
	}
	return nil
}

// ask finds out how to write.
func (s *sink) ask() {
	if s.asked {
		return
	}
	s.asked = true
	var st unix.Stat_t
	if unix.Fstat(s.fd, &st) != nil {
		return
	}
	s.kind = st.Mode & unix.S_IFMT
	if s.kind == unix.S_IFIFO || s.kind == unix.S_IFCHR {
		own, err := unix.Open("/proc/self/fd/"+strconv.Itoa(s.fd), unix.O_WRONLY|unix.O_NONBLOCK|unix.O_NOCTTY|unix.O_CLOEXEC, 0)
		if err == nil {
			s.own = own
		}
	}
}

// some writes a part of data; EAGAIN: there is no room at the moment.
func (s *sink) some(data []byte) (int, error) {
	switch {
	case s.own >= 0:
		return threads.Write(s.own, data)
	case s.kind == unix.S_IFSOCK:
		return threads.Send(s.fd, data)
	case s.kind == unix.S_IFIFO || s.kind == unix.S_IFCHR:
		// Not ours to open: without /proc, or as another user. One that has room
		// takes pipeBuf bytes at once (pipe(7)), if nobody else is quicker.
		if n, _ := threads.Ready(s.fd, unix.POLLOUT); n == 0 {
			return 0, unix.EAGAIN
		}
		data = data[:min(len(data), pipeBuf)]
	}
	return unix.Write(s.fd, data)
}

// wait waits until there is room, or nobody can read any more.
func (s *sink) wait() {
	if s.poll == nil {
		s.poll, s.ready = watchRoom(s.target())
	}
	if s.poll == nil { // no descriptor is free
		poll := []unix.PollFd{{Fd: int32(s.target()), Events: unix.POLLOUT}}
		_, _ = unix.Poll(poll, -1)
		return
	}
	// Once only: else every read of the reader would wake us.
	epoll, event := 0, unix.EpollEvent{Events: unix.EPOLLOUT | unix.EPOLLONESHOT}
	_ = s.ready.Control(func(fd uintptr) {
		epoll = int(fd)
		_ = unix.EpollCtl(epoll, unix.EPOLL_CTL_MOD, s.target(), &event)
	})
	var events [1]unix.EpollEvent
	_ = s.ready.Read(func(uintptr) bool {
		n, _ := threads.EpollReady(epoll, events[:])
		return n != 0 // an error is as good as room, and the poller would not wake us
	})
}

// close closes what is our own, unless somebody writes. The next write opens it again.
func (s *sink) close() {
	if !s.mu.TryLock() {
		return
	}
	defer s.mu.Unlock()
	if !s.lent {
		s.asked = false
		if s.own >= 0 {
			threads.Close(s.own)
			s.own = -1
		}
	}
	if s.poll != nil {
		_ = s.poll.Close()
		s.poll = nil
	}
}

// target is what is written to.
func (s *sink) target() int {
	if s.own >= 0 {
		return s.own
	}
	return s.fd
}

// watchRoom makes an epoll descriptor for the runtime's poller with fd in it, which
// waits for nothing yet; nil: it cannot.
func watchRoom(fd int) (*os.File, syscall.RawConn) {
	epoll, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, nil
	}
	if err = unix.EpollCtl(epoll, unix.EPOLL_CTL_ADD, fd, &unix.EpollEvent{Events: unix.EPOLLONESHOT}); err == nil {
		err = unix.SetNonblock(epoll, true) // else the poller would not have it
	}
	if err != nil {
		unix.Close(epoll)
		return nil, nil
	}
	file := os.NewFile(uintptr(epoll), "room")
	if err := file.SetReadDeadline(time.Time{}); err != nil {
		file.Close()
		return nil, nil
	}
	ready, err := file.SyscallConn()
	if err != nil {
		return nil, nil
	}
	return file, ready
}
