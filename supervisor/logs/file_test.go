package logs

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"entrypoint/supervisor/eventually"
	"entrypoint/supervisor/skip"

	"golang.org/x/sys/unix"
)

// files returns what is in a log and its backups, oldest first, at most n.
func files(t *testing.T, path string, n int) (all []string) {
	t.Helper()
	for i := n; i >= 0; i-- {
		name := path
		if i > 0 {
			name = fmt.Sprintf("%s.%d", path, i)
		}
		text, err := os.ReadFile(name)
		if err == nil {
			all = append(all, string(text))
		} else if !os.IsNotExist(err) {
			t.Fatal(err)
		}
	}
	return all
}

func TestRotation(t *testing.T) {
	big := strings.Repeat("y", maxHeld+10)
	for _, c := range []struct {
		name    string
		max     int64
		backups int
		before  string // in the file
		text    []string
		want    []string // oldest first
	}{
		{"never", 0, 3, "", []string{"123456789\n", "1"}, []string{"123456789\n1"}},
		{"between lines", 10, 9, "", []string{"1234\n12\n12345\n1\n"}, []string{"1234\n12\n", "12345\n1\n"}},
		{"full to the byte", 5, 9, "", []string{"1234\n"}, []string{"1234\n", ""}},
		{"a line longer than a file", 5, 9, "", []string{"1\n123456789\n2\n"}, []string{"1\n", "123456789\n", "2\n"}},
		{"unfinished lines", 10, 9, "", []string{"123", "45\n1", "2345\n", "abc", "d"}, []string{"12345\n", "12345\nabcd", ""}},
		{"two backups", 2, 2, "", []string{"1\n2\n3\n4\n"}, []string{"3\n", "4\n", ""}},
		{"no backups", 4, 0, "", []string{"1\n2\n3\n"}, []string{"3\n"}},
		{"what was there counts", 6, 9, "old\n", []string{"123\n"}, []string{"old\n", "123\n"}},
		{"what was there is too much", 2, 9, "old\n", []string{"1"}, []string{"old\n", "1"}},
		{"never a newline", maxHeld, 9, "", []string{big}, []string{big[:maxHeld], big[maxHeld:]}},
		{"a very long line", maxHeld + 5, 9, "1234\n", []string{big + big + "\n"}, []string{"1234\n", big[:maxHeld+5], big[:maxHeld+5], big[:10] + "\n"}},
		{"a long line begun far from the border", 3 * maxHeld, 9, "", []string{"1\n" + big + big + big[:maxHeld-100] + "\n", "2\n"}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "log")
			if c.before != "" {
				if err := os.WriteFile(path, []byte(c.before), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			w := newWorld(t, Raw)
			w.print(Spec{Targets: []Target{{Kind: File, Path: path, MaxBytes: c.max, Backups: c.backups}}}, c.text...)
			w.drained()
			got := files(t, path, 9)
			if len(c.want) > 0 && fmt.Sprintf("%.50q", got) != fmt.Sprintf("%.50q", c.want) {
				t.Errorf("got %.50q, want %.50q", got, c.want)
			}
			if all := strings.Join(got, ""); c.backups == 9 && all != c.before+strings.Join(c.text, "") {
				t.Errorf("%d bytes of %d", len(all), len(strings.Join(c.text, "")))
			}
			if c := w.complained(); c != "" {
				t.Error(c)
			}
		})
	}
}

// TestPartialShowsAtOnce: tail -f of a log shows a prompt.
func TestPartialShowsAtOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	w := newWorld(t, Raw)
	_, child := w.start(Spec{Targets: []Target{{Kind: File, Path: path, MaxBytes: 50 << 20}}})
	for _, part := range []string{"continue? ", "[y", "/n] ", "y\nyes"} {
		before := readFile(t, path)
		fmt.Fprint(child, part)
		eventually.So(t, part, func() bool { return readFile(t, path) == before+part }, nil)
	}
	child.Close()
	w.drained()
}

