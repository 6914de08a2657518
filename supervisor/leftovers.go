package supervisor

import (
	"strconv"
	"syscall"

	"entrypoint/supervisor/process"
	"entrypoint/supervisor/program"
)

// leftovers are what main processes have left of their process groups, while those are
// told to end.
//
// A shell without exec dies of the stop signal, and the server that it has started
// lives on: a master with workers of its own, which knows how to end them when they
// have finished their work. So only processes whose parent is gone are told, each
// once; what they have started themselves is left to them. When one of these ends and
// leaves children, the parent of those is gone, and they are told in their turn.
//
// To find them, all processes may have to be looked at, so that is done once in a turn
// of the loop, for all programs, and only when something has ended.
type leftovers struct {
	groups map[*unit]*leftover // nil: nothing is left of any program
	ended  bool                // something has ended since they were looked at: others may have lost their parents
}

// leftover is what one program has left.
type leftover struct {
	signal syscall.Signal
	told   map[int]bool // by pid; nil: nobody has looked yet
}

// add is called when the group of a program is to get a signal whose main process is gone.
func (l *leftovers) add(u *unit, sig syscall.Signal) {
	if l.groups == nil {
		l.groups = map[*unit]*leftover{}
	}
	l.groups[u] = &leftover{signal: sig}
}

// drop is called when nobody is to be told any more.
func (l *leftovers) drop(u *unit) { delete(l.groups, u) }

// unseen says whether somebody of the group of u may still have to be told.
func (l *leftovers) unseen(u *unit, ended bool) bool {
	left := l.groups[u]
	return left != nil && u.State == program.Stopping && u.PID == 0 && (ended || left.told == nil)
}

// tellLeftovers tells those that have not been told.
func (s *Supervisor) tellLeftovers() {
	ended := s.leftovers.ended
	s.leftovers.ended = false
	if len(s.leftovers.groups) == 0 {
		return
	}
	var heads map[int][]int // by process group, those whose parent is gone; nil: nobody has looked yet
	for _, u := range s.units {
		if !s.leftovers.unseen(u, ended) {
			continue
		}
		if heads == nil {
			heads = s.Table.Heads()
		}
		s.tellGroup(u, s.leftovers.groups[u], heads[u.Group])
	}
}

// tellGroup tells those of one group.
func (s *Supervisor) tellGroup(u *unit, left *leftover, heads []int) {
	if left.told == nil && len(heads) == 0 {
		// It cannot be seen whose parent is gone: all of them, once.
		s.sent(u, left.signal, s.Table.SignalGroup(u.Group, left.signal))
		_ = s.Table.SignalGroup(u.Group, syscall.SIGCONT)
		s.leftovers.drop(u)
		return
	}
	if left.told == nil {
		left.told = map[int]bool{}
	}
	for _, pid := range heads {
		if left.told[pid] {
			continue
		}
		left.told[pid] = true
		if err := s.Table.Signal(pid, left.signal); err != nil {
			s.sent(u, left.signal, err)
			return
		}
		_ = s.Table.Signal(pid, syscall.SIGCONT)
		s.trace(u.name + ": sent " + process.SignalName(left.signal) + " to process " + strconv.Itoa(pid) + ", which its main process has left")
	}
}
