package gateway

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"entrypoint/supervisor/control"
)

const patience = 30 * time.Second // of a test, with what must happen

// asked answers as a test wants it.
type asked func(ctx context.Context, r *control.Request, each func(*control.Answer) error) error

func (a asked) Do(ctx context.Context, r *control.Request, each func(*control.Answer) error) error {
	return a(ctx, r, each)
}

// healthy is an entry-point that waits for these programs.
func healthy(waiting ...string) asked {
	return func(_ context.Context, r *control.Request, each func(*control.Answer) error) error {
		if r.Do == control.DoHealth {
			return each(&control.Answer{Health: &control.Health{Ready: len(waiting) == 0, Waiting: waiting}})
		}
		return nil
	}
}

// house is a gateway in this process.
type house struct {
	*Gateway
	t       testing.TB
	address string
	end     func()
	ended   chan struct{}
	log     logged
}

// logged is a log that may be read meanwhile.
type logged struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *logged) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(b)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

var houses atomic.Int32 // that are open

// open serves on a TCP socket; change may set what it likes before.
func open(t testing.TB, change func(*house)) *house {
	t.Helper()
	socket, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	b := defaultBounds()
	h := &house{t: t, address: socket.Addr().String(), ended: make(chan struct{})}
	h.Gateway = &Gateway{Asker: healthy(), Sockets: []Socket{{Listener: socket, Network: "tcp"}}, Idle: time.Hour, Log: log.New(&h.log, "", 0), bounds: &b}
	if change != nil {
		change(h)
	}
	ctx, end := context.WithCancel(context.Background())
	h.end = end
	houses.Add(1)
	go func() {
		defer close(h.ended)
		h.Serve(ctx)
	}()
	t.Cleanup(func() {
		end()
		wait(t, h.ended, "the end of the gateway")
		if houses.Add(-1) > 0 {
			return // the last one looks
		}
		if left := goroutines(); left != "" {
			t.Errorf("goroutines are left:\n%s", left)
		}
		if t.Failed() {
			t.Log(h.log.String())
		}
	})
	return h
}

// goroutines returns the stacks of those that serve.
func goroutines() (left string) {
	for begin := time.Now(); ; time.Sleep(time.Millisecond) {
		left = ""
		buf := make([]byte, 16<<20)
		for stack := range strings.SplitSeq(string(buf[:runtime.Stack(buf, true)]), "\n\n") {
			if strings.Contains(stack, "gateway.(*") || strings.Contains(stack, "net/http.(*conn).serve") || strings.Contains(stack, "net/http.(*connReader)") {
				left += stack + "\n"
			}
		}
		if left == "" || time.Since(begin) > 5*time.Second { // net/http does not wait for its own
			return left
		}
	}
}

func wait[T any](t testing.TB, c <-chan T, what string) (v T) {
	t.Helper()
	select {
	case v = <-c:
	case <-time.After(patience):
		t.Fatalf("%s did not happen", what)
	}
	return v
}

// dial connects and writes.
func (h *house) dial(text string) *bufio.ReadWriter {
	h.t.Helper()
	c, err := net.Dial("tcp", h.address)
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() { c.Close() })
	_ = c.SetDeadline(time.Now().Add(patience))
	rw := bufio.NewReadWriter(bufio.NewReader(c), bufio.NewWriter(c))
	h.send(rw, text)
	return rw
}

func (h *house) send(rw *bufio.ReadWriter, text string) {
	h.t.Helper()
	_, _ = rw.WriteString(text)
	if err := rw.Flush(); err != nil {
		h.t.Fatal(err)
	}
}

// answered reads one answer.
func (h *house) answered(rw *bufio.ReadWriter) (code int, body string) {
	h.t.Helper()
	res, err := http.ReadResponse(rw.Reader, nil)
	if err != nil {
		h.t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		h.t.Fatal(err)
	}
	return res.StatusCode, string(text)
}

// get asks over a connection of its own.
func (h *house) get(path string, change func(*http.Request)) (*http.Response, string) {
	h.t.Helper()
	r, err := http.NewRequest("GET", "http://"+h.address+path, nil)
	if err != nil {
		h.t.Fatal(err)
	}
	if change != nil {
		change(r)
	}
	return h.request(r)
}

// request sends a request over a connection of its own.
func (h *house) request(r *http.Request) (*http.Response, string) {
	h.t.Helper()
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: patience}
	res, err := client.Do(r)
	if err != nil {
		h.t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		h.t.Fatal(err)
	}
	return res, string(text)
}

// want asks, and compares.
func (h *house) want(path string, code int, body string) {
	h.t.Helper()
	if res, text := h.get(path, nil); res.StatusCode != code || text != body {
		h.t.Errorf("%s: %d %q, want %d %q", path, res.StatusCode, text, code, body)
	}
}

func request(method, path string, headers ...string) string {
	return fmt.Sprintf("%s %s HTTP/1.1\r\nHost: localhost\r\n%s\r\n", method, path, strings.Join(headers, ""))
}
