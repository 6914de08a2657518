package main_test

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"entrypoint/supervisor/eventually"
	"entrypoint/supervisor/skip"
)

// container is entry-point with mount and PID namespaces of its own, a /proc of its
// own, and what mounts says of /run, /tmp and /dev/shm. It runs as a container's
// process 1, or (below) as any process of another container's PID namespace.
type container struct {
	*initProcess
	pid int // of entry-point, as we see it
}

// The layouts of a container: shell commands. Without one, its directories are
// writable and its own.
const (
	ownPlaces = "mount -t tmpfs -o mode=755 run /run; mount -t tmpfs -o mode=1777 tmp /tmp; mount -t tmpfs -o mode=1777 shm /dev/shm; "
	noPlaces  = "mount -t tmpfs -o ro run /run; mount -t tmpfs -o ro tmp /tmp; mount -t tmpfs -o ro shm /dev/shm; "
)

// shared is a layout with a directory of the machine in place of one of its own.
func shared(dir, at string) string { return sharing(ownPlaces, dir, at) }

func sharing(layout, dir, at string) string {
	return "mkdir /mnt/shared; mount --bind " + dir + " /mnt/shared; " + layout + "mount --bind /mnt/shared " + at + "; "
}

// newContainer prepares a container; args are what follows its layout: a command
// with arguments, such as "/mnt/bin/entry-point -c ...". The binaries are in
// /mnt/bin, its files and working directory in /mnt/work.
func newContainer(t *testing.T, layout, command string) *container {
	t.Helper()
	p := prepare(t)
	p.Cmd.Path, p.Cmd.Args = "/bin/sh", []string{"sh", "-c", script(p.Dir, layout, command)}
	if err := os.Chmod(p.Dir, 0o777); err != nil {
		t.Fatal(err)
	}
	return &container{initProcess: p}
}

func script(dir, layout, command string) string {
	return "set -e; mount --make-rprivate /; mount -t proc proc /proc; mount -t tmpfs -o mode=755 mnt /mnt; mkdir /mnt/bin /mnt/work; " +
		"mount --bind " + filepath.Dir(binary) + " /mnt/bin; mount --bind " + dir + " /mnt/work; cd /mnt/work; " + layout + "exec " + command
}

// production is the command of a container that supervises the programs of a
// configuration.
func (c *container) production(config string) *container {
	c.t.Helper()
	c.write("programs.conf", config, 0o644)
	return c
}

const produces = "/mnt/bin/entry-point -c programs.conf"

// A program that is up and ready, and one that never is.
const (
	ready   = "[program:web]\ncommand = sleep 1000\nstartsecs = 0\n"
	unready = "[program:web]\ncommand = sleep 1000\nready = unix:/no/such/socket\n"
)

func (c *container) run() *container {
	c.start()
	c.pid = c.Process.Pid
	return c
}

// up starts a container, and waits for its program and for its server.
func (c *container) up() *container {
	c.t.Helper()
	c.run().await(&c.stderr, "web: ")
	c.awaitServer()
	return c
}

func (c *container) awaitServer(options ...string) {
	c.t.Helper()
	text, code := "", 0
	eventually.So(c.t, "a server", func() bool {
		text, code = c.exec(0, append([]string{"/mnt/bin/entry-point", "ctl", "pid"}, options...)...)
		return code == 0
	}, func() string { return text + "; stderr:\n" + c.stderr.String() })
}

// below starts a second container in the PID namespace of this one, as docker run
// --pid container:X does.
func (c *container) below(layout, config string) *container {
	c.t.Helper()
	b := newContainer(c.t, layout, "").production(config)
	b.SysProcAttr = nil
	b.Cmd.Path = startPlain(c.t, "nsenter").Path
	b.Cmd.Args = []string{"nsenter", "-p", "-t", strconv.Itoa(c.pid), "unshare", "-m", "sh", "-c", script(b.Dir, layout, produces)}
	b.start()
	b.await(&b.stderr, "web: ")
	list, err := os.ReadFile("/proc/" + itoa(b.Process.Pid) + "/task/" + itoa(b.Process.Pid) + "/children")
	if b.pid, _ = strconv.Atoi(strings.TrimSpace(string(list))); err != nil || b.pid == 0 {
		c.t.Fatalf("children of nsenter: %q, %v", list, err)
	}
	c.t.Cleanup(func() { _ = syscall.Kill(b.pid, syscall.SIGKILL) }) // before the other end of nsenter
	b.awaitServer()
	return b
}

