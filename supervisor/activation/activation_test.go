package activation

import (
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"entrypoint/config"
	"entrypoint/supervisor/control"
	"entrypoint/supervisor/process"
)

// world is a Part with a real socket, a clock that the test moves, and no gateway: what
// it would say, the test says. It is the part's host.
type world struct {
	t      *testing.T
	p      *Part
	now    time.Time
	posts  chan func()
	spec   *process.Spec // of the gateway that was started last
	heard  func()        // by it
	starts int
	fails  error // of every start
	killed bool
	asked  bool // to end
	stops  bool // the gateway is stopped
	log    []string
	path   string
}

func (w *world) Start(s *process.Spec) (int, error) {
	if w.fails != nil {
		return 0, w.fails
	}
	w.starts++
	w.spec, w.killed, w.asked = s, false, false
	return 100 + w.starts, nil
}

func (w *world) Signal(_ int, sig syscall.Signal) error {
	w.killed = w.killed || sig == syscall.SIGKILL
	w.asked = w.asked || sig == syscall.SIGTERM
	return nil
}

func (w *world) Stopped(int) bool                       { return w.stops }
func (w *world) Taken(uint32) bool                      { return false }
func (w *world) TryAgain(string, error, time.Time) bool { return false }
func (w *world) Silence() *os.File                      { return nil }
func (w *world) Post(f func())                          { w.posts <- f }
func (w *world) Log(_, text string)                     { w.log = append(w.log, text) }
func (w *world) Trace(string)                           {}

func newWorld(t *testing.T) *world {
	w := &world{t: t, now: time.Unix(1e9, 0), posts: make(chan func(), 100)}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, Name), nil, 0o755); err != nil {
		t.Fatal(err)
	}
	w.path = filepath.Join(dir, "s")
	w.p = New(w, Options{
		Grant: func(channel *os.File, g control.Grantee) *control.Link {
			w.heard = g.Heard
			_ = channel.Close()
			return nil
		},
		Env: []string{"PATH=" + dir, "SECRET=1", "TZ=UTC"},
	})
	w.set(w.path)
	t.Cleanup(func() { w.p.Close(w.now) })
	return w
}

// set lets the part listen on unix sockets.
func (w *world) set(paths ...string) {
	c := &config.Container{}
	for _, path := range paths {
		c.Servers = append(c.Servers, config.Server{Network: "unix", Address: path, Mode: 0o600})
	}
	w.p.Set(c, w.now)
}

// connect is somebody who comes, and whom nobody accepts but the part.
func (w *world) connect() net.Conn {
	w.t.Helper()
	c, err := net.Dial("unix", w.path)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { c.Close() })
	return c
}

// post runs the next thing that was posted.
func (w *world) post() {
	w.t.Helper()
	select {
	case f := <-w.posts:
		// What is posted asks for the time of the machine, and the clock is ours.
		f()
		if w.p.at.After(w.now.Add(time.Hour)) {
			w.p.at = w.now.Add(lookAfter)
		}
		if w.p.owes.After(w.now.Add(time.Hour)) {
			w.p.owes = w.now
		}
		if w.p.startedAt.After(w.now.Add(time.Hour)) {
			w.p.startedAt = w.now
		}
	case <-time.After(30 * time.Second):
		w.t.Fatal("nothing is posted")
	}
}

// until lets time pass until ok, and returns how much it was.
func (w *world) until(ok func() bool) time.Duration {
	w.t.Helper()
	begin := w.now
	for range 1000 {
		if ok() {
			return w.now.Sub(begin)
		}
		at := w.p.Due()
		if at.IsZero() {
			w.t.Fatalf("nothing is due any more, after %v; log: %q", w.now.Sub(begin), w.log)
		}
		w.now = at
		w.p.Tick(w.now)
	}
	w.t.Fatalf("not within %v; log: %q", w.now.Sub(begin), w.log)
	return 0
}

func (w *world) die(status syscall.WaitStatus) {
	w.t.Helper()
	if !w.p.Exited(process.Exit{PID: 100 + w.starts, Status: status}, w.now) {
		w.t.Error("it is not the gateway that has ended")
	}
}

func between(t *testing.T, what string, got, least, most time.Duration) {
	t.Helper()
	if got < least || got > most {
		t.Errorf("%s after %v, want %v to %v", what, got, least, most)
	}
}

