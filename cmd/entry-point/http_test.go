package main_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"entrypoint/supervisor/activation"
	"entrypoint/supervisor/eventually"
)

// get asks over a connection of its own; login is "" or USER:PASSWORD. Code 0: no
// answer. Go's client has other errors where a server ends while it asks, and takes an
// answer for none that is there before it has asked.
func get(network, address, path, login string) (code int, text string) {
	r, err := http.NewRequest("GET", "http://localhost"+path, nil)
	if err != nil {
		return 0, err.Error()
	}
	r.Close = true
	if user, password, ok := strings.Cut(login, ":"); ok {
		r.SetBasicAuth(user, password)
	}
	var c net.Conn
	// A socket's file is there before somebody listens on it.
	for begin := time.Now(); time.Since(begin) < patience/10; time.Sleep(time.Millisecond) {
		if c, err = net.Dial(network, address); !errors.Is(err, syscall.ECONNREFUSED) {
			break
		}
	}
	if err != nil {
		return 0, err.Error()
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(patience))
	if err := r.Write(c); err != nil {
		return 0, err.Error()
	}
	res, err := http.ReadResponse(bufio.NewReader(c), r)
	if err != nil {
		return 0, err.Error()
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return 0, err.Error()
	}
	return res.StatusCode, string(body)
}

func (p *initProcess) wantAnswer(network, address, path, login string, code int, text string) {
	p.t.Helper()
	c, body := get(network, address, path, login)
	for end := time.Now().Add(patience); strings.Contains(body, "entry-point has not answered within 1s") && time.Now().Before(end); {
		c, body = get(network, address, path, login) // the machine is busy
	}
	if c != code || !strings.Contains(body, text) {
		p.t.Errorf("%s %s %s: %d %q, want %d %q; stderr:\n%s", address, path, login, c, body, code, text, p.stderr.String())
	}
}

// awaitSocketFile waits until a unix socket is there.
func (p *initProcess) awaitSocketFile(path string) os.FileInfo {
	p.t.Helper()
	var info os.FileInfo
	eventually.So(p.t, path, func() bool {
		var err error
		info, err = os.Stat(path)
		return err == nil
	}, p.stderr.String)
	return info
}

// gateway is the process ids of the gateways of p, as seen from here.
func (p *initProcess) gateways() (pids []string) {
	exes, _ := filepath.Glob("/proc/[0-9]*/exe")
	for _, exe := range exes {
		dir := filepath.Dir(exe)
		if to, err := os.Readlink(exe); err != nil || to != filepath.Join(filepath.Dir(binary), activation.Name) {
			continue
		}
		if status, _ := os.ReadFile(dir + "/status"); strings.Contains(string(status), "\nPPid:\t"+itoa(p.Process.Pid)+"\n") {
			pids = append(pids, filepath.Base(dir))
		}
	}
	return pids
}

// awaitGateways waits until there are n.
func (p *initProcess) awaitGateways(n int) []string {
	p.t.Helper()
	var pids []string
	eventually.So(p.t, fmt.Sprintf("%d gateways", n), func() bool {
		pids = p.gateways()
		return len(pids) == n
	}, func() string { return fmt.Sprintf("there are %d; stderr:\n%s", len(pids), p.stderr.String()) })
	return pids
}

