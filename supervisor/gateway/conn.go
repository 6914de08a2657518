package gateway

import (
	"container/list"
	"context"
	"net"
	"net/http"
	"time"
)

// conn is a connection in the lobby.
type conn struct {
	net.Conn
	lobby *lobby

	// Under lobby.mu.
	place  *list.Element // among those without a request; nil: it has one
	closed bool
}

// writePiece is what has to be taken within bounds.write.
const writePiece = 64 << 10

// Write gives up when nobody reads.
func (c *conn) Write(b []byte) (n int, err error) {
	for err == nil && len(b) > 0 {
		_ = c.SetWriteDeadline(time.Now().Add(c.lobby.bounds.write))
		m := 0
		m, err = c.Conn.Write(b[:min(len(b), writePiece)])
		n, b = n+m, b[m:]
	}
	if err == nil { // a deadline that nobody waits for would wake us when it has passed
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
	c.lobby.leave(c)
	return c.Conn.Close()
}

// connKey is the key of the *conn in the context of a request.
type connKey struct{}

func withConn(ctx context.Context, c net.Conn) context.Context {
	return context.WithValue(ctx, connKey{}, c)
}

// busy notes that a connection has a request. What net/http calls active is not
// it: that begins with the first byte.
func busy(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if c, ok := r.Context().Value(connKey{}).(*conn); ok {
			c.lobby.note(c, false)
		}
		next.ServeHTTP(w, r)
	})
}

// connState notes that an answer is sent and there is no request any more.
func connState(c net.Conn, state http.ConnState) {
	if c, ok := c.(*conn); ok && state == http.StateIdle {
		c.lobby.note(c, true)
	}
}