// command makes a command that enters the container, as docker exec does.
func (c *container) command(user int, words ...string) *exec.Cmd {
	c.t.Helper()
	args := []string{"-m", "-p", "-t", strconv.Itoa(c.pid), "sh", "-c", `cd /mnt/work; exec "$@"`, "sh"}
	if user != 0 {
		args = append(args, "setpriv", "--reuid", itoa(user), "--regid", itoa(user), "--clear-groups")
	}
	cmd := startPlain(c.t, "nsenter", append(args, words...)...)
	cmd.Env = append(os.Environ(), "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
	return cmd
}

// exec runs a command in the container, as a user, to its end.
func (c *container) exec(user int, words ...string) (text string, code int) {
	c.t.Helper()
	cmd := c.command(user, words...)
	limit := time.AfterFunc(patience, func() { _ = cmd.Process.Kill() })
	defer limit.Stop()
	out, err := cmd.CombinedOutput()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		c.t.Fatal(err)
	} else if exit != nil {
		code = exit.ExitCode()
	}
	return string(out), code
}

// wantCtl runs ctl as root.
func (c *container) wantCtl(words, want string, code int) {
	c.t.Helper()
	c.wantCtlAs(0, words, want, code)
}

func (c *container) wantCtlAs(user int, words, want string, code int) {
	c.t.Helper()
	if got, is := c.exec(user, append([]string{"/mnt/bin/entry-point", "ctl"}, strings.Fields(words)...)...); is != code || !strings.Contains(got, want) {
		c.t.Errorf("ctl %s as user %d: exit code %d, want %d; %q, want %q", words, user, is, code, got, want)
	}
}

// shutdown ends the container from within, and its client with it.
func (c *container) shutdown() {
	c.t.Helper()
	text, _ := c.exec(0, "/mnt/bin/entry-point", "ctl", "shutdown")
	if c.wantCode(0); c.t.Failed() {
		c.t.Logf("ctl shutdown: %s", text)
	}
}

// alive fails unless the container still runs.
func (c *container) alive() {
	c.t.Helper()
	select {
	case <-c.done:
		c.t.Errorf("has ended (%v); stderr:\n%s", c.ProcessState, c.stderr.String())
	default:
	}
}

// says sends a line to a socket from inside the container without asking who is
// there, and returns the answer.
func (c *container) says(socket, line string) string {
	c.t.Helper()
	text, _ := c.exec(0, "python3", "-c", `
import socket, sys
s = socket.socket(socket.AF_UNIX)
s.connect(sys.argv[1].replace("@", "\0"))
s.settimeout(20)
try:
    s.sendall(sys.argv[2].encode() + b"\n")
except BrokenPipeError:
    pass
print(s.recv(65536).decode())
`, socket, line)
	return text
}

// imposes listens on a socket in the container and answers everything with what
// makes ctl health say "ready"; it returns what was sent to it.
func (c *container) imposes(user int, socket string) *output {
	c.t.Helper()
	cmd := c.command(user, "python3", "-c", `
import socket, sys
s = socket.socket(socket.AF_UNIX)
s.bind(sys.argv[1].replace("@", "\0"))
s.listen()
print("listens", flush=True)
while True:
    c = s.accept()[0]
    print(c.recv(65536).decode(), flush=True)
    try:
        c.sendall(b'{"health":{"ready":true,"waiting":[]}}\n{"done":true}\n' * 2)
    except BrokenPipeError:
        pass
    c.close()
`, socket)
	got := &output{}
	cmd.Stdout = got
	if err := cmd.Start(); err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(func() { _ = c.Process.Kill(); _ = cmd.Wait() }) // it ends with the container
	c.await(got, "listens")
	return got
}

