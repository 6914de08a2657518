package supervisor

import (
	"strconv"
	"syscall"
	"time"

	"entrypoint/supervisor/process"
	"entrypoint/supervisor/program"
)

// rest is what a main process has left of its process group, while that is told to
// end.
//
// A shell without exec dies of the stop signal, and the server that it has started
// lives on: a master with workers of its own, which knows how to end them when they
// have finished their work. So only processes whose parent is gone are told, each
// once; their children are theirs. When one of these ends and leaves children, their
// parent is gone, and they are told in their turn.
//
// To find them, all processes may have to be looked at, so that is done once in a turn
// of the loop, for all programs, and only when something has ended.
type rest struct {
	signal syscall.Signal // 0: nobody is to be told
	told   map[int]bool   // by process id; nil: nobody has been yet
}

// tellRests tells those that have not been told.
func (s *Supervisor) tellRests(now time.Time) {
	again := s.reaped // others may have lost their parents
	s.reaped = false
	var heads map[int][]int // by process group; nil: nobody has looked yet
	for _, u := range s.units {
		if u.rest.signal == 0 || u.State != program.Stopping || u.PID != 0 || !again && u.rest.told != nil {
			continue
		}
		if heads == nil {
			heads = s.Table.Heads()
		}
		s.tellRest(u, heads[u.Group], now)
	}
}

func (s *Supervisor) tellRest(u *unit, heads []int, now time.Time) {
	r := &u.rest
	if r.told == nil && len(heads) == 0 {
		// It cannot be seen whose parent is gone: all of them, once.
		s.sent(u, r.signal, s.Table.SignalGroup(u.Group, r.signal), now)
		_ = s.Table.SignalGroup(u.Group, syscall.SIGCONT)
		r.signal = 0
		return
	}
	if r.told == nil {
		r.told = map[int]bool{}
	}
	for _, pid := range heads {
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
