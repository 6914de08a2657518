package control

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"syscall"

	"golang.org/x/sys/unix"

	"entrypoint/supervisor/threads"
)

// What a channel carries to the gateway besides its Briefing and the words why there
// is no connection.
const (
	granted = "granted" // carries a connection
	ping    = "ping"    // the gateway has to answer with pong
)

// What the gateway says on it, a byte for each message.
const (
	hello  = '!' // it has started, and waits for its Briefing
	wanted = '+' // it asks for a connection
	pong   = '.' // it answers a ping
)

// Briefing is what the gateway has to know: the first message that it gets.
type Briefing struct {
	Version string `json:"version"` // of entry-point
	// Servers are the listening sockets that follow the channel, in order.
	Servers []HTTPServer `json:"servers"`
	// Idle is after how many seconds without a connection the gateway ends.
	Idle float64 `json:"idle"`
	// Probes is how many seconds after its start the gateway answers only health checks.
	// Other requests wait, because one of them may have crashed the last gateway.
	Probes float64 `json:"probes,omitempty"`
}

// HTTPServer is one listening socket of the gateway.
type HTTPServer struct {
	Network  string `json:"network"` // "unix" or "tcp"
	Address  string `json:"address"`
	Username string `json:"username,omitempty"`
	Password string `json:"password,omitempty"` // in clear, or {SHA}hex
	// Reader may only read; "": there is none.
	Reader         string `json:"reader,omitempty"`
	ReaderPassword string `json:"reader_password,omitempty"` // in clear, or {SHA}hex
}

// OpenChannel makes a channel: one end for Grant, the other one for the gateway to
// inherit.
func OpenChannel() (ours, theirs *os.File, err error) {
	ends, err := pair(unix.SOCK_SEQPACKET)
	if err != nil {
		return nil, nil, fmt.Errorf("cannot make a channel to the gateway: %w", err)
	}
	return os.NewFile(uintptr(ends[0]), "gateway channel"), os.NewFile(uintptr(ends[1]), "gateway channel"), nil
}

// pair makes two connected sockets. With what comes out of the first one the kernel
// says which process has put it in (unix(7), SO_PASSCRED): what a process has, others
// may get hold of as well (pidfd_getfd(2)), but nobody without CAP_SYS_ADMIN can take
// its process id.
func pair(kind int) (ends [2]int, err error) {
	if ends, err = unix.Socketpair(unix.AF_UNIX, kind|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0); err != nil {
		return ends, err
	}
	if err = unix.SetsockoptInt(ends[0], unix.SOL_SOCKET, unix.SO_PASSCRED, 1); err != nil {
		unix.Close(ends[0])
		unix.Close(ends[1])
	}
	return ends, err
}

// receiveFrom reads from the first end of a pair, and says which process has written
// that; 0: none, for it is the end. Descriptors that somebody sends along are closed
// by the kernel, for want of room for them.
func receiveFrom(fd int, b []byte) (n, pid int, err error) {
	space := make([]byte, unix.CmsgSpace(unix.SizeofUcred))
	n, length, err := threads.Receive(fd, b, space)
	if err != nil || n == 0 {
		return n, 0, err
	}
	list, err := unix.ParseSocketControlMessage(space[:length])
	if err != nil || len(list) == 0 {
		return n, 0, errNobody
	}
	sender, err := unix.ParseUnixCredentials(&list[0])
	if err != nil {
		return n, 0, errNobody
	}
	return n, int(sender.Pid), nil
}

var errNobody = errors.New("the kernel does not say who has sent it")

// Grantee is the gateway, as the Server sees it.
type Grantee struct {
	PID      int // messages of any other process are refused
	Briefing *Briefing
	// Heard is called when the gateway has said that it is there, and when it has
	// answered a Ping.
	Heard func()
	// Stranger is called, once, when another process has sent something.
	Stranger func(pid int)
}

