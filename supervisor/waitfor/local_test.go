package waitfor

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// localPair is a Local and who answers it, for targets.
func localPair(t *testing.T, targets []Target) *Local {
	t.Helper()
	ends, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	theirs := append([]Target(nil), targets...)
	go func() { served <- Serve(ends[1], theirs) }()
	l, err := OpenLocal(ends[0])
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = l.socket.Close()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	l.Attach(targets)
	return l
}

// TestLocal: files and unix sockets are looked for by the other process, a server
// behind a socket is spoken with here, and nothing else can be asked for.
func TestLocal(t *testing.T) {
	dir := t.TempDir()
	listen := func(name string) net.Listener {
		s, err := net.Listen("unix", filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { s.Close() })
		return s
	}
	listen("s")
	postgres := listen(".s.PGSQL.5432")
	go func() {
		for {
			c, err := postgres.Accept()
			if err != nil {
				return
			}
			_, _ = c.Read(make([]byte, 100))
			_, _ = c.Write([]byte("R\x00\x00\x00\x08\x00\x00\x00\x00"))
			c.Close()
		}
	}()
	wants := map[string]string{
		"file:" + dir:                  "",
		"file:" + dir + "/none":        "it does not exist",
		"unix:" + dir + "/s":           "",
		"unix:" + dir + "/none":        "no such file or directory",
		"unix:" + dir:                  "connection refused",
		"postgres:///app?host=" + dir:  "",
		"postgres:///app?host=/no/dir": "no such file or directory",
		"tcp://127.0.0.1:1":            "connection refused",
		"file:/proc/1/none/" + dir:     "it does not exist",
	}
	var targets []Target
	for text := range wants {
		targets = append(targets, parsed(t, text))
	}
	l := localPair(t, targets)
	for range 3 {
		for i := range targets {
			x := &targets[i]
			if (x.local != nil) == (x.network == "tcp") {
				t.Errorf("%s: asked for elsewhere: %v", x.Name, x.local != nil)
			}
			want := ""
			for text, w := range wants {
				if parsed(t, text).Name == x.Name {
					want = w
				}
			}
			if err := x.Check(t.Context()); fmt.Sprint(err) != want && (err != nil || want != "") {
				t.Errorf("%s: %v, want %q", x.Name, err, want)
			}
		}
	}
	for i := range targets {
		if targets[i].network == "tcp" {
			if c, err := l.look(t.Context(), i); !errors.Is(err, syscall.EINVAL) {
				t.Errorf("a target that is not local: %v %v", c, err)
			}
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if c, err := l.look(ctx, len(targets)); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a target that there is not: %v %v", c, err)
	}
}

// TestLocalLate: an answer that comes after its question was given up is for the next
// one, and the end of the other process is told.
func TestLocalLate(t *testing.T) {
	ends, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	other, err := open(ends[1])
	if err != nil {
		t.Fatal(err)
	}
	l, err := OpenLocal(ends[0])
	if err != nil {
		t.Fatal(err)
	}
	defer l.socket.Close()
	targets := []Target{parsed(t, "file:/none")}
	l.Attach(targets)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if err := targets[0].Check(ctx); err == nil || !strings.HasPrefix(err.Error(), "no answer within ") {
		t.Errorf("no answer: %v", err)
	}
	if q, err := receive[question](other, func(*question, *os.File) {}); err != nil || q.Target != 0 {
		t.Fatal(q, err)
	}
	if err := send(other, answer{Target: 7}, nil); err != nil { // nobody has asked for it
		t.Fatal(err)
	}
	if err := send(other, answer{}, nil); err != nil {
		t.Fatal(err)
	}
	if err := targets[0].Check(t.Context()); err != nil {
		t.Errorf("the late answer: %v", err)
	}
	other.Close()
	if err := targets[0].Check(t.Context()); err == nil {
		t.Error("after the end of the other process it is there")
	}
}
