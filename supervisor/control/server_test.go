package control

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"entrypoint/supervisor/skip"
)

func TestMain(m *testing.M) {
	if path := os.Getenv("CONTROL_TEST_DIAL"); path != "" {
		c, err := Dial(path, time.Second)
		if err == nil {
			err = c.Do(&Request{Do: DoInfo}, nil)
		}
		fmt.Print(err)
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func TestRequestsOneAfterAnother(t *testing.T) {
	f := newFake()
	_, path := serve(t, f, nil)
	c := dial(t, path)
	c.send(`{"do":"stop","names":["web"],"wait":true}` + "\n" + `{"do":"info"}` + "\r\n" + "nonsense\n")
	first := wait(t, f.begun, "stop")
	if first.Do != DoStop || !first.Wait || !slices.Equal(first.Names, []string{"web"}) {
		t.Fatalf("got %+v", first.Request)
	}
	first.reply(&Answer{Result: &Result{Name: "web", Group: "web", Status: OK}})
	c.want(`{"result":{"name":"web","group":"web","status":"ok"}}`)
	select {
	case r := <-f.begun:
		t.Fatalf("%s was begun before the end of stop", r.Do)
	default:
	}
	first.reply(done)
	first.reply(&Answer{Lost: 7}) // too late: nobody's
	c.want(`{"done":true}`)
	second := wait(t, f.begun, "info")
	first.reply(&Answer{Lost: 8})
	second.reply(&Answer{Error: &Error{Failed, "<no>"}})
	c.want(`{"error":{"code":"failed","message":"<no>"}}`)
	c.wantError(BadRequest)
	c.send(`{"do":"health"}` + "\n")
	wait(t, f.begun, "health").reply(done)
	c.want(`{"done":true}`)
	if len(f.cancelled) != 0 {
		t.Errorf("%s was cancelled", <-f.cancelled)
	}
}

// TestHangUp: the handler learns of the end of a client while a request goes on,
// whatever the client had still to say.
func TestHangUp(t *testing.T) {
	for name, rest := range map[string]string{
		"plain":        "",
		"another":      `{"do":"info"}` + "\n",
		"full buffer":  strings.Repeat("x", shareRequest),
		"part of line": `{"do":`,
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake()
			_, path := serve(t, f, nil)
			c := dial(t, path)
			c.send(`{"do":"events","follow":true}` + "\n" + rest)
			r := wait(t, f.begun, "events")
			r.reply(&Answer{Lost: 1})
			c.want(`{"lost":1}`)
			c.Close()
			wait(t, f.cancelled, "cancel")
			r.reply(done) // is harmless
		})
	}
}

// TestHalfClose: a client that only ends its own side, as socat does, gets its
// answers, and can still hang up.
func TestHalfClose(t *testing.T) {
	f := newFake()
	_, path := serve(t, f, nil)
	c := dial(t, path)
	c.send(`{"do":"info"}` + "\n" + `{"do":"events","follow":true}`)
	if err := c.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	wait(t, f.begun, "info").reply(done)
	c.want(`{"done":true}`)
	r := wait(t, f.begun, "events")
	r.reply(&Answer{Lost: 1})
	c.want(`{"lost":1}`)
	if len(f.cancelled) != 0 {
		t.Fatal("a half-closed client was taken for gone")
	}
	c.Close()
	wait(t, f.cancelled, "cancel")

	c = dial(t, path)
	c.send(`{"do":"info"}`)
	_ = c.CloseWrite()
	wait(t, f.begun, "info").reply(done)
	c.want(`{"done":true}`)
	c.wantEnd()
}

func TestPanic(t *testing.T) {
	f := newFake()
	f.at = func(r *Request, reply func(*Answer)) bool {
		if r.Do == DoInfo {
			panic("oh")
		}
		reply(done)
		return true
	}
	_, path := serve(t, f, nil)
	c, other := dial(t, path), dial(t, path)
	c.send(`{"do":"info"}` + "\n")
	c.want(`{"error":{"code":"failed","message":"entry-point has a bug: oh"}}`)
	c.wantEnd()
	other.send(`{"do":"health"}` + "\n")
	other.want(`{"done":true}`)
}