// TestTwoContainersOneDirectory: two containers share a directory where the control
// socket is; each is steered by its own client only, and the second one says where
// it has gone.
func TestTwoContainersOneDirectory(t *testing.T) {
	t.Parallel()
	for _, at := range []string{"/run", "/tmp", "/dev/shm"} {
		t.Run(filepath.Base(at), func(t *testing.T) {
			layout := sharing(noPlaces, t.TempDir(), at)
			a := newContainer(t, layout, produces).production(ready).up()
			b := newContainer(t, layout, produces).production(unready).up()
			b.await(&b.stderr, "in use by another process")
			a.wantCtl("health", "ready", 0)
			b.wantCtl("health", "not ready: waiting for web", 1)
			socket := at + "/entry-point.sock"
			b.wantCtl("-s "+socket+" health", "not ready: waiting for web", 1)
			if got := b.says(socket, `{"do":"shutdown"}`); !strings.Contains(got, "belongs to another container") {
				t.Errorf("a neighbour was answered: %s", got)
			}
			b.shutdown()
			a.alive()
			a.wantCtl("health", "ready", 0)
		})
	}
}

// TestNeighbourWithoutServer: where there is nothing of our own, a neighbour's is not
// taken for it, by any name of ours and also if its path is said.
func TestNeighbourWithoutServer(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	a := newContainer(t, shared(dir, "/run"), produces).production(ready).up()
	b := newContainer(t, shared(dir, "/run"), "sleep 1000").run()
	b.awaitMounted()
	for _, words := range []string{"health", "shutdown", "status", "-s /run/entry-point.sock shutdown"} {
		b.wantCtl(words, `no server on "/run/entry-point.sock": it belongs to another container`, 4)
	}
	if got, code := b.exec(0, "sh", "-c", "ln -s /mnt/bin/entry-point supervisorctl && ./supervisorctl shutdown"); code == 0 || !strings.Contains(got, "another container") {
		t.Errorf("supervisorctl: exit code %d, %s", code, got)
	}
	a.alive()
	a.wantCtl("health", "ready", 0)
}

// awaitMounted waits until the container has executed its own command.
func (c *container) awaitMounted() {
	c.t.Helper()
	eventually.So(c.t, "it begins", func() bool {
		text, _ := os.ReadFile("/proc/" + itoa(c.pid) + "/comm")
		return string(text) != "sh\n"
	}, c.stderr.String)
}

// TestSharedPIDNamespace: neighbours that see each other's processes are neighbours
// all the same (docker run --pid container:X, shareProcessNamespace).
func TestSharedPIDNamespace(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	a := newContainer(t, shared(dir, "/run"), produces).production(ready).up()
	b := a.below(shared(dir, "/run"), unready)
	b.await(&b.stderr, "it at /tmp/entry-point.sock")
	a.wantCtl("health", "ready", 0)
	b.wantCtl("health", "not ready", 1)
	b.wantCtl("-s /run/entry-point.sock shutdown", "belongs to another container", 4)
	if got := b.says("/run/entry-point.sock", `{"do":"shutdown"}`); !strings.Contains(got, "belongs to another container") {
		t.Errorf("a neighbour was answered: %s", got)
	}
	b.shutdown()
	a.alive()
}

// TestNoPlaceAtAll: without one writable directory ctl works, for each of two
// containers of one network namespace, and neither is deceived or steered by the other.
func TestNoPlaceAtAll(t *testing.T) {
	t.Parallel()
	a := newContainer(t, noPlaces, produces).production(unready).up()
	b := newContainer(t, noPlaces, produces).production(ready).up()
	a.await(&a.stderr, "finds it at @entry-point/")
	_, name, _ := strings.Cut(a.stderr.String(), "finds it at ")
	name, _, _ = strings.Cut(name, "\n")
	a.wantCtl("health", "not ready: waiting for web", 1)
	b.wantCtl("health", "ready", 0)

	if got := b.says(name, `{"do":"shutdown"}`); !strings.Contains(got, "belongs to another container") {
		t.Errorf("a neighbour was answered: %s", got)
	}
	got := b.imposes(0, filepath.Dir(name)+"/0")
	a.wantCtl("health", "not ready: waiting for web", 1)
	b.shutdown()
	a.alive()
	a.wantCtl("health", "not ready: waiting for web", 1)
	if text := got.String(); strings.Contains(text, "do") {
		t.Errorf("a neighbour was asked: %s", text)
	}
	a.shutdown()
}

