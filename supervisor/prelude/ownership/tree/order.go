package tree

import (
	"errors"
	"strconv"

	"golang.org/x/sys/unix"

	"entrypoint/supervisor/safefile"
)

// Keep stands for a group that stays as it is.
const Keep = ^uint32(0)

// Order is one path with its new owner.
type Order struct {
	Path  string
	Name  string // of the owner, as USER or USER:GROUP, for messages
	UID   uint32
	GID   uint32 // Keep: unchanged
	Group uint32 // the group of a directory that is made
}

// mark is what the attribute of a finished directory says.
func (o *Order) mark() string {
	if o.GID == Keep {
		return strconv.FormatUint(uint64(o.UID), 10)
	}
	return strconv.FormatUint(uint64(o.UID), 10) + ":" + strconv.FormatUint(uint64(o.GID), 10)
}

// attribute is where it says so.
const attribute = "user.entry-point.own"

// Settled says whether a directory, and all that is in it, was given to the owner before,
// and is still his, as far as one can see at once.
func Settled(o *Order) bool {
	fd, err := open(o.Path)
	if err != nil {
		return false
	}
	defer unix.Close(fd)
	var s status
	return look(fd, self[:], &s) == nil && !o.wrong(&s) && marked(fd, o.mark())
}

func marked(fd int, mark string) bool {
	buf := make([]byte, 64)
	n, err := unix.Fgetxattr(fd, attribute, buf)
	return err == nil && string(buf[:n]) == mark
}

// open opens the directory of an order, so that it can be read. Links on the way are
// followed if only root can have made them.
func open(path string) (fd int, err error) {
	d, err := safefile.OpenDir(path)
	if err != nil {
		return -1, err
	}
	defer d.Close()
	return unix.Openat(d.FD(), ".", unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
}

// Give gives a path to its owner. A directory that does not exist is made: a volume that was
// not mounted is then an empty directory, as with docker run -v. Directories and files that all
// has orders for, too, are left to those. What happens is told in r meanwhile.
func Give(o *Order, all []*Order, r *Report) {
	fd, err := open(o.Path)
	if err == unix.ENOENT {
		if err = safefile.MkdirAll(o.Path, 0o755); err == nil {
			fd, err = open(o.Path)
			r.made = err == nil
		}
		if err != nil {
			r.refuse("make", o.Path, err)
			return
		}
	}
	w := &walk{Order: o, report: r, links: !linksProtected(), others: places(all)}
	switch {
	case err == unix.ENOTDIR:
		w.single()
	case err != nil:
		r.refuse("open", o.Path, err)
	default:
		w.tree(fd)
		_ = unix.Close(fd)
	}
}

// places are where the directories and files of orders are.
func places(orders []*Order) (list []place) {
	if len(orders) < 2 {
		return nil
	}
	for _, o := range orders {
		var s status
		fd, err := open(o.Path)
		if err == nil {
			err = look(fd, self[:], &s)
			_ = unix.Close(fd)
		} else if d, name, failed := safefile.Parent(o.Path); failed == nil {
			err = look(d.FD(), append([]byte(name), 0), &s)
			d.Close()
		}
		if err == nil {
			list = append(list, s.at)
		}
	}
	return list
}

// refuse is failed for the path of an order itself, whatever the reason is.
func (r *Report) refuse(verb, path string, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.failures++
	r.err, r.path = errors.New("cannot "+verb+" "+strconv.Quote(path)+": "+err.Error()+reason(err)), path
}

// single gives away what is no directory.
func (w *walk) single() {
	d, name, err := safefile.Parent(w.Path)
	if err != nil {
		w.report.refuse("open", w.Path, err)
		return
	}
	defer d.Close()
	var s status
	if err := lookAt(d.FD(), name, &s); err != nil {
		w.report.refuse("look at", w.Path, err)
		return
	}
	w.report.seen.Add(1)
	if w.wrong(&s) {
		w.file(d.FD(), name, w.Path[:len(w.Path)-len(name)-1])
	}
}

// tree gives away a directory: what is in it, itself, and then the mark.
func (w *walk) tree(fd int) {
	var s status
	if err := look(fd, self[:], &s); err != nil {
		w.report.refuse("look at", w.Path, err)
		return
	}
	if isRoot(fd) {
		w.report.refuse("give away", w.Path, errors.New("it is the root directory"))
		return
	}
	_ = unix.Fremovexattr(fd, attribute)
	w.dev = s.at.dev
	w.report.seen.Add(1)
	w.run(fd)
	if w.report.Err() != nil {
		return
	}
	mark := w.mark()
	if w.report.made && w.GID == Keep && unix.Geteuid() == 0 {
		made := *w.Order
		made.GID = w.Group
		w.Order = &made
	}
	if w.wrong(&s) {
		w.change(fd, w.Path, &status{mode: unix.S_IFDIR})
	}
	if w.report.Err() == nil {
		_ = unix.Fsetxattr(fd, attribute, []byte(mark), 0)
	}
}

// isRoot says whether a descriptor is of the root directory, by whatever path.
func isRoot(fd int) bool {
	var its, root unix.Stat_t
	return unix.Fstat(fd, &its) == nil && unix.Stat("/", &root) == nil && its.Dev == root.Dev && its.Ino == root.Ino
}
