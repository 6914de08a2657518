package logs

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"entrypoint/supervisor/eventually"

	"golang.org/x/sys/unix"
)

func TestLogFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	goroutines := runtime.NumGoroutine()
	l, err := OpenLog(path, 20, 1, func(text string) { t.Error(text) })
	if err != nil {
		t.Fatal(err)
	}
	l.Flush(patience) // nothing yet
	for i := range 4 {
		l.Print(fmt.Sprintf("line %d", i))
	}
	l.Flush(patience)
	if got := files(t, path, 3); strings.Join(got, "|") != "line 0\nline 1\n|line 2\nline 3\n" {
		t.Errorf("got %q", got)
	}
	if err := os.Rename(path, path+".old"); err != nil {
		t.Fatal(err)
	}
	l.Print("old")
	l.Reopen()
	l.Print("new")
	l.Close(patience)
	l.Print("late")
	if got := readFile(t, path); got != "new\n" {
		t.Errorf("got %q", got)
	}
	if got := readFile(t, path+".1") + readFile(t, path+".old"); !strings.Contains(got, "old\n") {
		t.Errorf("got %q", got)
	}
	eventually.So(t, "the goroutine's end", func() bool { return runtime.NumGoroutine() <= goroutines }, nil)
	if _, err := OpenLog(t.TempDir(), 0, 0, nil); err == nil {
		t.Error("opened a directory")
	}
}

// TestLogFileHangs: a disk that hangs, played by a FIFO that nobody reads, costs
// lines and no time.
func TestLogFileHangs(t *testing.T) {
	path := filepath.Join(t.TempDir(), "fifo")
	if err := unix.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	l, err := OpenLog(path, 0, 0, func(text string) { t.Error(text) })
	if err != nil {
		t.Fatal(err)
	}
	line := strings.Repeat("x", 999)
	within(t, "printing", func() {
		for range 10 * backlog / len(line) {
			l.Print(line)
		}
		l.Flush(time.Millisecond)
		l.Reopen()
	})
	f, err := os.OpenFile(path, os.O_RDONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	r := readAll(f)
	eventually.So(t, "the count", func() bool {
		l.Print("more")
		r.mu.Lock()
		defer r.mu.Unlock()
		return strings.Contains(r.buf.String(), "lines: the disk was too slow)\n")
	}, nil)
	l.Close(patience)
	<-r.done
	f.Close()
}
