package main_test

import (
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"entrypoint/config/address/unused"
	"entrypoint/supervisor/skip"
)

// TestListenerSignalsUs: an event listener that signals PID 1 whenever a program has
// stopped is not an operator who has lost his patience. The one outside is, when he
// signals again.
func TestListenerSignalsUs(t *testing.T) {
	t.Parallel()
	p := controlled(t, `
[supervisord]
pidfile = %(here)s/supervisord.pid
[program:quick]
command = sh -c "trap 'sleep 1.2; exit 0' TERM; echo quick up; `+loop+`"
[program:slow]
command = sh -c "trap 'sleep 2.5; echo slow: saved; exit 0' TERM; echo slow up; `+loop+`"
[eventlistener:watchdog]
command = bash %(here)s/listener.sh
events = PROCESS_STATE_STOPPED
`)
	p.write("listener.sh", "echo READY\nwhile read -r line; do echo \"signals $$\" >&2; kill -QUIT \"$(cat "+p.Dir+"/supervisord.pid)\"; done\n")
	p.start()
	p.await(&p.stdout, "quick up")
	p.await(&p.stdout, "slow up")
	p.await(&p.stderr, "watchdog: running")
	p.kill(syscall.SIGTERM)
	p.wantCode(0)
	if out, log := p.stdout.String(), p.stderr.String(); !strings.Contains(out, "slow: saved") || !strings.Contains(log, "signals ") {
		t.Errorf("stdout:\n%sstderr:\n%s", out, log)
	}
}

// TestOperatorInsists: a second signal from outside kills what is left, half a second
// after the first one at the earliest.
func TestOperatorInsists(t *testing.T) {
	t.Parallel()
	p := supervise(t, "[program:deaf]\ncommand = sh -c \"trap '' TERM; echo up; "+loop+"\"\n")
	p.await(&p.stdout, "up")
	begin := time.Now()
	for {
		err := p.Process.Signal(syscall.SIGTERM)
		if errors.Is(err, os.ErrProcessDone) { // and done is about to be closed
			<-p.done
		} else if err != nil {
			t.Fatal(err)
		}
		select {
		case <-p.done:
		case <-time.After(50 * time.Millisecond):
			continue
		}
		break
	}
	if took := time.Since(begin); took < 500*time.Millisecond || took > 5*time.Second {
		t.Errorf("killed after %v", took)
	}
	p.wantCode(137)
}

// TestLeftoverInBudget: a program that ignores TERM, and what it has started in a
// session of its own, are over when the budget is. The one that can save its work has
// had its time.
func TestLeftoverInBudget(t *testing.T) {
	t.Parallel()
	p := prepare(t, "-c", "p.conf", "--stop-budget", "5s")
	p.write("p.conf", `
[program:deaf]
command = sh %(here)s/deaf.sh
`)
	p.write("deaf.sh", `setsid sh -c 'trap "sleep 0.1; echo left: saved; exit" TERM; echo up; `+loop+`' &
setsid sh -c 'trap "" TERM; echo deaf, too; `+loop+`' &
trap '' TERM
`+loop+`
`)
	p.withProc()
	p.start()
	p.await(&p.stdout, "up")
	p.await(&p.stdout, "deaf, too")
	begin := time.Now()
	p.kill(syscall.SIGTERM)
	p.wantCode(137)
	// A time of their own after the budget would be another 5 s.
	if took := time.Since(begin); took > 9*time.Second || !strings.Contains(p.stdout.String(), "left: saved") {
		t.Errorf("stopped after %v of 5s; stdout:\n%sstderr:\n%s", took, p.stdout.String(), p.stderr.String())
	}
}

// TestStoppedProgramStops: a program that is stopped acts on its stop signal, here and
// in launch mode.
func TestStoppedProgramStops(t *testing.T) {
	t.Parallel()
	const text = `trap "echo bye; exit 0" TERM; echo up; kill -STOP $$; ` + loop
	for _, p := range []*initProcess{
		supervise(t, "[program:app]\ncommand = sh -c '"+text+"'\n"),
		start(t, "sh", "-c", text),
	} {
		p.await(&p.stdout, "up")
		p.awaitStopped()
		p.kill(syscall.SIGTERM)
		p.wantCode(0)
		if !strings.Contains(p.stdout.String(), "bye") {
			t.Errorf("stdout:\n%s", p.stdout.String())
		}
	}
}