// TestImposter: a program's user that has taken the place of the control socket is
// neither asked nor believed, whether entry-point is somewhere else or nowhere.
func TestImposter(t *testing.T) {
	t.Parallel()
	layout := ownPlaces + "mount -o remount,ro /run; "
	a := newContainer(t, layout, "sh -c 'while [ ! -e go ]; do sleep 0.01; done; exec "+produces+"'").production(unready).run()
	a.awaitMountedAs("/mnt/work")
	got := a.imposes(65534, "/tmp/entry-point.sock")
	a.wantCtl("health", `no server on "/tmp/entry-point.sock": a process of user 65534 listens there, which is not entry-point`, 4)
	a.write("go", "", 0o644)
	a.await(&a.stderr, "it at /dev/shm/entry-point.sock")
	a.awaitServer()
	a.wantCtl("health", "not ready: waiting for web", 1)
	a.wantCtl("-s /tmp/entry-point.sock health", "listens there, which is not entry-point", 4)
	if text := got.String(); strings.Contains(text, "do") {
		t.Errorf("it was asked: %s", text)
	}
	a.shutdown()
}

// awaitMountedAs waits until the working directory of process 1 is this one.
func (c *container) awaitMountedAs(dir string) {
	c.t.Helper()
	eventually.So(c.t, "it begins", func() bool {
		to, _ := os.Readlink("/proc/" + itoa(c.pid) + "/cwd")
		return strings.HasSuffix(to, dir)
	}, c.stderr.String)
}

// TestSocketOfProgram: process 1 has called listen for a socket that it has opened
// for a program, so SO_PEERCRED says that it is process 1. The program moves it to
// where ctl looks.
func TestSocketOfProgram(t *testing.T) {
	t.Parallel()
	skip.Unless(t, os.Geteuid() == 0, "root, to be another user")
	layout := ownPlaces + "mount -o remount,ro /run; mkdir -m 777 /tmp/open; mount --bind /tmp/open /tmp; "
	a := newContainer(t, layout, "env ENTRYPOINT_SOCKET=/dev/shm/entry-point.sock "+produces).production(unready + `
[program:evil]
user = nobody
socket = unix:///tmp/evil.sock
socket_owner = nobody
command = python3 evil.py
`)
	a.write("evil.py", `
import os, socket
s = socket.socket(fileno=3) if os.environ.get("LISTEN_FDS") else socket.socket(fileno=0)
os.rename("/tmp/evil.sock", "/tmp/entry-point.sock")
print("moved", flush=True)
while True:
    c = s.accept()[0]
    print("got", c.recv(65536), flush=True)
    try:
        c.sendall(b'{"health":{"ready":true,"waiting":[]}}\n{"done":true}\n' * 2)
    except BrokenPipeError:
        pass
    c.close()
`, 0o644)
	a.run()
	a.await(&a.stdout, "moved")
	a.awaitServer("-s", "/dev/shm/entry-point.sock")
	a.wantCtl("health", "not ready", 1) // the real one is found, and the other one has got an empty line
	a.wantCtl("-s /tmp/entry-point.sock health", "belongs to another", 4)
	if strings.Contains(a.stdout.String(), "do") {
		t.Errorf("it was asked: %s", a.stdout.String())
	}
	a.wantCtl("-s /dev/shm/entry-point.sock health", "not ready", 1)
}

// TestStaleSocketOfRoot: what root's entry-point has left in a volume does not lock
// out one of another user, who cannot remove it.
func TestStaleSocketOfRoot(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	first := newContainer(t, shared(dir, "/run"), produces).production(ready).up()
	first.kill(syscall.SIGKILL)
	first.code()
	if _, err := os.Lstat(dir + "/entry-point.sock"); err != nil {
		t.Fatal(err)
	}
	a := newContainer(t, shared(dir, "/run"), "setpriv --reuid 12345 --regid 12345 --clear-groups "+produces).production(ready).up()
	a.await(&a.stderr, "it at /tmp/entry-point.sock")
	for _, user := range []int{12345, 0} {
		a.wantCtlAs(user, "health", "ready", 0)
	}
	a.wantCtlAs(65534, "health", "may be used by root and by entry-point's own user only", 4)
	a.shutdown()
}

// TestCtlOfAnotherUser: root steers the entry-point of any user, and no other user
// that of root.
func TestCtlOfAnotherUser(t *testing.T) {
	t.Parallel()
	a := newContainer(t, ownPlaces, produces).production(ready).up()
	a.wantCtlAs(12345, "health", `"/run/entry-point.sock" may be used by root and by entry-point's own user only`, 4)
	a.wantCtl("health", "ready", 0)
}

