package control

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Channel is the gateway's end of a channel: it gives connections to the Server
// that has the other one, and answers its pings. Any goroutine may use it.
type Channel struct {
	file    *os.File
	raw     syscall.RawConn
	gone    chan struct{} // closed at the end
	answers chan granting // closed after gone
	err     error         // why the channel has ended

	turn chan struct{} // holds a token while nobody asks for a connection
	owed int           // connections that were asked for and have not arrived
}

// granting is a connection, or why there is none.
type granting struct {
	words string
	fd    int // -1: none
}

// OpenInherited takes the descriptor of a channel, says that we are there, and
// returns what we have to know. What must be so before anybody hears a secret comes
// first.
func OpenInherited(fd int) (*Channel, *Briefing, error) {
	if kind, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_TYPE); err != nil || kind != unix.SOCK_SEQPACKET {
		return nil, nil, errors.New("it is no channel of entry-point")
	}
	unix.CloseOnExec(fd)
	if err := unix.SetNonblock(fd, true); err != nil {
		return nil, nil, err
	}
	c := &Channel{file: os.NewFile(uintptr(fd), "channel"), turn: make(chan struct{}, 1), answers: make(chan granting, 1), gone: make(chan struct{})}
	c.raw, _ = c.file.SyscallConn() // fails for a nil File only
	c.turn <- struct{}{}
	_ = c.file.SetDeadline(time.Now().Add(10 * time.Second))
	b := &Briefing{}
	_, err := send(c.raw, []byte{hello})
	if err == nil {
		var message []byte
		if message, _, err = c.receive(maxBriefing); err == nil {
			err = json.Unmarshal(message, b)
		}
	}
	if err != nil {
		_ = c.file.Close()
		return nil, nil, errors.New("cannot read what entry-point says: " + err.Error())
	}
	_ = c.file.SetDeadline(time.Time{})
	go c.read()
	return c, b, nil
}

// maxBriefing is larger than a message can be that a socket takes by default
// (net.core.wmem_default).
const maxBriefing = 1 << 18

// Gone is closed when the channel has ended: entry-point has, or Close was called.
func (c *Channel) Gone() <-chan struct{} { return c.gone }

// Close ends the channel, and a Dial that waits. Connections that were made stay.
func (c *Channel) Close() error { return c.file.Close() }

// read answers pings and hands connections on.
func (c *Channel) read() {
	defer close(c.answers)
	defer close(c.gone)
	for {
		message, fd, err := c.receive(512)
		if err == nil && fd < 0 && string(message) == ping {
			_, err = send(c.raw, []byte{pong})
		} else if err == nil {
			c.answers <- granting{string(message), fd} // there is room: one is owed at a time
		}
		if err != nil {
			c.err = err
			return
		}
	}
}

// Dial returns a new connection.
func (c *Channel) Dial(ctx context.Context) (*Client, error) {
	select {
	case <-c.turn:
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	defer func() { c.turn <- struct{}{} }()
	// All connections are alike: one that somebody has asked for and not waited for goes
	// to the next caller.
	if c.owed == 0 {
		if _, err := send(c.raw, []byte{wanted}); err != nil {
			return nil, isGone(err)
		}
		c.owed++
	}
	select {
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	case a, ok := <-c.answers:
		if !ok {
			return nil, isGone(c.err)
		}
		c.owed--
		if a.fd < 0 {
			return nil, errors.New(a.words)
		}
		return newClient(a.fd, "entry-point"), nil
	}
}

func isGone(err error) error { return errors.New("entry-point is gone: " + err.Error()) }

// receive returns the next message and the descriptor that it carries, or -1.
func (c *Channel) receive(size int) (message []byte, fd int, err error) {
	message, fd = make([]byte, size), -1
	rights := make([]byte, unix.CmsgSpace(4))
	n, space, failed := 0, 0, error(nil)
	err = c.raw.Read(func(from uintptr) bool {
		n, space, _, _, failed = unix.Recvmsg(int(from), message, rights, unix.MSG_CMSG_CLOEXEC)
		return failed != unix.EAGAIN && failed != unix.EINTR
	})
	switch {
	case err != nil:
		return nil, -1, err
	case failed != nil:
		return nil, -1, failed
	case n == 0:
		return nil, -1, errors.New("the channel is closed")
	}
	if list, err := unix.ParseSocketControlMessage(rights[:space]); err == nil && len(list) == 1 {
		if fds, err := unix.ParseUnixRights(&list[0]); err == nil && len(fds) == 1 {
			fd = fds[0]
		}
	}
	if fd < 0 && string(message[:n]) == granted { // MSG_CTRUNC: we have no descriptor left
		return []byte("no descriptor is free"), -1, nil
	}
	return message[:n], fd, nil
}
