package door

import (
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

// world is a Door with a real socket, a clock that the test moves, and no gateway: what
// it would say, the test says.
type world struct {
	t      *testing.T
	d      Door
	now    time.Time
	posts  chan func()
	heard  func() // of the gateway that was started last
	starts int
	killed bool
	stops  bool // the gateway is stopped
	log    []string
	path   string
}

func newWorld(t *testing.T) *world {
	w := &world{t: t, now: time.Unix(1e9, 0), posts: make(chan func(), 100)}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, Name), nil, 0o755); err != nil {
		t.Fatal(err)
	}
	w.path = filepath.Join(dir, "s")
	w.d.Options = Options{
		Start: func(*process.Spec) (int, error) {
			w.starts++
			w.killed = false
			return 100 + w.starts, nil
		},
		Signal: func(_ int, sig syscall.Signal) error {
			w.killed = w.killed || sig == syscall.SIGKILL
			return nil
		},
		Stopped: func(int) bool { return w.stops },
		Post:    func(f func()) { w.posts <- f },
		Grant: func(channel *os.File, g control.Grantee) *control.Link {
			w.heard = g.Heard
			_ = channel.Close()
			return nil
		},
		Short: func(error, time.Time) bool { return false },
		Log:   func(line string) { w.log = append(w.log, line) },
		Env:   []string{"PATH=" + dir},
	}
	w.d.Set(&config.Container{Servers: []config.Server{{Network: "unix", Address: w.path, Mode: 0o600}}}, w.now)
	t.Cleanup(func() { w.d.Close(w.now) })
	return w
}

// connect is somebody who comes, and whom nobody accepts but the Door.
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
		if w.d.at.After(w.now.Add(time.Hour)) {
			w.d.at = w.now.Add(lookAfter)
		}
		if w.d.owes.After(w.now.Add(time.Hour)) {
			w.d.owes = w.now
		}
		if w.d.startedAt.After(w.now.Add(time.Hour)) {
			w.d.startedAt = w.now
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
		at := w.d.Deadline()
		if at.IsZero() {
			w.t.Fatalf("nothing is due any more, after %v; log: %q", w.now.Sub(begin), w.log)
		}
		w.now = at
		w.d.Tick(w.now)
	}
	w.t.Fatalf("not within %v; log: %q", w.now.Sub(begin), w.log)
	return 0
}

func (w *world) die(status syscall.WaitStatus) {
	w.t.Helper()
	if !w.d.Exited(process.Exit{PID: 100 + w.starts, Status: status}, w.now) {
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
	w.until(func() bool { return len(w.d.waits) > 0 })
	w.post()
	between(t, "the second was killed", w.until(killed), 2*firstPatience, 2*firstPatience+lookAfter)
	w.die(9)
	_ = c.SetDeadline(time.Now().Add(30 * time.Second))
	if text, err := io.ReadAll(c); err != nil || !strings.HasSuffix(string(text), "its log says why") || !strings.Contains(string(text), "503 ") {
		t.Errorf("who waits reads %q, %v", text, err)
	}

	w.until(func() bool { return len(w.d.waits) > 0 })
	w.connect()
	w.post()
	for range 20 { // its greeting, and a word for each ping
		w.until(func() bool { return !w.d.owes.IsZero() })
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
		longest = max(longest, w.until(func() bool { return len(w.d.waits) > 0 }))
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
	if took := w.until(func() bool { return len(w.d.waits) > 0 }); took != firstDelay {
		t.Errorf("after a while, the delay was %v", took)
	}
}
