package main_test

import (
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"entrypoint/supervisor/skip"
)

// TestPipesFail: with every second pipe2(2) of ours failing, and with many of them
// one after the other, everything is started, though no start may fail; the trouble
// is told once.
func TestPipesFail(t *testing.T) {
	t.Parallel()
	for which, told := range map[string]int{"1+2": 0, "1..20": 1} {
		t.Run(which, func(t *testing.T) { pipesFail(t, which, told) })
	}
}

func pipesFail(t *testing.T, which string, told int) {
	strace, err := exec.LookPath("strace")
	skip.Unless(t, err == nil, "strace, to let system calls fail")
	p := controlled(t, `
[entrypoint]
log_format = prefix
[program:app]
command = sh -c "echo here; exec sleep 1000"
process_name = app%(process_num)d
numprocs = 4
startretries = 0
[program:quick]
command = sh -c "sleep 0.1"
startretries = 0
startsecs = 0
autorestart = false
`)
	p.Path, p.Args = strace, append([]string{
		strace, "-f", "-b", "execve", "-o", "/dev/null", "-e", "trace=pipe2", "-e", "inject=pipe2:error=EMFILE:when=" + which, "--",
	}, p.Args...)
	p.start()
	for _, name := range []string{"app0", "app1", "app2", "app3"} {
		p.await(&p.stdout, name+" ")
		p.await(&p.stderr, name+": running, up for 1s")
	}
	p.await(&p.stderr, "quick: ended: exit code 0")
	if out, code := p.ctl(binary, "ctl", "shutdown"); code != 0 {
		t.Errorf("shutdown: %d, %s", code, out)
	}
	p.wantCode(0)
	if log := p.stderr.String(); strings.Count(log, "trying again") != told || strings.Contains(log, "could not be started") {
		t.Errorf("stderr:\n%s", log)
	}
}

// limited starts entry-point with a limit of its own (setrlimit(2)). Nobody calls
// it between two processes of the test.
func limited(t *testing.T, p *initProcess, resource int, n uint64) {
	t.Helper()
	prlimit, err := exec.LookPath("prlimit")
	skip.Unless(t, err == nil, "prlimit, of util-linux")
	name := map[int]string{unix.RLIMIT_NPROC: "nproc", unix.RLIMIT_NOFILE: "nofile"}[resource]
	p.Path, p.Args = prlimit, append([]string{prlimit, "--" + name + "=" + itoa(int(n)) + ":" + itoa(int(n)), "--"}, p.Args...)
	p.start()
}

// TestNoProcessForUser: a program whose user may have no more processes (ulimit -u
// of the container) is started as soon as one of them has ended.
func TestNoProcessForUser(t *testing.T) {
	t.Parallel()
	// The kernel counts those of a user on the whole machine, so it is nobody else's.
	p := controlled(t, `
[program:app]
command = sleep 1000
process_name = app%(process_num)d
numprocs = 4
user = `+itoa(1_000_000+os.Getpid())+`
startretries = 0
`)
	limited(t, p, unix.RLIMIT_NPROC, 2) // the kernel looks before it counts the new one: three may run
	p.await(&p.stderr, "resource temporarily unavailable (")
	waits := "app0"
	for _, name := range []string{"app1", "app2", "app3"} {
		if strings.Contains(p.stderr.String(), name+": cannot run") {
			waits = name
		}
	}
	for _, name := range []string{"app0", "app1", "app2", "app3"} {
		if name != waits {
			p.await(&p.stderr, name+": running, up for 1s")
		}
	}
	if out, _ := p.ctl(binary, "ctl", "status", "app:"+waits); !strings.Contains(out, "STARTING") || !strings.Contains(out, "cannot be started yet, next try in ") {
		t.Errorf("status: %s", out)
	}
	ends := "app:app0"
	if waits == "app0" {
		ends = "app:app1"
	}
	if out, code := p.ctl(binary, "ctl", "stop", ends); code != 0 {
		t.Errorf("stop: %d, %s", code, out)
	}
	p.await(&p.stderr, waits+": running, up for 1s")
	if out, code := p.ctl(binary, "ctl", "start", ends); code == 0 || !strings.Contains(out, "resource temporarily unavailable; it is tried again") {
		t.Errorf("start: %d, %s", code, out)
	}
	p.kill(syscall.SIGTERM)
	p.wantCode(0)
	if log := p.stderr.String(); strings.Count(log, "trying again") != 1 || strings.Contains(log, "could not be started") {
		t.Errorf("stderr:\n%s", log)
	}
}

// TestNoFileLeft: programs whose pipes need more descriptors than we may have wait
// for those of others.
func TestNoFileLeft(t *testing.T) {
	t.Parallel()
	p := controlled(t, `
[entrypoint]
log_format = prefix
exit_on = never
[program:app]
command = sh -c "echo here; exec sleep 1000"
process_name = app%(process_num)02d
numprocs = 30
startretries = 0
[group:rest]
programs = last
[program:last]
command = sh -c "echo here; exec sleep 1000"
priority = 1000
startretries = 0
`)
	limited(t, p, unix.RLIMIT_NOFILE, 50)
	p.await(&p.stderr, "too many open files (entry-point itself has as many files open as it may, 50")
	p.await(&p.stdout, "app00")
	p.await(&p.stderr, "app00: running")
	p.kill(syscall.SIGUSR2) // takes no descriptor for long
	p.kill(syscall.SIGTERM)
	p.wantCode(0)
	if log := p.stderr.String(); strings.Count(log, "trying again") != 1 || strings.Contains(log, "could not be started") || strings.Contains(log, "given up") {
		t.Errorf("stderr:\n%s", log)
	}
}
