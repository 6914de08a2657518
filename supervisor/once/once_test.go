package once

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"entrypoint/supervisor/lock"
)

func take(t *testing.T, w Work) *Lease {
	t.Helper()
	lease, err := w.Take(nil, func(string) { t.Error("waits") })
	if err != nil {
		t.Fatal(err)
	}
	return lease
}

func TestOnce(t *testing.T) {
	dir := t.TempDir()
	files := filepath.Join(dir, "migrations")
	write := func(name, text string) {
		t.Helper()
		path := filepath.Join(files, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("1.sql", "a")
	w := Work{Name: "web:migrate", Dir: dir, Command: []string{"migrate"}, Files: []string{files}}
	again := func(why string, w Work, want bool) {
		t.Helper()
		lease := take(t, w)
		if (lease != nil) != want {
			t.Errorf("%s: runs again: %t", why, lease != nil)
		}
		if lease != nil {
			if err := lease.Done(true); err != nil {
				t.Error(err)
			}
		}
	}
	lease := take(t, w)
	if lease == nil {
		t.Fatal("done before it has begun")
	}
	if err := lease.Done(false); err != nil {
		t.Error(err)
	}
	again("it has failed", w, true)
	again("it has been done", w, false)
	write("sub/2.sql", "b")
	again("a file more", w, true)
	write("1.sql", "")
	write("sub/2.sql", "ab")
	again("content has moved from one file to another", w, true)
	again("nothing has changed", w, false)
	other := w
	other.Command = []string{"migrate", "--all"}
	again("another command", other, true)
	always := w
	always.Always = true
	again("always", always, true)
	again("always", always, true)
	always.Name = "web/../../x"
	again("a name with slashes", always, true)
	if entries, err := os.ReadDir(filepath.Join(dir, ".entry-point-once")); err != nil || len(entries) != 2 {
		t.Errorf("marks: %v, %v", entries, err)
	}
	w.Files = []string{filepath.Join(dir, "no such file")}
	if _, err := w.Take(nil, nil); err == nil || !strings.Contains(err.Error(), "cannot read "+w.Files[0]+": no such file") {
		t.Errorf("a missing file: %v", err)
	}
	if _, err := (&Work{Name: "x", Dir: filepath.Join(files, "1.sql")}).Take(nil, nil); err == nil || !strings.Contains(err.Error(), "not a directory") {
		t.Errorf("no directory: %v", err)
	}
}

// TestLeases: the second one waits for the first, and does the work if that has
// failed.
func TestLeases(t *testing.T) {
	w := Work{Name: "migrate", Dir: t.TempDir(), Command: []string{"migrate"}}
	for _, ok := range []bool{false, true} {
		first := take(t, w)
		waiting, ended := make(chan struct{}), make(chan *Lease)
		go func() {
			lease, err := w.Take(nil, func(string) { close(waiting) })
			if err != nil {
				t.Error(err)
			}
			ended <- lease
		}()
		<-waiting
		select {
		case <-ended:
			t.Fatal("both have the lease")
		case <-time.After(2 * lockPoll):
		}
		if err := first.Done(ok); err != nil {
			t.Fatal(err)
		}
		if second := <-ended; (second == nil) != ok {
			t.Errorf("the first has ended with %t, the second does it: %t", ok, second != nil)
		} else if second != nil {
			if err := second.Done(false); err != nil {
				t.Error(err)
			}
		}
	}
}

func TestCancel(t *testing.T) {
	w := Work{Name: "migrate", Dir: t.TempDir(), Command: []string{"migrate"}}
	first := take(t, w)
	defer func() { _ = first.Done(false) }()
	cancel := make(chan struct{})
	if _, err := w.Take(cancel, func(string) { close(cancel) }); !errors.Is(err, ErrCancelled) {
		t.Errorf("got %v", err)
	}
}

// TestHeld: a stranger's lock is given up on, and he is named; an entry-point at work
// is waited for. A mark that others may read is closed off.
func TestHeld(t *testing.T) {
	w := Work{Name: "migrate", Dir: t.TempDir(), Command: []string{"migrate"}, Timeout: 100 * time.Millisecond}
	path := filepath.Join(w.Dir, ".entry-point-once", "migrate")
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	stranger, err := os.Open(path) // for reading only
	if err != nil {
		t.Fatal(err)
	}
	defer stranger.Close()
	if err := lock.Try(stranger); err != nil {
		t.Fatal(err)
	}
	told := ""
	_, err = w.Take(nil, func(holder string) { told = holder })
	held := (*lock.HeldError)(nil)
	if !errors.As(err, &held) || held.Path != path || !strings.HasPrefix(told, "process "+strconv.Itoa(os.Getpid())+" (") || held.Holder != told {
		t.Errorf("%v; told of %q", err, told)
	}
	if info, err := os.Stat(path); err != nil || info.Mode() != 0o600 {
		t.Errorf("the mark: %v, %v", info.Mode(), err)
	}
	stranger.Close()

	first := take(t, w)
	w.Timeout = time.Second // a busy machine may keep us from the next sign of life for some 0.1 s
	ended := make(chan *Lease)
	go func() {
		second, err := w.Take(nil, nil)
		if err != nil {
			t.Error(err)
		}
		ended <- second
	}()
	// As the first one does, but more often.
	for begin := time.Now(); time.Since(begin) < 2*w.Timeout; {
		lock.Keep(first.mark)()
		select {
		case <-ended:
			t.Fatal("the second does not wait for one that is at work")
		case <-time.After(w.Timeout / 20):
		}
	}
	if err := first.Done(true); err != nil {
		t.Error(err)
	}
	if second := <-ended; second != nil {
		t.Error("it is done again")
	}
}
