package activation

import (
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// waiting is the wait for a connection.
type waiting struct {
	waits  []*os.File // descriptors of the sockets on which one is waited for
	waited int        // how often we have begun to wait: what is posted of an earlier wait means nothing
}

// wait waits for a connection on every socket.
func (p *Part) wait(now time.Time) {
	p.rest()
	if p.over {
		return
	}
	if p.short {
		if p.openAll(); p.short {
			p.at = now.Add(shortDelay)
		}
	}
	p.watch(now)
}

// watch lets connected be called when somebody connects.
func (p *Part) watch(now time.Time) {
	p.rest()
	p.waited++
	for i, f := range p.files {
		own, err := pollable(f)
		if err != nil { // no descriptor is free
			p.rest()
			if p.pid != 0 { // it accepts; we look later
				p.at = now.Add(shortDelay)
				return
			}
			p.putOff(err, "cannot wait for connections on "+url(&p.open[i])+": ", now)
			return
		}
		p.waits = append(p.waits, own)
		waited := p.waited
		go func() {
			if await(own) {
				p.host.Post(func() { p.connected(waited, time.Now()) })
			}
		}()
	}
}

// rest ends all waits.
func (p *Part) rest() {
	for _, f := range p.waits {
		_ = f.Close()
	}
	p.waits = nil
}

// pollable is a descriptor of its own for the runtime's poller, which tells it
// from the one in the Set. The flag is the socket's: the gateway wants it so, too.
func pollable(f *os.File) (*os.File, error) {
	fd, err := unix.FcntlInt(f.Fd(), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	if err := unix.SetNonblock(fd, true); err != nil {
		unix.Close(fd)
		return nil, err
	}
	return os.NewFile(uintptr(fd), f.Name()), nil
}

// await returns true when a connection waits in the queue of a socket, or has come
// since, even if somebody has accepted it: a gateway that accepts a thousand in a
// second does not wake us as often. It returns false when the socket is closed before.
// It accepts nothing.
func await(f *os.File) bool {
	raw, _ := f.SyscallConn() // fails for a nil File only
	woken := false
	return raw.Read(func(fd uintptr) bool {
		if woken {
			return true
		}
		woken = true
		return pending(fd)
	}) == nil
}

// pending says whether a connection waits in the queue of a socket.
func pending(fd uintptr) bool {
	for {
		p := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
		if n, err := unix.Poll(p, 0); err != unix.EINTR {
			return n > 0
		}
	}
}
