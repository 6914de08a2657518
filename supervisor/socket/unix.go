package socket

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"

	"entrypoint/config"
)

// longestPath is what fits into struct sockaddr_un with its final zero (unix(7)).
const longestPath = 107

// inode is the identity of a file.
type inode struct{ device, number uint64 }

func listenUnix(c *config.Socket, path string) (*listener, error) {
	switch {
	case !filepath.IsAbs(path):
		return nil, errors.New("the path is not absolute")
	case len(path) > longestPath:
		return nil, errors.New("the path is longer than " + strconv.Itoa(longestPath) + " bytes")
	}
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	l := &listener{file: os.NewFile(uintptr(fd), c.URL), config: *c}
	if err := bindUnix(fd, path, c.Mode); err != nil {
		_ = l.file.Close()
		return nil, err
	}
	if l.inode, err = own(path, c); err == nil {
		err = start(fd, c)
	}
	if err != nil {
		l.close()
		return nil, err
	}
	return l, nil
}

// bindUnix binds to a path, in place of a socket there that nobody answers.
func bindUnix(fd int, path string, mode int) error {
	// The file is born with the socket's own mode less the umask, so that it never
	// looks more open than it should be. A system that cannot do this loses
	// nothing: nobody connects before the socket listens.
	_ = unix.Fchmod(fd, uint32(mode))
	err := unix.Bind(fd, &unix.SockaddrUnix{Name: path})
	if err == unix.EADDRINUSE {
		if err := removeStale(path); err != nil {
			return err
		}
		err = unix.Bind(fd, &unix.SockaddrUnix{Name: path})
	}
	switch err {
	case unix.ENOENT, unix.ENOTDIR:
		return errors.New("its directory does not exist")
	case unix.EADDRINUSE:
		return errors.New("it is in use by another process")
	}
	return err
}

// removeStale removes a socket whose process is gone, which nothing but the
// answer to a connection can tell.
func removeStale(path string) error {
	info, err := os.Lstat(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil // it went away by itself
	}
	if err != nil {
		return err
	}
	if info.Mode().Type() != os.ModeSocket {
		return errors.New("there is a file of that name which is not a socket; remove it")
	}
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	switch err := unix.Connect(fd, &unix.SockaddrUnix{Name: path}); err {
	case unix.ECONNREFUSED, unix.ENOENT:
		if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
			return errors.New("cannot remove the stale socket: " + errnoText(err))
		}
		return nil
	case nil, unix.EAGAIN, unix.EPROTOTYPE: // EAGAIN: its queue is full; EPROTOTYPE: a datagram socket
		return errors.New("it is in use by another process")
	default:
		return errors.New("cannot tell whether it is in use by another process: " + err.Error())
	}
}

// own gives the file of a socket its owner and mode and returns its identity. It
// goes by a descriptor of the file, so that a link put in its place leads nowhere.
func own(path string, c *config.Socket) (inode, error) {
	fd, err := unix.Open(path, unix.O_PATH|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err != nil {
		return inode{}, err
	}
	defer unix.Close(fd)
	var stat unix.Stat_t
	if err := unix.Fstat(fd, &stat); err != nil {
		return inode{}, err
	}
	id := inode{uint64(stat.Dev), stat.Ino}
	if stat.Mode&unix.S_IFMT != unix.S_IFSOCK {
		return id, errors.New("somebody has put another file in its place")
	}
	mode := int(stat.Mode & 0o7777)
	if o := c.Owner; o != nil {
		// The old mode is not for the new owner, nor the new one for the old owner.
		if err := setMode(fd, path, mode, mode&c.Mode); err != nil {
			return id, err
		}
		mode &= c.Mode
		gid := int(int32(o.GID)) // -1 leaves the group as it is
		if err := unix.Fchownat(fd, "", int(int32(o.UID)), gid, unix.AT_EMPTY_PATH); err != nil {
			return id, errors.New("cannot give it to user " + o.Name + ": " + err.Error() + " (it needs root, or CAP_CHOWN)")
		}
	}
	return id, setMode(fd, path, mode, c.Mode)
}

// setMode changes the mode of the file that fd, an O_PATH descriptor, stands for.
func setMode(fd int, path string, old, mode int) error {
	if mode == old {
		return nil
	}
	err := unix.Chmod("/proc/self/fd/"+strconv.Itoa(fd), uint32(mode))
	if err == unix.ENOENT { // /proc is not mounted
		err = unix.Chmod(path, uint32(mode))
	}
	if err != nil {
		return errors.New("cannot set its mode to " + strconv.FormatInt(int64(mode), 8) + ": " + err.Error())
	}
	return nil
}

func inodeOf(path string) (inode, error) {
	var stat unix.Stat_t
	err := unix.Lstat(path, &stat)
	return inode{uint64(stat.Dev), stat.Ino}, err
}

// errnoText is the system's own words for an error of package os.
func errnoText(err error) string {
	if errno := syscall.Errno(0); errors.As(err, &errno) {
		return errno.Error()
	}
	return err.Error()
}
