package watch

import (
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"entrypoint/supervisor/threads"
)

// dir is one directory that the kernel watches for us.
type dir struct {
	path      string // without links
	interests []interest
}

// interest is what a subject wants to know of a directory.
type interest struct {
	subject *subject
	change  Change
	turn    int    // the subject's turn when the directory was looked up last
	name    string // the one name on the way to a path; "": all names, in the tree
}

// What the kernel is asked for.
const (
	onTheWay = unix.IN_CREATE | unix.IN_DELETE | unix.IN_MOVED_FROM | unix.IN_MOVED_TO
	ofTree   = onTheWay | unix.IN_CLOSE_WRITE
	ofBinary = ofTree | unix.IN_ATTRIB // chmod +x may come long after the last byte
)

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

// watch adds an interest in a directory, or updates the one that there is.
func (w *Watcher) watch(path string, mask uint32, i interest) error {
	n, err := unix.InotifyAddWatch(w.fd, path, mask|unix.IN_MASK_ADD|unix.IN_ONLYDIR|unix.IN_EXCL_UNLINK)
	if err != nil {
		return err
	}
	d := w.dirs[int32(n)] // the same number for the same directory
	if d == nil {
		d = &dir{}
		w.dirs[int32(n)] = d
	}
	d.path = path
	for at, old := range d.interests {
		if old.subject == i.subject && old.change == i.change && old.name == i.name {
			d.interests[at].turn = i.turn
			return nil
		}
	}
	d.interests = append(d.interests, i)
	return nil
}

func cannotWatch(path string, err error) error {
	if errors.Is(err, unix.ENOSPC) {
		return errors.New("cannot watch " + path + ": fs.inotify.max_user_watches is used up; raise it with sysctl")
	}
	return errors.New("cannot watch " + path + ": " + err.Error())
}

// drop removes interests, and the watches of directories in which nobody has one.
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
		n, err := threads.ReadFile(inotify, buf)
		if err != nil {
			return
		}
		w.guarded(func() {
			if w.inotify == inotify {
				w.events(buf[:n])
			}
		})
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
				switch i.name {
				case "":
					w.inTree(i.subject, filepath.Join(d.path, name), name, what)
				case name:
					w.onWay(i, filepath.Join(d.path, name), what)
				}
			}
		}
	}
}

// overflow is called when the kernel has dropped events: anything may have changed.
func (w *Watcher) overflow() {
	for _, s := range w.subjects {
		for c, path := range s.paths {
			if path != "" {
				w.again(s, Change(c))
				w.touched(s, Change(c))
			}
		}
	}
}

// onWay handles an event of the next name on the way to a path.
func (w *Watcher) onWay(i interest, file string, what uint32) {
	switch {
	case what&(unix.IN_CLOSE_WRITE|unix.IN_ATTRIB) == 0:
		w.again(i.subject, i.change)
		if isNew(file, what) {
			return // its close will be an event of its own
		}
	case what&unix.IN_ISDIR != 0, i.change == Files: // such as chmod
		return
	}
	w.touched(i.subject, i.change)
}

// inTree handles an event of a name in the tree of s.
func (w *Watcher) inTree(s *subject, file, name string, what uint32) {
	come := what&(unix.IN_CREATE|unix.IN_MOVED_TO) != 0
	switch {
	case what&unix.IN_ISDIR != 0 && s.everyName() && ownAffair(name):
	case what&unix.IN_ISDIR != 0 && come:
		if found, err := w.tree(s, file); err != nil {
			w.log(s.name + ": " + err.Error())
		} else if found {
			w.touched(s, Files)
		}
	case what&unix.IN_ISDIR != 0:
		// One that is deleted was empty.
		if what&unix.IN_MOVED_FROM != 0 && w.forget(s, file) {
			w.touched(s, Files)
		}
	case s.counts(name) && what&unix.IN_ATTRIB == 0 && !isNew(file, what):
		w.touched(s, Files)
	}
}

// again looks up the way to a path again, because it has changed.
func (w *Watcher) again(s *subject, c Change) {
	if err := w.lookUp(s, c); err != nil {
		w.log(s.name + ": " + err.Error())
	}
}

// forget ends the watches of a directory that was moved away: it would go on to
// report from its new place. It says whether it was a part of the tree.
func (w *Watcher) forget(s *subject, moved string) (known bool) {
	for _, d := range w.dirs {
		if d.path == moved || strings.HasPrefix(d.path, moved+"/") {
			before := len(d.interests)
			d.interests = slices.DeleteFunc(d.interests, func(i interest) bool { return i.subject == s && i.name == "" })
			known = known || len(d.interests) < before
		}
	}
	w.drop(func(interest) bool { return false })
	return known
}

// isNew says whether an event is that of a file which was opened for the first
// time. One that was made by link(2) or symlink(2) is closed by nobody.
func isNew(path string, what uint32) bool {
	if what&unix.IN_CREATE == 0 || what&unix.IN_ISDIR != 0 {
		return false
	}
	var stat unix.Stat_t
	if unix.Lstat(path, &stat) != nil {
		return true
	}
	return stat.Mode&unix.S_IFMT != unix.S_IFLNK && stat.Nlink == 1
}
