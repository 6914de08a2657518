package tree

import (
	"encoding/binary"
	"slices"
	"sync"

	"golang.org/x/sys/unix"
)

// workers is how many directories are read at a time: disks and servers answer several
// questions sooner than one after the other.
const workers = 4

// walk is one walk through a tree.
type walk struct {
	*Order
	report *Report
	dev    uint64  // of the tree's directory: what is on another one is left alone
	others []place // directories and files with an order of their own
	links  bool    // others may make hard links to files that are not theirs
	todo   stack
}

// run walks the tree from an open directory, but for that one itself.
func (w *walk) run(root int) {
	top := newNode(nil, w.Path, false)
	top.fd = root
	top.unopened.Add(1) // the caller closes it
	w.todo.more.L = &w.todo.mu
	w.todo.nodes, w.todo.busy = []*node{top}, workers
	var all sync.WaitGroup
	for range workers {
		all.Go(func() {
			buf := make([]byte, 32<<10)
			for n := w.todo.next(); n != nil; n = w.todo.next() {
				w.directory(n, buf)
			}
		})
	}
	all.Wait()
}

// directory opens and reads a directory.
func (w *walk) directory(n *node, buf []byte) {
	if w.open(n) {
		w.read(n, buf)
		n.opened()
	}
	w.finish(n)
}

// open opens a directory by its parent.
func (w *walk) open(n *node) bool {
	if n.parent == nil {
		return true
	}
	fd, err := unix.Openat(n.parent.fd, n.name, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	n.parent.opened()
	if err != nil {
		n.wrong = false
		w.report.failed("look into", n.path(), err)
		return false
	}
	n.fd = fd
	var s status
	if err := look(fd, self[:], &s); err != nil || s.at.dev != w.dev {
		n.wrong = false // it has become another one, where something is mounted
		_ = unix.Close(fd)
		return false
	}
	return true
}

// finish says that n has been read and that all of its directories are finished, if that
// is so, and then changes its owner; likewise of its parent, if it was the last one there.
func (w *walk) finish(n *node) {
	for ; n != nil && n.unfinished.Add(-1) == 0; n = n.parent {
		if n.wrong {
			w.change(n.fd, n.path(), &status{mode: unix.S_IFDIR})
			_ = unix.Close(n.fd)
		}
	}
}

// read looks at every entry of a directory.
func (w *walk) read(n *node, buf []byte) {
	for {
		size, err := unix.Getdents(n.fd, buf)
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			w.report.failed("look into", n.path(), err)
		}
		if size <= 0 {
			return
		}
		w.entries(n, buf[:size])
	}
}

// Where the fields of struct linux_dirent64 are (getdents(2)).
const (
	lengthAt = 16
	nameAt   = 19
)

// entries looks at what getdents(2) has returned.
func (w *walk) entries(n *node, buf []byte) {
	var inside []*node
	seen := 0
	for len(buf) > nameAt {
		length := int(binary.NativeEndian.Uint16(buf[lengthAt:]))
		name := buf[nameAt:length]
		buf = buf[length:]
		if name[0] == '.' && (name[1] == 0 || name[1] == '.' && name[2] == 0) {
			continue
		}
		seen++
		if d := w.entry(n, name); d != nil {
			inside = append(inside, d)
		}
	}
	w.report.seen.Add(int64(seen))
	n.unopened.Add(int32(len(inside)))
	n.unfinished.Add(int32(len(inside)))
	w.todo.push(inside)
}

// entry looks at an entry, and changes it if it is no directory; else it returns it.
func (w *walk) entry(n *node, name []byte) *node {
	var s status
	switch err := look(n.fd, name, &s); {
	case err == unix.ENOENT: // removed meanwhile
		return nil
	case err != nil:
		w.report.failed("look at", n.path()+"/"+unix.ByteSliceToString(name), err)
		return nil
	case s.mounted:
		return nil
	case s.kind() == unix.S_IFDIR && s.at.dev != w.dev: // of a file overlayfs may tell that of a layer
		return nil
	case slices.Contains(w.others, s.at):
		return nil
	case s.kind() == unix.S_IFDIR:
		return newNode(n, unix.ByteSliceToString(name), w.wrong(&s))
	case s.kind() == unix.S_IFBLK, s.kind() == unix.S_IFCHR: // whoever has it has the device
		return nil
	case w.wrong(&s):
		w.file(n.fd, unix.ByteSliceToString(name), n.path())
	}
	return nil
}