// TestFromOutside: root of the machine steers a container by the path of its socket;
// who does not prove that it sees entry-point's process does not, nor does it keep
// others out.
func TestFromOutside(t *testing.T) {
	t.Parallel()
	a := newContainer(t, ownPlaces, produces).production(ready).up()
	path := "/proc/" + itoa(a.pid) + "/root/run/entry-point.sock"
	for _, line := range []string{`{"do":"shutdown"}`, `{"enter":"12345"}`, `{"enter":""}` + "\n" + `{"do":"shutdown"}`, ""} {
		c, err := net.Dial("unix", path)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = c.Write([]byte(line + "\n"))
		_ = c.SetDeadline(time.Now().Add(patience))
		got, _ := io.ReadAll(c)
		if want := `{"error":{"code":"not-allowed","message":"this entry-point belongs to another container"}}` + "\n"; string(got) != want {
			t.Errorf("%q: got %q", line, got)
		}
		c.Close()
	}
	for range 20 {
		c, err := net.Dial("unix", path)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
	}
	a.wantCtl("health", "ready", 0)
	got, err := []byte(nil), error(nil)
	eventually.So(t, "an answer, when some of these have lost their patience", func() bool {
		got, err = exec.Command(binary, "ctl", "-s", path, "health").CombinedOutput()
		return err == nil && string(got) == "ready\n"
	}, func() string { return fmt.Sprintf("%v: %s", err, got) })
	// Without the path it is not ours.
	if got, err := exec.Command(binary, "ctl", "health").CombinedOutput(); err == nil {
		t.Errorf("without the path: %s", got)
	}
	a.alive()
}

// TestMissingDirectory: a place that cannot be had is no reason to be without ctl.
func TestMissingDirectory(t *testing.T) {
	t.Parallel()
	a := newContainer(t, ownPlaces, produces).production(ready)
	a.Env = append(a.Env, "ENTRYPOINT_SOCKET=/no/such/directory/s")
	a.up()
	a.await(&a.stderr, "its directory does not exist; entry-point ctl finds it at @entry-point/")
	a.wantCtl("-s /no/such/directory/s health", "ready", 0)
	a.wantCtl("health", "ready", 0)
}

// TestAlreadyRunning: the word ctl was forgotten. Nothing is started or written where
// an entry-point runs the container, whoever its process 1 is.
func TestAlreadyRunning(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		command, await string
		user           int
	}{
		"as process 1":     {produces, "web: running", 0},
		"of another user":  {"setpriv --reuid 12345 --regid 12345 --clear-groups " + produces, "web: running", 0},
		"not as root":      {produces, "web: running", 12345},
		"below an init":    {"sh -c '" + produces + "; exit $?'", "web: running", 0},
		"below a launcher": {"/mnt/bin/entry-point " + produces, "web: running", 0},
		"in debug mode":    {"/mnt/bin/entry-point -d -- sh -c 'echo web: running >&2; exec sleep 1000'", "web: running", 0},
		"in the setup":     {"env PATH=/mnt/work:/usr/bin:/bin /mnt/bin/entry-point --setup", "", 0},
	} {
		t.Run(name, func(t *testing.T) {
			a := newContainer(t, ownPlaces, tt.command).production(ready)
			if tt.await == "" { // the setup hangs in an installer of ours
				a.write("requirements.txt", "x\n", 0o644)
				for _, tool := range []string{"uv", "pip3"} {
					a.write(tool, "#!/bin/sh\necho begun > begun\nexec sleep 1000\n", 0o755)
				}
			}
			a.run()
			if tt.await == "" {
				a.awaitFile("begun", "begun")
			} else {
				a.await(&a.stderr, tt.await)
			}
			for _, args := range []string{"", "-c programs.conf", "-d", "-d -- true", "--production", "--setup"} {
				got, code := a.exec(tt.user, append([]string{"/mnt/bin/entry-point"}, strings.Fields(args)...)...)
				if code != 64 || !strings.Contains(got, "already running as process ") || !strings.Contains(got, `did you mean "entry-point ctl status"?`) {
					t.Errorf("%q: exit code %d, %s", args, code, got)
				}
			}
			if got, code := a.exec(tt.user, "sh", "-c", "ln -s /mnt/bin/entry-point /tmp/supervisord; /tmp/supervisord -c programs.conf"); code != 2 || !strings.Contains(got, "already running as process ") {
				t.Errorf("supervisord: exit code %d, %s", code, got)
			}
			if _, err := os.Lstat(filepath.Join(a.Dir, "debug1")); (err == nil) != (name == "in debug mode") {
				t.Errorf("debug1: %v", err)
			}
			for args, want := range map[string]string{"echo launched": "launched\n", "-- echo launched": "launched\n", "-V": "entry-point dev", "-t -c programs.conf": "is good"} {
				if got, code := a.exec(tt.user, append([]string{"/mnt/bin/entry-point"}, strings.Fields(args)...)...); code != 0 || !strings.Contains(got, want) {
					t.Errorf("%q: exit code %d, %s", args, code, got)
				}
			}
			a.alive()
		})
	}
}

