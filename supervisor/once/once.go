package once

import (
	"cmp"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"hash/fnv"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"entrypoint/supervisor/lock"
	"entrypoint/supervisor/offload"
	"entrypoint/supervisor/safefile"
)

// Work is what is to be done once.
type Work struct {
	Name    string   // of the mark
	Dir     string   // where marks are
	Command []string // that does it
	Files   []string // files and directories, whose change lets it be done again
	Always  bool     // it is done each time; the mark is only so that one at a time does it
	// Timeout is how long another process is waited for that has the lease and gives no
	// sign of life (package lock); 0: a minute.
	Timeout time.Duration

	Asks *offload.Pool // by what file systems are asked; nil: by the caller itself
}

// Lease is the right to do the work, until Done.
type Lease struct {
	mark *os.File
	sum  string
	stop func() // ends the signs of life
	asks *offload.Pool
}

// ErrCancelled is the error of a Take that was given up.
var ErrCancelled = errors.New("cancelled")

// lockPoll is how often we look whether another one has finished: flock(2) wakes
// nobody who has to notice a stop as well.
const lockPoll = 200 * time.Millisecond

// Take waits for the lease of w. It is nil if the work has been done already.
// waiting is called once if another one has the lease, and is told who; the end of
// cancel ends that. A *lock.HeldError says that the other one gives no sign of life.
func (w *Work) Take(cancel <-chan struct{}, waiting func(holder string)) (*Lease, error) {
	var sum string
	var mark *os.File
	err := ask(w.Asks, "read what has been done", func() (err error) {
		if sum, err = w.sum(); err == nil {
			mark, err = w.open()
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	path := mark.Name()
	patience := lock.Patience{Limit: cmp.Or(w.Timeout, lock.DefaultLimit)}
	for {
		err = lock.Try(mark)
		if err == nil {
			break
		}
		if !errors.Is(err, lock.ErrHeld) {
			mark.Close()
			return nil, cannot("lock", path, err)
		}
		if patience.Over(mark, time.Now()) {
			defer mark.Close()
			return nil, lock.Held(mark, patience.Limit)
		}
		if waiting != nil {
			waiting(lock.Holder(mark))
			waiting = nil
		}
		select {
		case <-cancel:
			mark.Close()
			return nil, ErrCancelled
		case <-time.After(lockPoll):
		}
	}
	var done []byte
	if err := ask(w.Asks, "read "+path, func() (err error) {
		done, err = io.ReadAll(io.LimitReader(mark, 256))
		return err
	}); err != nil {
		mark.Close()
		return nil, cannot("read", path, err)
	}
	if !w.Always && string(done) == sum {
		mark.Close()
		return nil, nil
	}
	return &Lease{mark, sum, lock.Keep(mark), w.Asks}, nil
}

// open opens the mark, and makes it if it is not there.
func (w *Work) open() (*os.File, error) {
	dir := filepath.Join(w.Dir, ".entry-point-once")
	if err := safefile.MkdirAll(dir, 0o755); err != nil {
		return nil, cannot("make", dir, err)
	}
	path := filepath.Join(dir, fileName(w.Name))
	mark, err := safefile.OpenFile(path, os.O_RDWR|os.O_CREATE|syscall.O_NOFOLLOW, 0o600)
	if err != nil {
		return nil, cannot("open", path, err)
	}
	lock.CloseOff(mark)
	return mark, nil
}

// ask runs f, which asks a file system, when there is a thread for it.
func ask(files *offload.Pool, what string, f func() error) (err error) {
	if late := files.Run(what, func() { err = f() }); late != nil {
		return late
	}
	return err
}

// Done ends the lease, and notes that the work has been done if ok.
func (t *Lease) Done(ok bool) error {
	return ask(t.asks, "note in "+t.mark.Name()+" that it has been done", func() error { return t.note(ok) })
}

func (t *Lease) note(ok bool) error {
	defer t.mark.Close()
	t.stop()
	if !ok {
		return nil
	}
	_, err := t.mark.WriteAt([]byte(t.sum), 0)
	if err == nil {
		err = t.mark.Truncate(int64(len(t.sum)))
	}
	if err == nil {
		err = t.mark.Sync()
	}
	if err != nil {
		return cannot("write", t.mark.Name(), err)
	}
	return nil
}

// fileName makes a file's name of a program's, which may hold any character.
func fileName(name string) string {
	safe := make([]byte, 0, len(name))
	for i := range len(name) {
		c := name[i]
		if c == '/' || c == '%' || c == '.' && i == 0 {
			safe = append(safe, '%', "0123456789abcdef"[c>>4], "0123456789abcdef"[c&15])
			continue
		}
		safe = append(safe, c)
	}
	return string(safe)
}

// sum is a hash of the command and of all files. It notices a change; it is no
// proof against somebody who could write the mark as well.
func (w *Work) sum() (string, error) {
	h := fnv.New128a()
	for _, word := range w.Command {
		put(h, word)
	}
	for _, name := range w.Files {
		err := filepath.Walk(name, func(path string, info fs.FileInfo, err error) error {
			if err != nil {
				return err
			}
			put(h, path)
			if !info.Mode().IsRegular() {
				return nil
			}
			return putFile(h, path)
		})
		if err != nil {
			return "", cannot("read", name, err)
		}
	}
	return "fnv128a " + hex.EncodeToString(h.Sum(nil)) + "\n", nil
}

func put(h hash.Hash, s string) { _, _ = io.WriteString(h, strconv.Itoa(len(s))+" "+s) }

func putFile(h hash.Hash, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	n, err := io.Copy(h, f)
	put(h, strconv.FormatInt(n, 10))
	return err
}

func cannot(verb, path string, err error) error {
	if p := (*fs.PathError)(nil); errors.As(err, &p) {
		err = p.Err
	}
	return fmt.Errorf("cannot %s %s: %w", verb, path, err)
}
