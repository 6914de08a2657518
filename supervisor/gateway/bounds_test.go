package gateway

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"entrypoint/supervisor/eventually"
)

// TestSilent: thousands of connections that ask nothing hinder nobody who asks.
func TestSilent(t *testing.T) {
	h := open(t, func(h *house) { h.bounds.connections = 20 })
	for i := range 500 {
		text := ""
		if i%2 == 1 {
			text = "GET /livez HT" // a header that is never finished
		}
		h.dial(text)
		if i%50 == 49 {
			h.want("/livez", 200, "ok\n")
		}
	}
}

// TestFull: with a request on every connection there is no room, and that is said.
func TestFull(t *testing.T) {
	begun, stop := make(chan struct{}, 10), make(chan struct{})
	h := open(t, func(h *house) {
		h.bounds.connections = 5
		h.handler = mux(h.Gateway, func(m *http.ServeMux) {
			m.HandleFunc("/hold", func(http.ResponseWriter, *http.Request) { begun <- struct{}{}; <-stop })
		})
	})
	held := h.dial(request("GET", "/hold"))
	wait(t, begun, "the request")
	for range 4 {
		h.dial(request("GET", "/hold"))
		wait(t, begun, "the request")
	}
	for range 3 {
		if code, text := h.answered(h.dial(request("GET", "/livez"))); code != 503 || text != "too many requests are under way" {
			t.Errorf("%d %q", code, text)
		}
	}
	close(stop)
	if code, _ := h.answered(held); code != 200 {
		t.Errorf("held: %d", code)
	}
	eventually.So(t, "there is room when they have ended", func() bool { // an answer is here before that
		code, text := h.answered(h.dial(request("GET", "/livez")))
		return code == 200 && text == "ok\n"
	}, nil)
}

// TestKept: a connection is used again, until somebody else needs its place.
func TestKept(t *testing.T) {
	trackers := make(chan *tracker, 10)
	h := open(t, func(h *house) {
		h.bounds.connections = 2
		h.handler = mux(h.Gateway, func(m *http.ServeMux) {
			m.HandleFunc("/tracker", func(_ http.ResponseWriter, r *http.Request) { trackers <- r.Context().Value(connKey{}).(*conn).tracker })
		})
	})
	first, second := h.dial(""), h.dial("")
	for range 3 {
		for _, c := range []*bufio.ReadWriter{first, second} {
			h.send(c, request("GET", "/tracker"))
			h.answered(c)
			// The answer is here before the connection counts as idle.
			l := wait(t, trackers, "the request")
			eventually.So(t, "both are idle", func() bool {
				l.mu.Lock()
				defer l.mu.Unlock()
				return l.quiet.Len() == 2
			}, nil)
		}
	}
	h.want("/livez", 200, "ok\n")
	if _, err := first.ReadByte(); err == nil || isTimeout(err) {
		t.Errorf("the longest idle one is still there: %v", err)
	}
	h.send(second, request("GET", "/livez"))
	if code, _ := h.answered(second); code != 200 {
		t.Errorf("the other one: %d", code)
	}
}

func isTimeout(err error) bool {
	e := net.Error(nil)
	return errors.As(err, &e) && e.Timeout()
}

// TestSlowHeader, and a header that is too large, end the connection.
func TestSlowHeader(t *testing.T) {
	h := open(t, func(h *house) { h.bounds.header = 100 * time.Millisecond })
	c := h.dial("GET /livez HTTP/1.1\r\nX: ")
	if _, err := c.ReadByte(); err == nil || isTimeout(err) {
		t.Errorf("it may stay: %v", err)
	}
	h = open(t, nil)
	c = h.dial("")
	go func() {
		_, _ = c.WriteString("GET /livez HTTP/1.1\r\nHost: localhost\r\nX: " + strings.Repeat("x", 2*maxHeader) + "\r\n\r\n")
		_ = c.Flush()
	}()
	if code, _ := h.answered(c); code != 431 {
		t.Errorf("a large header: %d", code)
	}
}

// bodyHandler reads bodies and says what has become of them.
func bodyHandler(h *house, read chan<- string) http.Handler {
	return mux(h.Gateway, func(m *http.ServeMux) {
		m.HandleFunc("POST /body", func(w http.ResponseWriter, r *http.Request) {
			b, err := io.ReadAll(r.Body)
			large := (*http.MaxBytesError)(nil)
			switch {
			case errors.As(err, &large):
				http.Error(w, "large", http.StatusRequestEntityTooLarge)
			case err != nil:
				read <- err.Error()
				http.Error(w, "bad", http.StatusBadRequest)
			default:
				fmt.Fprint(w, len(b))
			}
		})
	})
}

