package main_test

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"entrypoint/supervisor/control"
	"entrypoint/supervisor/eventually"
	"entrypoint/supervisor/skip"
)

// limitMemory puts p into a control group that may have so many bytes. It comes
// after everything else has been prepared.
func (p *initProcess) limitMemory(bytes int) (group string) {
	p.t.Helper()
	group = memoryGroup(p.t)
	for _, file := range []string{"memory.max", "memory.limit_in_bytes"} {
		if path := filepath.Join(group, file); exists(path) {
			if err := os.WriteFile(path, []byte(strconv.Itoa(bytes)), 0); err != nil {
				p.t.Fatal(err)
			}
		}
	}
	p.Args = append([]string{"sh", "-c", `echo 0 >"$0/cgroup.procs" && exec "$@"`, group}, p.Args...)
	p.Path = "/bin/sh"
	return group
}

// memoryGroup makes a control group for memory, of version 2 or 1.
func memoryGroup(t *testing.T) string {
	t.Helper()
	root := "/sys/fs/cgroup"
	if list, _ := os.ReadFile(root + "/cgroup.controllers"); bytes.Contains(list, []byte("memory")) {
		_ = os.WriteFile(root+"/cgroup.subtree_control", []byte("+memory"), 0)
	} else if root += "/memory"; !exists(root + "/cgroup.procs") {
		root = t.TempDir()
		if err := unix.Mount("cgroup", root, "cgroup", 0, "memory"); err != nil {
			skip.Unless(t, false, "the memory controller of control groups: "+err.Error())
		}
		t.Cleanup(func() { _ = unix.Unmount(root, unix.MNT_DETACH) })
	}
	group, err := os.MkdirTemp(root, "entry-point-test-")
	if err != nil {
		skip.Unless(t, false, "the memory controller of control groups: "+err.Error())
	}
	t.Cleanup(func() { // when all that was in it has been reaped
		eventually.So(t, "an empty control group", func() bool { return unix.Rmdir(group) == nil }, nil)
	})
	return group
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// memory is a line of /proc/PID/status of PID 1, such as VmRSS, in kB.
func (p *initProcess) memory(line string) int {
	p.t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.Process.Pid))
	if err != nil {
		p.t.Fatal(err)
	}
	_, after, _ := strings.Cut(string(status), "\n"+line+":")
	kb, _, _ := strings.Cut(strings.TrimSpace(after), " ")
	n, err := strconv.Atoi(kb)
	if err != nil {
		p.t.Fatalf("no %s in\n%s", line, status)
	}
	return n
}

// counter counts how often a byte was written to it.
type counter struct {
	b byte
	n atomic.Int64
}

func (c *counter) Write(p []byte) (int, error) {
	c.n.Add(int64(bytes.Count(p, []byte{c.b})))
	return len(p), nil
}

// endless are programs that print so many bytes without a newline, add a line to a
// file, and live on.
func endless(format string, programs, bytes int, done string) string {
	var text strings.Builder
	text.WriteString("[entrypoint]\nlog_format = " + format + "\n")
	for i := range programs {
		fmt.Fprintf(&text, "[program:p%d]\ncommand = sh -c \"head -c %d /dev/zero | tr '\\\\0' @; echo >>%s; exec sleep 1000\"\n", i, bytes, done)
	}
	return text.String()
}

// TestNeverANewline: many programs that print without ever ending a line cost PID 1
// a bounded memory, in a container that has little, and no byte is lost; in the end
// PID 1 is as small as it was.
func TestNeverANewline(t *testing.T) {
	t.Parallel()
	const programs, size = 60, 1500_000
	for _, format := range []string{"prefix", "json"} {
		t.Run(format, func(t *testing.T) {
			done := filepath.Join(t.TempDir(), "done")
			p := superviseIn(t, endless(format, programs, size, done), 64<<20)
			got := &counter{b: '@'}
			p.Stdout = got
			p.start()
			p.until("end of the printing", func() bool { lines, _ := os.ReadFile(done); return len(lines) == programs })
			p.until("little memory", func() bool { return p.memory("VmRSS") < 12<<10 })
			if most := p.memory("VmHWM"); most > 20<<10 {
				t.Errorf("PID 1 has had %d kB", most)
			}
			p.kill(syscall.SIGTERM)
			p.wantCode(0)
			if n := got.n.Load(); n != programs*size {
				t.Errorf("%d bytes of %d", n, programs*size)
			}
		})
	}
}

