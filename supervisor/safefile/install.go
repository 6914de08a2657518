package safefile

import (
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// File is a whole file, as Install makes it.
type File struct {
	Data string
	Mode uint32 // its permissions, whatever the umask
	UID  int    // who it belongs to; below 0: to us
	GID  int    // likewise; below 0: to our group, or the directory's
}

// Install puts a file at path in one step: a reader finds the old one or the new one, and
// so does whoever comes after kill -9. What is there already, with the same owner and
// permissions and without another name, is left alone (changed is false). A link at the
// end of the path is followed where nobody but root and we can have made it, and replaced
// elsewhere. What is neither a regular file nor a link is an error.
//
// It does not wait for the disk: whoever uses Install makes the file again at the next
// start, and a file that a power cut has damaged differs from it.
//
// The file is written under a name that the path decides, so that the next Install
// removes what a killed one has left. Its lock (flock(2)) says whether the writer lives:
// two containers may have the same directory.
func Install(path string, f File) (changed bool, err error) {
	d, name, err := followed(path)
	if err != nil {
		return false, err
	}
	defer d.Close()
	there, err := d.replaceable(name)
	if err != nil {
		return false, err
	}
	temporary := "." + name + ".entry-point"
	if there && f.isAt(d, name) {
		_ = d.discard(temporary)
		return false, nil
	}
	fd, err := d.locked(temporary)
	if err != nil {
		return false, err
	}
	defer unix.Close(fd)
	if err = f.fill(fd); err == nil {
		err = d.Rename(temporary, name)
	}
	if err != nil {
		_ = d.Remove(temporary)
	}
	return err == nil, err
}

// Installed says whether Install would change nothing, or why it would fail for another
// reason than that nothing may be written there.
func Installed(path string, f File) (is bool, err error) {
	d, name, err := followed(path)
	if err != nil {
		return false, err
	}
	defer d.Close()
	there, err := d.replaceable(name)
	return err == nil && there && f.isAt(d, name), err
}

// followed is Parent of what a path leads to by links of ours.
func followed(path string) (d *Dir, name string, err error) {
	for range maxLinks {
		if d, name, err = Parent(path); err != nil || !d.Private() {
			return d, name, err
		}
		buf := make([]byte, unix.PathMax)
		n, failed := unix.Readlinkat(d.FD(), name, buf)
		if failed != nil {
			return d, name, nil
		}
		d.Close()
		target := string(buf[:n])
		if !strings.HasPrefix(target, "/") {
			// Not cleaned: what ".." is, only the kernel knows.
			target = path[:len(path)-len(name)] + target
		}
		path = target
	}
	return nil, "", unix.ELOOP
}

// replaceable says whether there is something, and refuses what a file cannot replace.
func (d *Dir) replaceable(name string) (there bool, err error) {
	st, err := d.Lstat(name)
	switch {
	case err == unix.ENOENT:
		return false, nil
	case err != nil:
		return false, err
	case st.Mode&unix.S_IFMT == unix.S_IFDIR:
		return false, unix.EISDIR
	case st.Mode&unix.S_IFMT != unix.S_IFREG && st.Mode&unix.S_IFMT != unix.S_IFLNK:
		return false, errNotRegular
	}
	return true, nil
}

// isAt says whether a name is this file already.
func (f *File) isAt(d *Dir, name string) bool {
	fd, err := openat(d.walk.dir, name, unix.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0)
	if err != nil {
		return false
	}
	file := os.NewFile(uintptr(fd), name)
	defer file.Close()
	var st unix.Stat_t
	owner, self := f.UID, unix.Geteuid()
	if owner < 0 {
		owner = self
	}
	if unix.Fstat(fd, &st) != nil || st.Mode&unix.S_IFMT != unix.S_IFREG || st.Nlink > 1 || st.Size != int64(len(f.Data)) ||
		st.Mode&0o7777 != f.Mode || f.GID >= 0 && int(st.Gid) != f.GID || int(st.Uid) != owner && (self == 0 || st.Uid != 0) {
		return false
	}
	buf := make([]byte, min(len(f.Data), 64<<10))
	for rest := f.Data; rest != ""; {
		n, err := file.Read(buf)
		if n > len(rest) || string(buf[:n]) != rest[:n] || err != nil {
			return false
		}
		rest = rest[n:]
	}
	return true
}

// fill gives a new file its owner, then its content, and then lets others see it.
func (f *File) fill(fd int) error {
	if f.UID >= 0 || f.GID >= 0 {
		if err := unix.Fchown(fd, f.UID, f.GID); err != nil {
			return &Refusal{"cannot give it to its owner: " + err.Error()}
		}
	}
	return firstOf(writeAll(fd, []byte(f.Data)), unix.Fchmod(fd, f.Mode))
}

// The writer of a file of the same name is waited for so often, and so long each time.
const (
	writerLooks = 100
	writerPause = 10 * time.Millisecond
)

// locked makes a file that nobody else writes, for us alone; what a killed writer has
// left is removed.
func (d *Dir) locked(name string) (fd int, err error) {
	for range writerLooks {
		fd, err = openat(d.walk.dir, name, unix.O_RDWR|unix.O_CREAT|unix.O_EXCL|unix.O_NOFOLLOW, 0o600)
		switch {
		case err == unix.EEXIST:
			switch err = d.discard(name); err {
			case nil:
			case unix.EWOULDBLOCK:
				time.Sleep(writerPause)
			default:
				return -1, &Refusal{"cannot remove " + name + ", which is in the way: " + err.Error()}
			}
			continue
		case err != nil:
			return -1, err
		}
		if d.owns(fd, name) {
			return fd, nil
		}
		_ = unix.Close(fd) // somebody has taken it for one that was left
	}
	return -1, &Refusal{"somebody else writes it all the time"}
}

// owns locks a new file, and says whether it still has its name.
func (d *Dir) owns(fd int, name string) bool {
	switch err := unix.Flock(fd, unix.LOCK_EX|unix.LOCK_NB); {
	case err == unix.EWOULDBLOCK:
		return false
	case err != nil:
		return true // there are no locks there
	}
	var ours unix.Stat_t
	there, err := d.Lstat(name)
	return err == nil && unix.Fstat(fd, &ours) == nil && there.Ino == ours.Ino && there.Dev == ours.Dev
}

// discard removes what a killed writer has left; EWOULDBLOCK: the writer lives.
func (d *Dir) discard(name string) error {
	fd, err := openat(d.walk.dir, name, unix.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0)
	if err == unix.ENOENT {
		return nil
	}
	if err == nil {
		defer unix.Close(fd)
		var st unix.Stat_t
		if unix.Fstat(fd, &st) == nil && st.Mode&unix.S_IFMT == unix.S_IFREG && int(st.Uid) == unix.Geteuid() &&
			unix.Flock(fd, unix.LOCK_EX|unix.LOCK_NB) == unix.EWOULDBLOCK {
			return unix.EWOULDBLOCK
		}
	}
	if err = d.Remove(name); err == unix.ENOENT {
		return nil
	}
	return err
}

// Installable says why Install could not make a file at path; nil: it seems that it can.
// Directories on the way that are missing can be made (MkdirAll).
func Installable(path string) error {
	for {
		d, _, err := followed(path)
		if err == nil {
			defer d.Close()
			return unix.Faccessat(d.FD(), ".", unix.W_OK, 0)
		}
		up := strings.LastIndexByte(path, '/')
		if err != unix.ENOENT || up <= 0 {
			return err
		}
		path = path[:up]
	}
}
