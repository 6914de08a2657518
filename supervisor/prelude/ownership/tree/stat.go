package tree

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// status is what statx(2) says of an entry, as far as we need it.
type status struct {
	mode     uint32
	nlink    uint32
	uid, gid uint32
	at       place
	mounted  bool // another file system, or another directory of this one, is mounted here
}

// place is which file something is.
type place struct{ dev, ino uint64 }

func (s *status) kind() uint32 { return s.mode & unix.S_IFMT }

const wanted = unix.STATX_TYPE | unix.STATX_MODE | unix.STATX_NLINK | unix.STATX_UID | unix.STATX_GID | unix.STATX_INO

// look says what a name in a directory is, and does not follow a link. The name ends with
// a NUL and need not be copied: that is what makes the walk as fast as find's.
func look(dir int, name []byte, s *status) error {
	var st unix.Statx_t
	for {
		_, _, errno := unix.Syscall6(unix.SYS_STATX, uintptr(dir), uintptr(unsafe.Pointer(&name[0])),
			unix.AT_SYMLINK_NOFOLLOW|unix.AT_NO_AUTOMOUNT|unix.AT_EMPTY_PATH, wanted, uintptr(unsafe.Pointer(&st)), 0)
		switch errno {
		case 0:
			s.take(&st)
			return nil
		case unix.EINTR:
		case unix.ENOSYS, unix.EPERM: // an old kernel, or a filter of system calls
			return lookAt(dir, unix.ByteSliceToString(name), s)
		default:
			return errno
		}
	}
}

func (s *status) take(st *unix.Statx_t) {
	s.mode, s.nlink, s.uid, s.gid = uint32(st.Mode), st.Nlink, st.Uid, st.Gid
	s.at = place{unix.Mkdev(st.Dev_major, st.Dev_minor), st.Ino}
	s.mounted = st.Attributes&unix.STATX_ATTR_MOUNT_ROOT != 0
}

// lookAt is look where there is no statx(2). A directory that is mounted from the same file
// system does not show then.
func lookAt(dir int, name string, s *status) error {
	var st unix.Stat_t
	if err := unix.Fstatat(dir, name, &st, unix.AT_SYMLINK_NOFOLLOW|unix.AT_EMPTY_PATH); err != nil {
		return err
	}
	*s = status{mode: st.Mode, nlink: uint32(st.Nlink), uid: st.Uid, gid: st.Gid, at: place{uint64(st.Dev), st.Ino}}
	return nil
}

// self is the name of what a descriptor is of, for look.
var self = [...]byte{0}
