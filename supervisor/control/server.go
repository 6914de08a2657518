package control

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"entrypoint/config"
	"entrypoint/supervisor/namespace"
	"entrypoint/supervisor/socket"
	"entrypoint/supervisor/threads"
)

// maxClients is how many may be connected at a time; fewer where that would be
// more than half of our descriptors, which programs need as well.
const maxClients = 1100

// Server is the listening socket and its clients.
type Server struct {
	set      socket.Set
	listener *os.File // a second descriptor of the socket in set, or an abstract socket
	permit   *permit  // for clients from outside; nil: there are none
	handler  Handler
	clients  int           // how many may be connected
	buffer   Buffer        // nil: none
	patience time.Duration // for a client that neither reads nor finishes its line
	running  sync.WaitGroup
	queued   atomic.Int64             // bytes of answers that wait for all clients
	outside  atomic.Int64             // clients that have not shown the permit yet
	idle     func()                   // of Idle
	mask     func(text string) string // of Mask; nil: there are no secrets
	large    chan struct{}            // a token for each large request that is being read
	ended    chan struct{}

	mu       sync.Mutex
	conns    map[*conn]struct{}
	channels map[*os.File]struct{} // of Grant
	rest     *time.Timer           // calls idle
	closed   bool
}

// Buffer counts memory. Take asks for n more bytes for a holder of have bytes, and Give
// gives n bytes back. Both may be called from any goroutine. logs.Buffer is one.
type Buffer interface {
	Take(have, n int) bool
	Give(n int)
}

// Bound makes followers that do not read take their memory from b, so that they and
// whatever else is held back have one bound. Those that follow already keep what they have.
func (s *Server) Bound(b Buffer) {
	s.mu.Lock()
	s.buffer = b
	s.mu.Unlock()
}

// bound is the buffer of a client that begins to follow.
func (s *Server) bound() Buffer {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.buffer
}

// Idle makes the server call f on a goroutine of its own when a while has passed since
// the last client has left and none has come, so that what serving them took can be given
// back. It is called before Serve.
func (s *Server) Idle(f func()) { s.idle = f }

// Mask makes the server hide secrets by f in all that it says, but for what programs have
// printed. It is called before Serve.
func (s *Server) Mask(f func(text string) string) { s.mask = f }

// idleAfter is longer than ctl, a health check or a script takes from one request to the next.
const idleAfter = 2 * time.Second

// New returns a Server without a socket: clients come by Grant only.
func New() *Server { return &Server{clients: maxClients, patience: time.Minute} }

// Listen makes the control socket at a path, or ("") at the first of places, and
// where no path can be had, as an abstract socket. It says where that is, and why it
// is not at the first place. Clients may connect at once; they wait until Serve.
func Listen(path string) (s *Server, where string, err error) {
	s = New()
	failed := ""
	for _, where = range places(path) {
		if err = s.listen(where); err == nil {
			break
		}
		failed += err.Error() + "; "
	}
	if err != nil {
		where, err = s.listenAbstract()
	}
	if err != nil {
		return nil, "", errors.New(failed + err.Error())
	}
	if failed != "" {
		err = errors.New(strings.TrimSuffix(failed, "; "))
	}
	s.permit = newPermit()
	return s, where, err
}

func (s *Server) listen(path string) error {
	defer alone(filepath.Dir(path))()
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
		_ = s.set.Close(url)
		return errors.New("cannot listen on " + url + ": " + err.Error())
	}
	s.listener = os.NewFile(uintptr(fd), path)
	return nil
}

// alone keeps every other entry-point from looking for sockets in a directory until
// done: between bind and listen, a socket looks as if its process were gone, and
// would be removed. If another process holds the lock for longer than that takes, we go on.
func alone(dir string) (done func()) {
	fd, err := unix.Open(dir, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return func() {}
	}
	for range 50 {
		if unix.Flock(fd, unix.LOCK_EX|unix.LOCK_NB) != unix.EWOULDBLOCK {
			break
		}
		time.Sleep(2 * time.Millisecond)
	}
	return func() { unix.Close(fd) }
}

func (s *Server) listenAbstract() (name string, err error) {
	if namespace.Mount() == "" {
		return "", errors.New("there is no /proc, where clients would look for another socket")
	}
	name = abstractPrefix() + random()
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err == nil {
		s.listener = os.NewFile(uintptr(fd), name)
		if err = unix.Bind(fd, &unix.SockaddrUnix{Name: name}); err == nil {
			err = unix.Listen(fd, unix.SOMAXCONN)
		}
		if err != nil {
			_ = s.listener.Close()
		}
	}
	if err != nil {
		return "", errors.New("cannot listen on " + name + ": " + err.Error())
	}
	return name, nil
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
	s.handler, s.conns, s.ended, s.large = h, map[*conn]struct{}{}, make(chan struct{}), make(chan struct{}, maxLarge)
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
	_ = s.set.Keep(nil)
	if s.rest != nil {
		s.rest.Stop()
	}
	if s.ended != nil {
		close(s.ended)
	}
	conns, channels := s.conns, s.channels
	s.conns, s.channels = nil, nil
	s.mu.Unlock()
	if s.listener != nil {
		_ = s.listener.Close()
	}
	s.permit.close()
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
			fd, failed = threads.Accept(int(listener))
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

// refuse tells a client why it is not served.
func refuse(fd int, refusal *Error) {
	line, _ := json.Marshal(Answer{Error: refusal})
	_, _ = threads.Send(fd, append(line, '\n'))
	threads.Close(fd)
}

// admit serves a client that was found to be allowed, unless there are too many. owner is
// the only process whose requests count; 0: those of any process count.
func (s *Server) admit(fd, owner int, by *By) { s.admitFrom(fd, owner, by, false) }

// admitFrom is admit for a client that may be from outside, and then has to show the permit.
func (s *Server) admitFrom(fd, owner int, by *By, outside bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.closed:
		refuse(fd, &Error{ShuttingDown, "entry-point is shutting down"})
	case len(s.conns) >= s.clients:
		refuse(fd, &Error{TooManyRequests, "too many clients are connected"})
	default:
		c := newConn(s, fd)
		c.owner, c.by = owner, by
		if c.outside = outside; outside {
			s.outside.Add(1)
		}
		s.conns[c] = struct{}{}
		if s.rest != nil {
			s.rest.Stop()
		}
		s.running.Go(c.serve)
	}
}

// leave forgets a client.
func (s *Server) leave(c *conn) {
	s.mu.Lock()
	delete(s.conns, c)
	if s.idle != nil && len(s.conns) == 0 && !s.closed {
		if s.rest == nil {
			s.rest = time.AfterFunc(idleAfter, s.idle)
		} else {
			s.rest.Reset(idleAfter)
		}
	}
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

// send writes as much as the socket takes, without the SIGPIPE of write(2).
func send(raw syscall.RawConn, b []byte) (n int, err error) {
	failed := error(nil)
	err = raw.Write(func(fd uintptr) bool {
		n, failed = threads.Send(int(fd), b)
		return failed != unix.EAGAIN && failed != unix.EINTR
	})
	if err == nil {
		err = failed
	}
	return max(n, 0), err
}
