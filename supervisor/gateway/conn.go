package gateway

import (
	"container/list"
	"context"
	"net"
	"net/http"
	"time"
)

// conn is a connection that the tracker has admitted.
type conn struct {
	net.Conn
	tracker *tracker

	// Guarded by tracker.mu:
	place  *list.Element // in tracker.quiet; nil: a request is under way
	closed bool
}

// writePiece is how many bytes the client has to take within bounds.write.
const writePiece = 64 << 10

// Write returns an error when the client does not read.
func (c *conn) Write(b []byte) (n int, err error) {
	for err == nil && len(b) > 0 {
		_ = c.SetWriteDeadline(time.Now().Add(c.tracker.bounds.write))
		m := 0
		m, err = c.Conn.Write(b[:min(len(b), writePiece)])
		n, b = n+m, b[m:]
	}
	if err == nil { // a deadline that is left over would wake us when it has passed
		_ = c.Conn.SetWriteDeadline(time.Time{})
	}
	return n, err
}

// CloseWrite is how net/http ends a connection whose request it has not read.
func (c *conn) CloseWrite() error {
	if w, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return w.CloseWrite()
	}
	return nil
}

func (c *conn) Close() error {
	c.tracker.leave(c)
	return c.Conn.Close()
}

// connKey is the key of the *conn in the context of a request.
type connKey struct{}

func withConn(ctx context.Context, c net.Conn) context.Context {
	return context.WithValue(ctx, connKey{}, c)
}

// busy notes that a connection has a request. net/http's StateActive does not say so: it
// begins with the first byte of a request, complete or not.
func busy(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if c, ok := r.Context().Value(connKey{}).(*conn); ok {
			c.tracker.note(c, false)
		}
		next.ServeHTTP(w, r)
	})
}

// connState notes that an answer has been sent, so that the connection has no request.
func connState(c net.Conn, state http.ConnState) {
	if c, ok := c.(*conn); ok && state == http.StateIdle {
		c.tracker.note(c, true)
	}
}
