package watch

import (
	"encoding/binary"
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// dir is one directory that the kernel watches for us.
type dir struct {
	path      string
	interests []interest
}

// interest is what a subject wants to know of a directory.
type interest struct {
	subject *subject
	kind    kind
}

type kind int

const (
	binaryHere kind = iota // the subject's binary is here
	rootHere               // the root of its tree is here
	partOfTree             // this is a part of its tree
)

const mask = unix.IN_CLOSE_WRITE | unix.IN_CREATE | unix.IN_DELETE | unix.IN_MOVED_FROM | unix.IN_MOVED_TO |
	unix.IN_ONLYDIR | unix.IN_EXCL_UNLINK

// open makes the inotify descriptor and starts to read it.
func (w *Watcher) open() error {
	if w.inotify != nil {
		return nil
	}
	fd, err := unix.InotifyInit1(unix.IN_CLOEXEC | unix.IN_NONBLOCK)
	switch {
	case errors.Is(err, unix.EMFILE):
		return errors.New("cannot watch files: fs.inotify.max_user_instances is used up; raise it with sysctl")
	case err != nil:
		return errors.New("cannot watch files: " + err.Error())
	}
	w.fd, w.inotify = fd, os.NewFile(uintptr(fd), "inotify") // non-blocking, so it waits without a thread
	w.dirs, w.subjects = map[int32]*dir{}, map[string]*subject{}
	go w.read(w.inotify)
	return nil
}

func (w *Watcher) close() {
	if w.inotify != nil {
		w.inotify.Close() // ends read
		w.inotify, w.dirs, w.subjects = nil, nil, nil
	}
}

// watchAll watches everything that s is interested in.
func (w *Watcher) watchAll(s *subject) error {
	var failed []error
	for _, file := range s.paths {
		failed = append(failed, w.watch(filepath.Dir(file), interest{s, binaryHere}))
	}
	if s.root != "" {
		failed = append(failed, w.watch(filepath.Dir(s.root), interest{s, rootHere}))
		_, err := w.tree(s, s.root)
		failed = append(failed, err)
	}
	return errors.Join(failed...)
}

// watch adds an interest in a directory.
func (w *Watcher) watch(path string, i interest) error {
	n, err := unix.InotifyAddWatch(w.fd, path, mask)
	switch {
	case errors.Is(err, unix.ENOSPC):
		return errors.New("cannot watch " + path + ": fs.inotify.max_user_watches is used up; raise it with sysctl")
	case err != nil:
		return errors.New("cannot watch " + path + ": " + err.Error())
	}
	d := w.dirs[int32(n)] // the same number for the same directory
	if d == nil {
		d = &dir{}
		w.dirs[int32(n)] = d
	}
	d.path = path
	if !slices.Contains(d.interests, i) {
		d.interests = append(d.interests, i)
	}
	return nil
}

// tree watches a directory with everything below it, and says whether files that
// count are there: of a new directory they may have come before the watch.
func (w *Watcher) tree(s *subject, root string) (found bool, err error) {
	if real, err := filepath.EvalSymlinks(root); err == nil {
		root = real // WalkDir does not follow a link, not even that of the root
	}
	var failed []error
	_ = filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist): // it went away meanwhile, and that is an event of its own
		case err != nil:
			failed = append(failed, errors.New("cannot watch "+path+": "+err.Error()))
		case e.IsDir():
			failed = append(failed, w.watch(path, interest{s, partOfTree}))
		default:
			found = found || s.counts(e.Name())
		}
		return nil
	})
	return found, errors.Join(failed...)
}

// counts says whether a file of this name is of the pattern.
func (s *subject) counts(name string) bool {
	if s.config.Pattern == "" {
		return true
	}
	ok, _ := path.Match(s.config.Pattern, name) // config has checked it
	return ok
}

// drop ends interests, and watches that nobody is interested in.
func (w *Watcher) drop(gone func(interest) bool) {
	for n, d := range w.dirs {
		d.interests = slices.DeleteFunc(d.interests, gone)
		if len(d.interests) == 0 {
			delete(w.dirs, n)
			_, _ = unix.InotifyRmWatch(w.fd, uint32(n))
		}
	}
}

// read takes events until the descriptor is closed.
func (w *Watcher) read(inotify *os.File) {
	buf := make([]byte, 1<<14)
	for {
		n, err := inotify.Read(buf)
		if err != nil {
			return
		}
		w.mu.Lock()
		if w.inotify == inotify {
			w.events(buf[:n])
		}
		w.mu.Unlock()
	}
}

// events takes what inotify(7) says: number, mask, cookie, length, name.
func (w *Watcher) events(b []byte) {
	const header = unix.SizeofInotifyEvent
	for len(b) >= header {
		number := int32(binary.NativeEndian.Uint32(b))
		what := binary.NativeEndian.Uint32(b[4:])
		end := header + int(binary.NativeEndian.Uint32(b[12:]))
		name := strings.TrimRight(string(b[header:end]), "\x00")
		b = b[end:]
		switch d := w.dirs[number]; {
		case what&unix.IN_Q_OVERFLOW != 0:
			w.overflow()
		case d == nil:
		case what&unix.IN_IGNORED != 0: // the directory is gone
			delete(w.dirs, number)
		default:
			for _, i := range slices.Clone(d.interests) {
				w.event(i, d, name, what)
			}
		}
	}
}

// overflow is the loss of events: anything may have changed.
func (w *Watcher) overflow() {
	for _, s := range w.subjects {
		w.again(s)
		if s.paths != nil {
			w.touched(s, Binary)
		}
		if s.root != "" {
			w.touched(s, Files)
		}
	}
}

func (w *Watcher) event(i interest, d *dir, name string, what uint32) {
	s, file := i.subject, filepath.Join(d.path, name)
	come := what&(unix.IN_CREATE|unix.IN_MOVED_TO) != 0
	switch i.kind {
	case binaryHere:
		if slices.Contains(s.paths, file) {
			w.touched(s, Binary)
		}
	case rootHere:
		if file == s.root {
			w.drop(func(i interest) bool { return i.subject == s && i.kind == partOfTree })
			w.again(s)
			w.touched(s, Files)
		}
	case partOfTree:
		switch {
		case what&unix.IN_ISDIR != 0 && come:
			if found, err := w.tree(s, file); err != nil {
				w.log(err.Error())
			} else if found {
				w.touched(s, Files)
			}
		case what&unix.IN_ISDIR != 0:
			w.forget(s, file)
			w.touched(s, Files)
		case what&unix.IN_CREATE != 0 && !isLink(file):
			// It will be closed, and counts then.
		case s.counts(name):
			w.touched(s, Files)
		}
	}
}

// again watches what is not watched yet.
func (w *Watcher) again(s *subject) {
	if err := w.watchAll(s); err != nil {
		w.log(err.Error())
	}
}

// forget ends the watches of a directory that was moved away: it would go on to
// report from its new place.
func (w *Watcher) forget(s *subject, moved string) {
	for _, d := range w.dirs {
		if d.path == moved || strings.HasPrefix(d.path, moved+"/") {
			d.interests = slices.DeleteFunc(d.interests, func(i interest) bool { return i.subject == s && i.kind == partOfTree })
		}
	}
	w.drop(func(interest) bool { return false })
}

// isLink says whether a name was made by link(2) or symlink(2), after which
// nobody closes anything.
func isLink(path string) bool {
	var stat unix.Stat_t
	if unix.Lstat(path, &stat) != nil {
		return false
	}
	return stat.Mode&unix.S_IFMT == unix.S_IFLNK || stat.Nlink > 1
}
