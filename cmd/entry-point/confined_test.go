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

	"entrypoint/supervisor/waitfor/realserver"
)

// environments are those of all processes of p that are there now, as /proc shows
// them to root.
func (p *initProcess) environments() (text string) {
	dirs, _ := filepath.Glob("/proc/[0-9]*")
	for _, dir := range dirs {
		status, _ := os.ReadFile(dir + "/status")
		_, namespaces, _ := strings.Cut(string(status), "\nNSpid:\t")
		namespaces, _, _ = strings.Cut(namespaces, "\n")
		if filepath.Base(dir) != itoa(p.Process.Pid) && !(strings.Contains(string(status), "\nPPid:\t"+itoa(p.Process.Pid)+"\n") && strings.Contains(namespaces, "\t")) {
			continue
		}
		environ, _ := os.ReadFile(dir + "/environ")
		cmdline, _ := os.ReadFile(dir + "/cmdline")
		text += strings.ReplaceAll(string(cmdline), "\x00", " ") + ":\n" + strings.ReplaceAll(string(environ), "\x00", "\n")
	}
	return text
}

// TestLoginIsOurs: nothing that entry-point starts has the password of the HTTP
// server, in any mode, and /proc does not show it.
func TestLoginIsOurs(t *testing.T) {
	t.Parallel()
	const login, show = "ENTRYPOINT_HTTP_LOGIN=operator:hush", "echo shown; env; tr '\\0' '\\n' </proc/1/environ"
	modes := map[string]func(p *initProcess){
		"command":    func(p *initProcess) { p.Args = append(p.Args, "sh", "-c", show) },
		"debug":      func(p *initProcess) { p.Args = append(p.Args, "-d", "--", "sh", "-c", show) },
		"production": func(p *initProcess) { p.write("Procfile", "web: sh -c \""+show+"\"\n") },
		"setup tool": func(p *initProcess) {
			p.Args = append(p.Args, "--setup", "-v")
			p.write("requirements_os.txt", "no-such-package\n")
		},
		"supervisord": func(p *initProcess) { p.write("supervisord.conf", "[program:a]\ncommand = sh -c \""+show+"\"\n") },
	}
	for name, prepareMode := range modes {
		t.Run(name, func(t *testing.T) {
			p := prepare(t)
			bin := t.TempDir()
			if err := os.WriteFile(bin+"/apt-get", []byte("#!/bin/sh\n"+show+"\n"), 0o755); err != nil {
				t.Fatal(err)
			}
			prepareMode(p)
			if name == "supervisord" {
				link := bin + "/supervisord"
				if err := os.Symlink(binary, link); err != nil {
					t.Fatal(err)
				}
				p.Path = link
			}
			p.withProc()
			p.Env = append(p.Env, "PATH="+bin+":/usr/bin:/bin", "ENTRYPOINT_SOCKET=none", "ENTRYPOINT_EXIT_ON=any-exit", "OTHER=seen", login)
			p.start()
			p.code()
			said := p.stdout.String() + p.stderr.String()
			if !strings.Contains(said, "shown\n") || strings.Count(said, "OTHER=seen") < 2 {
				t.Fatalf("nothing was looked at:\n%s", said)
			}
			if strings.Contains(said, "hush") {
				t.Errorf("the password was seen:\n%s", said)
			}
		})
	}
}

// TestLoginAfterReload: entry-point itself knows the password, also when it reads its
// configuration again.
func TestLoginAfterReload(t *testing.T) {
	t.Parallel()
	tcp, _ := freeAddress(t, "tcp")
	p := configured(t, map[string]string{"programs.conf": sleeper})
	p.Env = append(p.Env, "ENTRYPOINT_SOCKET=none", "ENTRYPOINT_HTTP="+tcp, "ENTRYPOINT_HTTP_LOGIN=operator:hush")
	p.start()
	p.await(&p.stderr, "web: running")
	for range 2 {
		p.wantAnswer("tcp", tcp, "/nothing", "operator:hush", 404, "")
		p.wantAnswer("tcp", tcp, "/nothing", "operator:other", 401, "")
		if text := p.environments(); strings.Contains(text, "hush") || !strings.Contains(text, "LISTEN_FDS=2") {
			t.Errorf("environments:\n%s", text)
		}
		p.write("programs.conf", sleeper+"environment = A=1\n")
		p.kill(syscall.SIGHUP)
		p.await(&p.stderr, "configuration read again")
	}
	p.kill(syscall.SIGTERM)
	p.wantCode(0)
}

