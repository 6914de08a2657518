package main_test

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"entrypoint/supervisor/waitfor/realserver"
)

// waiting prepares production mode that waits for something.
func waiting(t *testing.T, targets string, env ...string) *initProcess {
	t.Helper()
	p := prepare(t)
	p.write("Procfile", "web: sh -c 'echo the web is here; sleep 1000'\n")
	p.Env = append(append(p.Env, "ENTRYPOINT_SOCKET=none", "ENTRYPOINT_WAIT_FOR="+targets), env...)
	return p
}

// TestWaitFor: nothing starts before everything answers, and the log says why.
func TestWaitFor(t *testing.T) {
	t.Parallel()
	redis := realserver.Redis(t)
	p := waiting(t, "redis://:secret@"+redis.Address+" file:there")
	p.start()
	p.await(&p.stderr, "waiting for redis://"+redis.Address+": connection refused")
	p.await(&p.stderr, "waiting for file:there: it does not exist")
	if said := p.stdout.String(); said != "" {
		t.Errorf("it did not wait: %s", said)
	}
	p.write("there", "")
	redis.Start()
	p.await(&p.stdout, "the web is here")
	p.await(&p.stderr, "redis://"+redis.Address+" answers after ")
	p.kill(syscall.SIGTERM)
	p.wantCode(0)
	if said := p.stderr.String(); strings.Contains(said, "secret") {
		t.Errorf("the password is told:\n%s", said)
	}
}

// TestWaitForNobody: the deadline, a stop meanwhile, bad targets, and no gateway.
func TestWaitForNobody(t *testing.T) {
	t.Parallel()
	p := waiting(t, "tcp://127.0.0.1:1,file:none", "ENTRYPOINT_WAIT_TIMEOUT=300ms")
	p.start()
	p.wantCode(75)
	if want := "entry-point: no answer within 300ms: tcp://127.0.0.1:1: connection refused; file:none: it does not exist\n"; !strings.HasSuffix(p.stderr.String(), want) {
		t.Errorf("stderr:\n%s", p.stderr.String())
	}

	p = waiting(t, "file:none")
	p.start()
	p.await(&p.stderr, "waiting for file:none")
	p.kill(syscall.SIGTERM)
	p.wantCode(128 + int(syscall.SIGTERM))

	p = waiting(t, "sqlite:///x.db")
	p.start()
	p.wantCode(78)
	if said := p.stderr.String(); !strings.Contains(said, `ENTRYPOINT_WAIT_FOR: number 1 begins with "sqlite", which is none of postgres://`) {
		t.Errorf("stderr:\n%s", said)
	}

	p = configured(t, map[string]string{"entry-point.conf": "[entrypoint]\nwait_for = tcp://db\n[program:a]\ncommand = sleep 1000\n"}, "-c", "entry-point.conf")
	p.start()
	p.wantCode(78)
	if said := p.stderr.String(); !strings.Contains(said, "cannot wait for tcp://db: the port is missing") {
		t.Errorf("stderr:\n%s", said)
	}

	// In debug mode, too; with a command not.
	p = waiting(t, "file:none", "ENTRYPOINT_WAIT_TIMEOUT=100ms")
	p.Args = append(p.Args, "-d", "--", "true")
	p.start()
	p.wantCode(75)
	p = waiting(t, "file:none")
	p.Args = append(p.Args, "true")
	p.start()
	p.wantCode(0)

	// What the configuration names counts in debug mode as well, whatever is wrong with
	// its programs, which debug mode does not start.
	p = configured(t, map[string]string{"programs.conf": "[entrypoint]\nwait_for = file:none\nwait_timeout = 100ms\nunknown = 1\n[program:a]\npriority = x\n"}, "-d", "--", "true")
	p.start()
	p.wantCode(75)
	if said := p.stderr.String(); !strings.HasSuffix(said, "no answer within 100ms: file:none: it does not exist\n") {
		t.Errorf("stderr:\n%s", said)
	}
	p = configured(t, map[string]string{"programs.conf": "[entrypoint]\nwait_for = tcp://db\n"}, "-d", "--", "true")
	p.start()
	p.wantCode(78)
	if said := p.stderr.String(); !strings.Contains(said, "programs.conf:2: [entrypoint] wait_for: cannot wait for tcp://db: the port is missing") {
		t.Errorf("stderr:\n%s", said)
	}
	// A file that is none is no reason not to debug what writes it.
	p = configured(t, map[string]string{"programs.conf": "[entrypoint\n"}, "-d", "bash")
	if err := os.Mkdir(filepath.Join(p.Dir, "app"), 0o755); err != nil {
		t.Fatal(err)
	}
	p.write("app/app.py", "print('debugging', flush=True)\n")
	p.start()
	p.wantCode(0)
	if said := p.stderr.String(); p.stdout.String() != "Running app in debug mode!\ndebugging\n" || !strings.Contains(said, "programs.conf:1: ") ||
		!strings.Contains(said, `the word "bash" after -d means nothing; to launch it in debug mode, write -d -- bash`) {
		t.Errorf("stdout:\n%sstderr:\n%s", p.stdout.String(), said)
	}

	// Without the gateway's binary there is a clear word.
	alone := t.TempDir() + "/entry-point"
	text, err := os.ReadFile(binary)
	if err == nil {
		err = os.WriteFile(alone, text, 0o755)
	}
	if err != nil {
		t.Fatal(err)
	}
	p = waiting(t, "file:none")
	p.Path, p.Args[0] = alone, alone
	p.start()
	p.wantCode(127)
	if said := p.stderr.String(); !strings.Contains(said, "cannot wait for other servers: ") || !strings.Contains(said, "entry-point-gateway") {
		t.Errorf("stderr:\n%s", said)
	}
}