// TestHTTP: sockets with their owners, modes and passwords; a gateway that is there
// when somebody has asked, and can do nothing.
func TestHTTP(t *testing.T) {
	t.Parallel()
	tcp, _ := freeAddress(t, "tcp")
	shared, _ := freeAddress(t, "unix")
	private, _ := freeAddress(t, "unix")
	const sha = "{SHA}82AB876d1387bfafe46cc1c8a2ef074eae50cb1d" // thepassword
	p := controlled(t, `
[unix_http_server:shared]
file = `+shared+`
chmod = 0770
chown = 12345:54321
[unix_http_server:private]
file = `+private+`
username = me
password = `+sha+`
[inet_http_server]
port = `+tcp+`
username = user
password = 123%%:x
[program:web]
command = sh -c "env; `+loop+`"
`)
	p.Env = append(p.Env, "APP_SECRET=hush", "TZ=UTC", "ENTRYPOINT_HTTP_LOGIN=a:b")
	p.start()
	p.await(&p.stderr, "web: running") // the sockets are open and given away by now
	info := p.awaitSocketFile(shared)
	if stat := info.Sys().(*syscall.Stat_t); info.Mode().Perm() != 0o770 || stat.Uid != 12345 || stat.Gid != 54321 {
		t.Errorf("%s: mode %v, owner %d:%d", shared, info.Mode(), stat.Uid, stat.Gid)
	}
	if info := p.awaitSocketFile(private); info.Mode().Perm() != 0o700 {
		t.Errorf("%s: mode %v", private, info.Mode())
	}
	if pids := p.gateways(); len(pids) != 0 {
		t.Errorf("a gateway runs and nobody has asked: %v", pids)
	}
	p.wantAnswer("unix", shared, "/healthz", "", 200, "ok\n")
	p.wantAnswer("unix", shared, "/readyz", "", 200, "ok\n")
	p.wantAnswer("unix", shared, "/nothing", "", 404, "")
	for login, code := range map[string]int{"me:thepassword": 404, "": 401, "me:" + sha: 401, "user:123%:x": 401} {
		p.wantAnswer("unix", private, "/nothing", login, code, "")
	}
	for login, code := range map[string]int{"user:123%:x": 404, "": 401, "user:123": 401, "me:thepassword": 401} {
		p.wantAnswer("tcp", tcp, "/nothing", login, code, "")
	}
	p.wantAnswer("tcp", tcp, "/livez", "", 200, "ok\n")

	pid := p.awaitGateways(1)[0]
	status, err := os.ReadFile("/proc/" + pid + "/status")
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{
		"Uid:\t65432\t65432\t65432\t65432\n", "Gid:\t65432\t65432\t65432\t65432\n", "Groups:\t \n", "NoNewPrivs:\t1\n",
		"CapInh:\t0000000000000000\n", "CapPrm:\t0000000000000000\n", "CapEff:\t0000000000000000\n", "CapBnd:\t0000000000000000\n", "CapAmb:\t0000000000000000\n",
	} {
		if !strings.Contains(string(status), line) {
			t.Errorf("no %q in\n%s", line, status)
		}
	}
	environ, _ := os.ReadFile("/proc/" + pid + "/environ")
	var keys []string
	for entry := range strings.SplitSeq(strings.TrimSuffix(string(environ), "\x00"), "\x00") {
		key, _, _ := strings.Cut(entry, "=")
		keys = append(keys, key)
	}
	for _, key := range keys {
		if !slices.Contains([]string{"PATH", "TZ", "LANG", "LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"}, key) {
			t.Errorf("the gateway has %s in its environment", key)
		}
	}
	if !slices.Contains(keys, "TZ") || !slices.Contains(keys, "PATH") {
		t.Errorf("environment: %v", keys)
	}
	if line, _ := os.ReadFile("/proc/" + pid + "/cmdline"); strings.Contains(string(line), "123%:x") || strings.Contains(string(line), "hush") {
		t.Errorf("command line: %q", line)
	}
	if cwd, _ := os.Readlink("/proc/" + pid + "/cwd"); cwd != "/" {
		t.Errorf("directory: %s", cwd)
	}
	if text, code := p.ctl(binary, "ctl", "status"); code != 0 || strings.Contains(text, "gateway") || strings.Count(text, "\n") != 2 {
		t.Errorf("ctl status: exit code %d, %q", code, text)
	}
	if env := p.stdout.String(); !strings.Contains(env, "SUPERVISOR_SERVER_URL=unix://"+shared+"\n") || strings.Contains(env, "ENTRYPOINT_HTTP_LOGIN") {
		t.Errorf("a program's environment:\n%s", env)
	}

	p.kill(syscall.SIGTERM)
	p.wantCode(0)
	for _, path := range []string{shared, private} {
		if _, err := os.Lstat(path); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s is left: %v", path, err)
		}
	}
	if said := p.stderr.String(); strings.Contains(said, "killed") || strings.Contains(said, "gateway") {
		t.Errorf("stderr:\n%s", said)
	}
}

