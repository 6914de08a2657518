package control

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"entrypoint/supervisor/threads"
)

// conn is one client. One goroutine, serve, reads from it and begins its
// requests; another one, write, is there only while answers wait for it.
type conn struct {
	server *Server
	file   *os.File
	raw    syscall.RawConn
	owner  int // the process that it was granted to; 0: it has come by the socket
	by     *By // who that is

	// Only serve uses these.
	outside bool   // it has to show the permit first
	in      []byte // was read and not used yet
	large   bool   // its line has a place among the large ones
	eof     bool   // the client sends nothing more; it may still read

	mu       sync.Mutex // held for moments only: the loop takes it
	request  *Request   // begun and not answered
	awaiting bool       // serve reads, and has to be woken by the last answer
	out      outbox
	writing  bool      // write runs
	quiet    sync.Cond // signalled when write has ended
	closing  time.Time // when the server ends; zero: it does not
	gone     bool      // the client has gone, or was given up
}

// receive reads from the socket what the owner has written.
func (c *conn) receive(fd int, b []byte) (n int, err error) {
	if c.owner == 0 {
		return threads.Read(fd, b)
	}
	n, pid, err := receiveFrom(fd, b)
	if err == nil && n > 0 && pid != c.owner {
		return 0, errStolen
	}
	return n, err
}

var errStolen = errors.New("another process than the one that it was granted to uses the connection")

var errHungUp = errors.New("the client has hung up")

func (c *conn) serve() {
	defer c.server.leave(c)
	defer c.shrink()
	defer c.file.Close()
	if c.outside && !c.enter() {
		c.answer(&Answer{Error: errNotOurs})
		c.flush()
		return
	}
	for c.flush() {
		line, err := c.line()
		if problem, ok := err.(*Error); ok {
			c.answer(&Answer{Error: problem})
		}
		if err != nil {
			break
		}
		if len(bytes.TrimSpace(line)) == 0 { // the client wants to know who answers
			c.answer(&Answer{Done: true})
			continue
		}
		r, problem := decodeRequest(line)
		c.shrink()
		if problem != nil {
			c.answer(&Answer{Error: problem})
			continue
		}
		if c.owner == 0 || r.By == nil {
			r.By = c.by
		}
		if !c.carryOut(&r) {
			break
		}
	}
	c.flush()
}

// line returns the next line. It is valid until the next read.
func (c *conn) line() ([]byte, error) {
	for searched, timed := 0, false; ; {
		if i := bytes.IndexByte(c.in[searched:], '\n'); i >= 0 {
			line := c.in[:searched+i+1]
			c.in = c.in[len(line):]
			if len(c.in) == 0 {
				c.in = nil // an idle client holds no more than it needs
			}
			if timed {
				c.readUntil(time.Time{})
			}
			return line, nil
		}
		searched = len(c.in)
		switch {
		case searched >= MaxRequest:
			return nil, errTooLong
		case c.eof && searched > 0: // JSON tells whether that was all
			line := c.in
			c.in = nil
			return line, nil
		case c.eof:
			return nil, io.EOF
		case searched >= shareRequest && !c.large:
			if err := c.grow(); err != nil {
				return nil, err
			}
		case searched > 0 && !timed: // a client may be idle for ever, but not within a line
			c.readUntil(time.Now().Add(c.server.patience))
			timed = true
		}
		err := c.read()
		if errors.Is(err, os.ErrDeadlineExceeded) {
			err = errTooSlow
		}
		if err != nil {
			return nil, err
		}
	}
}

// grow waits for a place among the large requests, as long as a line may take.
func (c *conn) grow() error {
	late := time.NewTimer(c.server.patience)
	defer late.Stop()
	select {
	case c.server.large <- struct{}{}:
		c.large = true
		return nil
	case <-late.C:
		return &Error{TooManyRequests, "other large requests are being read"}
	case <-c.server.ended:
		return errHungUp
	}
}

// shrink gives the place of a large request back.
func (c *conn) shrink() {
	if c.large {
		c.large = false
		<-c.server.large
	}
}

