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
// that has the other one. Any goroutine may use it.
type Channel struct {
	file *os.File
	raw  syscall.RawConn
	turn chan struct{} // holds a token while nobody speaks on the channel
	owed int           // connections that were asked for and not taken
}

// OpenInherited takes the descriptor of a channel, and reads its first message.
func OpenInherited(fd int) (*Channel, *Briefing, error) {
	if kind, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_TYPE); err != nil || kind != unix.SOCK_SEQPACKET {
		return nil, nil, errors.New("it is no channel of entry-point")
	}
	unix.CloseOnExec(fd)
	if err := unix.SetNonblock(fd, true); err != nil {
		return nil, nil, err
	}
	c := &Channel{file: os.NewFile(uintptr(fd), "channel"), turn: make(chan struct{}, 1)}
	c.raw, _ = c.file.SyscallConn() // fails for a nil File only
	c.turn <- struct{}{}
	_ = c.file.SetReadDeadline(time.Now().Add(10 * time.Second)) // it is there already
	message, _, err := c.receive(maxBriefing)
	b := &Briefing{}
	if err == nil {
		err = json.Unmarshal(message, b)
	}
	if err != nil {
		_ = c.file.Close()
		return nil, nil, errors.New("cannot read what entry-point says: " + err.Error())
	}
	return c, b, nil
}

// maxBriefing is more than a socket takes by default (net.core.wmem_default).
const maxBriefing = 1 << 18

// Close ends the channel, and a Dial that waits. Connections that were made stay.
func (c *Channel) Close() error { return c.file.Close() }

// Dial returns a new connection.
func (c *Channel) Dial(ctx context.Context) (*Client, error) {
	select {
	case <-c.turn:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	defer func() { c.turn <- struct{}{} }()
	// One connection is as good as another: what somebody has asked for who would
	// not wait is for the next.
	if c.owed == 0 {
		if _, err := send(c.raw, []byte{'+'}); err != nil {
			return nil, gone(err)
		}
		c.owed++
	}
	_ = c.file.SetReadDeadline(time.Time{})
	ended := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(ended)
		_ = c.file.SetReadDeadline(time.Unix(1, 0))
	})
	message, fd, err := c.receive(512)
	if !stop() {
		<-ended // else it would end the wait of the next one
	}
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return nil, ctx.Err()
	case err != nil:
		return nil, gone(err)
	}
	c.owed--
	if fd < 0 {
		return nil, errors.New(string(message))
	}
	return newClient(fd, "entry-point"), nil
}

func gone(err error) error { return errors.New("entry-point is gone: " + err.Error()) }

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