// TestHTTPWithoutFile: the environment asks for a server; there is no control socket.
func TestHTTPWithoutFile(t *testing.T) {
	t.Parallel()
	tcp, _ := freeAddress(t, "tcp")
	p := prepare(t, "-v")
	p.write("Procfile", "web: sleep 1000\n")
	p.Env = append(p.Env, "ENTRYPOINT_SOCKET=none", "ENTRYPOINT_HTTP="+tcp, "ENTRYPOINT_HTTP_LOGIN=u:p")
	p.start()
	p.await(&p.stderr, "web: running")
	p.wantAnswer("tcp", tcp, "/healthz", "u:p", 200, "ok\n")
	p.wantAnswer("tcp", tcp, "/nothing", "u:q", 401, "")
	p.kill(syscall.SIGTERM)
	p.wantCode(0)

	p = prepare(t)
	p.write("Procfile", "web: sleep 1000\n")
	p.Env = append(p.Env, "ENTRYPOINT_HTTP=:9001")
	p.start().wantCode(78)
	if said := p.stderr.String(); !strings.Contains(said, "environment variable ENTRYPOINT_HTTP: :9001 can be reached from other machines") {
		t.Errorf("stderr:\n%s", said)
	}
}

// TestHTTPReader: a second login sees how the programs are, and changes nothing; its
// password is in no process's environment.
func TestHTTPReader(t *testing.T) {
	t.Parallel()
	tcp, _ := freeAddress(t, "tcp")
	p := prepare(t, "-v")
	p.write("Procfile", "web: env; exec sleep 1000\n")
	p.Env = append(p.Env, "ENTRYPOINT_SOCKET=none", "ENTRYPOINT_HTTP="+tcp, "ENTRYPOINT_HTTP_LOGIN=u:p",
		"ENTRYPOINT_HTTP_READER=prometheus:{SHA}82ab876d1387bfafe46cc1c8a2ef074eae50cb1d")
	p.start()
	p.await(&p.stderr, "web: running")
	const reader, operator = "prometheus:thepassword", "u:p"
	p.wantAnswer("tcp", tcp, "/metrics", reader, 200, `entrypoint_program_state{program="web",group="web",entrypoint_program_state="RUNNING"} 1`)
	p.wantAnswer("tcp", tcp, "/v1/programs/web", reader, 200, `"state":"RUNNING"`)
	p.wantAnswer("tcp", tcp, "/v1/events", reader, 200, `"to":"RUNNING"`)
	p.wantAnswer("tcp", tcp, "/", reader, 200, "This login may only read.")
	p.wantAnswer("tcp", tcp, "/v1/programs/web/logs", reader, 403, "this login may only read: a log may hold what users have sent")
	p.wantAnswer("tcp", tcp, "/metrics", "prometheus:p", 401, "")
	p.wantAnswer("tcp", tcp, "/metrics", "u:thepassword", 401, "")
	post := func(path, login, body string) (code int, text string) {
		r, err := http.NewRequestWithContext(t.Context(), "POST", "http://"+tcp+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		user, password, _ := strings.Cut(login, ":")
		r.SetBasicAuth(user, password)
		if body != "" {
			r.Header.Set("Content-Type", "text/xml")
		}
		res, err := (&http.Client{Timeout: patience}).Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		said, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		return res.StatusCode, string(said)
	}
	const stop = "<methodCall><methodName>supervisor.stopAllProcesses</methodName></methodCall>"
	for _, path := range []string{"/v1/programs/web/stop", "/v1/actions", "/?action=stopall", "/RPC2"} {
		body := map[string]string{"/RPC2": stop}[path]
		if code, text := post(path, reader, body); code != 403 || !strings.Contains(text, "this login may only read") {
			t.Errorf("%s: %d %s", path, code, text)
		}
	}
	p.wantAnswer("tcp", tcp, "/v1/programs/web", reader, 200, `"starts":1,`)
	if code, text := post("/v1/programs/web/stop?wait=true", operator, ""); code != 200 || !strings.Contains(text, `"state":"STOPPED"`) {
		t.Errorf("an operator stops it: %d %s", code, text)
	}
	p.wantAnswer("tcp", tcp, "/v1/programs/web/logs", operator, 200, "ENTRYPOINT_HTTP=")
	if strings.Contains(p.stdout.String(), "prometheus") {
		t.Errorf("a program has the password:\n%s", p.stdout.String())
	}
	p.kill(syscall.SIGTERM)
	p.wantCode(0)
}

// TestHTTPRefused: no container starts that everybody can control.
func TestHTTPRefused(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{nil, {"-t"}} {
		p := configured(t, map[string]string{"programs.conf": "[program:web]\ncommand = sleep 1000\n[inet_http_server]\nport = *:9001\n"}, args...)
		p.start().wantCode(78)
		if said := p.stderr.String(); !strings.Contains(said, "programs.conf:3: [inet_http_server]: :9001 can be reached from other machines") || !strings.Contains(said, "set username and password") {
			t.Errorf("stderr:\n%s", said)
		}
	}
}

// served is a container with an HTTP server on a unix socket.
func served(t *testing.T, more string, args ...string) (p *initProcess, socket string) {
	t.Helper()
	socket, _ = freeAddress(t, "unix")
	p = configured(t, map[string]string{"programs.conf": "[unix_http_server]\nfile = " + socket + "\n" + more}, args...)
	p.Env = append(p.Env, "ENTRYPOINT_SOCKET=none")
	return p, socket
}

const sleeper = "[program:web]\ncommand = sleep 1000\n"

// TestGatewayKilled: who kills it harms nobody but those it speaks with. What comes
// meanwhile waits.
func TestGatewayKilled(t *testing.T) {
	t.Parallel()
	p, socket := served(t, sleeper)
	p.start().awaitSocketFile(socket)
	for range 2 {
		p.wantAnswer("unix", socket, "/healthz", "", 200, "ok\n")
		before := p.stderr.String()
		pid := p.awaitGateways(1)[0]
		if out, err := exec.Command("kill", "-9", pid).CombinedOutput(); err != nil {
			t.Fatalf("%v %s", err, out)
		}
		p.awaitTimes(&p.stderr, "HTTP gateway: it has ended: killed by SIGKILL; connections wait for ", strings.Count(before, "HTTP gateway: ")+1)
	}
	p.wantAnswer("unix", socket, "/healthz", "", 200, "ok\n")
	p.kill(syscall.SIGTERM)
	p.wantCode(0)
	if said := p.stderr.String(); !strings.Contains(said, "wait for 50ms\n") || !strings.Contains(said, "wait for 100ms\n") {
		t.Errorf("stderr:\n%s", said)
	}
}

// TestGatewayMissing: without its binary all goes on but HTTP.
func TestGatewayMissing(t *testing.T) {
	t.Parallel()
	alone := filepath.Join(t.TempDir(), "entry-point")
	if out, err := exec.Command("cp", binary, alone).CombinedOutput(); err != nil {
		t.Fatalf("%v %s", err, out)
	}
	p, socket := served(t, "[program:web]\ncommand = sh -c \"echo up; "+loop+"\"\n")
	p.Path = alone
	p.start()
	p.await(&p.stderr, "unix://"+socket+": nothing listens there, because there is no HTTP gateway: "+alone+"-gateway is not there, and cannot run \"entry-point-gateway\": not found in PATH")
	p.await(&p.stdout, "up")
	if _, err := os.Lstat(socket); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("there is a socket: %v", err)
	}
	p.kill(syscall.SIGTERM)
	p.wantCode(0)
}

