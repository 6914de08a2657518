package control

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"entrypoint/supervisor/threads"
)

// Why Dial fails, for errors.Is.
var (
	ErrNobody     = errors.New("nobody listens there; is entry-point running?")
	ErrPermission = errors.New("permission denied; only root and the user of entry-point may")
	ErrForeign    = errors.New("it belongs to another container")

	errNoFile = &special{ErrNobody}  // there is not even a socket
	errBelow  = &special{ErrForeign} // the server is in a PID namespace below ours
)

// special is an error of its own with the text of one of these. It is made when PID 1
// starts, when package fmt would take too long.
type special struct{ error }

func (s *special) Unwrap() error { return s.error }

// Client is a connection to a Server. One goroutine uses it; any may call Close.
type Client struct {
	file   *os.File
	raw    syscall.RawConn
	lines  *bufio.Scanner
	server int32 // the server's pid, from which every answer has to come; 0: we made the other end
	known  bool  // the server has answered once
}

// Dial connects to the server of our container: at a path, or ("") at the first of
// places where it answers. Where it could have no path, it is found as well. The
// timeout is for that only; 0: none.
//
// A caller outside of any container that has a server may name the socket of a server in
// a PID namespace below ours.
func Dial(path string, timeout time.Duration) (*Client, error) {
	deadline := time.Now().Add(timeout)
	left := func() time.Duration {
		if timeout <= 0 {
			return 0
		}
		return max(time.Until(deadline), time.Millisecond)
	}
	failed := &os.PathError{Op: "cannot connect to"}
	for _, place := range append(places(path), abstractNames()...) {
		c, err := dialAt(place, left(), false)
		if err == nil {
			return c, nil
		}
		if failed.Err == nil || failed.Err == errNoFile && err != errNoFile || failed.Err == ErrNobody && !errors.Is(err, ErrNobody) {
			failed.Path, failed.Err = place, err
		}
	}
	if path != "" && failed.Err == errBelow {
		c, err := dialAt(path, left(), true)
		if err == nil {
			return c, nil
		}
		failed.Err = err
	}
	if failed.Err == unix.EAGAIN {
		failed.Err = errors.New("it is not accepted within " + timeout.String())
	}
	return nil, failed
}

// Connect returns a client in the server's own process that asks on behalf of somebody. The
// server treats it like any other client.
func (s *Server) Connect(by *By) (*Client, error) {
	ends, err := pair(unix.SOCK_STREAM)
	if err != nil {
		return nil, err
	}
	s.admit(ends[0], 0, by)
	return newClient(ends[1], "entry-point"), nil
}

// dialAt connects to a place where our server listens, or a server of a PID namespace below.
func dialAt(place string, timeout time.Duration, below bool) (*Client, error) {
	fd, err := connect(place, timeout)
	if err != nil {
		return nil, err
	}
	pid, err := look(fd)
	if below && err == errBelow {
		err = enter(fd, pid)
	}
	if err == nil {
		err = unix.SetNonblock(fd, true)
	}
	if err != nil {
		unix.Close(fd)
		return nil, err
	}
	c := newClient(fd, place)
	c.server = int32(pid)
	return c, nil
}

// newClient takes a connected, non-blocking descriptor.
func newClient(fd int, name string) *Client {
	c := &Client{file: os.NewFile(uintptr(fd), name)}
	c.raw, _ = c.file.SyscallConn() // fails for a nil File only
	c.lines = bufio.NewScanner(c)
	c.lines.Buffer(make([]byte, 0, 4096), MaxAnswer)
	return c
}

// connect returns a connected descriptor. EAGAIN: not within the timeout.
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
	limit := unix.NsecToTimeval(timeout.Nanoseconds())
	err = unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_SNDTIMEO, &limit)
	if err == nil { // this has to be set before anybody can send us something (see Read)
		err = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_PASSCRED, 1)
	}
	for again := err == nil; again; again = err == unix.EINTR {
		err = unix.Connect(fd, &unix.SockaddrUnix{Name: path})
	}
	if err == nil {
		return fd, nil
	}
	unix.Close(fd)
	switch err {
	case unix.ENOENT, unix.ENOTDIR:
		err = errNoFile
	case unix.ECONNREFUSED:
		err = ErrNobody
	case unix.EACCES, unix.EPERM:
		err = ErrPermission
	case unix.EPROTOTYPE:
		err = errors.New("it is a socket of another kind")
	}
	return -1, err
}

// Name is the path or the name of the socket that the client is connected to.
func (c *Client) Name() string { return c.file.Name() }

// Read reads what the server sends, and refuses what another process sends. The kernel says
// with every message which process has sent it (SCM_CREDENTIALS, unix(7)). SO_PEERCRED is
// not enough: it names the process that has called listen, which is process 1 also for a
// socket that it has opened for a program.
func (c *Client) Read(b []byte) (n int, err error) {
	space := make([]byte, unix.CmsgSpace(unix.SizeofUcred))
	used, failed := 0, error(nil)
	err = c.raw.Read(func(fd uintptr) bool {
		n, used, failed = threads.Receive(int(fd), b, space)
		return failed != unix.EAGAIN && failed != unix.EINTR
	})
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return 0, err
	case err != nil:
		return 0, os.ErrClosed
	case failed != nil:
		return 0, failed
	case n == 0:
		return 0, io.EOF
	case c.server != 0 && !sentBy(c.server, space[:used]):
		return 0, ErrForeign
	}
	return n, nil
}

// sentBy says whether a message is a process's.
func sentBy(pid int32, control []byte) bool {
	list, err := unix.ParseSocketControlMessage(control)
	if err != nil || len(list) == 0 {
		return false
	}
	sender, err := unix.ParseUnixCredentials(&list[0])
	return err == nil && sender.Pid == pid
}

// SetDeadline lets a Do that goes on then fail with os.ErrDeadlineExceeded; the
// zero time: no deadline, as at first.
func (c *Client) SetDeadline(t time.Time) error { return c.file.SetDeadline(t) }

// Close disconnects, which ends a Do.
func (c *Client) Close() error { return c.file.Close() }

// Do sends a request and hands every answer but the last to each, which may be
// nil. The error is an *Error if the server said so. After any other one, that of
// each included, the client is closed: the rest of the answers is still to come.
func (c *Client) Do(r *Request, each func(*Answer) error) error {
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

// do sends a line. The first line is an empty one, so that secrets are sent only when it is
// known who answers.
func (c *Client) do(line []byte, each func(*Answer) error) error {
	if !c.known && c.server != 0 {
		c.known = true
		if err := c.do([]byte{'\n'}, nil); err != nil {
			if said, ok := err.(*Error); !ok || said.Code != BadRequest { // of an older server
				return err
			}
		}
	}
	unsent := error(nil)
	for len(line) > 0 && unsent == nil {
		n := 0
		n, unsent = send(c.raw, line)
		line = line[n:]
	}
	for c.lines.Scan() { // also if it could not be sent: a server that refuses us says why
		a := &Answer{}
		if err := json.Unmarshal(c.lines.Bytes(), a); err != nil {
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
