package safefile

import (
	"errors"
	"io"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// Open is open(2) by the rule of this package: it opens the file at path and returns
// a descriptor that is closed at execve. flags are those of open(2): O_TRUNC
// empties a regular file after it has been looked at; without O_NONBLOCK the
// descriptor blocks, though the opening does not. mode is that of a file that O_CREAT
// makes, less the umask. With O_NOFOLLOW no link at the end of the path is followed, not
// even one to the container's output: that is for files whose mode is changed. The error is
// a *Refusal, or the kernel's.
func Open(path string, flags int, mode uint32) (fd int, err error) {
	w := newWalk(path)
	defer w.close()
	last, err := w.to(path)
	if err == nil && strings.HasSuffix(path, "/") {
		err = unix.EISDIR
	}
	if err != nil {
		return -1, err
	}
	return w.open(last, flags, mode)
}

// tries is how often a file is opened that is exchanged meanwhile.
const tries = 8

var errChanged = errors.New("changed meanwhile")

// open opens a name in the walk's directory, or what a link there leads to.
func (w *walk) open(name string, flags int, mode uint32) (fd int, err error) {
	how := flags&^unix.O_TRUNC | unix.O_NONBLOCK | unix.O_NOCTTY
	for changes := 0; changes < tries; {
		if name == "." || name == ".." {
			return -1, unix.EISDIR
		}
		fd, err := openat(w.dir, name, how|unix.O_NOFOLLOW, mode)
		// EACCES: a link in a sticky directory, to O_CREAT.
		if err == unix.ELOOP || err == unix.EACCES && w.isLink(name) {
			if flags&unix.O_NOFOLLOW != 0 {
				return -1, w.refuseAnyLink(name)
			}
			var target string
			if target, err = w.linkAt(name); err == nil && target != "" {
				if name, err = w.to(target); err != nil {
					return -1, err
				}
				continue
			}
			if err == nil {
				fd, err = openat(w.dir, name, how, mode)
			}
		}
		if err == nil {
			if err = w.check(fd, name); err == nil {
				err = settle(fd, flags)
			}
			if err == nil {
				return fd, nil
			}
			_ = unix.Close(fd)
		}
		if err != errChanged {
			return -1, err
		}
		changes++
	}
	return -1, w.refuseChanging()
}

func (w *walk) isLink(name string) bool {
	var st unix.Stat_t
	return unix.Fstatat(w.dir, name, &st, unix.AT_SYMLINK_NOFOLLOW) == nil && st.Mode&unix.S_IFMT == unix.S_IFLNK
}

// linkAt is readLink of a name in the walk's directory.
func (w *walk) linkAt(name string) (target string, err error) {
	fd, err := openat(w.dir, name, unix.O_PATH|unix.O_NOFOLLOW, 0)
	if err == unix.ENOENT {
		return "", errChanged
	}
	if err != nil {
		return "", err
	}
	defer unix.Close(fd)
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return "", err
	}
	if st.Mode&unix.S_IFMT != unix.S_IFLNK {
		return "", errChanged
	}
	return w.readLink(fd, name)
}

// check looks at an open file of the walk's directory.
func (w *walk) check(fd int, name string) error {
	var st unix.Stat_t
	if w.trust == ours && !w.output {
		return nil
	}
	if err := unix.Fstat(fd, &st); err != nil {
		return err
	}
	regular := st.Mode&unix.S_IFMT == unix.S_IFREG
	switch {
	case w.trust == ours && regular:
		return w.refuseOutput()
	case w.trust == ours:
		return nil
	case regular && st.Nlink > 1, !regular && !w.own.trusts(st.Uid):
		return w.refuseFile(&st)
	case !w.named(fd, name):
		return errChanged
	}
	return nil
}

// settle gives an open file what open(2) was asked for and has not done yet.
func settle(fd, flags int) error {
	if flags&unix.O_TRUNC != 0 {
		var st unix.Stat_t
		if err := unix.Fstat(fd, &st); err != nil {
			return err
		}
		if st.Mode&unix.S_IFMT == unix.S_IFREG && st.Size > 0 {
			if err := unix.Ftruncate(fd, 0); err != nil {
				return err
			}
		}
	}
	if flags&unix.O_NONBLOCK == 0 {
		return unix.SetNonblock(fd, false)
	}
	return nil
}

// OpenFile is Open for those who want a *os.File, of the path as its name.
func OpenFile(path string, flags int, mode uint32) (*os.File, error) {
	fd, err := Open(path, flags, mode)
	if err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(fd), path), nil
}

// errNotRegular is about a file that can be neither emptied nor read again.
var errNotRegular = errors.New("it is not a regular file")

// OpenRegular is OpenFile of a file that can be read again.
func OpenRegular(path string) (*os.File, os.FileInfo, error) {
	f, err := OpenFile(path, unix.O_RDONLY|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, nil, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = errNotRegular
	}
	if err != nil {
		_ = f.Close()
		return nil, nil, err
	}
	return f, info, nil
}

// Read returns what is in a regular file, and an error if that is more than limit
// bytes.
func Read(path string, limit int64) ([]byte, error) {
	f, _, err := OpenRegular(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(data)) > limit {
		err = errors.New("it is too large")
	}
	return data, err
}

// Write writes data to the file at path, in place of what is in it. The file is made
// with mode, less the umask, if flags have O_CREAT, the only flag beside O_EXCL
// that may be given. It waits for no reader of a FIFO.
func Write(path string, data []byte, flags int, mode uint32) error {
	fd, err := Open(path, flags|unix.O_WRONLY|unix.O_TRUNC|unix.O_NONBLOCK, mode)
	if err != nil {
		return err
	}
	err = writeAll(fd, data)
	return firstOf(err, unix.Close(fd))
}

func writeAll(fd int, data []byte) error {
	for len(data) > 0 {
		n, err := unix.Write(fd, data)
		switch {
		case n > 0:
			data = data[n:]
		case err != unix.EINTR:
			return err
		}
	}
	return nil
}

func firstOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
