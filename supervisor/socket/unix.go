package socket

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strconv"

	"golang.org/x/sys/unix"

	"entrypoint/config"
	"entrypoint/supervisor/safefile"
)

// longestPath is what fits into struct sockaddr_un with its final zero (unix(7)).
const longestPath = 107

var errReplaced = errors.New("somebody has put another file in its place")

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
	p, err := placeOf(path)
	if err == nil {
		defer p.dir.Close()
		err = p.bind(fd, c.Mode)
	}
	if err != nil {
		_ = l.file.Close()
		return nil, err
	}
	if l.inode, err = p.own(c, inode{}); err == nil {
		err = start(fd, c)
	}
	if err != nil {
		l.close()
		return nil, err
	}
	return l, nil
}

// place is where the file of a socket is. Programs may be able to write to the
// directory, and to exchange it.
type place struct {
	dir  *safefile.Dir
	name string
	path string
}

// placeOf opens the directory of a socket's path.
func placeOf(path string) (*place, error) {
	dir, name, err := safefile.Parent(path)
	switch err {
	case nil:
	case unix.ENOENT, unix.ENOTDIR:
		return nil, errors.New("its directory does not exist")
	default:
		return nil, err
	}
	return &place{dir, name, path}, nil
}

// at calls bind(2) or connect(2) with an address of the place: its path, which
// programs show and look for. Where others can put another directory in the place of
// ours meanwhile, it is done with the rights of the user that ours belongs to, who
// gains nothing then; or else by our descriptor of the directory.
func (p *place) at(do func(unix.Sockaddr) error) error {
	if !p.dir.Movable() {
		return do(&unix.SockaddrUnix{Name: p.path})
	}
	if uid, foreign := p.dir.Owner(); foreign && unix.Geteuid() == 0 {
		err := as(uid, func() error { return do(&unix.SockaddrUnix{Name: p.path}) })
		if err != unix.EACCES && err != unix.EPERM {
			return err
		}
	}
	address := "/proc/self/fd/" + strconv.Itoa(p.dir.FD()) + "/" + p.name
	if len(address) > longestPath {
		return errors.New("its name is too long")
	}
	return do(&unix.SockaddrUnix{Name: address})
}

// as calls f with the rights to files that a user has. The kernel counts them for
// each thread (setfsuid(2)); with the user root's capabilities over files go and
// come back. To return to the user that we are needs no privilege, so it cannot fail.
func as(uid int, f func() error) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	self := unix.Geteuid()
	_ = unix.Setfsuid(uid)
	if now, _ := unix.SetfsuidRetUid(-1); now != uid { // no CAP_SETUID
		return unix.EPERM
	}
	defer func() { _ = unix.Setfsuid(self) }()
	return f()
}

// bind binds to the place, instead of a socket there that nobody answers.
func (p *place) bind(fd, mode int) error {
	// The file is born with the socket's own mode less the umask, so that it never
	// looks more open than it should be. A system that cannot do this loses
	// nothing: nobody connects before the socket listens.
	_ = unix.Fchmod(fd, uint32(mode))
	bind := func(a unix.Sockaddr) error { return unix.Bind(fd, a) }
	err := p.at(bind)
	if err == unix.EADDRINUSE {
		if err := p.removeStale(); err != nil {
			return err
		}
		err = p.at(bind)
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
func (p *place) removeStale() error {
	st, err := p.dir.Lstat(p.name)
	if err == unix.ENOENT {
		return nil // it went away by itself
	}
	if err != nil {
		return err
	}
	if st.Mode&unix.S_IFMT != unix.S_IFSOCK {
		return errors.New("there is a file of that name which is not a socket; remove it")
	}
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	connect := func(a unix.Sockaddr) error { return unix.Connect(fd, a) }
	switch err := p.at(connect); err {
	case unix.ECONNREFUSED, unix.ENOENT:
		if err := p.dir.Remove(p.name); err != nil && err != unix.ENOENT {
			return errors.New("cannot remove the stale socket: " + err.Error())
		}
		return nil
	case nil, unix.EAGAIN, unix.EPROTOTYPE: // EAGAIN: its queue is full; EPROTOTYPE: a datagram socket
		return errors.New("it is in use by another process")
	default:
		return errors.New("cannot tell whether it is in use by another process: " + err.Error())
	}
}

// own gives the file of a socket its owner and mode and returns its identity, which
// was known before, or is the zero inode of a socket that has just been bound. It
// goes by a descriptor of the file, so that a link put in its place leads nowhere, and
// another socket of root's does not get an owner by it.
func (p *place) own(c *config.Socket, was inode) (inode, error) {
	fd, stat, err := p.dir.Handle(p.name)
	if err == unix.ELOOP {
		return was, errReplaced
	}
	if err != nil {
		return was, err
	}
	defer unix.Close(fd)
	id := inode{uint64(stat.Dev), stat.Ino}
	fresh, self := was == inode{}, unix.Geteuid()
	user, foreign := p.dir.Owner()
	his := fresh && foreign && p.dir.Movable() && int(stat.Uid) == user // bound as him
	switch {
	case stat.Mode&unix.S_IFMT != unix.S_IFSOCK,
		fresh && !p.dir.Private() && !his && int(stat.Uid) != self,
		!fresh && id != was:
		return was, errReplaced
	}
	mode := int(stat.Mode & 0o7777)
	if his {
		if err := unix.Fchownat(fd, "", self, -1, unix.AT_EMPTY_PATH); err != nil {
			return id, errors.New("cannot take it over from user " + strconv.Itoa(user) + ": " + err.Error())
		}
		// He could change the mode until now.
		if err := p.setMode(fd, -1, 0); err != nil {
			return id, err
		}
		mode = 0
	}
	if o := c.Owner; o != nil {
		// The old mode is not for the new owner, nor the new one for the old owner.
		if err := p.setMode(fd, mode, mode&c.Mode); err != nil {
			return id, err
		}
		mode &= c.Mode
		gid := int(int32(o.GID)) // -1 leaves the group as it is
		if err := unix.Fchownat(fd, "", int(int32(o.UID)), gid, unix.AT_EMPTY_PATH); err != nil {
			return id, errors.New("cannot give it to user " + o.Name + ": " + err.Error() + " (it needs root, or CAP_CHOWN)")
		}
	}
	return id, p.setMode(fd, mode, c.Mode)
}

// setMode changes the mode of the file that fd, an O_PATH descriptor, stands for.
func (p *place) setMode(fd, old, mode int) error {
	if mode == old {
		return nil
	}
	err := unix.Chmod("/proc/self/fd/"+strconv.Itoa(fd), uint32(mode))
	if err == unix.ENOENT && p.dir.Private() { // /proc is not mounted
		err = unix.Fchmodat(p.dir.FD(), p.name, uint32(mode), 0)
	}
	if err != nil {
		return errors.New("cannot set its mode to " + strconv.FormatInt(int64(mode), 8) + ": " + err.Error())
	}
	return nil
}

// holds says whether the file at the place is this one.
func (p *place) holds(id inode) bool {
	st, err := p.dir.Lstat(p.name)
	return err == nil && id == inode{uint64(st.Dev), st.Ino}
}
