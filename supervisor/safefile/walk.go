package safefile

import (
	"math/rand/v2"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// walk is on its way along a path.
type walk struct {
	own   owners
	asked string // the path of the caller, for messages

	dir     int // O_PATH descriptor of the directory that has been reached; -1: none
	path    string
	trust   trust
	by      unix.Stat_t // of the directory that made it shared or theirs
	movable bool        // others can put another directory in its place

	makes  bool   // directories that are missing are made
	mode   uint32 // with this mode
	links  int    // that were followed
	output bool   // a link of others to the container's output was followed
}

// maxLinks is how many links the kernel follows (path_resolution(7)).
const maxLinks = 40

func newWalk(asked string) *walk { return &walk{own: owned(), asked: asked, dir: -1} }

func (w *walk) close() {
	if w.dir >= 0 {
		_ = unix.Close(w.dir)
		w.dir = -1
	}
}

// begin goes to / or to the working directory, whose place in the tree does not
// matter: we are in it wherever others move it.
func (w *walk) begin(dir string) error {
	fd, err := openat(unix.AT_FDCWD, dir, unix.O_PATH|unix.O_DIRECTORY, 0)
	if err != nil {
		return err
	}
	w.close()
	w.trust, w.movable, w.path = ours, false, ""
	return w.look(fd, dir)
}

// to walks to the directory that holds the last name of a path and returns that
// name, which may be "." and the like.
func (w *walk) to(target string) (last string, err error) {
	switch {
	case target == "":
		return "", unix.ENOENT
	case target[0] == '/':
		err = w.begin("/")
	case w.dir < 0:
		err = w.begin(".")
	}
	last = "."
	for _, name := range strings.Split(target, "/") {
		if name == "" || name == "." || err != nil {
			continue
		}
		err = w.into(last)
		last = name
	}
	return last, err
}

// into goes on to a name in the directory, which is to be a directory or a link to one.
func (w *walk) into(name string) error {
	for {
		if name == "." {
			return nil
		}
		if name == ".." && w.trust == theirs {
			return w.refuseBack()
		}
		fd, err := openat(w.dir, name, unix.O_PATH|unix.O_NOFOLLOW, 0)
		if err == unix.ENOENT && w.makes {
			if err = unix.Mkdirat(w.dir, name, w.mode); err == nil || err == unix.EEXIST {
				fd, err = openat(w.dir, name, unix.O_PATH|unix.O_NOFOLLOW, 0)
			}
		}
		if err != nil {
			return err
		}
		var st unix.Stat_t
		if err := unix.Fstat(fd, &st); err != nil {
			_ = unix.Close(fd)
			return err
		}
		switch st.Mode & unix.S_IFMT {
		case unix.S_IFDIR:
			w.enter(fd, name, &st)
			return nil
		case unix.S_IFLNK:
			target, err := w.readLink(fd, name)
			_ = unix.Close(fd)
			switch {
			case err != nil:
				return err
			case target == "": // of /proc
				if fd, err = openat(w.dir, name, unix.O_PATH|unix.O_DIRECTORY, 0); err != nil {
					return err
				}
				return w.look(fd, name)
			}
			if name, err = w.to(target); err != nil {
				return err
			}
		default:
			_ = unix.Close(fd)
			return unix.ENOTDIR
		}
	}
}

// look is enter of a directory that has not been looked at yet.
func (w *walk) look(fd int, name string) error {
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		_ = unix.Close(fd)
		return err
	}
	w.enter(fd, name, &st)
	return nil
}

// enter makes fd, a directory, the walk's own.
func (w *walk) enter(fd int, name string, st *unix.Stat_t) {
	// A directory of another user's in /tmp: its owner may rename it.
	w.movable = w.movable || w.trust == theirs || w.trust == shared && !w.own.trusts(st.Uid)
	if w.trust != theirs {
		if w.trust = w.own.judge(st); w.trust != ours {
			w.by = *st
		}
	}
	w.close()
	w.dir, w.path = fd, filepath.Join(w.path, name)
}