// status is the lines of /proc/PID/status of the child of p that runs these
// arguments.
func (p *initProcess) status(arguments string) (text string) {
	dirs, _ := filepath.Glob("/proc/[0-9]*")
	for _, dir := range dirs {
		status, _ := os.ReadFile(dir + "/status")
		cmdline, _ := os.ReadFile(dir + "/cmdline")
		if strings.Contains(string(status), "\nPPid:\t"+itoa(p.Process.Pid)+"\n") && strings.HasSuffix(strings.ReplaceAll(string(cmdline), "\x00", " "), arguments+" ") {
			return string(status)
		}
	}
	return ""
}

const (
	noCapabilities = "CapInh:\t0000000000000000\nCapPrm:\t0000000000000000\nCapEff:\t0000000000000000\nCapBnd:\t0000000000000000\nCapAmb:\t0000000000000000\nNoNewPrivs:\t1\n"
	ownUser        = "Uid:\t65432\t65432\t65432\t65432\nGid:\t65432\t65432\t65432\t65432\n"
	asRoot         = "Uid:\t0\t0\t0\t0\nGid:\t0\t0\t0\t0\n"
)

func wantStatus(t *testing.T, status string, lines ...string) {
	t.Helper()
	for _, line := range lines {
		if !strings.Contains(status, line) {
			t.Errorf("no %q in\n%s", line, status)
		}
	}
}