// TestPatience: a gateway that says nothing is killed, with more patience each time; who
// waits for the second one that never was there is told so. One that has said that it is
// there starts with the first patience again, and is not killed for a queue that is
// never empty.
func TestPatience(t *testing.T) {
	w := newWorld(t)
	c := w.connect()
	w.post()
	killed := func() bool { return w.killed }
	between(t, "the first was killed", w.until(killed), firstPatience, firstPatience+lookAfter)
	w.die(9)
	w.until(func() bool { return len(w.p.waits) > 0 })
	w.post()
	between(t, "the second was killed", w.until(killed), 2*firstPatience, 2*firstPatience+lookAfter)
	w.die(9)
	_ = c.SetDeadline(time.Now().Add(30 * time.Second))
	if text, err := io.ReadAll(c); err != nil || !strings.HasSuffix(string(text), "its log says why") || !strings.Contains(string(text), "503 ") {
		t.Errorf("who waits reads %q, %v", text, err)
	}

	w.until(func() bool { return len(w.p.waits) > 0 })
	w.connect()
	w.post()
	for range 20 { // its greeting, and a word for each ping
		w.until(func() bool { return !w.p.owes.IsZero() })
		w.heard()
		w.post()
	}
	if w.starts != 3 || w.killed {
		t.Errorf("%d gateways were started, killed: %v", w.starts, w.killed)
	}
	between(t, "the third was killed", w.until(killed), firstPatience, firstPatience+2*lookAfter)
	w.die(9)
	w.post() // somebody still waits, and the fourth is started at once
	if w.starts != 4 {
		t.Errorf("%d gateways were started", w.starts)
	}

	w.stops = true // no patience with that
	between(t, "the fourth was killed", w.until(killed), 0, lookAfter)
}

// TestCrashes: the delays after crashes stay short, the same words are not said for
// ever, and a gateway that has run for a while begins anew.
func TestCrashes(t *testing.T) {
	w := newWorld(t)
	w.connect()
	longest := time.Duration(0)
	for range 30 {
		w.post()
		w.heard()
		w.post()
		w.die(6)
		longest = max(longest, w.until(func() bool { return len(w.p.waits) > 0 }))
	}
	if longest != lastDelay || w.starts != 30 {
		t.Errorf("%d starts, the longest delay was %v", w.starts, longest)
	}
	if len(w.log) != tellTimes {
		t.Errorf("%d lines: %q", len(w.log), w.log)
	}
	w.post()
	w.heard()
	w.post()
	w.now = w.now.Add(settled)
	w.die(6)
	if took := w.until(func() bool { return len(w.p.waits) > 0 }); took != firstDelay {
		t.Errorf("after a while, the delay was %v", took)
	}
}

// TestGateway: the gateway inherits its channel and the sockets, and sees nothing of the
// application's environment. Another configuration ends it, and so does the container's
// end; sockets that are not wanted any more are closed.
func TestGateway(t *testing.T) {
	w := newWorld(t)
	if w.p.Running() || w.p.PID() != 0 || !w.p.Due().IsZero() {
		t.Error("something happens, and nobody has come")
	}
	w.connect()
	w.post()
	if !w.p.Running() || w.p.PID() != 101 {
		t.Errorf("the gateway is process %d", w.p.PID())
	}
	if s := w.spec; strings.Join(s.ListenNames, " ") != "channel http" || strings.Join(s.Env, " ") != w.p.Env[0]+" TZ=UTC" {
		t.Errorf("sockets %q, environment %q", s.ListenNames, s.Env)
	}
	if w.p.Exited(process.Exit{PID: 1}, w.now) {
		t.Error("it takes the end of another process for the gateway's")
	}
	w.set(w.path) // nothing has changed
	if w.asked {
		t.Error("it is asked to end for nothing")
	}
	other := w.path + "2"
	w.set(other)
	if !w.asked {
		t.Error("the gateway that knows the old sockets goes on")
	}
	between(t, "killed", w.until(func() bool { return w.killed }), killAfter, killAfter)
	w.die(9)
	if _, err := net.Dial("unix", w.path); err == nil {
		t.Error("somebody listens on a socket that nobody wants")
	}
	w.path = other
	w.connect()
	w.post()
	w.p.Close(w.now)
	w.die(0)
	if w.p.Running() || !w.p.Due().IsZero() || len(w.log) != 0 {
		t.Errorf("after the end it runs: %v, due at %v, log %q", w.p.Running(), w.p.Due(), w.log)
	}
}

// TestNoGateway: where the binary is not there nothing listens, which is told once; the
// next change of the configuration finds it. Where it cannot be started, who waits is told
// so, and it is tried again for the next one.
func TestNoGateway(t *testing.T) {
	w := newWorld(t)
	binary := filepath.Join(filepath.Dir(w.path), Name)
	if err := os.Remove(binary); err != nil {
		t.Fatal(err)
	}
	other := w.path + "2"
	w.set(other)
	if _, err := net.Dial("unix", other); err == nil || len(w.log) != 1 || !strings.HasPrefix(w.log[0], "unix://"+other+": nothing listens there, because there is no HTTP gateway: ") {
		t.Errorf("%v, log %q", err, w.log)
	}
	if err := os.WriteFile(binary, nil, 0o755); err != nil {
		t.Fatal(err)
	}
	w.log, w.path, w.fails = nil, other, errors.New("no")
	w.set(other)
	c := w.connect()
	w.post()
	_ = c.SetDeadline(time.Now().Add(30 * time.Second))
	if text, err := io.ReadAll(c); err != nil || !strings.Contains(string(text), "503 ") {
		t.Errorf("who waits reads %q, %v", text, err)
	}
	if len(w.log) != 1 || w.log[0] != "HTTP gateway: no; who connects is told so" {
		t.Errorf("log %q", w.log)
	}
	w.fails = nil
	w.until(func() bool { return len(w.p.waits) > 0 })
	w.connect()
	w.post()
	if w.starts != 1 {
		t.Error("it is not tried again")
	}
}