// TestHaltSignals: what systemd and lxc-stop take for a stop stops a container. A plain
// command, which would die of it, gets TERM; one that has a handler gets what was sent.
func TestHaltSignals(t *testing.T) {
	t.Parallel()
	const halt = syscall.Signal(37) // SIGRTMIN+3
	for _, sig := range []syscall.Signal{halt, syscall.SIGPWR} {
		p := supervise(t, "[program:app]\ncommand = sh -c \"trap 'exit 0' TERM; echo up; "+loop+"\"\n")
		p.await(&p.stdout, "up")
		p.kill(sig)
		p.wantCode(0)
	}
	for _, c := range []struct {
		sig   syscall.Signal
		traps string
		says  string
	}{{halt, "trap 'echo TERM; exit 0' TERM", "TERM"}, {syscall.SIGPWR, "trap 'echo TERM; exit 0' TERM; trap 'echo PWR; exit 0' PWR", "PWR"}} {
		p := prepare(t, "sh", "-c", c.traps+"; echo up; "+loop)
		p.withProc()
		p.start()
		p.await(&p.stdout, "up")
		p.kill(c.sig)
		p.wantCode(0)
		if !strings.HasSuffix(p.stdout.String(), c.says+"\n") {
			t.Errorf("%v: stdout:\n%s", c.sig, p.stdout.String())
		}
	}
}

// TestDaemonWithoutProc: below another init, and without /proc, what a program has sent
// to the background is found and ended all the same.
func TestDaemonWithoutProc(t *testing.T) {
	t.Parallel()
	p := prepare(t, "-c", "p.conf", "--stop-budget", "3s")
	p.write("p.conf", `
[program:app]
command = sh -c "setsid -f sh %(here)s/daemon.sh; trap 'exit 0' TERM; `+loop+`"
`)
	p.write("daemon.sh", "trap '' TERM; echo daemon is up; "+loop+"\n")
	p.SysProcAttr.Cloneflags = syscall.CLONE_NEWNS // no PID namespace: we are not PID 1
	p.Path, p.Args = "/bin/sh", append([]string{"sh", "-c", `mount --make-rprivate / && mount -t tmpfs none /proc && exec "$@"`, "sh", p.Path}, p.Args[1:]...)
	p.start()
	p.await(&p.stdout, "daemon is up")
	p.kill(syscall.SIGTERM)
	p.wantCode(0)
	if processes := strings.Count(runningCommands(), p.Dir+"/daemon.sh"); processes > 0 || !strings.Contains(p.stderr.String(), "killed processes that the programs had left behind") {
		t.Errorf("%d processes are left; stderr:\n%s", processes, p.stderr.String())
	}
}

// runningCommands are the command lines of all processes, one a line.
func runningCommands() (text string) {
	files, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, file := range files {
		line, _ := os.ReadFile(file)
		text += strings.ReplaceAll(string(line), "\x00", " ") + "\n"
	}
	return text
}

// TestReloadThatIsNone: what would be no reload is refused with its reason, and what
// runs is left alone: gunicorn that has loaded its code before its workers, and uWSGI of
// which only a look at the process says that it has no master.
func TestReloadThatIsNone(t *testing.T) {
	t.Parallel()
	for _, command := range []string{"gunicorn", "uwsgi"} {
		_, err := exec.LookPath(command)
		skip.Unless(t, err == nil, command)
	}
	web, app := unused.TCP(t, ""), unused.TCP(t, "")
	p := controlled(t, `
[entrypoint]
stop_budget = 1m
[program:web]
command = gunicorn --preload -b `+web+` app:application
startsecs = 0
directory = %(here)s
stopwaitsecs = 50
[program:app]
command = uwsgi --ini app.ini
startsecs = 0
directory = %(here)s
`)
	p.write("app.py", "V = open('v').read()\ndef application(e, s):\n    s('200 OK', [])\n    return [V.encode()]\n")
	p.write("v", "one")
	p.write("app.ini", "[uwsgi]\nplugins = python3\nmodule = app\nhttp-socket = "+app+"\nif-env = NO_SUCH_VARIABLE\nmaster = true\nendif =\n")
	p.withProc()
	p.start()
	p.await(&p.stderr, "web: ready")
	p.await(&p.stderr, "app: ready")
	for name, want := range map[string]string{
		"web": "gunicorn --preload does not load the code again: restart it",
		"app": "it cannot reload: it has no master process",
	} {
		if text, code := p.ctl(binary, "ctl", "reload", name); code == 0 || !strings.Contains(text, want) {
			t.Errorf("exit code %d: %s", code, text)
		}
	}
	if strings.Contains(p.stderr.String(), "reloading") {
		t.Errorf("stderr:\n%s", p.stderr.String())
	}
	p.kill(syscall.SIGTERM)
	p.wantCode(0)
}

