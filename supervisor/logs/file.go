package logs

import (
	"errors"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"

	"golang.org/x/sys/unix"

	"entrypoint/supervisor/offload"
	"entrypoint/supervisor/safefile"
	"entrypoint/supervisor/threads"
)

// file is one log file, shared by all that write to its path: two writers with
// an open file each would rotate it away under each other.
type file struct {
	path string
	mode uint32
	log  func(string)

	disk   threads.Gate // of writes to all files; nil: others do not count
	worker *worker      // its own, if it blocks; guarded by the pump
	blocks bool         // a FIFO or a terminal, which make us wait for a reader

	users    atomic.Int32 // streams that have it open; changed under the pump's lock
	maxBytes atomic.Int64
	backups  atomic.Int32

	mu      sync.Mutex // held across writes: for workers only
	fd      int        // -1: closed
	sink    *sink      // writes to one that is not regular
	regular bool
	size    int64
	open    *fileTarget // the writer whose unfinished line ends the file
	torn    bool        // the file ends inside of a line
	lost    int64       // bytes that could not be written since the last report of it
	said    string      // the last complaint that it could not be opened again or rotated
}

func openFile(path string, mode uint32, log func(string)) (*file, error) {
	f := &file{path: path, mode: mode, log: log, fd: -1}
	if err := f.attach(); err != nil {
		return nil, err
	}
	f.blocks = f.special()
	return f, nil
}

// special says whether writing may wait for a reader.
func (f *file) special() bool {
	var st unix.Stat_t
	null := unix.Fstat(f.fd, &st) == nil && uint64(st.Rdev) == unix.Mkdev(1, 3)
	return !f.regular && !null
}

// limit says when the file is rotated, from the next write on.
func (f *file) limit(maxBytes int64, backups int) {
	f.maxBytes.Store(max(0, maxBytes))
	f.backups.Store(int32(min(max(0, backups), 1<<30)))
}

// attach opens the path for appending. It does not wait for the reader of a
// FIFO: with O_RDWR there is none to wait for, and none whose absence would
// lose anything (fifo(7)).
func (f *file) attach() error {
	const flags = unix.O_APPEND | unix.O_CREAT | unix.O_NONBLOCK
	fd, err := safefile.Open(f.path, unix.O_WRONLY|flags, f.mode)
	var st unix.Stat_t
	if err == nil {
		err = unix.Fstat(fd, &st)
	}
	if errors.Is(err, unix.ENXIO) || err == nil && st.Mode&unix.S_IFMT == unix.S_IFIFO {
		if fd >= 0 {
			unix.Close(fd)
		}
		if fd, err = safefile.Open(f.path, unix.O_RDWR|flags, f.mode); err == nil {
			err = unix.Fstat(fd, &st)
		}
	}
	if err != nil {
		if fd >= 0 {
			unix.Close(fd)
		}
		return &Error{"open log file", f.path, err}
	}
	f.detach()
	f.fd, f.size, f.said = fd, st.Size, ""
	f.regular = st.Mode&unix.S_IFMT == unix.S_IFREG
	if !f.regular {
		f.size, f.sink = 0, ownSink(fd)
	}
	return nil
}

// detach closes it.
func (f *file) detach() {
	if f.sink != nil {
		f.sink.close()
		f.sink = nil
	}
	if f.fd >= 0 {
		unix.Close(f.fd)
		f.fd = -1
	}
}

// put is write(2), or writes all and waits for the reader.
func (f *file) put(b []byte) (int, error) {
	if f.sink != nil {
		return len(b), f.sink.write(b)
	}
	f.disk.Enter()
	defer f.disk.Leave()
	return unix.Write(f.fd, b)
}

// append writes b as it is. What a full disk does not take is lost and counted:
// the programs go on.
func (f *file) append(b []byte) {
	if f.fd < 0 {
		return
	}
	if f.lost > 0 && f.torn {
		if n, err := f.put([]byte{'\n'}); n != 1 || err != nil {
			f.lost += int64(len(b))
			return
		}
		f.size++
		f.torn = false
	}
	for len(b) > 0 {
		n, err := f.put(b)
		switch {
		case err == nil && n > 0:
			f.size += int64(n)
			f.torn = b[n-1] != '\n'
			b = b[n:]
		case err == unix.EINTR:
		default:
			f.fail(err, len(b))
			return
		}
	}
	if f.lost > 0 {
		f.log("log file " + strconv.Quote(f.path) + " can be written again; " + strconv.FormatInt(f.lost, 10) + " bytes were lost")
		f.lost = 0
	}
}

