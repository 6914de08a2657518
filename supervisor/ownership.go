package supervisor

import (
	"errors"
	"os"
	"slices"
	"strings"
	"syscall"
	"time"

	"entrypoint/config"
	"entrypoint/supervisor/owner"
	"entrypoint/supervisor/process"
)

// A program that cannot have its port has its probe answered by whoever has it. So the
// answer of a probe over a connection counts when the socket is held by a process of
// the program itself (package owner says how that is found out, and when it cannot be).
// Once a socket is known as the program's own, it is enough that it still listens
// there: /proc is not walked for each health check.

// foreign is the answer of a socket that is somebody else's.
type foreign struct{ error }

// isForeign says whether the error of a probe is that somebody else has answered.
func isForeign(err error) bool { return errors.As(err, &foreign{}) }

// addressOf is what a probe connects to; the zero Address: to nothing.
func addressOf(p *config.Probe) (a owner.Address) {
	switch p.Network() {
	case "unix":
		a.Path = p.Address
	case "tcp":
		ip, port := p.TCP()
		a.IP, a.Port = string(ip), port
	}
	return a
}

// whose tells in the loop whether the socket that has answered a probe is the
// program's: nil, or an error that says who has it.
func (s *Supervisor) whose(u *unit, p *config.Probe, tell func(error, time.Time)) {
	q := owner.Question{Address: addressOf(p), PID: u.PID, Group: u.Group}
	for pid := range s.byPID {
		if pid != u.PID {
			q.Others = append(q.Others, pid)
		}
	}
	q.Others = slices.AppendSeq(q.Others, s.helpers.PIDs())
	if pid := s.door.PID(); pid != 0 {
		q.Others = append(q.Others, pid)
	}
	own := u.own[q.Address]
	go func() {
		a := owner.Answer{}
		_ = s.Files.Run("look for who listens", func() {
			a.Sockets = owner.Listening(q.Address)
			if slices.ContainsFunc(a.Sockets, func(socket string) bool { return slices.Contains(own, socket) }) {
				a.Whose = owner.Ours
				return
			}
			a = owner.Ask(q)
		})
		s.post(func() {
			now := time.Now()
			switch {
			case u.PID != q.PID || !u.isUp():
				tell(nil, now) // nobody wants to know any more
			case a.Whose == owner.Hidden:
				s.lookAs(u, &a, now, func(err error, now time.Time) {
					if err == nil {
						err = s.judgeOwner(u, p, q.Address, &a)
					}
					tell(err, now)
				})
			default:
				tell(s.judgeOwner(u, p, q.Address, &a), now)
			}
		})
	}()
}

// judgeOwner makes the answer of a probe from what is known of its socket.
func (s *Supervisor) judgeOwner(u *unit, p *config.Probe, at owner.Address, a *owner.Answer) error {
	switch a.Whose {
	case owner.Ours:
		if u.own == nil {
			u.own = map[owner.Address][]string{}
		}
		u.own[at] = a.Sockets
	case owner.Theirs:
		a.Holder.Sockets = a.Sockets
		by := s.nameOf(a.Holder)
		if by == "" {
			by = "another process"
		}
		text := p.Where() + " is held by " + by
		if u.told != text {
			u.told = text
			s.Log(u.name + ": not ready, " + text + ", so what is answered there does not count")
		}
		return foreign{errors.New(text)}
	}
	return nil
}

// lookTime is how long a helper process may take to look at descriptors.
const lookTime = 5 * time.Second

// lookAs lets a helper process of another user look at what its processes do not show
// to us. The error is that it could not be done now.
func (s *Supervisor) lookAs(u *unit, a *owner.Answer, now time.Time, tell func(error, time.Time)) {
	self, err := os.Readlink("/proc/self/exe")
	if err != nil || strings.HasSuffix(self, " (deleted)") {
		a.Whose = owner.Unknown
		tell(nil, now)
		return
	}
	spec := &process.Spec{
		File: self, Argv: append([]string{"entry-point", "ctl", "holds"}, a.Args()...), Dir: "/", Env: []string{},
		Credential: &syscall.Credential{Uid: a.UID, Gid: a.GID, Groups: []uint32{a.GID}},
	}
	s.runSpec(spec, lookTime, now, func(err error, lines []string) {
		now := time.Now()
		if s.meets(u.name, err, now) {
			tell(notAsked{err}, now)
			return
		}
		a.Looked(lines)
		tell(nil, now)
	})
}
