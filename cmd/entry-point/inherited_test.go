package main_test

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"entrypoint/supervisor/skip"
)

// secret is what the file says that root has opened for entry-point, and no
// program can open.
const secret = "root:$6$secret"

// hold gives p an open file that only root may read, as descriptor 9.
func (p *initProcess) hold() {
	p.t.Helper()
	path := filepath.Join(p.t.TempDir(), "shadow")
	if err := os.WriteFile(path, []byte(secret+"\n"), 0o600); err != nil {
		p.t.Fatal(err)
	}
	f, err := os.Open(path)
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { f.Close() })
	for len(p.ExtraFiles) < 6 {
		p.ExtraFiles = append(p.ExtraFiles, nil)
	}
	p.ExtraFiles = append(p.ExtraFiles, f)
}

// look is a shell that prints what descriptor 9 is. Who has it shares the place in
// the file with all others, so that only the first one reads what stands there.
const look = `if [ -L /proc/self/fd/9 ]; then echo has it; cat <&9; else echo no descriptor; fi`

// TestInheritedProduction: no program, probe, step of the setup, helper or gateway
// has a descriptor that we were started with.
func TestInheritedProduction(t *testing.T) {
	t.Parallel()
	socket, _ := freeAddress(t, "unix")
	p := controlled(t, `
[unix_http_server]
file = `+socket+`
[program:plain]
command = sh look plain
autorestart = false
startsecs = 0
[program:nobody]
command = sh look nobody
user = nobody
autorestart = false
startsecs = 0
[program:limited]
command = sh look limited
user = nobody
umask = 077
no_new_privs = true
autorestart = false
startsecs = 0
[program:asked]
command = sleep 1000
ready = exec:sh look probe
startsecs = 0
reload_signal = HUP
reload_check = sh look check
`)
	p.write("look", "{ "+look+`; echo "fds $LISTEN_FDS."; } >"$1.$$"; mv "$1.$$" "$1.seen"`)
	setupTools(p)
	// Programs of nobody's leave there what they have seen.
	for dir := p.Dir; dir != os.TempDir() && dir != "/"; dir = filepath.Dir(dir) {
		if err := os.Chmod(dir, 0o777); err != nil {
			t.Fatal(err)
		}
	}
	p.hold()
	p.Env = append(p.Env, "LISTEN_FDS=1", "LISTEN_PID=1", "LISTEN_FDNAMES=web")
	p.start()
	p.await(&p.stderr, "asked: ready")
	p.wantAnswer("unix", socket, "/livez", "", 200, "ok\n")
	for _, pid := range p.gateways() {
		for _, fd := range glob(t, "/proc/"+pid+"/fd/*") {
			if to, _ := os.Readlink(fd); strings.HasSuffix(to, "/shadow") {
				t.Errorf("the gateway has %s", to)
			}
		}
	}
	p.ctl(binary, "ctl", "reload", "asked")
	for _, name := range []string{"plain", "nobody", "limited"} {
		p.awaitFile(name+".seen", "fds")
	}
	for _, name := range []string{"plain", "check", "nobody", "limited", "probe", "setup"} {
		if got := p.read(name + ".seen"); !strings.HasPrefix(got, "no descriptor\n") || name != "setup" && !strings.HasSuffix(got, "\nfds .\n") {
			t.Errorf("%s has seen %q", name, got)
		}
	}
	p.kill(syscall.SIGTERM)
	p.wantCode(0)
}

// TestInheritedWithoutProc: nor where there is no /proc that would list descriptors.
func TestInheritedWithoutProc(t *testing.T) {
	t.Parallel()
	p := prepare(t)
	p.write("programs.conf", `
[program:app]
command = sh -c "cat <&9 && echo stolen; echo over"
autorestart = false
startsecs = 0
`)
	p.Path = "/bin/sh"
	p.Args = []string{"sh", "-c", `mount --make-rprivate / && mount -t tmpfs none /proc && exec "$0" -c programs.conf`, binary}
	p.hold()
	p.start()
	p.await(&p.stdout, "over")
	p.wantCode(0)
	if got := p.stdout.String(); strings.Contains(got, "stolen") {
		t.Errorf("stdout:\n%s", got)
	}
}

