package gateway

import (
	"io"
	"net/http"
	"sync/atomic"
	"time"

	"entrypoint/supervisor/gateway/api"
)

// budget is how much of bodies may be read at a time.
type budget struct {
	left atomic.Int64
	time time.Duration // for one body
}

// take takes n, or says no.
func (b *budget) take(n int64) bool {
	if b.left.Add(-n) < 0 {
		b.left.Add(n)
		return false
	}
	return true
}

// bounded refuses a body that is too large, or that there is no room for, and
// reads none that is too slow.
func (b *budget) bounded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		size := r.ContentLength
		switch {
		case size == 0:
			next.ServeHTTP(w, r)
			return
		case size < 0:
			size = maxBody // chunked: nobody says how large it is
		case size > maxBody:
			w.Header().Set("Connection", "close")
			api.Refuse(w, r, api.BodyTooLarge, "the body is larger than 1 MB")
			return
		}
		if !b.take(size) {
			w.Header().Set("Connection", "close")
			api.Refuse(w, r, api.Busy, "too many requests with a body are under way")
			return
		}
		defer b.left.Add(size)
		c := http.NewResponseController(w)
		_ = c.SetReadDeadline(time.Now().Add(b.time))
		r.Body = &body{ReadCloser: http.MaxBytesReader(w, r.Body, maxBody), whole: func() { _ = c.SetReadDeadline(time.Time{}) }}
		next.ServeHTTP(w, r)
	})
}

// body lifts its deadline when it is read: what net/http reads from there on is
// only to learn when the client hangs up.
type body struct {
	io.ReadCloser
	whole func()
}

func (b *body) Read(p []byte) (n int, err error) {
	n, err = b.ReadCloser.Read(p)
	if err == io.EOF && b.whole != nil {
		b.whole()
		b.whole = nil
	}
	return n, err
}