// TestWaitForIsConfined: what reads the answers of strangers has no rights, no secret
// of the application and no password of the servers; files and sockets that are for
// root only are seen all the same.
func TestWaitForIsConfined(t *testing.T) {
	t.Parallel()
	redis := realserver.Redis(t)
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	p := waiting(t, "redis://:hush@"+redis.Address+" postgres://me:hush@127.0.0.1:1/app?sslmode=disable file:"+dir+"/there unix:"+dir+"/socket",
		"APP_SECRET=quiet", "ENTRYPOINT_HTTP_LOGIN=a:still", "DATABASE_URL=postgres://me:hush@db")
	p.start()
	p.await(&p.stderr, "waiting for file:"+dir+"/there: it does not exist")
	p.await(&p.stderr, "waiting for unix://"+dir+"/socket: no such file or directory")
	p.await(&p.stderr, "waiting for redis://"+redis.Address+": connection refused")
	p.await(&p.stderr, "waiting for postgres://127.0.0.1:1/app: connection refused")
	wantStatus(t, p.status("wait-for"), ownUser, noCapabilities, "Groups:\t \n")
	environments := p.environments()
	_, child, found := strings.Cut(environments, "entry-point-gateway wait-for :\n")
	for _, secret := range []string{"hush", "quiet", "still"} {
		if !found || strings.Contains(child, secret) {
			t.Errorf("environments, and %q in those of the children:\n%s", secret, environments)
		}
	}
	p.write("programs", "")
	if err := os.WriteFile(dir+"/there", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("unix", dir+"/socket")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if err := os.Chmod(dir+"/socket", 0o600); err != nil {
		t.Fatal(err)
	}
	p.await(&p.stderr, "file:"+dir+"/there answers after ")
	p.await(&p.stderr, "unix://"+dir+"/socket answers after ")
	p.kill(syscall.SIGTERM)
	p.wantCode(128 + int(syscall.SIGTERM))
	if said := p.stderr.String(); strings.Contains(said, "left behind") {
		t.Errorf("stderr:\n%s", said)
	}
}

// withoutCapabilities is how capabilities(7) are after docker run --cap-drop ALL, or
// with those of runc's own default.
var withoutCapabilities = map[string][]string{
	"none": {"setpriv", "--bounding-set", "-all", "--inh-caps", "-all"},
	"runc": {"setpriv", "--bounding-set", "-all,+kill,+net_bind_service,+audit_write", "--inh-caps", "-all"},
}

// TestHTTPWithoutCapabilities: where root may not become another user, HTTP is
// answered all the same, by a process without any rights.
func TestHTTPWithoutCapabilities(t *testing.T) {
	t.Parallel()
	for name, words := range withoutCapabilities {
		t.Run(name, func(t *testing.T) {
			p, socket := served(t, sleeper)
			p.withProc(words...)
			p.start().awaitSocketFile(socket)
			begin := time.Now()
			p.wantAnswer("unix", socket, "/healthz", "", 200, "ok\n")
			if took := time.Since(begin); late(took, answerWithin) {
				t.Errorf("the answer took %v", took)
			}
			wantStatus(t, p.status("entry-point-gateway"), asRoot, "NoNewPrivs:\t1\n", "CapPrm:\t0000000000000000\nCapEff:\t0000000000000000\n", "CapInh:\t0000000000000000\n", "CapAmb:\t0000000000000000\n")
			p.kill(syscall.SIGTERM)
			p.wantCode(0)
			if said := p.stderr.String(); strings.Count(said, "HTTP gateway: cannot run ") != 1 || !strings.Contains(said, "; it runs as we are, without capabilities\n") {
				t.Errorf("stderr:\n%s", said)
			}

			p = waiting(t, "file:none", "ENTRYPOINT_WAIT_TIMEOUT=300ms")
			p.withProc(words...)
			p.start().wantCode(75)
			if said := p.stderr.String(); !strings.Contains(said, "the wait for other servers runs as we are, without capabilities\n") {
				t.Errorf("stderr:\n%s", said)
			}
		})
	}
}

// TestGatewayUser: the gateway's user is one that nothing else has, in namespaces with
// few users as well, or the one that the configuration says.
func TestGatewayUser(t *testing.T) {
	t.Parallel()
	const four = "\t%[1]s\t%[1]s\t%[1]s\t%[1]s\n"
	mapped := func(size int) func(*initProcess) {
		return func(p *initProcess) {
			p.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
			ids := []syscall.SysProcIDMap{{ContainerID: 0, HostID: 0, Size: size}}
			p.SysProcAttr.UidMappings, p.SysProcAttr.GidMappings, p.SysProcAttr.GidMappingsEnableSetgroups = ids, ids, true
		}
	}
	for name, tt := range map[string]struct {
		config string
		run    func(*initProcess)
		want   []string
	}{
		"taken by a program":      {"user = 65432\n", nil, []string{"65431", "65431"}},
		"taken by a group":        {"user = 1234:65432\n", nil, []string{"65431", "65431"}},
		"said":                    {"[entrypoint]\ngateway_user = 4242\n", nil, []string{"4242", "4242"}},
		"said, with a group":      {"[entrypoint]\ngateway_user = daemon:4243\n", nil, []string{"1", "4243"}},
		"said by the environment": {"[entrypoint]\ngateway_user = 1\n", func(p *initProcess) { p.Env = append(p.Env, "ENTRYPOINT_GATEWAY_USER=4244") }, []string{"4244", "4244"}},
		"few users":               {"user = 899\n", mapped(900), []string{"898", "898"}},
		"one user":                {"", mapped(1), []string{"0", "0"}},
		"no other groups": {"", func(p *initProcess) {
			mapped(900)(p)
			p.SysProcAttr.GidMappingsEnableSetgroups = false
		}, []string{"0", "0"}},
	} {
		t.Run(name, func(t *testing.T) {
			p, socket := served(t, sleeper+tt.config)
			if tt.run != nil {
				tt.run(p)
			}
			p.start().awaitSocketFile(socket)
			p.wantAnswer("unix", socket, "/healthz", "", 200, "ok\n")
			status := p.status("entry-point-gateway")
			wantStatus(t, status, "Uid:"+fmt.Sprintf(four, tt.want[0]), "Gid:"+fmt.Sprintf(four, tt.want[1]), noCapabilities)
			p.kill(syscall.SIGTERM)
			p.wantCode(0)
		})
	}
	for _, tt := range []struct{ config, want string }{
		{"[entrypoint]\ngateway_user = root\n", "gateway_user: it must not be root, because the gateway reads what other machines send"},
		{"[entrypoint]\ngateway_user = no-such-user\n", `gateway_user: no user "no-such-user" in /etc/passwd`},
	} {
		p, _ := served(t, sleeper+tt.config)
		p.start().wantCode(78)
		if said := p.stderr.String(); !strings.Contains(said, tt.want) {
			t.Errorf("stderr:\n%s", said)
		}
	}
}

// TestGatewayUserReload: a reload that says another user is heeded at once.
func TestGatewayUserReload(t *testing.T) {
	t.Parallel()
	p, socket := served(t, sleeper)
	p.start().awaitSocketFile(socket)
	p.wantAnswer("unix", socket, "/healthz", "", 200, "ok\n")
	wantStatus(t, p.status("entry-point-gateway"), ownUser)
	p.write("programs.conf", p.read("programs.conf")+"[entrypoint]\ngateway_user = 4242\n")
	p.kill(syscall.SIGHUP)
	p.await(&p.stderr, "configuration read again")
	p.awaitGateways(0)
	p.wantAnswer("unix", socket, "/healthz", "", 200, "ok\n")
	wantStatus(t, p.status("entry-point-gateway"), "Uid:\t4242\t4242\t4242\t4242\nGid:\t4242\t4242\t4242\t4242\n")
	p.kill(syscall.SIGTERM)
	p.wantCode(0)
}