// superviseIn prepares production mode in a control group.
func superviseIn(t *testing.T, text string, bytes int) *initProcess {
	t.Helper()
	file := filepath.Join(t.TempDir(), "programs.conf")
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	p := prepare(t, "-c", file)
	p.limitMemory(bytes)
	return p
}

// until waits for what nobody tells us; a PID 1 that has ended fails at once.
func (p *initProcess) until(what string, ok func() bool) {
	p.t.Helper()
	eventually.So(p.t, what, func() bool {
		select {
		case <-p.done:
			p.t.Fatalf("waiting for %s: it has ended: %v; stderr:\n%s", what, p.ProcessState, p.stderr.String())
		default:
		}
		return ok()
	}, p.stderr.String)
}

// TestCrashesWithoutAReader: nobody reads the container's output, and programs that
// print there crash again and again. Descriptors are few, and yet a program that
// logs to a file is started; when somebody reads again, it is said what was lost.
func TestCrashesWithoutAReader(t *testing.T) {
	t.Parallel()
	log := filepath.Join(t.TempDir(), "log")
	text := "[entrypoint]\nexit_on = never\nrestart_max_delay = 50ms\nrestart_limit = off\n"
	for i := range 4 {
		text += fmt.Sprintf("[program:crash%d]\ncommand = sh -c \"head -c 100000 /dev/zero | tr '\\\\0' @ & echo bad >&2; sleep 0.02; exit 1\"\nautorestart = true\nstartsecs = 0\n", i)
	}
	text += "[program:file]\ncommand = sh -c \"echo started; sleep 0.3\"\nautorestart = true\nstartsecs = 0\nstdout_logfile = " + log + "\n"
	file := filepath.Join(t.TempDir(), "programs.conf")
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	p := prepare(t, "-c", file)
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	p.Stdout = write
	p.Args = append([]string{"sh", "-c", `ulimit -n 150; exec "$0" "$@"`}, p.Args...)
	p.Path = "/bin/sh"
	p.start()
	write.Close()
	starts := func() int {
		b, _ := os.ReadFile(log)
		return bytes.Count(b, []byte("started"))
	}
	p.until("thirty starts of the program that logs to a file", func() bool { return starts() >= 30 })
	if strings.Contains(p.stderr.String(), "too many open files") {
		t.Errorf("stderr:\n%s", p.stderr.String())
	}
	go func() { _, _ = io.Copy(io.Discard, read) }()
	p.until("word of what was lost", func() bool {
		return strings.Contains(p.stderr.String(), "had printed on stdout, because nobody read the container's stdout")
	})
	p.kill(syscall.SIGTERM)
	p.code()
}

// TestCollectorOfOthers: variables that are meant for Go programs in the container do
// not make PID 1 grow.
func TestCollectorOfOthers(t *testing.T) {
	t.Parallel()
	socket := filepath.Join(t.TempDir(), "control.sock")
	file := filepath.Join(t.TempDir(), "programs.conf")
	if err := os.WriteFile(file, []byte("[program:web]\ncommand = sh -c \"echo $GOGC up; exec sleep 1000\"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	p := prepare(t, "-c", file)
	p.Env = append(p.Env, "GOGC=off", "GOMEMLIMIT=4GiB", "ENTRYPOINT_SOCKET="+socket)
	p.start()
	p.await(&p.stdout, "off up") // the program has them
	p.await(&p.stderr, "running")
	c, err := control.Dial(socket, patience)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for range 10_000 {
		if err := c.Do(&control.Request{Do: control.DoStatus}, func(*control.Answer) error { return nil }); err != nil {
			t.Fatal(err)
		}
	}
	if most := p.memory("VmHWM"); most > 20<<10 {
		t.Errorf("PID 1 has had %d kB", most)
	}
}

// TestSmallAfterRequests: what health checks and other clients have cost is given back when
// they are gone.
func TestSmallAfterRequests(t *testing.T) {
	t.Parallel()
	p := controlled(t, "[program:a]\ncommand = sleep 1000\n").start()
	p.awaitSocket()
	const little = 5000 // kB
	p.until("little memory after the start", func() bool { return p.memory("VmRSS") < little })
	for n := 0; p.memory("VmRSS") < little; n++ {
		if n == 1000 {
			t.Fatal("requests cost nothing: this test tests nothing")
		}
		_, _ = p.ctl(binary, "ctl", "health")
	}
	p.until("little memory", func() bool { return p.memory("VmRSS") < little })
	p.kill(syscall.SIGTERM)
	p.wantCode(0)
}
