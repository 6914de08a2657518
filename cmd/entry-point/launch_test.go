package main_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestEveryExitCode(t *testing.T) {
	t.Parallel()
	for code := range 256 {
		start(t, "sh", "-c", "exit "+strconv.Itoa(code)).wantCode(code)
	}
}

func TestDeathBySignal(t *testing.T) {
	t.Parallel()
	for _, sig := range []syscall.Signal{1, 2, 3, 6, 9, 11, 14, 15, 34, 64} {
		start(t, "sh", "-c", fmt.Sprintf("kill -%d $$", sig)).wantCode(128 + int(sig))
	}
}

func TestCannotExecute(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name, text string, mode os.FileMode) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
		return path
	}
	tests := []struct {
		name, command string
		code          int
		says          string
	}{
		{"no such command", "no-such-command", 127, "not found in PATH ("},
		{"no such file", "/no/such/file", 127, "no such file or directory"},
		{"empty", "", 127, "the command is empty"},
		{"not executable", write("plain", "#!/bin/sh\n", 0o644), 126, "permission denied (its mode is 0644: chmod +x)"},
		{"directory", dir, 126, "it is a directory"},
		{"no interpreter", write("orphaned", "#!/no/such/interpreter\n", 0o755), 127, "interpreter"},
		{"no format", write("garbage", "\x00\x01\x02", 0o755), 126, "exec format error"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := start(t, "--", tt.command)
			p.wantCode(tt.code)
			if got := p.stderr.String(); !strings.Contains(got, tt.says) || strings.Count(got, "\n") != 1 {
				t.Errorf("stderr is %q, want one line with %q", got, tt.says)
			}
		})
	}
}

// TestEverySignal sends every signal that can be forwarded to PID 1 and waits
// for the child, in Python, to see it.
func TestEverySignal(t *testing.T) {
	t.Parallel()
	// sigwait and not handlers: one that Python runs only after its next system
	// call, a pause, has ended would look like a signal that was lost.
	const python = `
import os, signal
every = signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP, signal.SIGCHLD}
signal.pthread_sigmask(signal.SIG_BLOCK, every)
os.write(1, b"ready\n")
while True: os.write(1, b"got %d;\n" % signal.sigwait(every))
`
	p := start(t, "python3", "-c", python)
	p.await(&p.stdout, "ready")
	sent := 0
	for sig := syscall.Signal(1); sig <= 64; sig++ {
		switch sig {
		case syscall.SIGKILL, syscall.SIGSTOP, syscall.SIGCHLD, syscall.SIGPIPE, syscall.SIGURG, syscall.SIGPROF, 32, 33:
			continue // what cannot be forwarded, see process.forwardable
		}
		p.kill(sig)
		p.await(&p.stdout, fmt.Sprintf("got %d;", sig))
		sent++
	}
	if sent != 64-8 {
		t.Errorf("sent %d signals", sent)
	}
}

// TestNoSignalIsLostAtTheStart: the child is up before PID 1 has armed its
// signals, and whoever sees the child's first line may send one at once. The
// interleaving fork - child prints - signal - Listen once ended PID 1 by the
// runtime's default action.
func TestNoSignalIsLostAtTheStart(t *testing.T) {
	t.Parallel()
	const script = `trap 'echo told; exit 5' USR1; echo ready; while :; do sleep 0.01; done`
	for range 50 {
		p := start(t, "sh", "-c", script)
		p.await(&p.stdout, "ready")
		p.kill(syscall.SIGUSR1)
		p.wantCode(5)
	}
}

// TestNohup: what a shell had ignored for us stays ignored by the command.
func TestNohup(t *testing.T) {
	t.Parallel()
	p := prepare(t)
	p.Path = "/bin/sh"
	p.Args = []string{"sh", "-c", `trap "" HUP INT; exec "$0" sh -c 'kill -HUP $$; kill -INT $$; kill -HUP 1; echo alive; kill -TERM $$'`, binary}
	p.start()
	p.wantCode(143)
	if got := p.stdout.String(); got != "alive\n" {
		t.Errorf("stdout is %q", got)
	}
}

func TestRewriteAndRemap(t *testing.T) {
	t.Parallel()
	const trap = `trap 'echo got QUIT; exit 5' QUIT; trap 'echo got TERM' TERM; trap 'echo got HUP' HUP; echo ready; while :; do sleep 0.05; done`
	p := start(t, "--rewrite", "15:3", "-r", "HUP:0", "--remap-exit", "5", "sh", "-c", trap)
	p.await(&p.stdout, "ready")
	p.kill(syscall.SIGHUP)
	p.kill(syscall.SIGTERM)
	p.wantCode(0)
	if got := p.stdout.String(); got != "ready\ngot QUIT\n" {
		t.Errorf("stdout is %q", got)
	}
}

