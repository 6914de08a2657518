package logs

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"entrypoint/supervisor/eventually"
	"entrypoint/supervisor/skip"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"
)

func TestPlain(t *testing.T) {
	w := newWorld(t, Plain)
	var seen []byte
	w.print(Spec{Targets: toStdout, Chunk: func(b []byte) { seen = append(seen, b...) }}, "one\ntwo", " \x00\xff")
	w.print(Spec{Targets: []Target{{Kind: Stderr}}}, "bad\n")
	out, err := w.drained()
	if out != "one\ntwo \x00\xff" || err != "bad\n" || string(seen) != out {
		t.Errorf("got %q, %q, seen %q", out, err, seen)
	}
}

// TestEnded: the unfinished line of a process that is dead is written although a
// grandchild holds the pipe, and so is what the grandchild prints later.
func TestEnded(t *testing.T) {
	w := newWorld(t, Prefix)
	s, child := w.start(Spec{Targets: toStdout})
	fmt.Fprint(child, "half")
	s.Ended(nil)
	w.out.until(t, "web | half\n")
	fmt.Fprint(child, "grandchild\nrest")
	w.out.until(t, "grandchild\n")
	child.Close()
	w.out.until(t, "rest\n")
	out, _ := w.drained()
	if want := "web | half\nweb | grandchild\nweb | rest\n"; out != want {
		t.Errorf("got %q, want %q", out, want)
	}
}

// TestDrainTakesWhatIsThere: a process that still holds its pipe loses nothing
// of what it has printed before.
func TestDrainTakesWhatIsThere(t *testing.T) {
	w := newWorld(t, Prefix)
	_, child := w.start(Spec{Targets: toStdout})
	defer child.Close()
	fmt.Fprint(child, "before\nand half")
	out, _ := w.drained()
	if want := "web | before\nweb | and half\n"; out != want {
		t.Errorf("got %q, want %q", out, want)
	}
	if _, err := w.pump.Open(Spec{Program: "late", UID: -1}); err == nil {
		t.Error("a pump that is closed opens a stream")
	}
}

// writable says whether a pipe has room.
func writable(t *testing.T, pipe *os.File) (room bool) {
	t.Helper()
	raw, err := pipe.SyscallConn()
	if err == nil {
		err = raw.Control(func(fd uintptr) {
			n, _ := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLOUT}}, 0)
			room = n > 0
		})
	}
	if err != nil {
		t.Fatal(err)
	}
	return room
}

// TestSlowReader: one who does not read stdout stops those who print there, and
// neither those who print to stderr or into files nor the loop.
func TestSlowReader(t *testing.T) {
	read, write := testPipe(t)
	errRead, errWrite := testPipe(t)
	errs := readAll(errRead)
	errs.write = errWrite
	w := &world{t: t}
	p := NewPump(Options{Format: Prefix, Stdout: write, Stderr: errWrite, Log: w.complain})
	w.pump = p
	path := filepath.Join(t.TempDir(), "log")

	stuck, child := w.start(Spec{Program: "stuck", Targets: toStdout})
	line := strings.Repeat("x", 99) + "\n"
	var wrote atomic.Int64
	go func() {
		defer child.Close()
		for range 5 << 20 / len(line) {
			n, err := child.WriteString(line)
			if err != nil {
				return
			}
			wrote.Add(int64(n))
		}
	}()
	// More has been printed than the container's pipe has taken, which nobody empties.
	eventually.So(t, "back-pressure", func() bool { return wrote.Load() > 1<<16 && !writable(t, write) }, nil)
	last := wrote.Load()
	within(t, "the loop", func() {
		stuck.Ended(nil)
		stuck.Clear()
		p.Reopen()
		w.print(Spec{Program: "other", Stream: "stderr", Targets: []Target{{Kind: Stderr}}}, "to stderr\n")
		w.print(Spec{Program: "other", Targets: []Target{{Kind: File, Path: path}}}, "to file\n")
	})
	errs.until(t, "to stderr\n")
	eventually.So(t, "the file", func() bool { b, _ := os.ReadFile(path); return string(b) == "to file\n" }, nil)
	begin := time.Now()
	p.Drain(10 * time.Millisecond)
	if took := time.Since(begin); took > 5*time.Second {
		t.Errorf("Drain took %v", took)
	}
	if got, want := w.complained(), "what programs have printed last is lost: it could not be written within 10ms"; got != want {
		t.Errorf("complained %q, want %q", got, want)
	}
	// Whoever reads again gets everything that was printed by the drain.
	out := readAll(read)
	eventually.So(t, "the rest", func() bool {
		select {
		case <-p.out.worker.ended:
			return true
		default:
			return false
		}
	}, nil)
	out.write = write
	text := out.end()
	if n := int64(strings.Count(text, "x")) / 99 * 100; n < last {
		t.Errorf("read %d bytes of %d", n, last)
	}
	for got := range strings.Lines(text) {
		if got != "stuck | "+line {
			t.Fatalf("line %q", got)
		}
	}
}

