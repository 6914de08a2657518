package control

import (
	"errors"
	"os"
	"strconv"

	"golang.org/x/sys/unix"

	"entrypoint/supervisor/namespace"
)

var (
	errNotOurs   = &Error{NotAllowed, "this entry-point belongs to another container"}
	errWrongUser = &Error{NotAllowed, "only root and the user of entry-point may use this socket"}
)

// mostOutside is how many clients may be connected that have not shown the permit yet.
const mostOutside = 4

// welcome serves a client of the socket, or tells it why not.
func (s *Server) welcome(fd int) {
	peer, err := unix.GetsockoptUcred(fd, unix.SOL_SOCKET, unix.SO_PEERCRED)
	switch {
	case err != nil || peer.Uid != 0 && int(peer.Uid) != os.Geteuid():
		refuse(fd, errWrongUser)
	case belongs(namespace.Of(int(peer.Pid))):
		s.admit(fd, 0, byUser(peer.Uid, false))
	case s.permit != nil && s.outside.Load() < mostOutside:
		s.admitFrom(fd, 0, byUser(peer.Uid, true), true)
	default:
		refuse(fd, errNotOurs)
	}
}

// belongs says whether a process is one of our container. Where /proc does not say
// it, the kernel has said that it is in our PID namespace.
func belongs(p namespace.Place) bool { return p == namespace.Here || p == namespace.Unknown }

// look returns who listens on the socket that fd is connected to, and errBelow,
// ErrForeign or another error if that is not the entry-point of our container.
func look(fd int) (pid int, err error) {
	peer, err := unix.GetsockoptUcred(fd, unix.SOL_SOCKET, unix.SO_PEERCRED)
	if err != nil {
		return 0, err
	}
	switch place := namespace.Of(int(peer.Pid)); {
	case place == namespace.Below:
		err = errBelow
	case !belongs(place):
		err = ErrForeign
	case !trusted(peer):
		err = errors.New("a process of user " + strconv.Itoa(int(peer.Uid)) + " listens there, which is not entry-point")
	}
	return int(peer.Pid), err
}

// trusted says whether the user of a process of our container can be that of
// entry-point. Root and we ourselves can. Root also believes the user that the
// container was started as (docker run --user), but no other one: those are users
// of programs, which may bind a socket where ours is not.
func trusted(peer *unix.Ucred) bool {
	if peer.Uid == 0 || int(peer.Uid) == os.Geteuid() {
		return true
	}
	// Between listen and now, its pid may have become another process's.
	return os.Geteuid() == 0 && userOf(int(peer.Pid)) == peer.Uid && userOf(namespace.First()) == peer.Uid
}

// userOf returns the user of a process.
func userOf(pid int) uint32 {
	var stat unix.Stat_t
	if unix.Stat("/proc/"+strconv.Itoa(pid), &stat) != nil {
		return ^uint32(0) // is nobody (setuid(2))
	}
	return stat.Uid
}
