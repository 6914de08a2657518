package activation

import (
	"os"
	"slices"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// lookAfter is how long a connection may wait for a gateway that runs before we look
// at it, and how often we look while it owes us a word.
const lookAfter = 300 * time.Millisecond

// lookLast is the longest pause between two looks after somebody has come. Who is
// accepted waits nowhere that we can see; so we look again, less and less often.
const lookLast = 20 * time.Second

// The time that a gateway has for a word. It doubles each time that it was not enough,
// for a machine that is so busy would only be busier with a new gateway each time.
const (
	firstPatience = 2 * time.Second
	lastPatience  = 16 * time.Second
)

// look is a moment after somebody has come. If he still waits, the gateway is asked
// whether it is well: there may be many who come.
func (p *Part) look(now time.Time) {
	switch {
	case p.host.Stopped(p.pid):
		p.replace("it is stopped", now)
	case slices.ContainsFunc(p.files, func(f *os.File) bool { return pending(f.Fd()) }):
		p.owes, p.at = now, now.Add(lookAfter)
		p.link.Ping()
	default:
		if p.pause *= 2; p.pause <= lookLast {
			p.at = now.Add(p.pause)
		}
		if len(p.waits) == 0 {
			p.watch(now)
		}
	}
}

// lookSoon is for when there is something to see in a moment.
func (p *Part) lookSoon(now time.Time) { p.pause, p.at = lookAfter, now.Add(lookAfter) }

// urge looks at a gateway that owes us a word. One that is stopped will not give it; of
// one that only takes its time nobody can tell, before its time is over.
func (p *Part) urge(now time.Time) {
	switch {
	case p.host.Stopped(p.pid):
		p.replace("it is stopped", now)
	case now.Sub(p.owes) >= p.patience:
		p.replace("it does not answer within "+p.patience.String(), now)
		p.patience = min(2*p.patience, lastPatience)
	default:
		p.at = now.Add(lookAfter)
		if !p.greeted && p.unborn > 1 { // it may come up at last, but who waits is told meanwhile
			p.refuse()
		}
	}
}

// heard is the word of a gateway.
func (p *Part) heard(pid int, now time.Time) {
	if pid != p.pid || pid == 0 || p.ending || p.replaced {
		return
	}
	p.greeted, p.owes, p.patience = true, time.Time{}, firstPatience
	p.lookSoon(now)
}

// replace kills a gateway; the next one is started when it has ended.
func (p *Part) replace(why string, now time.Time) {
	p.tell(why, "it is replaced", now)
	p.replaced, p.at = true, time.Time{}
	_ = p.host.Signal(p.pid, syscall.SIGKILL) // ESRCH: its exit is on its way
}

// refusal is for those who come while there is no gateway that works.
const refusal = "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\nConnection: close\r\n" +
	"Content-Type: text/plain; charset=utf-8\r\nContent-Length: 64\r\n\r\nthe HTTP gateway of entry-point does not start; its log says why"

// maxRefused is how many are told so at a time.
const maxRefused = 100

// refuse tells those who wait that nobody will answer. What they ask is not looked at.
func (p *Part) refuse() {
	for _, f := range p.files {
		_ = unix.SetNonblock(int(f.Fd()), true) // it is since the first wait
		for range maxRefused {
			fd, _, err := unix.Accept4(int(f.Fd()), unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC)
			if err == unix.EINTR || err == unix.ECONNABORTED {
				continue
			}
			if err != nil {
				break // EAGAIN: that was all
			}
			go turnAway(fd)
		}
	}
}

// turnAway answers a client when it has asked something, since an answer that is there
// before the question is an error to some clients. Then it takes what the client still
// sends, until it hangs up: a close before would take our words back (RFC 1122,
// 4.2.2.13).
func turnAway(fd int) {
	c := os.NewFile(uintptr(fd), "refused")
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(time.Second))
	buf := make([]byte, 1024)
	_, _ = c.Read(buf)
	_, _ = unix.SendmsgN(fd, []byte(refusal), nil, nil, unix.MSG_NOSIGNAL)
	_ = unix.Shutdown(fd, unix.SHUT_WR)
	for {
		if _, err := c.Read(buf); err != nil {
			return
		}
	}
}
