package watch

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"entrypoint/config"
)

// patience is for what must happen.
const patience = 20 * time.Second

type fixture struct {
	t     *testing.T
	w     *Watcher
	dir   string
	told  chan string
	lines chan string
}

func setUp(t *testing.T) *fixture {
	f := &fixture{t: t, dir: t.TempDir(), told: make(chan string, 100), lines: make(chan string, 100)}
	f.w = New(func(name string, c Change) { f.told <- name + [...]string{" binary", " files"}[c] }, func(line string) { f.lines <- line }, nil)
	t.Cleanup(f.w.Close)
	return f
}

func (f *fixture) path(name string) string { return filepath.Join(f.dir, name) }

func (f *fixture) write(name, text string, mode os.FileMode) {
	f.t.Helper()
	if err := os.MkdirAll(filepath.Dir(f.path(name)), 0o755); err != nil {
		f.t.Fatal(err)
	}
	if err := os.WriteFile(f.path(name), []byte(text), mode); err != nil {
		f.t.Fatal(err)
	}
}

func (f *fixture) must(err error) {
	f.t.Helper()
	if err != nil {
		f.t.Fatal(err)
	}
}

func (f *fixture) add(name, binary string, c config.Watch) {
	f.t.Helper()
	f.must(f.w.Add(name, binary, c))
}

func (f *fixture) tells(want ...string) {
	f.t.Helper()
	left := map[string]bool{}
	for _, w := range want {
		left[w] = true
	}
	timeout := time.After(patience)
	for len(left) > 0 {
		select {
		case got := <-f.told:
			if !left[got] {
				f.t.Fatalf("told of %q, want %q", got, want)
			}
			delete(left, got)
		case <-timeout:
			f.t.Fatalf("not told of %v", left)
		}
	}
}

// silent fails if what was done so far is told of: a later change of something
// else is told of later.
func (f *fixture) silent() {
	f.t.Helper()
	probe := f.t.TempDir()
	f.add("probe", "", config.Watch{Directory: probe})
	f.must(os.WriteFile(filepath.Join(probe, "file"), nil, 0o644))
	f.tells("probe files")
	f.w.Remove("probe")
}

func (f *fixture) rename(from, to string) {
	f.t.Helper()
	f.must(os.Rename(f.path(from), f.path(to)))
}

// link sets a link in one step, as deployments do it.
func (f *fixture) link(target, name string) {
	f.t.Helper()
	f.must(os.Symlink(target, f.path("link.new")))
	f.rename("link.new", name)
}

// TestBinary: however a binary is replaced, and not before it is whole.
func TestBinary(t *testing.T) {
	t.Parallel()
	f := setUp(t)
	f.write("app", "one", 0o755)
	f.add("web", f.path("app"), config.Watch{Binary: true})

	f.write("new", "second", 0o755)
	f.rename("new", "app")
	f.tells("web binary")

	f.must(os.Chmod(f.path("app"), 0o700))
	f.write("other", "something else", 0o755)
	_, err := os.ReadFile(f.path("app"))
	f.must(err)
	f.silent()

	// In place, slowly: it is told when the writer has closed it.
	out, err := os.OpenFile(f.path("app"), os.O_WRONLY|os.O_TRUNC, 0)
	f.must(err)
	_, err = out.WriteString("half")
	f.must(err)
	f.silent()
	_, err = out.WriteString(" and the rest")
	f.must(err)
	f.must(out.Close())
	f.tells("web binary")

	// Gone is no reason to restart it, there again is.
	f.must(os.Remove(f.path("app")))
	f.silent()
	f.write("app", "back", 0o755)
	f.tells("web binary")
}

