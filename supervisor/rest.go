package supervisor

import (
	"strconv"
	"syscall"
	"time"

	"entrypoint/supervisor/process"
)

// rest is what a main process has left of its process group, while that is told to
// end.
//
// A shell without exec dies of the stop signal, and the server that it has started
// lives on: a master with workers of its own, which knows how to end them when they
// have finished their work. So only processes whose parent is gone are told, each
// once; their children are theirs. When one of these ends and leaves children, their
// parent is gone, and they are told in their turn.
type rest struct {
	signal syscall.Signal
	told   map[int]bool // by process id
}

// tellRest tells those that have not been told.
func (s *Supervisor) tellRest(u *unit, now time.Time) {
	r := &u.rest
	if r.signal == 0 || r.told == nil && s.tellGroup(u, now) {
		return
	}
	for _, pid := range s.Table.Heads(u.Group) {
		if r.told[pid] {
			continue
		}
		r.told[pid] = true
		if err := s.Table.Signal(pid, r.signal); err != nil {
			s.sent(u, r.signal, err, now)
			return
		}
		_ = s.Table.Signal(pid, syscall.SIGCONT)
		s.trace(u.name + ": sent " + process.SignalName(r.signal) + " to process " + strconv.Itoa(pid) + ", which its main process has left")
	}
}

// tellGroup tells all of the group where it cannot be seen whose parent is gone.
func (s *Supervisor) tellGroup(u *unit, now time.Time) bool {
	u.rest.told = map[int]bool{}
	if len(s.Table.Heads(u.Group)) > 0 {
		return false
	}
	sig := u.rest.signal
	u.rest.signal = 0 // all have been told
	s.sent(u, sig, s.Table.SignalGroup(u.Group, sig), now)
	return true
}
