package control

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

const patience = 30 * time.Second // of a test, with what must happen

// fake is a Handler whose answers a test gives.
type fake struct {
	begun     chan call
	cancelled chan string // what the request was to do
	at        func(*Request, func(*Answer)) bool
}

type call struct {
	*Request
	reply func(*Answer)
}

func newFake() *fake {
	return &fake{begun: make(chan call, 2000), cancelled: make(chan string, 2000)}
}

// Handle answers by f.at if it does, else leaves it to the test.
func (f *fake) Handle(r *Request, reply func(*Answer)) func() {
	if f.at == nil || !f.at(r, reply) {
		f.begun <- call{r, reply}
	}
	return func() { f.cancelled <- r.Do.String() }
}

func wait[T any](t testing.TB, c <-chan T, what string) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(patience):
		t.Fatalf("%s did not happen", what)
		panic("")
	}
}

// serve starts a server and checks at the end that it leaves nothing.
func serve(t testing.TB, h Handler, change func(*Server)) (*Server, string) {
	t.Helper()
	before := descriptors(t)
	s, path, err := Listen(filepath.Join(t.TempDir(), "s"))
	if err != nil {
		t.Fatal(err)
	}
	if change != nil {
		change(s)
	}
	s.Serve(h)
	t.Cleanup(func() {
		s.Close()
		noGoroutines(t)
		if n := s.queued.Load(); n != 0 {
			t.Errorf("%d bytes are counted as queued after the end", n)
		}
		if _, err := os.Lstat(path); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("the socket's file is left: %v", err)
		}
		if after := descriptors(t); after > before {
			t.Errorf("%d descriptors before, %d after", before, after)
		}
	})
	return s, path
}

// noGoroutines waits until nothing of a closed server runs: a goroutine that has
// said its end may still have to return.
func noGoroutines(t testing.TB) {
	t.Helper()
	stacks := serverGoroutines()
	for begin := time.Now(); stacks != "" && time.Since(begin) < patience; stacks = serverGoroutines() {
		time.Sleep(time.Millisecond)
	}
	if stacks != "" {
		t.Errorf("goroutines are left:\n%s", stacks)
	}
}

// serverGoroutines returns the stacks of those that run in a Server or a conn.
func serverGoroutines() string {
	buf := make([]byte, 16<<20)
	left := ""
	for stack := range strings.SplitSeq(string(buf[:runtime.Stack(buf, true)]), "\n\n") {
		if strings.Contains(stack, "control.(*conn).") || strings.Contains(stack, "control.(*Server).accept") || strings.Contains(stack, "control.(*Server).grant") {
			left += stack + "\n"
		}
	}
	return left
}

// descriptors counts ours that are sockets.
func descriptors(t testing.TB) (n int) {
	t.Helper()
	dir, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range dir {
		if to, _ := os.Readlink("/proc/self/fd/" + e.Name()); strings.HasPrefix(to, "socket:") {
			n++
		}
	}
	return n
}

// client is a plain connection of package net.
type client struct {
	*net.UnixConn
	lines *bufio.Reader
	t     testing.TB
}

func dial(t testing.TB, path string) *client {
	t.Helper()
	c, err := net.Dial("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	_ = c.SetDeadline(time.Now().Add(patience))
	return &client{c.(*net.UnixConn), bufio.NewReader(c), t}
}

func (c *client) send(line string) {
	c.t.Helper()
	if _, err := c.Write([]byte(line)); err != nil {
		c.t.Fatal(err)
	}
}

func (c *client) want(line string) {
	c.t.Helper()
	got, err := c.lines.ReadString('\n')
	if err != nil || strings.TrimSuffix(got, "\n") != line {
		c.t.Fatalf("got %q, %v, want %q", got, err, line)
	}
}

func (c *client) wantEnd() {
	c.t.Helper()
	if got, err := c.lines.ReadString('\n'); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		c.t.Fatalf("got %q, %v, want the end", got, err)
	}
}

func (c *client) wantError(code string) {
	c.t.Helper()
	line, err := c.lines.ReadBytes('\n')
	a := &Answer{}
	if err == nil {
		err = json.Unmarshal(line, &a)
	}
	if err != nil || a.Error == nil || a.Error.Code != code {
		c.t.Fatalf("got %q, %v, want error %s", line, err, code)
	}
}

// result is an answer whose line is a little longer than n bytes.
func result(n int) *Answer {
	return &Answer{Result: &Result{Name: "web", Status: OK, Text: strings.Repeat("x", n)}}
}

func program(i int) *Answer {
	return &Answer{Program: &Program{
		Name: fmt.Sprint("web", i), Group: "web", FullName: fmt.Sprint("web:web", i), State: "RUNNING", PID: i,
		Started: time.Unix(1e9, 0), ExitCode: -1, Starts: 1, Why: "pid 7, uptime 0:03:12",
	}}
}

var done = &Answer{Done: true}