// TestTree: files of the pattern count, in old and new directories.
func TestTree(t *testing.T) {
	t.Parallel()
	f := setUp(t)
	f.write("app/main.py", "1", 0o644)
	f.write("app/log.txt", "1", 0o644)
	f.must(os.Mkdir(f.path("app/empty"), 0o755))
	f.add("web", "", config.Watch{Directory: f.path("app"), Pattern: "*.py"})
	steps := []struct {
		name string
		do   func() error
		told bool
	}{
		{"write", func() error { return os.WriteFile(f.path("app/main.py"), []byte("2"), 0o644) }, true},
		{"other name", func() error { return os.WriteFile(f.path("app/log.txt"), []byte("2"), 0o644) }, false},
		{"outside", func() error { return os.WriteFile(f.path("main.py"), []byte("2"), 0o644) }, false},
		{"a log", func() error { return os.Rename(f.path("app/log.txt"), f.path("app/log.txt.1")) }, false},
		{"mode", func() error { return os.Chmod(f.path("app/main.py"), 0o600) }, false},
		{"empty directory", func() error { return os.MkdirAll(f.path("app/a/b"), 0o755) }, false},
		{"file in it", func() error { return os.WriteFile(f.path("app/a/b/x.py"), nil, 0o644) }, true},
		{"link", func() error { return os.Symlink("main.py", f.path("app/link.py")) }, true},
		{"remove", func() error { return os.Remove(f.path("app/link.py")) }, true},
		{"move a directory away", func() error { return os.Rename(f.path("app/a"), f.path("a")) }, true},
		{"it is not ours any more", func() error { return os.WriteFile(f.path("a/b/x.py"), []byte("3"), 0o644) }, false},
		{"a directory goes, without files", func() error { return os.Remove(f.path("app/empty")) }, false},
		{"move it here", func() error { return os.Rename(f.path("a"), f.path("app/again")) }, true},
		{"and it is", func() error { return os.WriteFile(f.path("app/again/b/x.py"), []byte("4"), 0o644) }, true},
	}
	for _, s := range steps {
		t.Log(s.name)
		f.must(s.do())
		if s.told {
			f.tells("web files")
		} else {
			f.silent()
		}
	}
}

// TestBurst: a deployment of many files, with new directories, is one change;
// for two programs one each.
func TestBurst(t *testing.T) {
	t.Parallel()
	f := setUp(t)
	for _, name := range []string{"web", "worker"} {
		f.add(name, "", config.Watch{Directory: f.dir})
	}
	for i := range 500 {
		f.write(fmt.Sprintf("d%d/f%d", i/50, i), "text", 0o644)
	}
	f.tells("web files", "worker files")
	f.silent()
	f.w.Remove("web")
	f.write("d1/late", "text", 0o644)
	f.tells("worker files")
}

// TestEndless: changes without an end are told of all the same.
func TestEndless(t *testing.T) {
	t.Parallel()
	f := setUp(t)
	f.add("web", "", config.Watch{Directory: f.dir})
	timeout := time.After(burstTime + patience)
	for n := 0; ; n++ {
		f.write("f", fmt.Sprint(n), 0o644)
		select {
		case <-f.told:
			return
		case <-timeout:
			t.Fatal("not told")
		case <-time.After(quietTime / 5):
		}
	}
}

// TestNothingLeft: the descriptor and the goroutine end with the last Remove,
// and there is none before the first Add.
func TestNothingLeft(t *testing.T) {
	goroutines, fds := runtime.NumGoroutine(), openFDs(t)
	f := setUp(t)
	f.add("idle", "", config.Watch{})
	if openFDs(t) != fds {
		t.Error("opened something to watch nothing")
	}
	f.add("web", "", config.Watch{Directory: f.dir})
	f.write("f", "text", 0o644)
	f.tells("web files")
	f.w.Remove("web")
	for begin := time.Now(); runtime.NumGoroutine() > goroutines || openFDs(t) > fds; runtime.Gosched() {
		if time.Since(begin) > patience {
			t.Fatalf("%d goroutines and %d descriptors, before %d and %d", runtime.NumGoroutine(), openFDs(t), goroutines, fds)
		}
	}
}

func openFDs(t *testing.T) int {
	list, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(list)
}