// TestLongLineStaysWhole: a long line that begins far from the border goes past
// it and stays in one file.
func TestLongLineStaysWhole(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	w := newWorld(t, Raw)
	_, child := w.start(Spec{Targets: []Target{{Kind: File, Path: path, MaxBytes: 3 * maxHeld, Backups: 5}}})
	first, line := strings.Repeat("1234567\n", maxHeld/8), strings.Repeat("x", maxHeld*5/2)+"\n"
	fmt.Fprint(child, first)
	eventually.So(t, "the first lines", func() bool { return len(readFile(t, path)) == maxHeld }, nil)
	fmt.Fprint(child, line+"last\n")
	child.Close()
	w.drained()
	got := files(t, path, 9)
	if len(got) != 2 || got[0] != first+line || got[1] != "last\n" {
		t.Errorf("%d files, the first with %d bytes", len(got), len(got[0]))
	}
}

// TestTwoWriters: lines of two programs in one file stay whole, and none is lost
// when it is rotated.
func TestTwoWriters(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	w := newWorld(t, Raw)
	const writers, lines = 3, 2000
	var all sync.WaitGroup
	for i := range writers {
		s, child := w.start(Spec{Program: fmt.Sprint("p", i), Targets: []Target{{Kind: File, Path: path, MaxBytes: 10000, Backups: 50}}})
		all.Go(func() {
			for n := range lines {
				text := fmt.Sprintf("%d:%d:%s\n", i, n, strings.Repeat("x", n%100))
				for len(text) > 0 { // in pieces, so that lines are unfinished
					k := min(len(text), 1+n%40)
					fmt.Fprint(child, text[:k])
					text = text[k:]
				}
			}
			child.Close()
			s.Ended(nil)
		})
	}
	all.Wait()
	w.drained()
	next := [writers]int{}
	got := files(t, path, 60)
	if len(got) < 20 {
		t.Errorf("only %d files", len(got))
	}
	for _, text := range got {
		if len(text) > 10000 || text != "" && !strings.HasSuffix(text, "\n") {
			t.Errorf("a file of %d bytes that ends in %q", len(text), text[max(0, len(text)-10):])
		}
		for line := range strings.Lines(text) {
			var i, n int
			var rest string
			_, _ = fmt.Sscanf(line, "%d:%d:%s", &i, &n, &rest)
			if i >= writers || n != next[i] || rest != strings.Repeat("x", n%100) {
				t.Fatalf("line %q, want number %d", line, next[i])
			}
			next[i]++
		}
	}
	if next != [writers]int{lines, lines, lines} {
		t.Errorf("lines %v", next)
	}
}

func TestReopen(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "log")
	w := newWorld(t, Raw)
	_, child := w.start(Spec{Targets: []Target{{Kind: File, Path: path}}})
	fmt.Fprintln(child, "one")
	eventually.So(t, "one", func() bool { return readFile(t, path) == "one\n" }, nil)
	if err := os.Rename(path, path+"-old"); err != nil {
		t.Fatal(err)
	}
	fmt.Fprintln(child, "two")
	eventually.So(t, "two", func() bool { return readFile(t, path+"-old") == "one\ntwo\n" }, nil)
	w.pump.Reopen()
	eventually.So(t, "the new file, without a line", func() bool { _, err := os.Stat(path); return err == nil }, nil)
	fmt.Fprintln(child, "three")
	eventually.So(t, "three", func() bool { return readFile(t, path) == "three\n" }, nil)

	// Where the new file cannot be made the old one goes on.
	if err := os.Rename(path, path+"-old"); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(path, 0o700); err != nil {
		t.Fatal(err)
	}
	w.pump.Reopen()
	eventually.So(t, "a complaint", func() bool { return strings.Contains(w.complained(), "cannot open log file") }, nil)
	fmt.Fprintln(child, "four")
	child.Close()
	w.drained()
	if got := readFile(t, path+"-old"); got != "three\nfour\n" {
		t.Errorf("got %q", got)
	}
}

