package door

import (
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// wait waits for a connection on every socket.
func (d *Door) wait(now time.Time) {
	d.rest()
	if d.over {
		return
	}
	if d.short {
		if d.openAll(); d.short {
			d.at = now.Add(shortDelay)
		}
	}
	d.watch(now)
}

// watch lets knock be called when somebody connects.
func (d *Door) watch(now time.Time) {
	d.rest()
	d.waited++
	for i, f := range d.files {
		own, err := pollable(f)
		if err != nil { // no descriptor is free
			d.rest()
			if d.pid != 0 { // it accepts; we look later
				d.at = now.Add(shortDelay)
				return
			}
			d.putOff(err, "cannot wait for connections on "+url(&d.open[i])+": ", now)
			return
		}
		d.waits = append(d.waits, own)
		waited := d.waited
		go func() {
			if await(own) {
				d.Post(func() { d.knock(waited, time.Now()) })
			}
		}()
	}
}

// rest ends all waits.
func (d *Door) rest() {
	for _, f := range d.waits {
		_ = f.Close()
	}
	d.waits = nil
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
