package watch

import (
	"errors"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"entrypoint/config"
	"entrypoint/supervisor/offload"
	"entrypoint/supervisor/part"
	"entrypoint/supervisor/part/parttest"
	"entrypoint/supervisor/program"
)

// partHost is a loop whose programs are commands below /bin.
type partHost struct {
	parttest.Loop
	missing bool        // there is no such command
	fails   error       // of what is to be watched
	adds    []string    // that the watcher has got
	removes []string    // likewise
	posts   chan func() // from other goroutines
}

// fakeWatcher notes what is to be watched.
type fakeWatcher struct{ *partHost }

func (w fakeWatcher) Add(name, binary string, _ config.Watch) error {
	w.adds = append(w.adds, name+" "+binary)
	return w.fails
}

func (w fakeWatcher) Remove(name string) error {
	w.removes = append(w.removes, name)
	return nil
}

func (h *partHost) Binary(name string) (string, error) {
	if h.missing {
		return "", errors.New("not found")
	}
	return "/bin/" + name, nil
}

func (h *partHost) SendSignal(name string, sig syscall.Signal, why string, _ time.Time) {
	h.Notes = append(h.Notes, name+": "+why+", signal "+sig.String())
}

func (h *partHost) TryAgain(_ string, err error, _ time.Time) bool {
	late := (*offload.LateError)(nil)
	return errors.As(err, &late)
}

func (h *partHost) Post(f func()) { h.posts <- f }

func newPartHost() (*partHost, *Part) {
	h := &partHost{posts: make(chan func(), 10)}
	h.Now = time.Now()
	p := NewPart(h, nil)
	p.open = func() watcher { return fakeWatcher{h} }
	h.Part = p
	return h, p
}

func watching(name string, w config.Watch) *config.Program {
	return &config.Program{Name: name, Group: name, Watch: w}
}

// starting is the moment before the process of a program is started.
func (h *partHost) starting(name string) {
	h.Set(name, func(v *part.View) { v.State, v.PID = program.Starting, 0 })
}

// TestPartWatches: the files of a program are watched from its first start on, once, and
// not any more when it is forgotten. Who watches nothing costs nothing.
func TestPartWatches(t *testing.T) {
	h, p := newPartHost()
	h.Add(watching("plain", config.Watch{}))
	h.starting("plain")
	if p.watcher != nil || p.watched != nil {
		t.Error("something is watched for nobody")
	}
	h.Add(watching("web", config.Watch{Binary: true}))
	h.missing = true
	h.starting("web")
	h.missing = false
	h.starting("web")
	h.Start("web", 7)
	h.starting("web")
	if got := strings.Join(h.adds, ", "); got != "web /bin/web" {
		t.Errorf("watched: %s", got)
	}
	h.Remove("plain")
	h.Remove("web")
	p.notice("web", Binary, h.Now)
	if got := strings.Join(h.removes, ", "); got != "web" {
		t.Errorf("not watched any more: %s", got)
	}
	h.Expect(t)
}

// TestPartChange: a change restarts a program that is up, or sends it signals.
func TestPartChange(t *testing.T) {
	h, p := newPartHost()
	h.Add(watching("web", config.Watch{Binary: true, Directory: "/etc/web", FileSignals: []syscall.Signal{syscall.SIGHUP, syscall.SIGUSR1}}))
	p.notice("web", Binary, h.Now) // of an earlier configuration
	h.starting("web")
	h.Start("web", 7)
	p.notice("web", Binary, h.Now)
	h.Expect(t, "web: its binary has changed, restarting it", "want web restart, because its binary has changed")
	p.notice("web", Files, h.Now)
	h.Expect(t, "web: files in /etc/web have changed, signal hangup", "web: files in /etc/web have changed, signal user defined signal 1")
	h.Stopped = true
	p.notice("web", Binary, h.Now)
	h.Stopped = false
	h.Rest("web", program.Stopped)
	p.notice("web", Binary, h.Now)
	h.Expect(t)
}

// TestPartTriesAgain: what a file system keeps from being watched is tried again while
// the program is up, and at its next start at the latest; what cannot be watched is told.
func TestPartTriesAgain(t *testing.T) {
	h, p := newPartHost()
	h.Add(watching("web", config.Watch{Binary: true}))
	h.fails = &offload.LateError{What: "watch", Why: "it hangs"}
	h.starting("web")
	h.Start("web", 7)
	h.After(11 * time.Second)
	if len(h.adds) != 3 {
		t.Errorf("%d tries in 11 s", len(h.adds))
	}
	p.notice("web", Binary, h.Now) // nothing is watched
	h.Rest("web", program.Stopped)
	h.After(time.Minute)
	if len(h.adds) != 3 || !p.Due().IsZero() {
		t.Errorf("%d tries, next at %v", len(h.adds), p.Due())
	}
	h.Expect(t)
	h.fails = errors.New("cannot watch files: no")
	h.starting("web")
	h.Expect(t, "web: cannot watch files: no")
	h.Start("web", 8)
	p.notice("web", Binary, h.Now) // the rest is watched
	h.Expect(t, "web: its binary has changed, restarting it", "want web restart, because its binary has changed")
}

// TestPartReal: with real files, the change is told in the loop.
func TestPartReal(t *testing.T) {
	h := &partHost{posts: make(chan func(), 10)}
	h.Now = time.Now()
	p := NewPart(h, nil)
	h.Part = p
	dir := t.TempDir()
	h.Add(watching("web", config.Watch{Directory: dir}))
	h.starting("web")
	h.Start("web", 7)
	t.Cleanup(func() { p.Forget("web") })
	if err := os.WriteFile(dir+"/file", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	select {
	case f := <-h.posts:
		f()
	case <-time.After(patience):
		t.Fatal("no change was told")
	}
	h.Expect(t, "web: files in "+dir+" have changed, restarting it", "want web restart, because files in "+dir+" have changed")
}