// TestBody: how large and how slow one may be.
func TestBody(t *testing.T) {
	read := make(chan string, 100)
	h := open(t, func(h *house) { h.handler = bodyHandler(h, read) })
	for size, want := range map[int]string{0: "200 0", 1: "200 1", maxBody: "200 1048576", maxBody + 1: "413 large"} {
		c := h.dial(request("POST", "/body", "Transfer-Encoding: chunked\r\nConnection: close\r\n"))
		go func() {
			if size > 0 {
				_, _ = fmt.Fprintf(c, "%x\r\n%s\r\n", size, strings.Repeat("x", size))
			}
			_, _ = c.WriteString("0\r\n\r\n")
			_ = c.Flush()
		}()
		code, text := h.answered(c)
		if got := fmt.Sprint(code, " ", strings.TrimSpace(text)); got != want {
			t.Errorf("chunked, %d bytes: %s, want %s", size, got, want)
		}
	}
	// Nothing of this body is read: it is never sent.
	if code, _ := h.answered(h.dial(request("POST", "/body", "Content-Length: 100000000\r\n"))); code != 413 {
		t.Errorf("100 MB: %d", code)
	}
	if code, _ := h.answered(h.dial(request("POST", "/body", "Content-Length: 100000000\r\nExpect: 100-continue\r\n"))); code != 413 {
		t.Errorf("100 MB, asked before: %d", code)
	}

	slow := open(t, func(h *house) {
		h.bounds.body = 100 * time.Millisecond
		h.handler = bodyHandler(h, read)
	})
	slow.dial(request("POST", "/body", "Content-Length: 10\r\n") + "x")
	if why := wait(t, read, "the end of a slow body"); !strings.Contains(why, "timeout") {
		t.Errorf("slow: %s", why)
	}
}

// TestBodies: all together have a bound, which comes back.
func TestBodies(t *testing.T) {
	read := make(chan string, 100)
	h := open(t, func(h *house) { h.handler = bodyHandler(h, read) })
	for range maxBodies / maxBody {
		h.dial(request("POST", "/body", fmt.Sprintf("Content-Length: %d\r\n", maxBody)))
	}
	eventually.So(t, "the bodies begin", func() bool { return h.bodies.left.Load() == 0 }, nil)
	if code, _ := h.answered(h.dial(request("POST", "/body", "Content-Length: 1\r\n") + "x")); code != 503 {
		t.Errorf("one more: %d", code)
	}
	h.want("/livez", 200, "ok\n")
	h.end()
	wait(t, h.ended, "the end")
	// A cut request ends a moment later.
	eventually.So(t, "room for all bodies", func() bool { return h.bodies.left.Load() == maxBodies }, func() string { return fmt.Sprint(h.bodies.left.Load()) })
}

// TestDeaf: an answer that nobody reads ends; a stream that has nothing to say, and
// a request that came with a body, do not.
func TestDeaf(t *testing.T) {
	ended, say := make(chan error, 1), make(chan struct{})
	h := open(t, func(h *house) {
		h.bounds.write, h.bounds.body = 200*time.Millisecond, 50*time.Millisecond
		h.handler = mux(h.Gateway, func(m *http.ServeMux) {
			m.HandleFunc("/endless", func(w http.ResponseWriter, _ *http.Request) {
				for piece := make([]byte, 1<<20); ; {
					if _, err := w.Write(piece); err != nil {
						ended <- err
						return
					}
				}
			})
			m.HandleFunc("/quiet", func(w http.ResponseWriter, r *http.Request) {
				_, _ = io.Copy(io.Discard, r.Body)
				_, _ = io.WriteString(w, "a\n")
				w.(http.Flusher).Flush()
				select {
				case <-say:
				case <-r.Context().Done():
					return
				}
				_, _ = io.WriteString(w, "b\n")
			})
		})
	})
	quiet := h.dial(request("POST", "/quiet", "Content-Length: 1\r\n") + "x")
	h.dial(request("GET", "/endless"))
	if err := wait(t, ended, "the end of the endless answer"); !isTimeout(err) {
		t.Errorf("%v", err)
	}
	close(say) // longer ago than both bounds
	if code, text := h.answered(quiet); code != 200 || text != "a\nb\n" {
		t.Errorf("quiet: %d %q", code, text)
	}
}