func TestListen(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "s")
	old := syscall.Umask(0)
	s, got, err := Listen(path)
	syscall.Umask(old)
	if err != nil || got != path {
		t.Fatal(got, err)
	}
	defer s.Close()
	info, err := os.Lstat(path)
	if err != nil || info.Mode() != os.ModeSocket|0o600 {
		t.Fatal(info.Mode(), err)
	}
	c := dial(t, path) // before Serve
	c.send(`{"do":"info"}` + "\n")
	if stacks := serverGoroutines(); stacks != "" {
		t.Errorf("runs before Serve:\n%s", stacks)
	}
	// A second one has to be somewhere else, and says why.
	for place, why := range map[string]string{path: "in use by another process", "relative": "not absolute", dir + "/no/s": "its directory does not exist"} {
		other, got, err := Listen(place)
		if err == nil || !strings.HasPrefix(err.Error(), "cannot listen on unix://"+place) || !strings.HasSuffix(err.Error(), why) || !strings.HasPrefix(got, "@entry-point/") {
			t.Errorf("%s: at %s, %v", place, got, err)
		}
		other.Close()
	}
	f := newFake()
	s.Serve(f)
	wait(t, f.begun, "info").reply(done)
	c.want(`{"done":true}`)

	// Somebody else's file stays.
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	s.Close()
	if _, err := os.Lstat(path); err != nil {
		t.Error(err)
	}
}

func TestStaleFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	l.SetUnlinkOnClose(false)
	l.Close()
	s, _, err := Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	s.Close()
	s.Serve(newFake()) // after Close: nothing
}

// TestClose: what is queued is still written, follows are cancelled, Do fails.
func TestClose(t *testing.T) {
	f := newFake()
	s, path := serve(t, f, nil)
	c, follower, idle := dial(t, path), dial(t, path), dial(t, path)
	follower.send(`{"do":"logs","follow":true}` + "\n")
	wait(t, f.begun, "logs")
	c.send(`{"do":"shutdown"}` + "\n")
	r := wait(t, f.begun, "shutdown")
	r.reply(result(100 << 10))
	r.reply(done)
	s.Close()
	c.want(`{"result":{"name":"web","group":"","status":"ok","text":"` + strings.Repeat("x", 100<<10) + `"}}`)
	c.want(`{"done":true}`)
	c.wantEnd()
	follower.wantEnd()
	idle.wantEnd()
	wait(t, f.cancelled, "cancel")
	if _, err := Dial(path, time.Second); !errors.Is(err, ErrNobody) {
		t.Errorf("got %v", err)
	}
}

// TestWrongUser: a process of another user is refused, even if it can connect.
func TestWrongUser(t *testing.T) {
	skip.UnlessRoot(t, "to be another user")
	f := newFake()
	f.at = func(_ *Request, reply func(*Answer)) bool { reply(done); return true }
	_, path := serve(t, f, nil)
	self, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "control") // t.TempDir's parent is closed to others
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	exe := filepath.Join(dir, "test")
	if err := os.WriteFile(exe, self, 0o755); err != nil {
		t.Fatal(err)
	}
	for p := filepath.Dir(path); p != os.TempDir() && p != "/"; p = filepath.Dir(p) {
		if err := os.Chmod(p, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	ask := func(uid uint32) string {
		cmd := exec.Command(exe)
		cmd.Env = []string{"CONTROL_TEST_DIAL=" + path}
		cmd.Dir = "/"
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uid, Gid: uid}}
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatal(err)
		}
		return string(out)
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if got := ask(0); got != "<nil>" {
		t.Errorf("root: %s", got)
	}
	if got := ask(65534); !strings.Contains(got, ErrPermission.Error()) {
		t.Errorf("by the file's mode: %s", got)
	}
	if err := os.Chmod(path, 0o666); err != nil {
		t.Fatal(err)
	}
	if got := ask(65534); got != "only root and the user of entry-point may use this socket" {
		t.Errorf("by SO_PEERCRED: %s", got)
	}
}
