package control

import (
	"encoding/json"
	"errors"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"entrypoint/config"
	"entrypoint/supervisor/socket"
)

// maxClients is how many may be connected at a time; fewer where that would be
// more than half of our descriptors, which programs need as well.
const maxClients = 1100

// Server is the listening socket and its clients.
type Server struct {
	set      socket.Set
	url      string
	listener *os.File // a second descriptor of the socket in set
	handler  Handler
	clients  int           // at most
	buffer   Buffer        // nil: none
	patience time.Duration // with a client that neither reads nor finishes its line
	running  sync.WaitGroup
	queued   atomic.Int64 // bytes of answers that wait for all clients
	ended    chan struct{}

	mu       sync.Mutex
	conns    map[*conn]struct{}
	channels map[*os.File]struct{} // of Grant
	closed   bool
}

// Buffer counts memory. Take asks for n bytes more for one who has had have, and Give
// gives n back; both may be called from any goroutine. logs.Buffer is one.
type Buffer interface {
	Take(have, n int) bool
	Give(n int)
}

// Bound makes followers that do not read take their memory from b, so that they and
// whatever else is held back have one bound. It is called before Serve.
func (s *Server) Bound(b Buffer) { s.buffer = b }

// Places are where the control socket is, where nobody says: the first that can be
// had.
func Places() []string { return []string{"/run/entry-point.sock", "/tmp/entry-point.sock"} }

// New returns a Server without a socket: clients come by Grant only.
func New() *Server { return &Server{clients: maxClients, patience: time.Minute} }

// Listen makes the control socket at the first of the paths where it can be, and
// says where that is. Clients may connect at once; they wait until Serve.
func Listen(paths []string) (*Server, string, error) {
	s := New()
	failed := "there is no path for it"
	for i, path := range paths {
		err := s.listen(path)
		if err == nil {
			return s, path, nil
		}
		if i == 0 {
			failed = err.Error()
		} else {
			failed += "; " + err.Error()
		}
	}
	return nil, "", errors.New("cannot make the control socket: " + failed)
}

func (s *Server) listen(path string) error {
	url := "unix://" + path
	file, err := s.set.Open(&config.Socket{URL: url, Mode: 0o600})
	if err != nil {
		return err
	}
	// No program inherits this socket, so it may be non-blocking, and the runtime
	// waits for clients without a thread. The Set keeps its own descriptor.
	fd, err := unix.FcntlInt(file.Fd(), unix.F_DUPFD_CLOEXEC, 0)
	if err == nil {
		if err = unix.SetNonblock(fd, true); err != nil {
			unix.Close(fd)
		}
	}
	if err != nil {
		s.set.Close(url)
		return errors.New("cannot listen on " + url + ": " + err.Error())
	}
	s.url, s.listener = url, os.NewFile(uintptr(fd), path)
	return nil
}

// Serve begins to accept clients, whose requests h carries out, and returns at
// once. It is called once at most.
func (s *Server) Serve(h Handler) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return
	}
	var limit unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_NOFILE, &limit) == nil && limit.Cur/2 < uint64(s.clients) {
		s.clients = int(limit.Cur / 2)
	}
	s.handler, s.conns, s.ended = h, map[*conn]struct{}{}, make(chan struct{})
	if s.listener != nil {
		s.running.Go(s.accept)
	}
}

// Close removes the socket's file if it is ours, and disconnects the clients;
// answers that are on their way have a tenth of a second. It returns when nothing
// of the server runs any more, so neither Handle nor cancel may wait for it.
func (s *Server) Close() {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		s.running.Wait()
		return
	}
	s.closed = true
	s.set.Keep(nil)
	if s.ended != nil {
		close(s.ended)
	}
	conns, channels := s.conns, s.channels
	s.conns, s.channels = nil, nil
	s.mu.Unlock()
	if s.listener != nil {
		_ = s.listener.Close()
	}
	for channel := range channels {
		_ = channel.Close()
	}
	for c := range conns {
		c.close()
	}
	s.running.Wait()
}

// accept takes clients until the listener is closed.
func (s *Server) accept() {
	raw, _ := s.listener.SyscallConn() // fails for a nil File only
	for {
		fd, failed := -1, error(nil)
		err := raw.Read(func(listener uintptr) bool {
			fd, _, failed = unix.Accept4(int(listener), unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC)
			return failed != unix.EAGAIN
		})
		switch {
		case err != nil:
			return // closed
		case failed == nil:
			s.welcome(fd)
		case failed == unix.EINTR || failed == unix.ECONNABORTED:
		default: // EMFILE, ENFILE, ENOMEM: the client waits in the queue until something is free
			select {
			case <-s.ended:
				return
			case <-time.After(time.Second):
			}
		}
	}
}

// welcome serves a client of the socket, or tells it why not.
func (s *Server) welcome(fd int) {
	peer, err := unix.GetsockoptUcred(fd, unix.SOL_SOCKET, unix.SO_PEERCRED)
	if err != nil || peer.Uid != 0 && int(peer.Uid) != os.Geteuid() {
		refuse(fd, &Error{NotAllowed, "only root and the user of entry-point may use this socket"})
		return
	}
	s.admit(fd, 0)
}

// refuse tells a client why it is not served.
func refuse(fd int, refusal *Error) {
	line, _ := json.Marshal(Answer{Error: refusal})
	_, _ = unix.SendmsgN(fd, append(line, '\n'), nil, nil, unix.MSG_NOSIGNAL)
	unix.Close(fd)
}

// admit serves a client that may be one, if there is room for it. owner is the process
// that it is for, the only one whose requests count; 0: whoever has it.
func (s *Server) admit(fd, owner int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.closed:
		refuse(fd, &Error{ShuttingDown, "entry-point is shutting down"})
	case len(s.conns) >= s.clients:
		refuse(fd, &Error{TooManyRequests, "too many clients are connected"})
	default:
		c := newConn(s, fd)
		c.owner = owner
		s.conns[c] = struct{}{}
		s.running.Go(c.serve)
	}
}

// leave forgets a client.
func (s *Server) leave(c *conn) {
	s.mu.Lock()
	delete(s.conns, c)
	s.mu.Unlock()
}

// newConn takes a connected descriptor.
func newConn(s *Server, fd int) *conn {
	file := os.NewFile(uintptr(fd), "control client")
	raw, _ := file.SyscallConn() // fails for a nil File only
	c := &conn{server: s, file: file, raw: raw}
	c.quiet.L = &c.mu
	return c
}

// send writes what the socket has room for, without the SIGPIPE of write(2).
func send(raw syscall.RawConn, b []byte) (n int, err error) {
	failed := error(nil)
	err = raw.Write(func(fd uintptr) bool {
		n, failed = unix.SendmsgN(int(fd), b, nil, nil, unix.MSG_NOSIGNAL)
		return failed != unix.EAGAIN && failed != unix.EINTR
	})
	if err == nil {
		err = failed
	}
	return max(n, 0), err
}
