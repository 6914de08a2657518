package socket

import (
	"bytes"
	"net"
	"os"
	"os/exec"
	"strconv"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"entrypoint/config"
)

// TestMain is also the FastCGI program of TestFastCGI.
func TestMain(m *testing.M) {
	if os.Getenv("ACCEPT_ON_ZERO") != "" {
		acceptOnZero()
	}
	os.Exit(m.Run())
}

// acceptOnZero answers one connection, as libfcgi does it: descriptor 0 is a
// listening socket if it has no peer.
func acceptOnZero() {
	if _, err := unix.Getpeername(0); err != unix.ENOTCONN {
		os.Exit(3)
	}
	fd, _, err := unix.Accept(0)
	if err != nil {
		os.Exit(4)
	}
	if _, err := unix.Write(fd, []byte(strconv.Itoa(os.Getpid()))); err != nil {
		os.Exit(5)
	}
	os.Exit(0)
}

// TestFastCGI: programs accept on descriptor 0, one after the other; a client
// that comes between them waits for the next.
func TestFastCGI(t *testing.T) {
	s := newSet(t)
	local, path := unixSocket(t)
	port := freePort(t)
	for _, c := range []struct {
		*config.Socket
		network, address string
	}{{local, "unix", path}, {&config.Socket{URL: "tcp://127.0.0.1:" + port}, "tcp", "127.0.0.1:" + port}} {
		open(t, s, c.Socket)
		for range 3 {
			client, err := net.Dial(c.network, c.address) // before there is a program
			if err != nil {
				t.Fatal(err)
			}
			child := exec.Command(os.Args[0])
			child.Env = append(os.Environ(), "ACCEPT_ON_ZERO=1", "GORACE=atexit_sleep_ms=0")
			child.Stdin = open(t, s, c.Socket)
			if err := child.Run(); err != nil {
				t.Fatalf("%s: %v", c.URL, err)
			}
			_ = client.SetDeadline(time.Now().Add(patience))
			buf := make([]byte, 20)
			n, err := client.Read(buf)
			if got := string(buf[:n]); err != nil || got != strconv.Itoa(child.Process.Pid) {
				t.Errorf("%s: read %q, %v from process %d", c.URL, got, err, child.Process.Pid)
			}
			client.Close()
		}
	}
}

// TestShared: a URL is one socket, as long as it is open.
func TestShared(t *testing.T) {
	s := newSet(t)
	c, path := unixSocket(t)
	f := open(t, s, c)
	same := *c
	if open(t, s, &same) != f {
		t.Error("an equal URL is another socket")
	}
	s.Close("unix:///other")
	if open(t, s, c) != f {
		t.Error("closed by another's name")
	}
	s.Close(c.URL)
	s.Close(c.URL)
	if err := f.Close(); err == nil {
		t.Error("the file was still open")
	}
	passes(t, open(t, s, c), "unix", path)
}

func TestKeep(t *testing.T) {
	var s Set
	s.Keep([]string{"unix:///x"})
	var configs []*config.Socket
	var paths []string
	for range 3 {
		c, path := unixSocket(t)
		open(t, &s, c)
		configs, paths = append(configs, c), append(paths, path)
	}
	kept := open(t, &s, configs[1])
	s.Keep([]string{"unix:///x", configs[1].URL})
	if !gone(paths[0]) || gone(paths[1]) || !gone(paths[2]) || len(s.open) != 1 {
		t.Errorf("left: %v", s.open)
	}
	passes(t, kept, "unix", paths[1])
	s.Keep(nil)
	if !gone(paths[1]) || len(s.open) != 0 {
		t.Errorf("left: %v", s.open)
	}
}

// TestChanged: mode, owner and backlog are those of the socket that is there,
// which loses nobody who waits in its queue.
func TestChanged(t *testing.T) {
	s := newSet(t)
	c, path := unixSocket(t)
	c.Backlog = 1
	f := open(t, s, c)
	few := fill(t, path)
	changed := *c
	changed.Mode, changed.Backlog = 0o666, 50
	if open(t, s, &changed) != f {
		t.Fatal("it is another socket")
	}
	if mode, _, _ := stat(t, path); mode != 0o666 {
		t.Errorf("mode %o", mode)
	}
	// The kernel keeps backlog+1 of them.
	if more := fill(t, path); few+more != 51 {
		t.Errorf("%d and then %d clients in the queue, want 51 in all", few, more)
	}
	back := changed
	back.Mode, back.Backlog = 0o600, 0
	open(t, s, &back)
	if mode, _, _ := stat(t, path); mode != 0o600 {
		t.Errorf("mode %o", mode)
	}
	if more := fill(t, path); more < 50 {
		t.Errorf("only %d more with the longest queue", more)
	}
	if os.Geteuid() != 0 {
		return
	}
	owned := back
	owned.Owner, owned.Mode = &config.User{Name: "web", UID: 12345, GID: 54321}, 0o060
	open(t, s, &owned)
	if mode, uid, gid := stat(t, path); mode != 0o060 || uid != 12345 || gid != 54321 {
		t.Errorf("mode %o, owner %d:%d", mode, uid, gid)
	}
	other := owned
	other.Owner = &config.User{Name: "app", UID: 12346, GID: 54321}
	open(t, s, &other)
	if _, uid, _ := stat(t, path); uid != 12346 {
		t.Errorf("owner %d", uid)
	}
	if err := without(unix.CAP_CHOWN, func() {
		refused(t, s, &owned, "cannot give it to user web: operation not permitted (it needs root, or CAP_CHOWN)")
	}); err != nil {
		t.Fatal(err)
	}
	// What failed is tried again.
	if open(t, s, &owned) != f {
		t.Error("it is another socket")
	}
	if _, uid, _ := stat(t, path); uid != 12345 {
		t.Errorf("owner %d", uid)
	}
}

// TestRemoved: a path that was removed is bound again; who has the old socket
// keeps it.
func TestRemoved(t *testing.T) {
	s := newSet(t)
	c, path := unixSocket(t)
	f := open(t, s, c)
	waiting, err := net.Dial("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer waiting.Close()
	inherited, err := unix.Dup(int(f.Fd())) // as a program has it
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(inherited)
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	again := open(t, s, c)
	if again == f {
		t.Fatal("the socket without a name is still there")
	}
	passes(t, again, "unix", path)
	fd, _, err := unix.Accept(inherited)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	if _, err := unix.Write(fd, []byte("old")); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 3)
	if _, err := waiting.Read(buf); err != nil || !bytes.Equal(buf, []byte("old")) {
		t.Errorf("read %q, %v", buf, err)
	}
}
