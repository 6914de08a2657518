package supervisor

import (
	"errors"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"entrypoint/config"
	"entrypoint/supervisor/process"
	"entrypoint/supervisor/program"
)

// How often an address that does not accept connections yet is asked: often at
// first, since a web application is usually there within a second.
const (
	firstProbe = 5 * time.Millisecond
	maxProbe   = 200 * time.Millisecond
)

// probing says whether u has a ready address that has not accepted yet.
func (u *unit) probing() bool {
	return !u.ready && u.PID != 0 && u.Config.Ready != (config.Probe{}) &&
		(u.State == program.Starting || u.State == program.Running)
}

// needsReady says whether everything that u depends on is ready: accepts
// connections, or where no address is known is RUNNING, or has done its work.
func (u *unit) needsReady() bool {
	for _, need := range u.needs {
		done := need.State == program.Exited && process.Code(need.Status) == 0
		if !need.ready && !done {
			return false
		}
	}
	return true
}

// probe asks the ready address of u once.
func (s *Supervisor) probe(u *unit, now time.Time) {
	if accepts(u.Config.Ready) {
		u.ready = true
		s.Log(u.Config.Name + ": ready, accepts connections on " + u.Config.Ready.Address + " after " + brief(now.Sub(u.StartedAt)))
		return
	}
	u.probeDelay = min(max(u.probeDelay*3/2, firstProbe), maxProbe)
	u.probeAt = now.Add(u.probeDelay)
}

// accepts says whether somebody listens on an address. It uses the system calls
// themselves: package net would cost PID 1 half a millisecond at every start.
// The connection is closed at once; nothing is sent. It never blocks: a unix
// socket answers at once (EAGAIN: the listener is there and busy), and so does
// the loopback interface.
func accepts(p config.Probe) bool {
	family, address := sockaddr(p)
	if address == nil {
		return false
	}
	fd, err := unix.Socket(family, unix.SOCK_STREAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return false
	}
	defer unix.Close(fd)
	err = unix.Connect(fd, address)
	if !errors.Is(err, syscall.EINPROGRESS) {
		return err == nil || errors.Is(err, syscall.EAGAIN)
	}
	fds := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLOUT}}
	if n, err := unix.Poll(fds, 1); n != 1 || err != nil {
		return false
	}
	failure, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_ERROR)
	return err == nil && failure == 0
}

func sockaddr(p config.Probe) (family int, address unix.Sockaddr) {
	if p.Network == "unix" {
		return unix.AF_UNIX, &unix.SockaddrUnix{Name: p.Address}
	}
	ip, port := p.TCP()
	if ip == nil {
		return 0, nil // config has checked it
	}
	return ip.Sockaddr(port)
}