// readLink returns where a symbolic link in the walk's directory leads, if it may be
// followed. fd is an O_PATH descriptor of the link. "" is a link that only the kernel
// can follow: the text of /proc/self/fd/1 is no path.
func (w *walk) readLink(fd int, name string) (target string, err error) {
	if w.links++; w.links > maxLinks {
		return "", unix.ELOOP
	}
	buf := make([]byte, unix.PathMax)
	n, err := unix.Readlinkat(fd, "", buf)
	if err != nil {
		return "", err
	}
	target = string(buf[:n])
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return "", err
	}
	switch {
	case w.trust == ours:
	case isOutput(target):
		w.output = true
		return target, nil
	case w.trust == theirs, !w.own.trusts(st.Uid), st.Nlink > 1:
		return "", w.refuseLink(name, &st)
	case !w.named(fd, name):
		return "", w.refuseChanging()
	}
	var fs unix.Statfs_t
	if unix.Fstatfs(w.dir, &fs) == nil && fs.Type == unix.PROC_SUPER_MAGIC {
		target = ""
	}
	return target, nil
}

// isOutput says whether a link leads to the container's own output.
func isOutput(target string) bool {
	switch target {
	case "/dev/null", "/dev/stdout", "/dev/stderr",
		"/dev/fd/1", "/dev/fd/2", "/proc/self/fd/1", "/proc/self/fd/2":
		return true
	case "/proc/1/fd/1", "/proc/1/fd/2":
		return unix.Getpid() == 1
	}
	return false
}

// OnlyName says whether name, in the directory that the descriptor dir is of, is the only
// name of the open file fd, by which it was opened: then nobody has made a hard link to a
// file from elsewhere there.
func OnlyName(dir, fd int, name string) bool { return (&walk{dir: dir}).named(fd, name) }

// named says whether a name in the walk's directory is that of an open file and its
// only one. Somebody may make a hard link, which we open, and remove it. So the file
// has to have one name while the directory's entry that we came by is there. The kernel
// counts a name less a moment before it takes away the entry, but it holds the
// directory's lock all the while: when we have waited for that, an entry of which the
// removal had begun is gone, and /proc says so of the descriptor, for good. Without /proc
// the name itself is looked for, many times, since the link may have been made again.
func (w *walk) named(fd int, name string) bool {
	var file, found unix.Stat_t
	if unix.Fstat(fd, &file) != nil {
		return false
	}
	for range 16 {
		err := unix.Fstatat(w.dir, name, &found, unix.AT_SYMLINK_NOFOLLOW)
		if err != nil || found.Ino != file.Ino || found.Dev != file.Dev || found.Nlink > 1 {
			return false
		}
		w.await()
		if gone, known := entryGone(fd, name); known {
			return !gone
		}
	}
	return true
}

// await waits until changes of the directory that are under way are done: the kernel
// takes the directory's lock for a name that it does not know, which is one that nobody
// has asked for before.
func (w *walk) await() {
	var st unix.Stat_t
	_ = unix.Fstatat(w.dir, ".entry-point-"+strconv.FormatUint(rand.Uint64(), 36), &st, unix.AT_SYMLINK_NOFOLLOW)
}

// entryGone says whether the directory's entry by which a file was opened has been
// removed since, if /proc is there to tell.
func entryGone(fd int, name string) (gone, known bool) {
	const mark = " (deleted)"
	buf := make([]byte, unix.PathMax)
	n, err := unix.Readlink("/proc/self/fd/"+strconv.Itoa(fd), buf)
	if err != nil || n == len(buf) || strings.HasSuffix(name, mark) {
		return false, false
	}
	return strings.HasSuffix(string(buf[:n]), mark), true
}

// openat is openat(2), for us alone and as often as a signal interrupts it.
func openat(dir int, name string, flags int, mode uint32) (int, error) {
	for {
		fd, err := unix.Openat(dir, name, flags|unix.O_CLOEXEC, mode)
		if err != unix.EINTR {
			return fd, err
		}
	}
}