// TestCutByOthers: logrotate's copytruncate leaves no hole, and a file that was
// cut is not rotated for what it had.
func TestCutByOthers(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	w := newWorld(t, Raw)
	s, child := w.start(Spec{Targets: []Target{{Kind: File, Path: path, MaxBytes: 10, Backups: 1}}})
	fmt.Fprint(child, "1234567\n")
	eventually.So(t, "the line", func() bool { return readFile(t, path) == "1234567\n" }, nil)
	if err := os.Truncate(path, 0); err != nil {
		t.Fatal(err)
	}
	fmt.Fprint(child, "abcdefg\n")
	eventually.So(t, "the next", func() bool { return readFile(t, path) == "abcdefg\n" }, nil)
	s.Clear()
	eventually.So(t, "the empty file", func() bool { return readFile(t, path) == "" }, nil)
	fmt.Fprint(child, "last\n")
	child.Close()
	w.drained()
	if got := files(t, path, 3); fmt.Sprint(got) != "[last\n]" {
		t.Errorf("got %q", got)
	}
}

// TestCannotRotate: the old file goes on when it cannot be renamed, which is said once.
func TestCannotRotate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	if err := os.MkdirAll(path+".1/full", 0o700); err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, Raw)
	w.print(Spec{Targets: []Target{{Kind: File, Path: path, MaxBytes: 4, Backups: 1}}}, "1\n2\n3\n4\n5\n")
	w.drained()
	if got := readFile(t, path); got != "1\n2\n3\n4\n5\n" {
		t.Errorf("got %q", got)
	}
	if c := w.complained(); strings.Count(c, "cannot rotate log file") != 1 {
		t.Errorf("complaints %q", c)
	}
}

func TestCannotOpen(t *testing.T) {
	w := newWorld(t, Raw)
	defer w.drained()
	path := filepath.Join(t.TempDir(), "none", "log")
	before := openFDs(t)
	_, err := w.pump.Open(Spec{Program: "web", UID: -1, Targets: []Target{{Kind: File, Path: path}}})
	if want := fmt.Sprintf("cannot open log file %q: no such file or directory", path); err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	if n := openFDs(t); n > before+2 { // the worker's
		t.Errorf("%d descriptors, before %d", n, before)
	}
}

// device makes a device node of our own: a test that runs as root and rotates
// files keeps away from those of the machine.
func device(t *testing.T, name string, minor uint32) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := unix.Mknod(path, unix.S_IFCHR|0o600, int(unix.Mkdev(1, minor))); err != nil {
		skip.Unless(t, false, "the right to make device nodes: "+err.Error())
	}
	if f, err := os.OpenFile(path, os.O_WRONLY, 0); err != nil {
		skip.Unless(t, false, "a file system with devices: "+err.Error())
	} else {
		f.Close()
	}
	return path
}

// TestSpecialFiles: what is no regular file is neither rotated nor cleared, and
// a full device costs its own bytes only.
func TestSpecialFiles(t *testing.T) {
	null, full := device(t, "null", 3), device(t, "full", 7)
	w := newWorld(t, Raw)
	s, child := w.start(Spec{Targets: []Target{{Kind: File, Path: null, MaxBytes: 1, Backups: 1}}})
	fmt.Fprint(child, "1\n2\n")
	s.Clear()
	child.Close()
	w.print(Spec{Program: "full", Targets: []Target{{Kind: File, Path: full, MaxBytes: 1, Backups: 1}}}, "1\n", "2\n")
	w.drained()
	for _, path := range []string{null, full} {
		if info, err := os.Stat(path); err != nil || info.Mode()&os.ModeCharDevice == 0 {
			t.Errorf("%s is no device any more: %v", path, err)
		}
		if left, err := os.ReadDir(filepath.Dir(path)); err != nil || len(left) != 1 {
			t.Errorf("beside %s: %v, %v", path, left, err)
		}
	}
	c := w.complained()
	if strings.Count(c, "cannot write log file") != 1 || !strings.Contains(c, "no space left on device") || !strings.Contains(c, "4 bytes were lost") {
		t.Errorf("complaints %q", c)
	}
}

