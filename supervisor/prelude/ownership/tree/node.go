package tree

import (
	"sync"
	"sync/atomic"

	"golang.org/x/sys/unix"
)

// node is a directory of the tree: to be opened, read, left and, at last, changed.
type node struct {
	parent *node // nil: the tree's own
	name   string
	fd     int
	wrong  bool // its owner is another one

	unopened   atomic.Int32 // its directories that are still to be opened by fd, and one while it is read
	unfinished atomic.Int32 // its directories that are not finished yet, and one for itself
}

func newNode(parent *node, name string, wrong bool) *node {
	n := &node{parent: parent, name: name, fd: -1, wrong: wrong}
	n.unopened.Store(1)
	n.unfinished.Store(1)
	return n
}

// path is for messages.
func (n *node) path() string {
	if n.parent == nil {
		return n.name
	}
	return n.parent.path() + "/" + n.name
}

// opened says that one of the directories of n has been opened, or that n has been read. The
// last one closes it, unless it is to be changed.
func (n *node) opened() {
	if n.unopened.Add(-1) == 0 && !n.wrong {
		_ = unix.Close(n.fd)
	}
}

// stack is the directories that are still to be read. The last one is the next, so that few
// of them are open at a time.
type stack struct {
	mu    sync.Mutex
	more  sync.Cond
	nodes []*node
	busy  int // workers that may push
}

// push adds directories.
func (s *stack) push(nodes []*node) {
	if len(nodes) == 0 {
		return
	}
	s.mu.Lock()
	s.nodes = append(s.nodes, nodes...)
	s.mu.Unlock()
	s.more.Broadcast()
}

// next waits for a directory; nil: there will be none any more.
func (s *stack) next() *node {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.busy--; len(s.nodes) == 0 && s.busy > 0; {
		s.more.Wait()
	}
	if len(s.nodes) == 0 {
		s.more.Broadcast() // nobody is left who could push
		return nil
	}
	s.busy++
	n := s.nodes[len(s.nodes)-1]
	s.nodes = s.nodes[:len(s.nodes)-1]
	return n
}