// TestGatewayIdle: it ends when nobody comes, without a word, and comes back.
func TestGatewayIdle(t *testing.T) {
	t.Parallel()
	p, socket := served(t, sleeper, "-v")
	p.Env = append(p.Env, "ENTRYPOINT_HTTP_IDLE=100ms")
	p.start().awaitSocketFile(socket)
	for range 3 {
		p.wantAnswer("unix", socket, "/healthz", "", 200, "ok\n")
		p.awaitGateways(0)
	}
	for begin := time.Now(); time.Since(begin) < time.Second; time.Sleep(95 * time.Millisecond) { // at about the moment of the end
		p.wantAnswer("unix", socket, "/livez", "", 200, "ok\n")
	}
	p.kill(syscall.SIGTERM)
	p.wantCode(0)
	if said := p.stderr.String(); strings.Count(said, "started the HTTP gateway") < 4 || strings.Contains(said, "HTTP gateway: ") {
		t.Errorf("stderr:\n%s", said)
	}
}

// TestHTTPWhileStopping: requests during the stop get answers, also from a gateway
// that is started for them.
func TestHTTPWhileStopping(t *testing.T) {
	t.Parallel()
	p, socket := served(t, "[program:web]\ncommand = sh -c \"trap 'while [ -e hold ]; do sleep 0.01; done; exit 0' TERM; echo up; "+loop+"\"\n")
	p.write("hold", "")
	p.start().awaitSocketFile(socket)
	p.await(&p.stdout, "up")
	p.kill(syscall.SIGTERM)
	p.await(&p.stderr, "web: stopping")
	p.wantAnswer("unix", socket, "/readyz", "", 503, "not ok: the container is stopping\n")
	if err := os.Remove(filepath.Join(p.Dir, "hold")); err != nil {
		t.Fatal(err)
	}
	p.wantCode(0)
	if left := p.gateways(); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
}

