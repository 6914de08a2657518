package supervisor

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"entrypoint/config"
	"entrypoint/supervisor/notify"
	"entrypoint/supervisor/pipe"
	"entrypoint/supervisor/process"
	"entrypoint/supervisor/threads"
)

// herald is a way by which a process itself says how it is: the socket of
// sd_notify(3), a descriptor that it writes to, or what it prints.
type herald struct {
	notify *notify.Socket
	pipe   *os.File // our end of a descriptor
	match  *matcher
	warned bool // of a message that does not count
}

// openHerald gives the process that is about to start a way to tell us, if the
// configuration wants one; what it inherits is closed by close of the result.
func (s *Supervisor) openHerald(u *unit, spec *process.Spec) (opened func(), err error) {
	c, opened := u.Config, func() {}
	u.closeHerald()
	if !heard(c.Ready.Kind) && !heard(c.Live.Kind) {
		return opened, nil
	}
	h := &herald{}
	u.says = h // from here on closeHerald closes it, also after an error
	if c.Ready.Kind == config.ProbeNotify || c.Live.Kind == config.ProbeNotify {
		uid := os.Geteuid()
		if c.User != nil {
			uid = int(c.User.UID)
		}
		if h.notify, err = notify.Listen(uid, func(sender int, m notify.Message) {
			s.post(func() {
				if u.says == h && !s.ofAnother(u, sender) {
					s.checks.Notified(u.name, m, time.Now())
				}
			})
		}); err != nil {
			return opened, fmt.Errorf("cannot listen for notifications: %w", err)
		}
		spec.Env = config.SetVariable(spec.Env, "NOTIFY_SOCKET", h.notify.Name())
		if c.Live.Kind == config.ProbeNotify {
			spec.Env = config.SetVariable(spec.Env, "WATCHDOG_USEC", strconv.FormatInt(c.LivePeriod().Microseconds(), 10))
		}
	}
	switch c.Ready.Kind {
	case config.ProbeFD:
		ours, theirs, err := pipe.ToRead()
		if err != nil {
			return opened, fmt.Errorf("cannot make a pipe: %w", err)
		}
		h.pipe = os.NewFile(uintptr(ours), "pipe")
		spec.Extra, spec.ExtraFD = theirs, c.Ready.FD
		opened = func() { theirs.Close() }
		go awaitLine(h.pipe, func() { s.wrote(u, h) })
	case config.ProbeLog:
		if h.match, err = s.openMatcher(u, h); err != nil {
			return opened, fmt.Errorf("cannot search its output: %w", err)
		}
	}
	return opened, nil
}

// heard says whether the process itself says what a probe of this kind wants to
// know.
func heard(kind config.ProbeKind) bool {
	return kind == config.ProbeNotify || kind == config.ProbeFD || kind == config.ProbeLog
}

// wrote tells that a process has written a line to the descriptor of its readiness, from
// any goroutine.
func (s *Supervisor) wrote(u *unit, h *herald) {
	s.post(func() {
		if u.says == h {
			s.checks.Wrote(u.name, time.Now())
		}
	})
}

func (u *unit) closeHerald() {
	if h := u.says; h != nil {
		u.says = nil
		h.notify.Close()
		h.match.close()
		if h.pipe != nil {
			_ = h.pipe.Close()
		}
	}
}

// ofAnother says whether the sender of a message is a process of another program's,
// which may run as the same user. Of one that has ended already nothing is known, nor
// of one that has left its group: systemd-notify(1) is gone when it is heard.
func (s *Supervisor) ofAnother(u *unit, sender int) bool {
	group, err := syscall.Getpgid(sender)
	if err != nil {
		return false
	}
	other := s.byPID[group] // a program's process is the head of its group
	if other == nil || other == u {
		return false
	}
	if !u.says.warned {
		u.says.warned = true
		s.Log(u.name + ": what process " + strconv.Itoa(sender) + " of " + other.name + " says of it does not count")
	}
	return true
}

// awaitLine calls f when a line has come; its text means nothing.
func awaitLine(pipe *os.File, f func()) {
	for buf := make([]byte, 64); ; {
		n, err := threads.ReadFile(pipe, buf)
		if strings.Contains(string(buf[:n]), "\n") {
			f()
			return
		}
		if err != nil {
			return
		}
	}
}
