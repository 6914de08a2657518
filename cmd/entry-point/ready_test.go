package main_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// say is a Python program that sends messages as sd_notify(3) does, when it is told
// to by a line on a fifo.
const say = `
import os, socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
name = os.environ["NOTIFY_SOCKET"]
s.connect("\0" + name[1:] if name[0] == "@" else name)
print("watchdog", os.environ.get("WATCHDOG_USEC"), flush=True)
while True:
    with open(sys.argv[1]) as f:
        for line in f:
            s.send(line.strip().replace(" ", "\n").encode())
`

// TestReadyKinds: real programs become ready in their own ways, and what depends on
// them starts then and not before.
func TestReadyKinds(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	tcp, _ := freeAddress(t, "tcp")
	_, port, _ := strings.Cut(tcp, ":")
	gate := filepath.Join(dir, "gate") // the program goes on when it is opened for writing
	if err := syscall.Mkfifo(gate, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(dir+"/say.py", []byte(say), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(dir+"/up", []byte("ok"), 0o644); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ ready, command, open, log string }{
		"http": {
			"http://127.0.0.1:" + port + "/up", `sh -c "read -r line <` + gate + `; exec python3 -m http.server -b 127.0.0.1 -d ` + dir + ` ` + port + `"`,
			"go", "ready, answers http://127.0.0.1:" + port + "/up after",
		},
		"http that is bad at first": {
			"http://127.0.0.1:" + port + "/down", `sh -c "python3 -m http.server -b 127.0.0.1 -d ` + dir + ` ` + port + ` & read -r line <` + gate + `; touch ` + dir + `/down; wait"`,
			"go", "ready, answers",
		},
		"exec":   {"exec:test -e " + dir + "/there", `sh -c "read -r line <` + gate + `; touch ` + dir + `/there; sleep 1000"`, "go", "ready after"},
		"log":    {`log:^listening on \d+$`, `sh -c "echo listening on nothing; read -r line <` + gate + `; echo listening on 80; sleep 1000"`, "go", "ready, it has printed what was waited for after"},
		"fd":     {"fd:5", `sh -c "read -r line <` + gate + `; echo >&5; sleep 1000"`, "go", "ready after"},
		"notify": {"notify", `python3 ` + dir + `/say.py ` + gate, "STATUS=x READY=1", "ready, by its own word after"},
	} {
		t.Run(name, func(t *testing.T) {
			p := controlled(t, `
[program:app]
command = `+c.command+`
ready = `+c.ready+`
startsecs = 0
[program:front]
command = sh -c "echo the front is here; sleep 1000"
depends_on = app
startsecs = 0
`)
			p.start()
			p.await(&p.stderr, "app: running")
			if text, _ := p.ctl(binary, "ctl", "status"); !strings.Contains(text, "waits for app to be ready") || !strings.Contains(text, "not ready yet") {
				t.Errorf("status while it is not ready:\n%s", text)
			}
			if said := p.stdout.String(); strings.Contains(said, "the front") {
				t.Fatalf("the front did not wait:\n%s", said)
			}
			write(t, gate, c.open)
			p.await(&p.stdout, "the front is here")
			p.await(&p.stderr, "app: "+c.log)
			p.kill(syscall.SIGTERM)
			p.wantCode(0)
		})
	}
}

// write writes a line into a fifo that somebody reads, or will.
func write(t *testing.T, fifo, line string) {
	t.Helper()
	f, err := os.OpenFile(fifo, os.O_WRONLY, 0)
	if err == nil {
		_, err = f.WriteString(line + "\n")
		f.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestNotify: what a program says of itself later on, its watchdog, and words that
// are not its own.
func TestNotify(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	gate := filepath.Join(dir, "gate")
	if err := syscall.Mkfifo(gate, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(dir+"/say.py", []byte(say), 0o644); err != nil {
		t.Fatal(err)
	}
	p := controlled(t, fmt.Sprintf(`
[program:app]
command = python3 %s/say.py %s
ready = notify
live = notify
live_interval = 300ms
live_failures = 2
startsecs = 0
`, dir, gate))
	p.start()
	p.await(&p.stdout, "watchdog 600000")
	write(t, gate, "READY=1")
	p.await(&p.stderr, "app: ready, by its own word")
	write(t, gate, "RELOADING=1")
	p.await(&p.stderr, "app: not ready any more, by its own word: it reloads")
	if text, code := p.ctl(binary, "ctl", "health"); code != 1 || !strings.Contains(text, "app") {
		t.Errorf("health while it reloads: %d %q", code, text)
	}
	write(t, gate, "READY=1")
	// Without another word it is started again, and the reason is told.
	p.await(&p.stderr, "app: it did not say WATCHDOG=1 for 600ms: starting it again")
	p.kill(syscall.SIGTERM)
	p.wantCode(0)
}

// TestLivenessOfARealServer: it hangs, and is started again because of it.
func TestLivenessOfARealServer(t *testing.T) {
	t.Parallel()
	tcp, _ := freeAddress(t, "tcp")
	_, port, _ := strings.Cut(tcp, ":")
	p := controlled(t, `
[program:app]
command = python3 -m http.server -b 127.0.0.1 `+port+`
ready = http://127.0.0.1:`+port+`/
live = http://127.0.0.1:`+port+`/
live_interval = 100ms
live_timeout = 200ms
live_failures = 2
startsecs = 0
stopwaitsecs = 1
`)
	p.start()
	p.await(&p.stderr, "app: ready, answers")
	text, _ := p.ctl(binary, "ctl", "pid", "app")
	p.ctl(binary, "ctl", "signal", "STOP", "app")
	p.await(&p.stderr, "its health check failed 2 times (http://127.0.0.1:"+port+"/: no answer within 200ms): starting it again")
	p.await(&p.stderr, "because its health check failed 2 times")
	p.awaitTimes(&p.stderr, "app: ready, answers", 2)
	if now, _ := p.ctl(binary, "ctl", "pid", "app"); now == text {
		t.Errorf("the same process: %s", now)
	}
	p.kill(syscall.SIGTERM)
	p.wantCode(0)
}

// TestBadPattern: a regular expression that is none is told.
func TestBadPattern(t *testing.T) {
	t.Parallel()
	p := controlled(t, "[program:app]\ncommand = sleep 1000\nready = log:(\nstartsecs = 0\n")
	p.start()
	p.await(&p.stderr, "app: cannot search its output for (: exit code 64: entry-point-gateway: cannot search: error parsing regexp: missing closing )")
	p.kill(syscall.SIGTERM)
	p.wantCode(0)
}

// TestNotifyOfOthers: what other programs say of a program does not count, though they
// run as the same user, nor what root says in another container with the same network.
func TestNotifyOfOthers(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	socket := filepath.Join(dir, "socket") // where the program writes its address
	if err := os.WriteFile(filepath.Join(dir, "send.py"), []byte(`
import socket, sys, time
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
with open("`+socket+`") as f:
    s.sendto(b"READY=1\nSTATUS=forged", "\0" + f.read().strip()[1:])
print("sent", flush=True)
time.sleep(float(sys.argv[1]))
`), 0o644); err != nil {
		t.Fatal(err)
	}
	gate := filepath.Join(dir, "gate")
	if err := syscall.Mkfifo(gate, 0o644); err != nil {
		t.Fatal(err)
	}
	p := controlled(t, `
[program:app]
command = sh -c "echo $NOTIFY_SOCKET >`+socket+`; echo waits; read -r line <`+gate+`; python3 `+dir+`/send.py 0; exec sleep 1000"
ready = notify
startsecs = 0
[program:forger]
command = python3 `+dir+`/send.py 1000
autostart = false
startsecs = 0
`)
	p.start()
	p.await(&p.stdout, "waits")
	p.awaitSocket()
	outside := startPlain(t, "python3", filepath.Join(dir, "send.py"), "0") // root, in this network namespace
	if err := outside.Run(); err != nil {
		t.Fatal(err)
	}
	if text, code := p.ctl(binary, "ctl", "start", "forger"); code != 0 {
		t.Fatal(text)
	}
	p.await(&p.stdout, "sent")
	p.await(&p.stderr, "of forger says of it does not count")
	if text, code := p.ctl(binary, "ctl", "health"); code != 1 || strings.Contains(p.stderr.String(), "app: ready") {
		t.Errorf("health: %d, %s; stderr:\n%s", code, text, p.stderr.String())
	}
	write(t, gate, "go") // and now a child of its own
	p.await(&p.stderr, "app: ready, by its own word")
	p.kill(syscall.SIGTERM)
	p.wantCode(0)
}
