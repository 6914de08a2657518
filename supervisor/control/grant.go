package control

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// granted is the message that carries a connection; any other one says why there
// is none.
const granted = "granted"

// Briefing is what the gateway has to know: the first message of its channel.
type Briefing struct {
	Version string `json:"version"` // of entry-point
	// Servers are the listening sockets that follow the channel, in order.
	Servers []HTTPServer `json:"servers"`
	// Idle is after how many seconds without a connection the gateway ends.
	Idle float64 `json:"idle"`
}

// HTTPServer is one listening socket of the gateway.
type HTTPServer struct {
	Network  string `json:"network"` // "unix" or "tcp"
	Address  string `json:"address"`
	Username string `json:"username,omitempty"`
	Password string `json:"password,omitempty"` // in clear, or {SHA}hex
}

// OpenChannel makes a channel with a Briefing in it: one end for Grant, the other
// one for the gateway to inherit.
func OpenChannel(b *Briefing) (ours, theirs *os.File, err error) {
	message, err := json.Marshal(b)
	if err != nil {
		return nil, nil, err
	}
	ends, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return nil, nil, fmt.Errorf("cannot make a channel to the gateway: %w", err)
	}
	if _, err = unix.SendmsgN(ends[0], message, nil, nil, unix.MSG_NOSIGNAL); err != nil {
		unix.Close(ends[0])
		unix.Close(ends[1])
		return nil, nil, errors.New("cannot tell the gateway what it has to know: " + err.Error())
	}
	return os.NewFile(uintptr(ends[0]), "gateway channel"), os.NewFile(uintptr(ends[1]), "gateway channel"), nil
}

// Grant gives a connection for each message on a channel, until its other end is
// closed, and returns at once. The channel belongs to the Server then. Serve
// comes first.
func (s *Server) Grant(channel *os.File) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || s.conns == nil {
		_ = channel.Close()
		return
	}
	if s.channels == nil {
		s.channels = map[*os.File]struct{}{}
	}
	s.channels[channel] = struct{}{}
	s.running.Go(func() {
		s.grant(channel)
		s.mu.Lock()
		delete(s.channels, channel)
		s.mu.Unlock()
		_ = channel.Close()
	})
}

func (s *Server) grant(channel *os.File) {
	raw, _ := channel.SyscallConn() // fails for a nil File only
	for {
		n, failed := 0, error(nil)
		err := raw.Read(func(fd uintptr) bool {
			n, failed = unix.Read(int(fd), make([]byte, 1)) // the rest of a message is dropped
			return failed != unix.EAGAIN && failed != unix.EINTR
		})
		if err != nil || failed != nil || n == 0 || s.connect(raw) != nil {
			return
		}
	}
}

// connect makes a connection and passes the client's end on.
func (s *Server) connect(channel syscall.RawConn) error {
	ends, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil { // EMFILE: the gateway may ask again
		return pass(channel, "entry-point cannot make a connection: "+err.Error(), nil)
	}
	defer unix.Close(ends[1])
	s.admit(ends[0]) // or the connection says why not
	return pass(channel, granted, unix.UnixRights(ends[1]))
}

// pass sends a message, and waits for room without holding anybody up but those
// who read this channel.
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
