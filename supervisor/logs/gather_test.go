package logs

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"entrypoint/supervisor/eventually"
)

// TestPromptsAreShown: what a program has printed of a line, and then waits, is to be
// seen in every sink, also where lines are held back; its line goes on.
func TestPromptsAreShown(t *testing.T) {
	t.Run("prefix", func(t *testing.T) {
		w := newWorld(t, Prefix)
		_, child := w.start(Spec{Targets: toStdout})
		fmt.Fprint(child, "Password: ")
		w.out.until(t, "web | Password: ")
		fmt.Fprint(child, "secret\nnext\n")
		w.out.until(t, "next")
		child.Close()
		if out, _ := w.drained(); out != "web | Password: secret\nweb | next\n" {
			t.Errorf("got %q", out)
		}
	})
	t.Run("json", func(t *testing.T) {
		w := newWorld(t, JSON)
		_, child := w.start(Spec{Targets: toStdout})
		fmt.Fprint(child, "50% ")
		w.out.until(t, `"partial":true,"message":"50% "}`)
		fmt.Fprint(child, "100%\n")
		child.Close()
		out, _ := w.drained()
		if !strings.HasSuffix(out, `"pid":7,"message":"100%"}`+"\n") || strings.Count(out, "\n") != 2 {
			t.Errorf("got %q", out)
		}
	})
	t.Run("file that is rotated early", func(t *testing.T) {
		w := newWorld(t, Plain)
		path := filepath.Join(t.TempDir(), "log")
		_, child := w.start(Spec{Targets: []Target{{Kind: File, Path: path, MaxBytes: 100, Backups: 3}}})
		fmt.Fprint(child, strings.Repeat("x", 89)+"\nPassword: ")
		eventually.So(t, "the prompt", func() bool { b, _ := os.ReadFile(path); return strings.HasSuffix(string(b), "Password: ") }, nil)
		fmt.Fprint(child, "secret\nnext\n")
		child.Close()
		w.drained()
		if text := readFile(t, path+".1") + readFile(t, path); text != strings.Repeat("x", 89)+"\nPassword: secret\nnext\n" {
			t.Errorf("got %q", text)
		}
	})
	t.Run("small parts", func(t *testing.T) { // no silence, and no end
		w := newWorld(t, Prefix)
		_, child := w.start(Spec{Targets: toStdout})
		defer child.Close()
		stop := make(chan struct{})
		go func() {
			for tick := time.NewTicker(20 * time.Millisecond); ; {
				select {
				case <-stop:
					return
				case <-tick.C:
					_, _ = child.WriteString(".")
				}
			}
		}()
		w.out.until(t, "web | ....")
		close(stop)
		w.drained()
	})
}

// TestStreamOfLines: lines that come one by one, each in a write of its own, are read
// in batches; none is lost or held up, and a stream that has fallen silent costs
// nothing any more.
func TestStreamOfLines(t *testing.T) {
	for _, format := range []Format{Plain, Prefix} {
		w := newWorld(t, format)
		s, child := w.start(Spec{Targets: toStdout})
		const lines = 30_000
		line := strings.Repeat("x", 99) + "\n"
		for range 3 {
			for range lines {
				if _, err := child.WriteString(line); err != nil {
					t.Fatal(err)
				}
			}
			eventually.So(t, "watched again", func() bool {
				s.worker.mu.Lock()
				defer s.worker.mu.Unlock()
				return !s.hot
			}, nil)
		}
		child.WriteString("a lone one\n")
		w.out.until(t, "a lone one\n")
		child.Close()
		s.Ended(nil)
		out, _ := w.drained()
		if n := strings.Count(out, line); n != 3*lines {
			t.Errorf("format %d: %d lines of %d", format, n, 3*lines)
		}
	}
}

// TestHotStreamEnds: the process of a stream that is read at intervals ends while
// nobody reads the container's output; a grandchild goes on and is heard.
func TestHotStreamEnds(t *testing.T) {
	w := newWorld(t, Plain)
	s, child := w.start(Spec{Targets: toStdout})
	for i := range 20_000 {
		fmt.Fprintf(child, "%d\n", i)
	}
	s.Ended(nil)
	w.out.until(t, "19999\n")
	fmt.Fprint(child, "grandchild\n")
	w.out.until(t, "grandchild\n")
	child.Close()
	w.drained()
}
