package watch

import (
	"os"
	"path/filepath"
	"time"

	"entrypoint/config"
	"entrypoint/supervisor/offload"
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
	files  *offload.Pool

	busy     chan struct{} // full while somebody works with what follows
	inotify  *os.File      // nil: nothing is watched
	fd       int           // of inotify
	dirs     map[int32]*dir
	subjects map[string]*subject
}

// subject is what is watched for one program.
type subject struct {
	name   string
	config config.Watch
	paths  [2]string // by Change: the path of the binary, and of the tree; "": none
	binary identity
	turn   [2]int // by Change: how often its directories have been looked up
	bursts [2]burst
}

// burst is a change to which more may belong.
type burst struct {
	timer *time.Timer // nil: there is no burst
	since time.Time
}

// New returns a Watcher that watches nothing yet. notify is told of changes and
// log of what cannot be watched, on goroutines of the Watcher; neither may block.
// files is by what it asks file systems; nil: by itself.
func New(notify func(name string, c Change), log func(string), files *offload.Pool) *Watcher {
	return &Watcher{notify: notify, log: log, files: files, busy: make(chan struct{}, 1)}
}

// guarded runs f alone, when there is a thread for it.
func (w *Watcher) guarded(f func()) {
	w.busy <- struct{}{}                                 // first, so that whoever waits for f takes no thread
	for w.files.Run("look at watched files", f) != nil { // nothing that has changed may be missed
	}
	<-w.busy
}

// workTime is how long Add and Remove wait while the Watcher looks at what has
// changed, which takes no time as long as file systems answer.
const workTime = 200 * time.Millisecond

// do runs f alone, for the loop.
func (w *Watcher) do(name, what, path string, f func() error) error {
	return w.files.Act(offload.Call{Key: "watched files", What: what + " " + name, Path: path}, func() error {
		timer := time.NewTimer(workTime)
		defer timer.Stop()
		select {
		case w.busy <- struct{}{}:
		case <-timer.C:
			return &offload.LateError{What: what + " " + name, Why: "the file system of other watched files does not answer"}
		}
		defer func() { <-w.busy }()
		return f()
	})
}

// Add watches for the program of this name, in place of what was watched for it.
// binary is the path of its command, which counts if c says so. What cannot be
// watched is the error; the rest is watched. A file that is not there is waited
// for. An error that is an *offload.LateError means that nothing may be watched yet.
func (w *Watcher) Add(name, binary string, c config.Watch) error {
	return w.do(name, "watch the files of", c.Directory, func() error { return w.add(name, binary, c) })
}

func (w *Watcher) add(name, binary string, c config.Watch) error {
	w.remove(name)
	s := &subject{name: name, config: c}
	if !c.Binary {
		binary = ""
	}
	for i, path := range [...]string{binary, c.Directory} {
		if path == "" {
			continue
		}
		path, err := filepath.Abs(path)
		if err != nil {
			return err
		}
		s.paths[i] = path
	}
	if s.paths == [2]string{} {
		return nil
	}
	if err := w.open(); err != nil {
		return err
	}
	w.subjects[name] = s
	s.binary, _ = identify(s.paths[Binary])
	return w.watchAll(s)
}

// Remove ends what is watched for the program of this name. The error is an
// *offload.LateError.
func (w *Watcher) Remove(name string) error {
	return w.do(name, "stop watching the files of", "", func() error {
		w.remove(name)
		return nil
	})
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
	w.guarded(func() {
		for name := range w.subjects {
			w.remove(name)
		}
	})
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
	// A timer that has fired already waits for the lock, and its report covers this, too.
	if left := burstTime - now.Sub(b.since); left > 0 && b.timer.Stop() {
		b.timer.Reset(min(quietTime, left))
	}
}

// over is called at the end of a burst.
func (w *Watcher) over(s *subject, c Change) {
	live := false
	w.guarded(func() {
		s.bursts[c].timer = nil
		live = w.subjects[s.name] == s
		if live && c == Binary {
			live = s.replaced()
		} else if live {
			live = isDirectory(s.paths[Files]) // or it is told when the directory is back
		}
	})
	if live {
		w.notify(s.name, c)
	}
}