// setupTools gives p a requirement file, and a tool that leaves setup.seen.
func setupTools(p *initProcess) {
	p.t.Helper()
	tools := p.t.TempDir()
	for _, name := range []string{"npm", "node"} {
		text := "#!/bin/sh\n{ " + look + "; } >>" + p.Dir + "/setup.seen\n"
		if err := os.WriteFile(filepath.Join(tools, name), []byte(text), 0o755); err != nil {
			p.t.Fatal(err)
		}
	}
	p.write("package.json", "{}")
	p.Env = append(p.Env, "PATH="+tools+":/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
}

func glob(t *testing.T, pattern string) []string {
	t.Helper()
	list, err := filepath.Glob(pattern)
	if err != nil || len(list) == 0 {
		t.Fatalf("%s: %v", pattern, err)
	}
	return list
}

// TestInheritedDebug: what runs before the command does not have the descriptor,
// the command has it.
func TestInheritedDebug(t *testing.T) {
	t.Parallel()
	p := prepare(t, "-d", "--", "sh", "-c", look)
	setupTools(p)
	p.hold()
	p.start().wantCode(0)
	if got := p.stdout.String(); !strings.HasSuffix(got, "\nhas it\n"+secret+"\n") {
		t.Errorf("the command has seen %q", got)
	}
	if got := p.read("setup.seen"); !strings.HasPrefix(got, "no descriptor\n") || strings.Contains(got, "has it") {
		t.Errorf("the setup has seen %q", got)
	}
}

// TestInheritedWaitFor: nor do the process that asks other servers, and the one that
// looks for files for it, have it.
func TestInheritedWaitFor(t *testing.T) {
	t.Parallel()
	p := waiting(t, "file:never")
	p.hold()
	p.start()
	p.await(&p.stderr, "waiting for file:never")
	for _, pid := range p.awaitGateways(2) {
		for _, fd := range glob(t, "/proc/"+pid+"/fd/*") {
			if to, _ := os.Readlink(fd); strings.HasSuffix(to, "/shadow") {
				t.Errorf("it has %s", to)
			}
		}
	}
	p.kill(syscall.SIGTERM)
	p.wantCode(128 + int(syscall.SIGTERM))
}

// accept serves one connection of the sockets that it was handed, if the
// announcement is for it, and says what descriptor 9 is.
const accept = `
import os, socket, sys
assert os.environ["LISTEN_PID"] == str(os.getpid()), (os.environ["LISTEN_PID"], os.getpid())
assert os.environ["LISTEN_FDS"] == "2" and os.environ["LISTEN_FDNAMES"] == "one:two"
for fd in 3, 4:
    s = socket.socket(fileno=fd)
    c, _ = s.accept()
    c.sendall(b"hello from %d" % fd)
    c.close()
sys.exit(os.read(9, 100) != b"` + secret + `\n")
`

// TestInheritedLaunch: a launched command has what we were started with, also the
// sockets of an init or Podman, which are announced to it as if it had been
// executed in our place.
func TestInheritedLaunch(t *testing.T) {
	t.Parallel()
	p := prepare(t, "sh", "-c", look)
	p.hold()
	p.start().wantCode(0)
	if got := p.stdout.String(); got != "has it\n"+secret+"\n" {
		t.Errorf("the command has seen %q", got)
	}

	const python = "/usr/bin/python3"
	_, err := os.Stat(python)
	skip.Unless(t, err == nil, python)
	for _, args := range [][]string{nil, {"-d", "--"}} {
		t.Run(fmt.Sprint(args), func(t *testing.T) {
			p := prepare(t, append(args, python, "-c", accept)...)
			addresses := []string{}
			for range 2 {
				l, err := net.Listen("tcp", "127.0.0.1:0")
				if err != nil {
					t.Fatal(err)
				}
				defer l.Close()
				f, err := l.(*net.TCPListener).File()
				if err != nil {
					t.Fatal(err)
				}
				defer f.Close()
				p.ExtraFiles = append(p.ExtraFiles, f)
				addresses = append(addresses, l.Addr().String())
			}
			p.hold()
			p.Env = append(p.Env, "LISTEN_PID=1", "LISTEN_FDS=2", "LISTEN_FDNAMES=one:two")
			p.start()
			for i, address := range addresses {
				c, err := net.DialTimeout("tcp", address, patience)
				if err != nil {
					t.Fatal(err)
				}
				_ = c.SetDeadline(time.Now().Add(patience))
				buf := make([]byte, 100)
				if n, err := c.Read(buf); string(buf[:n]) != "hello from "+itoa(3+i) {
					t.Errorf("%q %v; stderr:\n%s", buf[:n], err, p.stderr.String())
				}
				c.Close()
			}
			p.wantCode(0)
		})
	}
}