// TestDeadReader: output without a reader is lost, and life goes on.
func TestDeadReader(t *testing.T) {
	w := newWorld(t, Prefix)
	read, write := testPipe(t)
	read.Close()
	w.pump.out.fd, w.pump.out.sink = int(write.Fd()), newSink(int(write.Fd()))
	path := filepath.Join(t.TempDir(), "log")
	w.print(Spec{Targets: []Target{{Kind: Stdout}, {Kind: File, Path: path}}}, strings.Repeat("lost\n", 100000))
	w.print(Spec{Targets: []Target{{Kind: Stderr}}}, "kept\n")
	_, err := w.drained()
	if err != "web | kept\n" {
		t.Errorf("stderr %q", err)
	}
	if n := len(readFile(t, path)); n != 500000 {
		t.Errorf("the file has %d bytes", n)
	}
	if c := w.complained(); strings.Count(c, "cannot write to stdout: broken pipe") != 1 {
		t.Errorf("complaints %q", c)
	}
}

// TestReaderReturns: a FIFO whose reader went away and came back.
func TestReaderReturns(t *testing.T) {
	path := filepath.Join(t.TempDir(), "fifo")
	if err := unix.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	open := func() *os.File {
		f, err := os.OpenFile(path, os.O_RDONLY|unix.O_NONBLOCK, 0)
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	first := open()
	write, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t}
	w.pump = NewPump(Options{Format: Prefix, Stdout: write, Log: w.complain})
	_, child := w.start(Spec{Targets: toStdout})
	fmt.Fprintln(child, "one")
	buf := make([]byte, 100)
	eventually.So(t, "one", func() bool { n, _ := first.Read(buf); return string(buf[:max(n, 0)]) == "web | one\n" }, nil)
	first.Close()
	fmt.Fprintln(child, "two")
	eventually.So(t, "a complaint", func() bool { return strings.Contains(w.complained(), "broken pipe") }, nil)
	second := open()
	fmt.Fprintln(child, "three")
	eventually.So(t, "three", func() bool { n, _ := second.Read(buf); return string(buf[:max(n, 0)]) == "web | three\n" }, nil)
	child.Close()
	w.pump.Drain(patience)
	second.Close()
	write.Close()
}

// TestNonBlocking: someone has made the descriptor non-blocking, which all that
// share it see.
func TestNonBlocking(t *testing.T) {
	w := newWorld(t, Prefix)
	if err := unix.SetNonblock(w.pump.out.fd, true); err != nil {
		t.Fatal(err)
	}
	w.print(Spec{Targets: toStdout}, strings.Repeat("line\n", 100000))
	if out, _ := w.drained(); out != strings.Repeat("web | line\n", 100000) {
		t.Errorf("%d bytes", len(out))
	}
}

// TestOneFile: stdout and stderr that are one open file have one writer.
func TestOneFile(t *testing.T) {
	_, write := testPipe(t)
	p := NewPump(Options{Stdout: write, Stderr: write})
	if p.out != p.err {
		t.Error("two writers to one pipe")
	}
	_, other := testPipe(t)
	if p = NewPump(Options{Stdout: write, Stderr: other}); p.out == p.err {
		t.Error("one writer for two pipes")
	}
}

