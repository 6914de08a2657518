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

// lobby is the connections of all sockets: it bounds them, and knows when there
// is none.
type lobby struct {
	bounds  *bounds
	emptied chan struct{} // the last connection has left
	gone    sync.WaitGroup

	mu         sync.Mutex
	open       int
	quiet      list.List // of *conn: those without a request, the longest first
	emptySince time.Time
	turning    int // connections that are being turned away

	listeners []*listener
	paused    bool // nothing is to be accepted
	closed    bool
	parked    int // listeners that accept nothing
	changed   sync.Cond
}

func newLobby(b *bounds) *lobby {
	l := &lobby{bounds: b, emptied: make(chan struct{}, 1), emptySince: time.Now()}
	l.changed.L = &l.mu
	return l
}

// listener is one socket, as http.Server sees it.
type listener struct {
	net.Listener
	lobby *lobby
}

// deadliner is what the listeners of package net have.
type deadliner interface{ SetDeadline(time.Time) error }

func (l *lobby) listen(socket net.Listener) net.Listener {
	x := &listener{socket, l}
	l.listeners = append(l.listeners, x)
	return x
}

// Accept returns the next connection that is in the lobby.
func (x *listener) Accept() (net.Conn, error) {
	for {
		c, err := x.Listener.Accept()
		if err == nil {
			if c := x.lobby.enter(c); c != nil {
				return c, nil
			}
			continue
		}
		if !errors.Is(err, os.ErrDeadlineExceeded) {
			return nil, err
		}
		if !x.lobby.park() {
			return nil, net.ErrClosed
		}
	}
}

// park waits while the lobby is paused, and says whether it goes on.
func (l *lobby) park() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.parked++
	l.changed.Broadcast()
	for l.paused && !l.closed {
		l.changed.Wait()
	}
	l.parked--
	return !l.closed
}

// waitForEnd returns when ctx has ended, or when there has been no connection for
// the idle time and nothing is accepted any more.
func (l *lobby) waitForEnd(ctx context.Context, idle time.Duration) {
	end := time.NewTimer(idle)
	defer end.Stop()
	tidy := time.NewTimer(tidyAfter)
	defer tidy.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-l.emptied:
			end.Reset(idle)
			tidy.Reset(tidyAfter)
		case <-tidy.C:
			if l.empty() {
				debug.FreeOSMemory()
			}
		case <-end.C:
			if left := l.idleLeft(idle); left > 0 {
				end.Reset(left)
			} else if l.pauseIfEmpty() {
				return
			}
		}
	}
}

// tidyAfter is when memory is given back after the last connection.
const tidyAfter = 500 * time.Millisecond

func (l *lobby) empty() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.open == 0
}

// idleLeft is how long the lobby has to be empty from now on; 0 also if it is not.
func (l *lobby) idleLeft(idle time.Duration) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.open > 0 {
		return 0
	}
	return time.Until(l.emptySince.Add(idle))
}

// pauseIfEmpty stops accepting, and goes on if that has left a connection here.
func (l *lobby) pauseIfEmpty() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.open > 0 {
		return false // emptied will say when it is not
	}
	l.paused = true
	l.deadline(time.Unix(1, 0))
	// What accept(2) has returned is counted before its listener parks.
	for l.parked < len(l.listeners) {
		l.changed.Wait()
	}
	if l.open == 0 {
		return true
	}
	l.paused = false
	l.deadline(time.Time{})
	l.changed.Broadcast()
	return false
}

func (l *lobby) deadline(t time.Time) {
	for _, x := range l.listeners {
		if d, ok := x.Listener.(deadliner); ok {
			_ = d.SetDeadline(t)
		}
	}
}

// close closes the sockets; the connections stay.
func (l *lobby) close() {
	l.mu.Lock()
	l.closed = true
	l.changed.Broadcast()
	l.mu.Unlock()
	for _, x := range l.listeners {
		_ = x.Listener.Close()
	}
}

// wait waits for the end of what the lobby has started.
func (l *lobby) wait() { l.gone.Wait() }

// enter takes a connection in. If there is no room it returns nil, and the
// connection is told so.
func (l *lobby) enter(socket net.Conn) *conn {
	c := &conn{Conn: socket, lobby: l}
	var out *conn
	l.mu.Lock()
	if l.open >= l.bounds.connections {
		first := l.quiet.Front()
		if first == nil {
			l.turnAway(socket)
			l.mu.Unlock()
			return nil
		}
		out = first.Value.(*conn)
		l.noted(out, false)
	}
	l.open++
	l.noted(c, true)
	l.mu.Unlock()
	if out != nil {
		_ = out.Close()
	}
	return c
}

// noted puts a connection to the end of those without a request, or takes it out.
func (l *lobby) noted(c *conn, quiet bool) {
	if c.place != nil {
		l.quiet.Remove(c.place)
		c.place = nil
	}
	if quiet && !c.closed {
		c.place = l.quiet.PushBack(c)
	}
}

func (l *lobby) note(c *conn, quiet bool) {
	l.mu.Lock()
	l.noted(c, quiet)
	l.mu.Unlock()
}

// leave forgets a connection, once.
func (l *lobby) leave(c *conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if c.closed {
		return
	}
	c.closed = true
	l.noted(c, false)
	if l.open--; l.open == 0 {
		l.emptySince = time.Now()
		select {
		case l.emptied <- struct{}{}:
		default:
		}
	}
}

// maxTurning is how many connections get a word on their way out; others are
// closed at once.
const maxTurning = 100

const turnedAway = "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\nConnection: close\r\n" +
	"Content-Type: text/plain; charset=utf-8\r\nContent-Length: 31\r\n\r\ntoo many requests are under way"

// turnAway says that there is no room. l.mu is held.
func (l *lobby) turnAway(c net.Conn) {
	if l.turning >= maxTurning || l.closed {
		_ = c.Close()
		return
	}
	l.turning++
	l.gone.Go(func() {
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
		l.mu.Lock()
		l.turning--
		l.mu.Unlock()
	})
}