// Link is a channel that belongs to a Server. Any goroutine may use it.
type Link struct {
	server *Server
	pid    int
	file   *os.File
	raw    syscall.RawConn
}

// Grant gives a connection each time the gateway asks for one on a channel, until its
// other end or the Link is closed, and returns at once. The channel belongs to the
// Server then. Serve comes first; after the end of the Server there is no Link (nil).
func (s *Server) Grant(channel *os.File, g Grantee) *Link {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || s.conns == nil {
		_ = channel.Close()
		return nil
	}
	if s.channels == nil {
		s.channels = map[*os.File]struct{}{}
	}
	s.channels[channel] = struct{}{}
	l := &Link{server: s, pid: g.PID, file: channel}
	l.raw, _ = channel.SyscallConn() // fails for a nil File only
	s.running.Go(func() {
		l.serve(&g)
		s.mu.Lock()
		delete(s.channels, channel)
		s.mu.Unlock()
		_ = channel.Close()
	})
	return l
}

// Ping asks the gateway to say something. It never blocks.
func (l *Link) Ping() {
	if l == nil {
		return
	}
	_ = l.raw.Write(func(fd uintptr) bool {
		_, _ = unix.SendmsgN(int(fd), []byte(ping), nil, nil, unix.MSG_NOSIGNAL)
		return true // the socket is full: the gateway has not read the last ping
	})
}

// Close ends the channel and the connections that it has given: their process has
// ended, whoever else has hold of them.
func (l *Link) Close() {
	if l == nil {
		return
	}
	_ = l.file.Close()
	l.server.mu.Lock()
	var conns []*conn
	for c := range l.server.conns {
		if c.owner == l.pid {
			conns = append(conns, c)
		}
	}
	l.server.mu.Unlock()
	for _, c := range conns {
		_ = c.file.Close()
	}
}

// serve does what the gateway says, and nobody else.
func (l *Link) serve(g *Grantee) {
	told := false
	for {
		n, pid, failed := 0, 0, error(nil)
		word := make([]byte, 1) // a message has one byte; the rest of a longer one is dropped
		err := l.raw.Read(func(fd uintptr) bool {
			n, pid, failed = receiveFrom(int(fd), word)
			return failed != unix.EAGAIN && failed != unix.EINTR
		})
		switch {
		case err != nil || failed != nil || n == 0:
			return
		case pid != l.pid:
			if !told {
				told = true
				g.Stranger(pid)
			}
		case !l.answer(word[0], g):
			return
		}
	}
}

// answer does what the gateway says; false: it is gone.
func (l *Link) answer(word byte, g *Grantee) bool {
	switch word {
	case hello:
		message, err := json.Marshal(g.Briefing)
		if err != nil || pass(l.raw, string(message), nil) != nil {
			return false
		}
		g.Heard()
	case wanted:
		return l.connect() == nil
	case pong:
		g.Heard()
	}
	return true
}

// connect makes a connection and passes the client's end on.
func (l *Link) connect() error {
	ends, err := pair(unix.SOCK_STREAM)
	if err != nil { // EMFILE: the gateway may ask again
		return pass(l.raw, "entry-point cannot make a connection: "+err.Error(), nil)
	}
	defer unix.Close(ends[1])
	l.server.admit(ends[0], l.pid, &By{Way: "HTTP"}) // or the connection says why not
	return pass(l.raw, granted, unix.UnixRights(ends[1]))
}

// pass sends a message. If the socket is full it waits, which delays nobody but the reader
// of this channel.
func pass(channel syscall.RawConn, message string, rights []byte) error {
	failed := error(nil)
	err := channel.Write(func(fd uintptr) bool {
		_, failed = unix.SendmsgN(int(fd), []byte(message), rights, nil, unix.MSG_NOSIGNAL)
		return failed != unix.EAGAIN && failed != unix.EINTR
	})
	if err == nil {
		err = failed
	}
	return err
}