func TestGroup(t *testing.T) {
	t.Parallel()
	// The child's trap comes first: the grandchild says for both that they are ready.
	const script = `trap 'echo child' USR1; sh -c 'trap "echo grandchild; exit" USR1; echo ready; while :; do sleep 0.05; done' & wait; wait; exit 0`
	for _, group := range []bool{true, false} {
		args := []string{"sh", "-c", script}
		if group {
			args = append([]string{"--group"}, args...)
		}
		p := start(t, args...)
		p.await(&p.stdout, "ready")
		p.kill(syscall.SIGUSR1)
		p.await(&p.stdout, "child\n")
		if group {
			p.await(&p.stdout, "grandchild")
			p.wantCode(0)
			continue
		}
		p.kill(syscall.SIGKILL)
		<-p.done
		if strings.Contains(p.stdout.String(), "grandchild") {
			t.Error("without --group the signal reached the grandchild")
		}
	}
}

// TestLeftovers: what the command leaves behind gets SIGTERM, its time, SIGKILL.
func TestLeftovers(t *testing.T) {
	t.Parallel()
	t.Run("ends on TERM", func(t *testing.T) {
		p := start(t, "sh", "-c", `setsid sh -c 'trap "echo bye; exit" TERM; echo ready; >ready; while :; do sleep 0.05; done' & until [ -e ready ]; do sleep 0.05; done; exit 7`)
		p.wantCode(7)
		if got := p.stdout.String(); got != "ready\nbye\n" {
			t.Errorf("stdout is %q", got)
		}
	})
	t.Run("ignores TERM", func(t *testing.T) {
		begin := time.Now()
		p := start(t, "--stop-budget", "1.5", "sh", "-c", `sh -c 'trap "" TERM; >ready; while :; do sleep 0.05; done' & until [ -e ready ]; do sleep 0.05; done; exit 7`)
		p.wantCode(7)
		if took := time.Since(begin); took < 1500*time.Millisecond {
			t.Errorf("killed after %v, before its budget was over", took)
		}
		if !strings.Contains(p.stderr.String(), "left behind") {
			t.Errorf("stderr is %q", p.stderr.String())
		}
	})
	t.Run("stopped process", func(t *testing.T) {
		p := start(t, "sh", "-c", `sh -c 'trap "echo bye; exit" TERM; kill -STOP $$; sleep 60' & until [ -e stopped ]; do sleep 0.05; done; exit 3`)
		p.awaitStopped()
		p.write("stopped", "")
		p.wantCode(3)
		if p.stdout.String() != "bye\n" {
			t.Errorf("stdout is %q", p.stdout.String())
		}
	})
	t.Run("second TERM forces", func(t *testing.T) {
		p := start(t, "--stop-budget", "60", "sh", "-c", `trap 'exit 4' TERM; sh -c 'trap "" TERM; echo ready; while :; do sleep 0.05; done' & wait`)
		p.await(&p.stdout, "ready")
		p.kill(syscall.SIGTERM)
		deadline := time.Now().Add(patience)
		for { // until the second one has reached it
			select {
			case <-p.done:
				p.wantCode(4)
				return
			case <-time.After(100 * time.Millisecond):
				_ = p.Process.Signal(syscall.SIGTERM)
			}
			if time.Now().After(deadline) {
				t.Fatal("has not ended")
			}
		}
	})
}

// awaitStopped waits until a child or grandchild of PID 1 is stopped.
func (p *initProcess) awaitStopped() {
	p.t.Helper()
	children := func(pid string) []string {
		list, _ := os.ReadFile("/proc/" + pid + "/task/" + pid + "/children")
		return strings.Fields(string(list))
	}
	for begin := time.Now(); time.Since(begin) < patience; time.Sleep(5 * time.Millisecond) {
		for _, child := range children(itoa(p.Process.Pid)) {
			for _, pid := range append(children(child), child) {
				if stat, _ := os.ReadFile("/proc/" + pid + "/stat"); bytes.Contains(stat, []byte(") T ")) {
					return
				}
			}
		}
	}
	p.t.Fatal("nothing is stopped")
}

