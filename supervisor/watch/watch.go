package watch

import (
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"entrypoint/config"
)

// Change is what has changed.
type Change int

// The kinds of change.
const (
	Binary Change = iota // the command's own file
	Files                // below the directory, of the pattern
)

// How long nothing must have happened, and how long something may go on.
const (
	quietTime = 500 * time.Millisecond
	burstTime = 5 * time.Second
)

// Watcher watches for programs. Its methods may be called from any goroutine.
type Watcher struct {
	notify func(name string, c Change)
	log    func(string)

	mu       sync.Mutex
	inotify  *os.File // nil: nothing is watched
	fd       int      // of inotify
	dirs     map[int32]*dir
	subjects map[string]*subject
}

// subject is what is watched for one program.
type subject struct {
	name   string
	binary identity
	paths  []string // of the binary: as it is called, and without links
	root   string   // of the tree; "": none
	config config.Watch
	bursts [2]burst // by Change
}

// burst is a change that may still go on.
type burst struct {
	timer *time.Timer // nil: nothing goes on
	since time.Time
}

// identity is what tells one binary from the next.
type identity struct {
	inode    uint64
	size     int64
	modified time.Time
}

// New returns a Watcher that watches nothing yet. notify is told of changes and
// log of what cannot be watched, on goroutines of the Watcher; neither may block.
func New(notify func(name string, c Change), log func(string)) *Watcher {
	return &Watcher{notify: notify, log: log}
}

// Add watches for the program of this name, in place of what was watched for it.
// binary is the path of its command, which counts if w says so. What cannot be
// watched is the error; the rest is watched.
func (w *Watcher) Add(name, binary string, c config.Watch) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.remove(name)
	s := &subject{name: name, config: c}
	if c.Binary && binary != "" {
		s.paths = append(s.paths, filepath.Clean(binary))
		if real, err := filepath.EvalSymlinks(binary); err == nil && real != s.paths[0] {
			s.paths = append(s.paths, real)
		}
		s.binary, _ = identify(s.paths[0])
	}
	if c.Directory != "" {
		s.root = filepath.Clean(c.Directory)
	}
	if s.paths == nil && s.root == "" {
		return nil
	}
	if err := w.open(); err != nil {
		return err
	}
	w.subjects[name] = s
	return w.watchAll(s)
}

// Remove ends what is watched for the program of this name.
func (w *Watcher) Remove(name string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.remove(name)
}

func (w *Watcher) remove(name string) {
	s := w.subjects[name]
	if s == nil {
		return
	}
	delete(w.subjects, name)
	for i := range s.bursts {
		if t := s.bursts[i].timer; t != nil {
			t.Stop()
		}
	}
	w.drop(func(i interest) bool { return i.subject == s })
	if len(w.subjects) == 0 {
		w.close()
	}
}

// Close ends everything.
func (w *Watcher) Close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for name := range w.subjects {
		w.remove(name)
	}
}

// touched notes a change of s and tells of it when the burst is over. It needs
// the lock.
func (w *Watcher) touched(s *subject, c Change) {
	b := &s.bursts[c]
	now := time.Now()
	if b.timer == nil {
		b.since = now
		b.timer = time.AfterFunc(quietTime, func() { w.over(s, c) })
		return
	}
	// One that has fired already waits for the lock, and tells of this as well.
	if left := burstTime - now.Sub(b.since); left > 0 && b.timer.Stop() {
		b.timer.Reset(min(quietTime, left))
	}
}

// over is the end of a burst.
func (w *Watcher) over(s *subject, c Change) {
	w.mu.Lock()
	live := w.subjects[s.name] == s && s.bursts[c].timer != nil
	s.bursts[c].timer = nil
	if live && c == Binary {
		live = s.replaced()
	}
	w.mu.Unlock()
	if live {
		w.notify(s.name, c)
	}
}

// replaced says whether the binary is there and is another one than before.
func (s *subject) replaced() bool {
	now, ok := identify(s.paths[0])
	if !ok || now == s.binary {
		return false
	}
	s.binary = now
	return true
}

// identify returns the identity of an executable; false: there is none.
func identify(path string) (identity, bool) {
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() || info.Mode()&0o111 == 0 || info.Size() == 0 {
		return identity{}, false
	}
	stat, _ := info.Sys().(*syscall.Stat_t)
	return identity{stat.Ino, info.Size(), info.ModTime()}, true
}