// TestFIFO: a log that is a FIFO needs no reader to be opened, and stops only
// who prints into it.
func TestFIFO(t *testing.T) {
	dir := t.TempDir()
	fifo, log := filepath.Join(dir, "fifo"), filepath.Join(dir, "log")
	if err := unix.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, Raw)
	_, child := w.start(Spec{Targets: []Target{{Kind: File, Path: fifo, MaxBytes: 10}}})
	block := []byte(strings.Repeat("1234567\n", 1<<18))
	go func() {
		_, _ = child.Write(block)
		child.Close()
	}()
	w.print(Spec{Program: "other", Targets: []Target{{Kind: File, Path: log}}}, "free\n")
	eventually.So(t, "another's file", func() bool { return readFile(t, log) == "free\n" }, nil)
	read, err := os.Open(fifo)
	if err != nil {
		t.Fatal(err)
	}
	got := readAll(read)
	eventually.So(t, "all of it", func() bool { got.mu.Lock(); defer got.mu.Unlock(); return got.buf.Len() == len(block) }, nil)
	// The next incarnation goes on with the same FIFO.
	w.print(Spec{Targets: []Target{{Kind: File, Path: fifo}}}, "again\n")
	got.until(t, "again\n")
	if n := len(w.pump.workers); n != 2 {
		t.Errorf("%d workers", n)
	}
	w.drained()
	<-got.done
	read.Close()
}

// TestFullDisk fills a small file system in a mount namespace of its own.
func TestFullDisk(t *testing.T) {
	if os.Getenv("LOGS_FULL_DISK") == "" {
		cmd := exec.Command("/proc/self/exe", "-test.run=^TestFullDisk$", "-test.v")
		cmd.Env = append(os.Environ(), "LOGS_FULL_DISK="+t.TempDir())
		cmd.SysProcAttr = &syscall.SysProcAttr{Unshareflags: syscall.CLONE_NEWNS}
		skip.UnlessRoot(t, "to mount a file system")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%v\n%s", err, out)
		}
		return
	}
	dir := os.Getenv("LOGS_FULL_DISK")
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size=64k"); err != nil {
		t.Fatal(err)
	}
	path, ballast := filepath.Join(dir, "log"), filepath.Join(dir, "ballast")
	if err := os.WriteFile(ballast, make([]byte, 32<<10), 0o600); err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, Raw)
	_, child := w.start(Spec{Targets: []Target{{Kind: File, Path: path}}})
	line := strings.Repeat("x", 99) + "\n"
	const lines = 2000
	within(t, "printing", func() {
		for range lines {
			fmt.Fprint(child, line)
		}
	})
	eventually.So(t, "a complaint", func() bool { return strings.Contains(w.complained(), "no space left on device") }, nil)
	size := func() int64 {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		return info.Size()
	}
	eventually.So(t, "the pipe to be empty", func() bool {
		n, err := unix.IoctlGetInt(int(child.Fd()), unix.TIOCINQ)
		return err == nil && n == 0 && size() == 32<<10
	}, nil)
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	fmt.Fprint(child, "after\n")
	eventually.So(t, "the end of it", func() bool { return strings.Contains(w.complained(), "can be written again") }, nil)
	child.Close()
	w.drained()
	got := readFile(t, path)
	if !strings.HasSuffix(got, "\nafter\n") || strings.Count(w.complained(), "no space left") != 1 {
		t.Errorf("ends in %q; complaints %q", got[len(got)-20:], w.complained())
	}
	var lost int64
	_, tail, _ := strings.Cut(w.complained(), "can be written again; ")
	_, _ = fmt.Sscanf(tail, "%d", &lost)
	written := int64(strings.Count(got, "x") + strings.Count(got, "x\n"))
	torn := int64(0) // the newline that ends a torn line is ours
	if strings.Contains(got, "x\nafter") && written%100 != 0 {
		torn = 1
	}
	if written-torn+lost != lines*100 {
		t.Errorf("%d bytes written and %d lost of %d", written, lost, lines*100)
	}
}