func (f *file) fail(err error, n int) {
	if f.lost == 0 {
		f.log((&Error{"write log file", f.path, err}).Error() + "; what is printed is lost until it can be written again")
	}
	f.lost += int64(n)
}

// reopen opens the path again. The old file is kept if that fails.
func (f *file) reopen() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.fd < 0 || !f.regular {
		return
	}
	if err := f.attach(); err != nil {
		f.complain(err.Error() + "; the old file is still written")
	}
}

// complain logs why the file could not be opened again or rotated, once: it is tried
// each time when the file is full.
func (f *file) complain(text string) {
	if text != f.said {
		f.said = text
		f.log(text)
	}
}

func (f *file) close() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.fd < 0 {
		return
	}
	f.detach()
	if f.lost > 0 {
		f.log("log file " + strconv.Quote(f.path) + ": " + strconv.FormatInt(f.lost, 10) + " bytes were lost")
	}
}

// openTarget opens the file of a target, or joins those that have it open. The
// caller holds the lock.
func (p *Pump) openTarget(s *Stream, t *Target) (*file, error) {
	path, mode := t.Path, uint32(0o644)
	var err error
	if t.Kind == Auto {
		mode = 0o600
		if path, err = p.autoPath(s, t); err != nil {
			return nil, err
		}
		s.auto = path
	}
	if path, err = p.absolute(path); err != nil {
		return nil, err
	}
	f := p.files[path]
	if f == nil {
		if f, err = p.opened(path, mode); err != nil {
			return nil, err
		}
		f.disk = p.disk
		if p.files == nil {
			p.files = map[string]*file{}
		}
		p.files[path] = f
	} else if f.users.Load() == 0 {
		// A FIFO that was left open: it may have been made anew since.
		if err := p.attached(f); err != nil {
			return nil, err
		}
	}
	f.limit(t.MaxBytes, t.Backups) // the newest incarnation knows best
	f.users.Add(1)
	return f, nil
}

// absolute is the path of a log file whatever the working directory will be.
func (p *Pump) absolute(path string) (string, error) {
	if filepath.IsAbs(path) {
		return filepath.Clean(path), nil
	}
	return offload.Do(p.asks, offload.Call{Key: "working directory", What: "find the working directory"}, func() (string, error) {
		abs, err := filepath.Abs(path)
		if err != nil {
			return "", &Error{"open log file", path, err}
		}
		return abs, nil
	}, nil)
}

// key is the same for all that the loop has done with one file.
func (f *file) key() string { return "log file " + f.path }

func (p *Pump) opened(path string, mode uint32) (*file, error) {
	return offload.Do(p.asks, offload.Call{Key: "log file " + path, What: "open log file " + strconv.Quote(path), Path: path}, func() (*file, error) {
		return openFile(path, mode, p.log)
	}, (*file).close)
}

func (p *Pump) attached(f *file) error {
	return p.asks.Act(offload.Call{Key: f.key(), What: "open log file " + strconv.Quote(f.path) + " again", Path: f.path}, func() error {
		if !f.mu.TryLock() { // it is being written
			return nil
		}
		defer f.mu.Unlock()
		return f.attach()
	})
}

// leave takes one user off a file. The last one closes it, except where the file has a
// worker of its own: the next process uses both again.
func (p *Pump) leave(f *file) {
	if p.without(f) {
		f.close()
	}
}

// leaveSoon is leave for the loop, which cannot wait for the file to be closed.
func (p *Pump) leaveSoon(f *file) {
	switch last := p.without(f); {
	case last && p.asks != nil:
		go func() {
			for p.asks.Run("close log file "+strconv.Quote(f.path), f.close) != nil {
			}
		}()
	case last:
		f.close()
	}
}

// without takes one user off a file and says whether it is to be closed.
func (p *Pump) without(f *file) (last bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if last = f.users.Add(-1) == 0 && !f.blocks; last {
		delete(p.files, f.path)
	}
	return last
}
