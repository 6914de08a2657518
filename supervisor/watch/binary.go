package watch

import (
	"os"

	"golang.org/x/sys/unix"
)

// identity is what tells one binary from the next.
type identity struct {
	device, inode uint64
	size          int64
	modified      unix.Timespec
}

// replaced says whether the binary can be started and is another one than before.
func (s *subject) replaced() bool {
	path := s.paths[Binary]
	now, ok := identify(path)
	// A restart into a binary that is being written meets half of it, or
	// ETXTBSY. The writer's close is an event of its own.
	if !ok || now == s.binary || isBeingWritten(path) {
		return false
	}
	s.binary = now
	return true
}

// identify returns the identity of an executable; false: there is none.
func identify(path string) (identity, bool) {
	var stat unix.Stat_t
	if unix.Stat(path, &stat) != nil || stat.Mode&unix.S_IFMT != unix.S_IFREG || stat.Mode&0o111 == 0 || stat.Size == 0 {
		return identity{}, false
	}
	return identity{uint64(stat.Dev), stat.Ino, stat.Size, stat.Mtim}, true
}

// isBeingWritten says whether somebody has a file open for writing: nobody is
// given a read lease on it then (fcntl(2), F_SETLEASE). Who may not ask, for the
// file belongs to another user, is told no.
func isBeingWritten(path string) bool {
	file, err := os.OpenFile(path, os.O_RDONLY|unix.O_NONBLOCK, 0)
	if err != nil {
		return false
	}
	defer file.Close() // ends the lease
	_, err = unix.FcntlInt(file.Fd(), unix.F_SETLEASE, unix.F_RDLCK)
	return err == unix.EAGAIN
}

func isDirectory(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}
