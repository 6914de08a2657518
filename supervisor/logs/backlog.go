package logs

import (
	"slices"
	"strconv"

	"golang.org/x/sys/unix"
)

// While nobody reads, what ended processes have printed waits in their pipes. A
// program that is started again and again must not use up all descriptors by it, nor
// wait for a reader. So there are as many such pipes for a stream of a program as
// follows, and of further processes the output is dropped.
const maxEnded = 8

// backlogs are the pipes of ended processes on a lane, by program and stream. The
// lane's lock guards them.
type backlogs struct {
	pending map[tailKey]int       // whose end the goroutine has not come to yet
	all     int                   // of them
	left    map[tailKey][]*Stream // that others still have open, the oldest first
	lost    map[tailKey]*loss
}

// loss is what was dropped of a program's stream since it was said.
type loss struct{ processes, bytes int }

func (s *Stream) key() tailKey { return tailKey{s.spec.Program, s.spec.Stream} }

// admits says whether one more may wait: fewer where descriptors are scarce.
func (b *backlogs) admits(key tailKey) bool {
	n := b.pending[key]
	if n == 0 || n >= maxEnded {
		return n == 0
	}
	var limit unix.Rlimit
	return unix.Getrlimit(unix.RLIMIT_NOFILE, &limit) != nil || uint64(b.all) < limit.Cur/8
}

// forget takes a stream out that has ended.
func (b *backlogs) forget(s *Stream) {
	key := s.key()
	if i := slices.Index(b.left[key], s); i >= 0 {
		if b.left[key] = slices.Delete(b.left[key], i, i+1); len(b.left[key]) == 0 {
			delete(b.left, key)
		}
	}
}

// processEnded is Stream.Ended.
func (l *lane) processEnded(s *Stream, done func()) {
	key := s.key()
	l.mu.Lock()
	if l.closed || l.current == s || l.behind.admits(key) {
		if l.behind.pending == nil {
			l.behind.pending = map[tailKey]int{}
		}
		l.behind.pending[key]++
		l.behind.all++
		l.mu.Unlock()
		l.order(order{kind: flush, stream: s, done: done})
		return
	}
	delete(l.streams, s.id) // from here on it is ours
	l.mu.Unlock()
	l.drop(s)
	if done != nil {
		done()
	}
}

// written notes that all of an ended process has been written.
func (l *lane) written(s *Stream) {
	key := s.key()
	l.mu.Lock()
	b := &l.behind
	b.all--
	if b.pending[key]--; b.pending[key] <= 0 {
		delete(b.pending, key)
	}
	loss := b.lost[key]
	delete(b.lost, key)
	l.mu.Unlock()
	l.tell(key, loss)
	if there := l.has(s); there {
		l.remains(s)
	}
}

func (l *lane) has(s *Stream) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.streams[s.id] == s
}

// remains keeps the pipe of an ended process that others have still open: what it
// has left behind. Of too many the oldest is closed.
func (l *lane) remains(s *Stream) {
	key := s.key()
	l.mu.Lock()
	b := &l.behind
	if b.left == nil {
		b.left = map[tailKey][]*Stream{}
	}
	if l.streams[s.id] = s; !slices.Contains(b.left[key], s) {
		b.left[key] = append(b.left[key], s)
	}
	var oldest *Stream
	if list := b.left[key]; len(list) > maxEnded {
		oldest = list[0]
		if oldest == l.current {
			oldest = list[1]
		}
		b.forget(oldest)
		delete(l.streams, oldest.id)
	}
	l.mu.Unlock()
	if oldest != nil {
		l.log(key.program + ": more than " + strconv.Itoa(maxEnded) + " ended processes have left others behind that may print on " + key.stream + "; the oldest of them is not read any more")
		oldest.release()
	}
}

// drop takes what an ended process has printed out of its pipe, for the tail and
// nothing else. The caller has taken s out of the lane.
func (l *lane) drop(s *Stream) {
	var buf [4096]byte
	n, open := s.unwritten(), true
	for {
		got, err := unix.Read(s.fd, buf[:])
		if got > 0 {
			n += got
			if s.tail != nil {
				s.tail.Add(buf[:got])
			}
			continue
		}
		if err == unix.EINTR {
			continue
		}
		open = err == unix.EAGAIN
		break
	}
	key := s.key()
	if n > 0 {
		l.mu.Lock()
		if l.behind.lost == nil {
			l.behind.lost = map[tailKey]*loss{}
		}
		lost := l.behind.lost[key]
		if lost == nil {
			lost = &loss{}
			l.behind.lost[key] = lost
		}
		lost.processes++
		lost.bytes += n
		first := lost.processes == 1
		l.mu.Unlock()
		if first {
			l.log(key.program + ": nobody reads " + l.place + ": until somebody does, what is left in the pipe of a process that ends is dropped")
		}
	}
	if open {
		l.cool(s)
		l.remains(s)
	} else {
		s.release()
	}
}

// unwritten is how much of what was read waits for the end of its line.
func (s *Stream) unwritten() (n int) {
	for _, t := range s.targets {
		n = max(n, t.waiting())
	}
	if s.capture != nil {
		n += len(s.capture.held.b)
	}
	return n
}

// tellLost says what was dropped and has not been said.
func (l *lane) tellLost() {
	l.mu.Lock()
	lost := l.behind.lost
	l.behind.lost = nil
	l.mu.Unlock()
	for key, loss := range lost {
		l.tell(key, loss)
	}
}

func (l *lane) tell(key tailKey, loss *loss) {
	if loss == nil {
		return
	}
	processes := " ended processes"
	if loss.processes == 1 {
		processes = " ended process"
	}
	l.log(key.program + ": lost " + strconv.Itoa(loss.bytes) + " bytes that " + strconv.Itoa(loss.processes) + processes + " had printed on " + key.stream +
		", because nobody read " + l.place)
}
