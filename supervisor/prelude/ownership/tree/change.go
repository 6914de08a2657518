package tree

import (
	"os"
	"strings"

	"golang.org/x/sys/unix"

	"entrypoint/supervisor/safefile"
)

// wrong says whether the owner of something is another one.
func (o *Order) wrong(s *status) bool {
	return s.uid != o.UID || o.GID != Keep && s.gid != o.GID
}

// file changes the owner of an entry that is no directory. The user may exchange it at any
// moment: what is opened here is what is looked at and changed.
func (w *walk) file(dir int, name, path string) {
	path += "/" + name
	fd, err := unix.Openat(dir, name, unix.O_PATH|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err != nil {
		w.report.failed("look at", path, err)
		return
	}
	defer unix.Close(fd)
	var s status
	if err := look(fd, self[:], &s); err != nil || s.kind() == unix.S_IFDIR || s.kind() == unix.S_IFBLK || s.kind() == unix.S_IFCHR || s.mounted || !w.wrong(&s) {
		return // it has become something else
	}
	switch {
	case s.nlink > 1 && (s.uid == 0 || w.links):
		w.report.linked(path)
	case s.nlink <= 1 && !safefile.OnlyName(dir, fd, name):
		w.report.linked(path) // it had another name a moment ago
	default:
		w.change(fd, path, &s)
	}
}

// change changes the owner of what a descriptor is of.
func (w *walk) change(fd int, path string, s *status) {
	gid := -1
	if w.GID != Keep {
		gid = int(int32(w.GID))
	}
	if err := unix.Fchownat(fd, "", int(int32(w.UID)), gid, unix.AT_EMPTY_PATH); err != nil {
		w.report.failed("give away", path, err)
		return
	}
	w.report.changed.Add(1)
	if s.kind() == unix.S_IFREG && s.mode&(unix.S_ISUID|unix.S_ISGID) != 0 && s.mode&0o111 != 0 {
		w.report.bits.Add(1)
	}
}

// linksProtected says whether the kernel lets nobody make hard links to files of others
// (fs.protected_hardlinks of proc_sys_fs(5)).
func linksProtected() bool {
	text, err := os.ReadFile("/proc/sys/fs/protected_hardlinks")
	return err == nil && strings.TrimSpace(string(text)) == "1"
}