// read waits until there is more in c.in, or c.eof. With no room for more, or
// after the end, it waits for the client to hang up.
func (c *conn) read() error {
	room := shareRequest - len(c.in)
	if c.large {
		room = MaxRequest - len(c.in)
	}
	if room > 0 && !c.eof && cap(c.in)-len(c.in) < 256 {
		c.in = slices.Grow(slices.Clone(c.in), min(room, max(512, len(c.in)))) // and what was used goes
	}
	room = min(room, cap(c.in)-len(c.in))
	failed := error(nil)
	err := c.raw.Read(func(fd uintptr) bool {
		if room <= 0 || c.eof {
			failed = errHungUp
			return hungUp(int(fd))
		}
		n, err := c.receive(int(fd), c.in[len(c.in):len(c.in)+room])
		switch {
		case err == unix.EAGAIN || err == unix.EINTR:
			return false
		case n > 0:
			c.in = c.in[:len(c.in)+n]
		case err != nil:
			failed = err
		default:
			c.eof = true
		}
		return true
	})
	if err != nil {
		return err
	}
	return failed
}

// hungUp says whether the other end is closed, and not only its way to us
// (POLLRDHUP), as after shutdown(2).
func hungUp(fd int) bool {
	events, _ := threads.Ready(fd, 0)
	return events != 0
}

func (c *conn) readUntil(t time.Time) { _ = c.file.SetReadDeadline(t) }

// carryOut returns when a request is answered, or false when the client is gone.
func (c *conn) carryOut(r *Request) bool {
	bound := c.server.bound()
	c.mu.Lock()
	c.request = r
	c.out.limit = MaxAnswer
	if r.Follow {
		c.out.limit, c.out.buffer = maxFollow, bound
	}
	c.mu.Unlock()
	cancel, ok := c.begin(r)
	if ok && c.await() == nil {
		return true
	}
	c.mu.Lock()
	open := c.request != nil
	c.request = nil // later answers are dropped
	c.mu.Unlock()
	if open && cancel != nil {
		defer func() { _ = recover() }() // the client has gone, so there is nobody to tell
		cancel()
	}
	return false
}

// begin hands a request to the handler, whose panic is the end of this client only.
func (c *conn) begin(r *Request) (cancel func(), ok bool) {
	defer func() {
		if p := recover(); p != nil {
			c.reply(r, &Answer{Error: &Error{Failed, "entry-point has a bug: " + fmt.Sprint(p)}})
			cancel, ok = nil, false
		}
	}()
	return c.server.handler.Handle(r, func(a *Answer) { c.reply(r, a) }), true
}

// await returns nil when the request is answered. Meanwhile it reads on, to
// notice when the client hangs up.
func (c *conn) await() error {
	for {
		c.mu.Lock()
		c.awaiting = c.request != nil
		waiting := c.awaiting
		c.mu.Unlock()
		if !waiting {
			c.readUntil(time.Time{})
			return nil
		}
		if err := c.read(); err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
			return err
		}
	}
}

// reply queues an answer to r. It is the handler's, and never blocks.
func (c *conn) reply(r *Request, a *Answer) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.request != r {
		return // after the last answer, or after the end of the client
	}
	c.put(a)
	if a.last() {
		c.request = nil
		if c.awaiting {
			c.awaiting = false
			c.readUntil(time.Unix(1, 0)) // wakes it
		}
	}
}

// answer queues an answer of our own.
func (c *conn) answer(a *Answer) {
	c.mu.Lock()
	c.put(a)
	c.mu.Unlock()
}

// put queues an answer and sees to it that it is written. c.mu is held.
func (c *conn) put(a *Answer) {
	if c.gone {
		return
	}
	if c.out.encoder == nil {
		c.out.total = &c.server.queued
		c.out.encoder = newEncoder(&c.out)
	}
	if c.server.mask != nil {
		a.hide(c.server.mask)
	}
	c.out.put(a)
	if !c.writing {
		c.writing = true
		go c.write()
	}
}
