package gateway

import (
	"container/list"
	"context"
	"errors"
	"net"
	"os"
	"runtime/debug"
	"sync"
	"time"
)

// tracker is the connection tracker: it counts the connections of all sockets, limits
// them, and knows when there is none.
type tracker struct {
	bounds  *bounds
	emptied chan struct{} // the last connection has been closed
	gone    sync.WaitGroup

	mu         sync.Mutex
	open       int
	quiet      list.List // of *conn: connections without a request, the oldest first
	emptySince time.Time
	turning    int // connections that are being turned away

	listeners []*listener
	paused    bool // no connection is accepted
	closed    bool
	parked    int // listeners that have noticed paused
	changed   sync.Cond
}

func newTracker(b *bounds) *tracker {
	l := &tracker{bounds: b, emptied: make(chan struct{}, 1), emptySince: time.Now()}
	l.changed.L = &l.mu
	return l
}

// listener is one socket, as http.Server sees it.
type listener struct {
	net.Listener
	tracker *tracker
}

// deadliner is what the listeners of package net have.
type deadliner interface{ SetDeadline(time.Time) error }

func (t *tracker) listen(socket net.Listener) net.Listener {
	x := &listener{socket, t}
	t.listeners = append(t.listeners, x)
	return x
}

// Accept returns the next connection that the tracker has admitted.
func (x *listener) Accept() (net.Conn, error) {
	for {
		c, err := x.Listener.Accept()
		if err == nil {
			if c := x.tracker.enter(c); c != nil {
				return c, nil
			}
			continue
		}
		if !errors.Is(err, os.ErrDeadlineExceeded) {
			return nil, err
		}
		if !x.tracker.park() {
			return nil, net.ErrClosed
		}
	}
}

// park waits while the tracker is paused, and says whether it goes on.
func (t *tracker) park() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.parked++
	t.changed.Broadcast()
	for t.paused && !t.closed {
		t.changed.Wait()
	}
	t.parked--
	return !t.closed
}

// waitForEnd returns when ctx has ended, or when there has been no connection for the
// idle time. In the second case no connection is accepted any more.
func (t *tracker) waitForEnd(ctx context.Context, idle time.Duration) {
	end := time.NewTimer(idle)
	defer end.Stop()
	tidy := time.NewTimer(tidyAfter)
	defer tidy.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.emptied:
			end.Reset(idle)
			tidy.Reset(tidyAfter)
		case <-tidy.C:
			if t.empty() {
				debug.FreeOSMemory()
			}
		case <-end.C:
			if left := t.idleLeft(idle); left > 0 {
				end.Reset(left)
			} else if t.pauseIfEmpty() {
				return
			}
		}
	}
}

// tidyAfter is when memory is given back after the last connection.
const tidyAfter = 500 * time.Millisecond

func (t *tracker) empty() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.open == 0
}

// idleLeft is how much of the idle time is left; 0 also while there are connections.
func (t *tracker) idleLeft(idle time.Duration) time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.open > 0 {
		return 0
	}
	return time.Until(t.emptySince.Add(idle))
}

// pauseIfEmpty stops accepting and returns true. If a connection has come meanwhile, it
// accepts again and returns false.
func (t *tracker) pauseIfEmpty() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.open > 0 {
		return false // waitForEnd hears by emptied when the last one is closed
	}
	t.paused = true
	t.deadline(time.Unix(1, 0))
	// A connection that accept(2) has returned is counted before its listener parks.
	for t.parked < len(t.listeners) {
		t.changed.Wait()
	}
	if t.open == 0 {
		return true
	}
	t.paused = false
	t.deadline(time.Time{})
	t.changed.Broadcast()
	return false
}

func (t *tracker) deadline(at time.Time) {
	for _, x := range t.listeners {
		if d, ok := x.Listener.(deadliner); ok {
			_ = d.SetDeadline(at)
		}
	}
}

// close closes the sockets; the connections stay.
func (t *tracker) close() {
	t.mu.Lock()
	t.closed = true
	t.changed.Broadcast()
	t.mu.Unlock()
	for _, x := range t.listeners {
		_ = x.Listener.Close()
	}
}

// wait waits for the goroutines that turnAway has started.
func (t *tracker) wait() { t.gone.Wait() }

// enter admits a connection. If there are too many it closes the oldest one without a
// request; if all have one, it refuses the new connection with 503 and returns nil.
func (t *tracker) enter(socket net.Conn) *conn {
	c := &conn{Conn: socket, tracker: t}
	var out *conn
	t.mu.Lock()
	if t.open >= t.bounds.connections {
		first := t.quiet.Front()
		if first == nil {
			t.turnAway(socket)
			t.mu.Unlock()
			return nil
		}
		out = first.Value.(*conn)
		t.noted(out, false)
	}
	t.open++
	t.noted(c, true)
	t.mu.Unlock()
	if out != nil {
		_ = out.Close()
	}
	return c
}

// noted puts a connection at the end of quiet, or takes it out of quiet. t.mu is held.
func (t *tracker) noted(c *conn, quiet bool) {
	if c.place != nil {
		t.quiet.Remove(c.place)
		c.place = nil
	}
	if quiet && !c.closed {
		c.place = t.quiet.PushBack(c)
	}
}

func (t *tracker) note(c *conn, quiet bool) {
	t.mu.Lock()
	t.noted(c, quiet)
	t.mu.Unlock()
}

// leave removes a connection; a second call does nothing.
func (t *tracker) leave(c *conn) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if c.closed {
		return
	}
	c.closed = true
	t.noted(c, false)
	if t.open--; t.open == 0 {
		t.emptySince = time.Now()
		select {
		case t.emptied <- struct{}{}:
		default:
		}
	}
}

// maxTurning is how many refused connections are answered at the same time; others are
// closed without an answer.
const maxTurning = 100

const turnedAway = "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\nConnection: close\r\n" +
	"Content-Type: text/plain; charset=utf-8\r\nContent-Length: 31\r\n\r\ntoo many requests are under way"

// turnAway answers a connection with 503 and closes it. t.mu is held.
func (t *tracker) turnAway(c net.Conn) {
	if t.turning >= maxTurning || t.closed {
		_ = c.Close()
		return
	}
	t.turning++
	t.gone.Go(func() {
		_ = c.SetDeadline(time.Now().Add(endTime))
		_, _ = c.Write([]byte(turnedAway))
		if w, ok := c.(interface{ CloseWrite() error }); ok {
			_ = w.CloseWrite()
		}
		// A close before the request is read would take the answer with it.
		for buf, n := make([]byte, 4096), 0; n < maxHeader; {
			some, err := c.Read(buf)
			if n += some; err != nil {
				break
			}
		}
		_ = c.Close()
		t.mu.Lock()
		t.turning--
		t.mu.Unlock()
	})
}