// TestHTTPReload: a reload touches what has changed and nothing else.
func TestHTTPReload(t *testing.T) {
	t.Parallel()
	tcp, _ := freeAddress(t, "tcp")
	p, socket := served(t, sleeper)
	head := "[unix_http_server]\nfile = " + socket + "\n"
	p.start()
	inode := func() uint64 { return p.awaitSocketFile(socket).Sys().(*syscall.Stat_t).Ino }
	first := inode()
	p.wantAnswer("unix", socket, "/nothing", "", 404, "")
	pid := p.awaitGateways(1)[0]
	reload := func(config string) {
		t.Helper()
		before := strings.Count(p.stderr.String(), "configuration read again")
		p.write("programs.conf", config)
		p.kill(syscall.SIGHUP)
		p.awaitTimes(&p.stderr, "configuration read again", before+1)
	}
	reload(head + sleeper + "environment = A=1\n")
	p.wantAnswer("unix", socket, "/nothing", "", 404, "")
	if now := p.awaitGateways(1)[0]; now != pid {
		t.Errorf("the gateway was restarted for nothing")
	}
	reload(head + "username = u\npassword = p\n[inet_http_server]\nport = " + tcp + "\n" + sleeper)
	p.wantAnswer("tcp", tcp, "/nothing", "", 404, "")
	p.wantAnswer("unix", socket, "/nothing", "", 401, "")
	p.wantAnswer("unix", socket, "/nothing", "u:p", 404, "")
	if now := inode(); now != first {
		t.Error("the socket is another one")
	}
	reload(sleeper)
	p.awaitGateways(0)
	if code, text := get("tcp", tcp, "/livez", ""); code != 0 {
		t.Errorf("somebody listens on %s: %d %q", tcp, code, text)
	}
	if _, err := os.Lstat(socket); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the socket is left: %v", err)
	}
	reload(head + sleeper)
	p.wantAnswer("unix", socket, "/livez", "", 200, "ok\n")
	p.kill(syscall.SIGTERM)
	p.wantCode(0)
	if said := p.stderr.String(); strings.Contains(said, "HTTP gateway: ") {
		t.Errorf("stderr:\n%s", said)
	}
}