// TestNothingLeft: no goroutine and no descriptor is left after Drain, whatever
// became of the streams.
func TestNothingLeft(t *testing.T) {
	dir := t.TempDir()
	fifo := filepath.Join(dir, "fifo")
	if err := unix.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, JSON)
	goroutines, fds := runtime.NumGoroutine(), openFDs(t)
	targets := []Target{
		{Kind: Stdout},
		{Kind: Stderr},
		{Kind: File, Path: filepath.Join(dir, "log"), MaxBytes: 100, Backups: 2},
		{Kind: Auto, Dir: dir, Identifier: "id"},
		{Kind: Syslog, Path: "udp:127.0.0.1:9"},
		{Kind: File, Path: fifo},
	}
	var held []*os.File
	for range 3 {
		for i := range targets {
			w.print(Spec{Targets: targets[i : i+1]}, "x\n")
			w.print(Spec{Targets: targets[:i]}, "x\n")
			_, child := w.start(Spec{Targets: targets[i : i+1]})
			held = append(held, child)
			s, err := w.pump.Open(Spec{Program: "abort", Targets: targets, UID: -1})
			if err != nil {
				t.Fatal(err)
			}
			s.Abort()
		}
		if _, err := w.pump.Open(Spec{Program: "bad", UID: -1, Targets: append(targets[:6:6], Target{Kind: File, Path: dir})}); err == nil {
			t.Fatal("a directory was opened as a log")
		}
		if _, err := w.pump.Open(Spec{Program: "bad", UID: -1, Targets: []Target{{Kind: Syslog, Path: "http:x"}}}); err == nil {
			t.Fatal("a syslog without a port")
		}
	}
	if f, ok := w.pump.Direct(Spec{}); !ok || f.Name() != "/dev/null" {
		t.Errorf("thrown away to %v", f)
	}
	within(t, "Drain", func() { w.pump.Drain(patience) })
	for _, f := range held {
		f.Close()
	}
	eventually.So(t, "the goroutines' end", func() bool { return runtime.NumGoroutine() <= goroutines }, nil)
	if n := openFDs(t); n != fds {
		t.Errorf("%d descriptors, before %d", n, fds)
	}
	w.pump.Drain(patience)
	w.out.end()
	w.err.end()
}

func openFDs(t *testing.T) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}

// TestPanic: a callback that panics costs a line in our log.
func TestPanic(t *testing.T) {
	w := newWorld(t, Raw)
	w.print(Spec{Chunk: func([]byte) { panic("oops") }}, "x\n")
	w.print(Spec{Program: "other", Chunk: func(b []byte) { w.complain("seen " + string(b)) }}, "y\n")
	w.drained()
	if c := w.complained(); !strings.Contains(c, "panic in the log of web: oops") || !strings.Contains(c, "seen y\n") {
		t.Errorf("complaints %q", c)
	}
}

// TestDirect: the child gets the container's own descriptor where nobody has to
// look at what it prints.
func TestDirect(t *testing.T) {
	w := newWorld(t, Raw)
	defer w.drained()
	for _, c := range []struct {
		name string
		spec Spec
		want *os.File
	}{
		{"stdout", Spec{Targets: toStdout}, w.out.write},
		{"stderr", Spec{Targets: []Target{{Kind: Stderr}}}, w.err.write},
		{"two", Spec{Targets: []Target{{Kind: Stderr}, {Kind: Stdout}}}, nil},
		{"file", Spec{Targets: []Target{{Kind: File, Path: "x"}}}, nil},
		{"capture", Spec{Targets: toStdout, Capture: 1}, nil},
		{"chunk", Spec{Targets: toStdout, Chunk: func([]byte) {}}, nil},
		{"strip", Spec{Targets: toStdout, StripANSI: true}, nil},
	} {
		c.spec.UID = -1
		if f, ok := w.pump.Direct(c.spec); f != c.want || ok != (c.want != nil) {
			t.Errorf("%s: got %v, %v", c.name, f, ok)
		}
	}
	for _, format := range []Format{Plain, Prefix, JSON} {
		w.pump.format = format
		if _, ok := w.pump.Direct(Spec{Targets: toStdout, UID: -1}); ok {
			t.Errorf("format %d: got the descriptor itself", format)
		}
	}
}