// TestAgain: who means it gets a second entry-point, which leaves the container's mode
// as it is.
func TestAgain(t *testing.T) {
	t.Parallel()
	a := newContainer(t, ownPlaces, produces).production(ready).up()
	for _, words := range [][]string{
		{"/mnt/bin/entry-point", "-d", "--again", "--", "echo", "second"},
		{"env", "ENTRYPOINT_AGAIN=true", "/mnt/bin/entry-point", "-d", "--", "echo", "second"},
	} {
		if got, code := a.exec(0, words...); code != 0 || !strings.Contains(got, "second\n") {
			t.Errorf("%v: exit code %d, %s", words, code, got)
		}
	}
	if _, err := os.Lstat(filepath.Join(a.Dir, "debug1")); err == nil {
		t.Error("debug1 is left")
	}
	a.write("once.conf", "[entrypoint]\nexit_on = any-exit\n[program:b]\ncommand = echo second\nautorestart = false\nstartsecs = 0\n", 0o644)
	if got, code := a.exec(0, "/mnt/bin/entry-point", "--again", "-c", "once.conf"); code != 0 || !strings.Contains(got, "second\n") || !strings.Contains(got, "in use by another process") {
		t.Errorf("exit code %d, %s", code, got)
	}
	a.wantCtl("health", "ready", 0)
}

// TestStartedByHand: what only launches does not run the container; whoever types
// entry-point there, or starts it by docker exec, starts the first one.
func TestStartedByHand(t *testing.T) {
	t.Parallel()
	const once = "[entrypoint]\nexit_on = any-exit\n[program:b]\ncommand = echo by hand\nautorestart = false\nstartsecs = 0\n"
	for name, command := range map[string]string{
		"below a launcher":   "/mnt/bin/entry-point sh -c '" + produces + "; exec sleep 1000'",
		"below debug mode":   "/mnt/bin/entry-point -d -- sh -c '/mnt/bin/entry-point --production -c programs.conf; exec sleep 1000'",
		"beside a launcher":  "/mnt/bin/entry-point sleep 1000",
		"beside a plain one": "sleep 1000",
	} {
		t.Run(name, func(t *testing.T) {
			a := newContainer(t, ownPlaces, command).production(once).run()
			if strings.HasPrefix(name, "below") {
				a.await(&a.stdout, "by hand")
				return
			}
			a.awaitMounted()
			if got, code := a.exec(0, "/mnt/bin/entry-point", "-c", "programs.conf"); code != 0 || !strings.Contains(got, "by hand") {
				t.Errorf("exit code %d, %s", code, got)
			}
		})
	}
}

// TestSideBySide: two that are started on a machine, and not in a container of their
// own, do not concern each other.
func TestSideBySide(t *testing.T) {
	t.Parallel()
	a := newContainer(t, ownPlaces, "sh -c '"+produces+" & "+produces+" & wait'").production(ready).run()
	a.await(&a.stderr, "in use by another process")
	eventually.So(t, "both run", func() bool { return strings.Count(a.stderr.String(), "web: running") == 2 }, a.stderr.String)
}

// TestAlreadyRunningUnseen: without a /proc of the container's own, the control socket
// tells.
func TestAlreadyRunningUnseen(t *testing.T) {
	t.Parallel()
	a := newContainer(t, "umount /proc; "+ownPlaces, produces).production(ready).up()
	if got, code := a.exec(0, "/mnt/bin/entry-point"); code != 64 || !strings.Contains(got, "already running as process 1;") {
		t.Errorf("exit code %d, %s", code, got)
	}
}

// write makes a file in the container's working directory.
func (c *container) write(name, text string, mode os.FileMode) {
	c.t.Helper()
	if err := os.WriteFile(filepath.Join(c.Dir, name), []byte(text), mode); err != nil {
		c.t.Fatal(err)
	}
}
