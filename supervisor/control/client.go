package control

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Why Dial fails, for errors.Is.
var (
	ErrNobody     = errors.New("nobody listens there; is entry-point running?")
	ErrPermission = errors.New("permission denied; only root and the user of entry-point may")
)

// Client is a connection to a Server. One goroutine uses it; any may call Close.
type Client struct {
	file  *os.File
	raw   syscall.RawConn
	lines *bufio.Scanner
}

// Dial connects to the socket at path. The timeout is for that only; 0: none.
func Dial(path string, timeout time.Duration) (*Client, error) {
	fd, err := connect(path, timeout)
	if err != nil {
		return nil, &os.PathError{Op: "cannot connect to", Path: path, Err: err}
	}
	return newClient(fd, path), nil
}

// newClient takes a connected, non-blocking descriptor.
func newClient(fd int, name string) *Client {
	c := &Client{file: os.NewFile(uintptr(fd), name)}
	c.raw, _ = c.file.SyscallConn() // fails for a nil File only
	c.lines = bufio.NewScanner(c.file)
	c.lines.Buffer(make([]byte, 0, 4096), MaxAnswer)
	return c
}

// connect returns a connected, non-blocking descriptor.
func connect(path string, timeout time.Duration) (int, error) {
	if len(path) > 107 { // unix(7)
		return -1, errors.New("the path is longer than 107 bytes")
	}
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return -1, err
	}
	// A unix socket is connected at once, or with a full queue after a while; a
	// non-blocking one would say EAGAIN then and could not be waited for.
	limit := unix.NsecToTimeval(max(timeout, 0).Nanoseconds())
	err = unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_SNDTIMEO, &limit)
	for again := err == nil; again; again = err == unix.EINTR {
		err = unix.Connect(fd, &unix.SockaddrUnix{Name: path})
	}
	if err == nil {
		err = unix.SetNonblock(fd, true)
	}
	if err == nil {
		return fd, nil
	}
	unix.Close(fd)
	switch err {
	case unix.ENOENT, unix.ENOTDIR, unix.ECONNREFUSED:
		err = ErrNobody
	case unix.EACCES, unix.EPERM:
		err = ErrPermission
	case unix.EAGAIN:
		err = errors.New("it is not accepted within " + timeout.String())
	case unix.EPROTOTYPE:
		err = errors.New("it is a socket of another kind")
	}
	return -1, err
}

// SetDeadline lets a Do that goes on then fail with os.ErrDeadlineExceeded; the
// zero time: no deadline, as at first.
func (c *Client) SetDeadline(t time.Time) error { return c.file.SetDeadline(t) }

// Close disconnects, which ends a Do.
func (c *Client) Close() error { return c.file.Close() }

// Do sends a request and hands every answer but the last to each, which may be
// nil. The error is an *Error if the server said so. After any other one, that of
// each included, the client is closed: the rest of the answers is still to come.
func (c *Client) Do(r Request, each func(Answer) error) error {
	line, err := json.Marshal(r)
	if err != nil {
		return errors.New("cannot write the request: " + err.Error())
	}
	if line = append(line, '\n'); len(line) > MaxRequest {
		return errors.New("cannot send the request: it is longer than " + strconv.Itoa(MaxRequest) + " bytes")
	}
	err = c.do(line, each)
	if _, said := err.(*Error); err != nil && !said {
		_ = c.file.Close()
	}
	return err
}

func (c *Client) do(line []byte, each func(Answer) error) error {
	unsent := error(nil)
	for len(line) > 0 && unsent == nil {
		n := 0
		n, unsent = send(c.raw, line)
		line = line[n:]
	}
	for c.lines.Scan() { // also if it could not be sent: a server that refuses us says why
		a := Answer{}
		if err := json.Unmarshal(c.lines.Bytes(), &a); err != nil {
			return errors.New("cannot understand the answer: " + err.Error())
		}
		switch {
		case a.Error != nil:
			return a.Error
		case a.Done:
			return nil
		case each == nil:
		default:
			if err := each(a); err != nil {
				return err
			}
		}
	}
	if err := c.lines.Err(); err != nil && !errors.Is(err, unix.ECONNRESET) {
		return broken(err)
	}
	if unsent != nil && !errors.Is(unsent, unix.EPIPE) {
		return broken(unsent)
	}
	return broken(errors.New("entry-point has closed the connection"))
}

func broken(cause error) error { return fmt.Errorf("cannot get an answer: %w", cause) }