// TestDirectOnTerminal: who has a terminal keeps it, unless all is to be read later.
func TestDirectOnTerminal(t *testing.T) {
	master, terminal, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer master.Close()
	defer terminal.Close()
	for _, c := range []struct {
		format Format
		copy   bool
		want   bool
	}{{Plain, false, true}, {Plain, true, false}, {Raw, true, true}, {Prefix, false, false}} {
		p := NewPump(Options{Format: c.format, Stdout: terminal, Stderr: terminal, Copy: c.copy})
		if _, ok := p.Direct(Spec{Targets: toStdout, UID: -1}); ok != c.want {
			t.Errorf("format %d, copy %v: direct %v", c.format, c.copy, ok)
		}
	}
}

// TestOpensDevStdout: a process that became another user opens /dev/stdout
// itself, whatever the container's is.
func TestOpensDevStdout(t *testing.T) {
	skip.UnlessRoot(t, "to become another user")
	const nobody = 65534
	socket, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	ours, theirs := os.NewFile(uintptr(socket[0]), "socket"), os.NewFile(uintptr(socket[1]), "socket")
	defer ours.Close()
	defer theirs.Close()
	private, err := os.OpenFile(filepath.Join(t.TempDir(), "file"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer private.Close()
	read, write := testPipe(t)
	for _, c := range []struct {
		name   string
		stdout *os.File
		read   *os.File
		format Format
		direct bool
	}{
		{"pipe", write, read, Raw, true},
		{"pipe, plain", write, read, Plain, false},
		{"socket", theirs, ours, Raw, false},
		{"private file", private, nil, Raw, false},
	} {
		p := NewPump(Options{Format: c.format, Stdout: c.stdout})
		spec := Spec{Program: "web", Stream: "stdout", Targets: toStdout, UID: nobody}
		file, direct := p.Direct(spec)
		if direct != c.direct {
			t.Errorf("%s: direct %v", c.name, direct)
		}
		var s *Stream
		if !direct {
			if s, err = p.Open(spec); err != nil {
				t.Fatal(err)
			}
			file = s.File()
		}
		cmd := exec.Command("/bin/sh", "-c", "echo opened > /dev/stdout")
		cmd.Stdout, cmd.Stderr = file, os.Stderr
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		if s != nil {
			s.Start(cmd.Process.Pid)
		}
		if err := cmd.Wait(); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		p.Drain(patience)
		if c.read != nil {
			buf := make([]byte, 100)
			if n, _ := c.read.Read(buf); string(buf[:n]) != "opened\n" {
				t.Errorf("%s: read %q", c.name, buf[:n])
			}
		} else if got := readFile(t, private.Name()); got != "opened\n" {
			t.Errorf("%s: %q", c.name, got)
		}
	}
}

// TestPipeGrows: only the pipe of a program that prints much does.
func TestPipeGrows(t *testing.T) {
	w := newWorld(t, Raw)
	seen := make(chan struct{}, 1)
	_, child := w.start(Spec{Chunk: func([]byte) {
		select {
		case seen <- struct{}{}:
		default:
		}
	}})
	size := func() int {
		n, err := unix.FcntlInt(child.Fd(), unix.F_GETPIPE_SZ, 0)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	fmt.Fprint(child, "x")
	<-seen
	if n := size(); n != defaultPipe {
		t.Errorf("a quiet pipe has %d bytes", n)
	}
	block := make([]byte, 1<<20)
	within(t, "growing", func() {
		for size() == defaultPipe {
			if _, err := child.Write(block); err != nil {
				t.Error(err)
			}
		}
	})
	child.Close()
	w.drained()
}