// TestOrphans double-forks 20,000 processes and watches how many of them are
// there at a time.
func TestOrphans(t *testing.T) {
	const orphans = 20000
	// By clone(2) in one memory: what fork(2) copies takes ten times as long as all else.
	// The orphans may have one stack, for all write the same there.
	p := start(t, compile(t, "orphans", fmt.Sprintf(`
#define _GNU_SOURCE
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>
static char stack[4096], below[4096];
static int orphan(void *unused) { _exit(0); }
static int child(void *unused) { _exit(clone(orphan, below + sizeof below, CLONE_VM | SIGCHLD, 0) < 0); }
int main() {
	for (int n = 0; n < %d; n++) {
		int pid = clone(child, stack + sizeof stack, CLONE_VM | CLONE_VFORK | SIGCHLD, 0), status = 1;
		if (waitpid(pid, &status, 0) != pid || status)
			return 1;
	}
	puts("forked");
	fflush(stdout);
	sleep(600);
}`, orphans)))
	children := fmt.Sprintf("/proc/%[1]d/task/%[1]d/children", p.Process.Pid)
	most, samples := 0, 0
	count := func() int {
		data, err := os.ReadFile(children)
		if err != nil {
			t.Fatal(err)
		}
		return len(strings.Fields(string(data)))
	}
	for !strings.Contains(p.stdout.String(), "forked") {
		most, samples = max(most, count()), samples+1
		select {
		case <-p.done:
			t.Fatalf("ended; stderr:\n%s", p.stderr.String())
		case <-time.After(5 * time.Millisecond):
		}
	}
	for deadline := time.Now().Add(patience); count() > 1; {
		if time.Now().After(deadline) {
			t.Fatalf("%d orphans are still there", count()-1)
		}
	}
	t.Logf("%d orphans: at most %d children of PID 1 at a time, in %d samples", orphans, most, samples)
	if most > orphans/20 {
		t.Errorf("%d zombies at a time", most)
	}
}

// TestNotPID1: below another init entry-point is a subreaper, silently, and
// never signals what is not its own.
func TestNotPID1(t *testing.T) {
	t.Parallel()
	p := prepare(t)
	const outer = `sleep 300 & bystander=$!
"$0" sh -c 'setsid sh -c "trap \"echo bye; exit\" TERM; echo ready; while :; do sleep 0.05; done" & sleep 0.5; exit 9'
echo "code $?"
kill -0 $bystander && echo "bystander lives"
kill -9 $bystander`
	p.Path, p.Args = "/bin/sh", []string{"sh", "-c", outer, binary}
	p.SysProcAttr.Cloneflags = syscall.CLONE_NEWNS // the machine's own PID namespace
	p.start()
	p.wantCode(0)
	if got := p.stdout.String(); got != "ready\nbye\ncode 9\nbystander lives\n" {
		t.Errorf("stdout is %q", got)
	}
	if got := p.stderr.String(); strings.Contains(got, "entry-point:") {
		t.Errorf("stderr is %q, want no line of ours", got)
	}
}

// TestAnyUser: an unprivileged uid without a passwd entry, no /proc, a
// read-only working directory.
func TestAnyUser(t *testing.T) {
	t.Parallel()
	p := prepare(t, "sh", "-c", "id -u; (sleep 0.1 &); exit 3")
	p.Dir = "/"
	p.SysProcAttr.Credential = &syscall.Credential{Uid: 12345, Gid: 12345}
	if err := os.Chmod(filepath.Dir(binary), 0o755); err != nil {
		t.Fatal(err)
	}
	p.start()
	p.wantCode(3)
	if p.stdout.String() != "12345\n" || p.stderr.String() != "" {
		t.Errorf("stdout %q, stderr %q", p.stdout.String(), p.stderr.String())
	}
}

func TestParentDeathSignal(t *testing.T) {
	t.Parallel()
	p := prepare(t)
	// The outer shell is PID 1's child and entry-point's parent; it ends while
	// entry-point runs, and a new init takes over.
	const outer = `sh -c '"$0" --pdeathsig USR1 sh -c "trap \"echo told; >told; exit\" USR1; echo ready; >ready; while :; do sleep 0.05; done" & until [ -e ready ]; do sleep 0.05; done' "$0"; until [ -e told ]; do sleep 0.05; done`
	p.Path, p.Args = "/bin/sh", []string{"sh", "-c", outer, binary}
	p.start()
	p.wantCode(0)
	if got := p.stdout.String(); got != "ready\ntold\n" {
		t.Errorf("stdout is %q, stderr %q", got, p.stderr.String())
	}
}

func TestVerbose(t *testing.T) {
	t.Parallel()
	p := start(t, "-v", "sh", "-c", "(sleep 0.1 &); while :; do sleep 0.05; done")
	p.await(&p.stderr, "reaped orphan")
	p.kill(syscall.SIGUSR2)
	p.code()
	for _, want := range []string{"started sh as process", "reaped orphan", "forwarded SIGUSR2 as SIGUSR2 to process", "sh ended: "} {
		if !strings.Contains(p.stderr.String(), want) {
			t.Errorf("stderr lacks %q:\n%s", want, p.stderr.String())
		}
	}
}