// TestStopTimeAboveBudget: -t and the start say that there is less time than a file
// gives its programs, and what to do. Under the name supervisord there is as much as it
// gives.
func TestStopTimeAboveBudget(t *testing.T) {
	t.Parallel()
	const text = "[supervisord]\nnodaemon = true\n[program:worker]\ncommand = sh worker.sh\nstopsignal = TERM, QUIT\nstopwaitsecs = 60\n"
	const warning = "supervisord.conf:6: [program:worker] stopwaitsecs: 2m0s is more than the whole stop may take, which is 9s"
	stage := func(args ...string) *initProcess {
		p := prepare(t, args...)
		p.write("supervisord.conf", text)
		p.write("worker.sh", "trap 'echo got TERM' TERM; trap 'echo job put back; exit 0' QUIT; echo up; "+loop+"\n")
		return p
	}
	check := stage("-t").start()
	check.code()
	if got := check.stderr.String(); !strings.Contains(got, warning) || !strings.Contains(got, "write stop_budget = 2m1s") {
		t.Errorf("-t says\n%s", got)
	}

	p := stage("--stop-budget", "2s").start()
	p.await(&p.stdout, "up")
	p.kill(syscall.SIGTERM)
	p.wantCode(0)
	if got := p.stderr.String(); !strings.Contains(got, strings.ReplaceAll(warning, "9s", "2s")) || !strings.Contains(p.stdout.String(), "got TERM\njob put back\n") {
		t.Errorf("stderr:\n%sstdout:\n%s", got, p.stdout.String())
	}

	p = stage("-c", "supervisord.conf")
	p.Args[0] = "supervisord"
	p.start()
	p.await(&p.stdout, "up")
	p.kill(syscall.SIGTERM)
	p.await(&p.stdout, "got TERM")
	p.kill(syscall.SIGTERM) // soon enough to mean the same
	p.awaitThat("the second signal to kill", func() bool {
		_ = p.Process.Signal(syscall.SIGTERM) // it may have ended
		return strings.Contains(p.stderr.String(), "killing what is left")
	})
	p.wantCode(137)
	if got := p.stderr.String(); strings.Contains(got, "stopwaitsecs") || !strings.Contains(got, " of 2 min: worker") {
		t.Errorf("stderr:\n%s", got)
	}
}

// TestStreamAndBudget: nginx with a client whose answer has no end, and uWSGI in a later
// phase, both end within the budget without SIGKILL, and so does a program whose ladder
// is longer than the budget. Most of the budget passes before nginx cuts the answer off, and
// uWSGI has what it leaves: a quarter.
func TestStreamAndBudget(t *testing.T) {
	t.Parallel()
	for _, command := range []string{"nginx", "uwsgi"} {
		_, err := exec.LookPath(command)
		skip.Unless(t, err == nil, command)
	}
	p := controlled(t, `
[program:app]
command = uwsgi --ini app.ini
directory = %(here)s
priority = 10
[program:nginx]
command = nginx -c %(here)s/nginx.conf -e %(here)s/error.log
priority = 20
depends_on = app
stopwaitsecs = 600
`)
	p.Args = append(p.Args, "--stop-budget", "20s")
	address := unused.TCP(t, "")
	p.write("app.py", `
import time
def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/event-stream"), ("X-Accel-Buffering", "no")])
    while True:
        yield b"data: x\n\n"
        time.sleep(0.1)
`)
	p.write("app.ini", "[uwsgi]\nplugins = python3\nmodule = app\nmaster = true\nprocesses = 2\nsocket = "+p.Dir+"/app.sock\nchmod-socket = 666\n")
	p.write("nginx.conf", strings.NewReplacer("DIR", p.Dir, "ADDRESS", address).Replace(`
user root;
pid DIR/pid;
events {}
http {
	access_log off;
	client_body_temp_path DIR/a; proxy_temp_path DIR/b; fastcgi_temp_path DIR/c; uwsgi_temp_path DIR/d; scgi_temp_path DIR/e;
	server { listen ADDRESS; location / { include /etc/nginx/uwsgi_params; uwsgi_pass unix:DIR/app.sock; } }
}
`))
	p.start()
	p.await(&p.stderr, "nginx: ready")
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	_ = conn.SetReadDeadline(time.Now().Add(patience))
	if text, err := readTo(conn, "data: x"); err != nil {
		t.Fatalf("%q, %v", text, err)
	}
	go func() { _, _ = io.Copy(io.Discard, conn) }() // to its end, and past the deadline
	p.kill(syscall.SIGTERM)
	p.wantCode(0)
	if log := p.stderr.String(); strings.Contains(log, "killing it") {
		t.Errorf("stderr:\n%s", log)
	}
}
