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

// backlogs are the pipes of ended processes that a worker still reads, by program and
// stream. The worker's lock guards them.
type backlogs struct {
	pending map[tailKey]int       // how many of them have not been read to their end
	all     int                   // the sum of pending
	left    map[tailKey][]*Stream // pipes that other processes have open, the oldest first
	lost    map[tailKey]*loss
}

// loss is how much of a program's stream was dropped since the last report of it.
type loss struct{ processes, bytes int }

func (s *Stream) key() tailKey { return tailKey{s.spec.Program, s.spec.Stream} }

// admits says whether one more pipe may wait. Fewer may where descriptors are scarce.
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
func (w *worker) processEnded(s *Stream, done func()) {
	key := s.key()
	w.mu.Lock()
	if w.closed || w.current == s || w.behind.admits(key) {
		if w.behind.pending == nil {
			w.behind.pending = map[tailKey]int{}
		}
		w.behind.pending[key]++
		w.behind.all++
		w.mu.Unlock()
		w.order(order{kind: flush, stream: s, done: done})
		return
	}
	delete(w.streams, s.id) // the goroutine does not touch it from here on
	w.mu.Unlock()
	w.drop(s)
	if done != nil {
		done()
	}
}

// written notes that all of an ended process has been written.
func (w *worker) written(s *Stream) {
	key := s.key()
	w.mu.Lock()
	b := &w.behind
	b.all--
	if b.pending[key]--; b.pending[key] <= 0 {
		delete(b.pending, key)
	}
	loss := b.lost[key]
	delete(b.lost, key)
	w.mu.Unlock()
	w.tell(key, loss)
	if there := w.has(s); there {
		w.remains(s)
	}
}

func (w *worker) has(s *Stream) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.streams[s.id] == s
}

// remains keeps the pipe of an ended process that other processes still have open,
// which it has left behind. Of too many such pipes the oldest is closed.
func (w *worker) remains(s *Stream) {
	key := s.key()
	w.mu.Lock()
	b := &w.behind
	if b.left == nil {
		b.left = map[tailKey][]*Stream{}
	}
	if w.streams[s.id] = s; !slices.Contains(b.left[key], s) {
		b.left[key] = append(b.left[key], s)
	}
	var oldest *Stream
	if list := b.left[key]; len(list) > maxEnded {
		oldest = list[0]
		if oldest == w.current {
			oldest = list[1]
		}
		b.forget(oldest)
		delete(w.streams, oldest.id)
	}
	w.mu.Unlock()
	if oldest != nil {
		w.log(key.program + ": more than " + strconv.Itoa(maxEnded) + " ended processes have left others behind that may print on " + key.stream + "; the oldest of them is not read any more")
		oldest.release()
	}
}

// drop empties the pipe of an ended process. What it reads goes to the tail only. The
// caller has removed s from the worker.
func (w *worker) drop(s *Stream) {
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
		w.mu.Lock()
		if w.behind.lost == nil {
			w.behind.lost = map[tailKey]*loss{}
		}
		lost := w.behind.lost[key]
		if lost == nil {
			lost = &loss{}
			w.behind.lost[key] = lost
		}
		lost.processes++
		lost.bytes += n
		first := lost.processes == 1
		w.mu.Unlock()
		if first {
			w.log(key.program + ": nobody reads " + w.place + ": until somebody does, what is left in the pipe of a process that ends is dropped")
		}
	}
	if open {
		w.cool(s)
		w.remains(s)
	} else {
		s.release()
	}
}

// unwritten is how many bytes were read and wait for the end of their line.
func (s *Stream) unwritten() (n int) {
	for _, t := range s.targets {
		n = max(n, t.waiting())
	}
	if s.capture != nil {
		n += len(s.capture.held.b)
	}
	return n
}

// tellLost reports what was dropped and has not been reported yet.
func (w *worker) tellLost() {
	w.mu.Lock()
	lost := w.behind.lost
	w.behind.lost = nil
	w.mu.Unlock()
	for key, loss := range lost {
		w.tell(key, loss)
	}
}

func (w *worker) tell(key tailKey, loss *loss) {
	if loss == nil {
		return
	}
	processes := " ended processes"
	if loss.processes == 1 {
		processes = " ended process"
	}
	w.log(key.program + ": lost " + strconv.Itoa(loss.bytes) + " bytes that " + strconv.Itoa(loss.processes) + processes + " had printed on " + key.stream +
		", because nobody read " + w.place)
}