// TestHTTPTaken: a socket that cannot be opened is one line, and the others are open.
func TestHTTPTaken(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	p, socket := served(t, "[inet_http_server]\nport = "+l.Addr().String()+"\n"+sleeper)
	p.start()
	p.await(&p.stderr, "HTTP: cannot listen on tcp://"+l.Addr().String()+": port ")
	p.wantAnswer("unix", socket, "/livez", "", 200, "ok\n")
	p.kill(syscall.SIGTERM)
	p.wantCode(0)
}

// TestManyConnections: thousands that say nothing hinder nobody, least of all the
// programs.
func TestManyConnections(t *testing.T) {
	tcp, _ := freeAddress(t, "tcp")
	p := configured(t, map[string]string{"programs.conf": "[inet_http_server]\nport = " + tcp + "\n[program:web]\ncommand = sh -c \"trap 'echo told' USR1; echo up; " + loop + "\"\n[entrypoint]\nsignal_map = USR1 = web:USR1\n"})
	p.Env = append(p.Env, "ENTRYPOINT_SOCKET=none")
	p.start()
	p.await(&p.stdout, "up")
	p.await(&p.stderr, "web: running")
	const many = 3000
	allowFiles(t, many+200)
	for i := range many {
		c, err := net.Dial("tcp", tcp)
		if err != nil {
			t.Fatalf("connection %d: %v", i, err)
		}
		defer c.Close()
		if i%500 == 499 {
			p.wantAnswer("tcp", tcp, "/healthz", "", 200, "ok\n")
		}
	}
	pid := p.awaitGateways(1)[0]
	status, _ := os.ReadFile("/proc/" + pid + "/status")
	_, after, _ := strings.Cut(string(status), "VmHWM:")
	kilobytes := 0
	if _, err := fmt.Sscan(after, &kilobytes); err != nil || kilobytes > 64<<10 {
		t.Errorf("the gateway has used %d kB (%v)", kilobytes, err)
	}
	p.kill(syscall.SIGUSR1)
	p.await(&p.stdout, "told")
	p.kill(syscall.SIGTERM)
	p.wantCode(0)
}

func allowFiles(t *testing.T, n uint64) {
	t.Helper()
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil || limit.Max < n {
		t.Fatalf("%d files: %v, the limit is %d", n, err, limit.Max)
	}
	if limit.Cur < n {
		old := limit
		limit.Cur = n
		if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = syscall.Setrlimit(syscall.RLIMIT_NOFILE, &old) })
	}
}

// TestGatewayByHand: it says what it is.
func TestGatewayByHand(t *testing.T) {
	t.Parallel()
	gateway := filepath.Join(filepath.Dir(binary), activation.Name)
	for _, tt := range []struct {
		args string
		code int
		want string
	}{
		{"", 64, "entry-point-gateway: entry-point starts this program"},
		{"-h", 0, "Usage: entry-point-gateway"},
		{"--help", 0, "Usage: entry-point-gateway"},
		{"--version", 0, "entry-point-gateway dev (commit unknown, go"},
		{"--port=80", 64, `unknown argument "--port=80"`},
	} {
		out, err := exec.Command(gateway, strings.Fields(tt.args)...).CombinedOutput()
		code := 0
		if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
			code = exit.ExitCode()
		}
		if code != tt.code || !strings.Contains(string(out), tt.want) {
			t.Errorf("%q: exit code %d, %s", tt.args, code, out)
		}
	}
}
