package safefile

import (
	"math/rand/v2"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// Dir is a directory that was reached by the rule of this package. What its methods do
// to a name is done in this directory, whatever its path leads to by then, and not
// to what a link of that name leads to.
type Dir struct{ walk *walk }

// OpenDir opens a directory.
func OpenDir(path string) (*Dir, error) {
	w := newWalk(path)
	last, err := w.to(path)
	if err == nil {
		err = w.into(last)
	}
	return w.dirOr(err)
}

// Parent opens the directory that holds the last name of a path, and returns the name.
func Parent(path string) (d *Dir, name string, err error) {
	w := newWalk(path)
	name, err = w.to(path)
	if err == nil && (name == "." || name == ".." || strings.HasSuffix(path, "/")) {
		err = unix.EISDIR
	}
	d, err = w.dirOr(err)
	return d, name, err
}

func (w *walk) dirOr(err error) (*Dir, error) {
	if err != nil {
		w.close()
		return nil, err
	}
	return &Dir{w}, nil
}

// MkdirAll makes a directory, with those on the way that are missing; all with mode,
// less the umask.
func MkdirAll(path string, mode uint32) error {
	w := newWalk(path)
	defer w.close()
	w.makes, w.mode = true, mode
	last, err := w.to(path)
	if err == nil {
		err = w.into(last)
	}
	return err
}

// Close closes the directory.
func (d *Dir) Close() { d.walk.close() }

// Movable says whether others can put another directory in the place of this one: then
// its path must not be given to the kernel.
func (d *Dir) Movable() bool { return d.walk.movable }

// Private says whether nobody else can change the names in the directory.
func (d *Dir) Private() bool { return d.walk.trust == ours }

// Owner is the user that the directory belongs to, and whether that is somebody else
// than root or us.
func (d *Dir) Owner() (uid int, foreign bool) {
	var st unix.Stat_t
	if unix.Fstat(d.walk.dir, &st) != nil {
		return 0, false
	}
	return int(st.Uid), !d.walk.own.trusts(st.Uid)
}

// Handle returns an O_PATH descriptor of a name, by which its owner and mode can be
// changed. It is no link, and where others can write it has no other name.
func (d *Dir) Handle(name string) (fd int, st unix.Stat_t, err error) {
	fd, err = openat(d.walk.dir, name, unix.O_PATH|unix.O_NOFOLLOW, 0)
	if err != nil {
		return -1, st, err
	}
	err = unix.Fstat(fd, &st)
	switch {
	case err != nil:
	case st.Mode&unix.S_IFMT == unix.S_IFLNK:
		err = unix.ELOOP
	case d.Private():
	case st.Nlink > 1:
		err = &Refusal{"it has another name (a hard link)" + d.walk.where() + fixFile}
	case !d.walk.named(fd, name):
		err = d.walk.refuseChanging()
	}
	if err != nil {
		_ = unix.Close(fd)
		return -1, st, err
	}
	return fd, st, nil
}

// FD is the descriptor of the directory, until Close.
func (d *Dir) FD() int { return d.walk.dir }

// Names are the names in the directory.
func (d *Dir) Names() ([]string, error) {
	fd, err := openat(d.walk.dir, ".", unix.O_RDONLY|unix.O_DIRECTORY, 0)
	if err != nil {
		return nil, err
	}
	f := os.NewFile(uintptr(fd), d.walk.path)
	defer f.Close()
	return f.Readdirnames(-1)
}

// Lstat says what a name is.
func (d *Dir) Lstat(name string) (st unix.Stat_t, err error) {
	err = unix.Fstatat(d.walk.dir, name, &st, unix.AT_SYMLINK_NOFOLLOW)
	return st, err
}

// Rename gives a file of the directory another name, in place of the file that has it.
func (d *Dir) Rename(from, to string) error {
	return unix.Renameat(d.walk.dir, from, d.walk.dir, to)
}

// Remove removes a name that is no directory's.
func (d *Dir) Remove(name string) error { return unix.Unlinkat(d.walk.dir, name, 0) }

// RemoveAll removes a file, or a directory with all that is in it; links are removed
// and not followed. That nothing has that name is no error.
func (d *Dir) RemoveAll(name string) error {
	return os.RemoveAll("/proc/self/fd/" + strconv.Itoa(d.walk.dir) + "/" + name)
}

// Mkdir makes a directory.
func (d *Dir) Mkdir(name string, mode uint32) error { return unix.Mkdirat(d.walk.dir, name, mode) }

// Create makes a file whose name begins with prefix and ends in suffix, a number in
// between, and which was not there before.
func (d *Dir) Create(prefix, suffix string, mode uint32) (fd int, name string, err error) {
	for range 1000 {
		name = prefix + strconv.FormatUint(uint64(rand.Uint32()), 10) + suffix
		fd, err = openat(d.walk.dir, name, unix.O_RDWR|unix.O_CREAT|unix.O_EXCL|unix.O_NOFOLLOW, mode)
		if err != unix.EEXIST {
			break
		}
	}
	return fd, name, err
}

// Remove removes the file at path; a link, not what it leads to.
func Remove(path string) error {
	d, name, err := Parent(path)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Remove(name)
}

// Replace puts a file with this content, and with mode less the umask, in the place of
// what is at path, a link included, in one step: a reader, and whoever comes after a
// power cut, finds the old file or the new one. What a Replace that was killed leaves
// in the directory has the name of the file with a dot before it and a number after.
func Replace(path string, data []byte, mode uint32) error {
	d, name, err := Parent(path)
	if err != nil {
		return err
	}
	defer d.Close()
	fd, temporary, err := d.Create("."+name, "", mode)
	if err != nil {
		return err
	}
	err = writeAll(fd, data)
	if err == nil {
		err = unix.Fsync(fd)
	}
	if closed := unix.Close(fd); err == nil {
		err = closed
	}
	if err == nil {
		err = d.Rename(temporary, name)
	}
	if err != nil {
		_ = d.Remove(temporary)
	}
	return err
}
