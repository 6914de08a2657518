package logs

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"entrypoint/supervisor/threads"
)

// lane is one goroutine that carries streams to one place that may block. A reader
// that has stopped reading stops the streams of its lane and nothing else.
//
// Not a goroutine for each pipe: a thousand programs would cost two thousand stacks
// and buffers. Its pipes are in an epoll descriptor of its own, which is all that
// the runtime's poller knows of, so that a lane that waits needs no thread either.
type lane struct {
	log   func(string)
	place string          // where it leads, for people
	file  *os.File        // the epoll descriptor
	epoll int             // the same
	ready syscall.RawConn // the same

	mu      sync.Mutex // held for a few instructions only, never across a write
	streams map[int32]*Stream
	current *Stream // that the goroutine reads, or waits to write something of
	next    int32
	behind  backlogs
	orders  []order   // while there are any, the deadline of file is over
	armed   time.Time // the deadline of file; zero: none
	running bool
	closed  bool

	ended chan struct{} // the goroutine has ended

	// Of the goroutine alone:
	buf      []byte        // what is read
	used     int           // most of buf that has been touched since it was given back
	consoles []*console    // that its streams have written to
	now      time.Time     // when it woke up last
	active   time.Time     // when something was read last
	hot      []*Stream     // that are read at intervals
	nap      time.Duration // the interval
	timer    int           // descriptor in epoll that tells when it is over; 0: not made yet
	halves   []*Stream     // with an unfinished line that is held back
	look     time.Time     // when to look at them; zero: there are none
}

// order is what the loop wants done on the lane.
type order struct {
	kind   orderKind
	stream *Stream
	done   func() // called when it is done; nil: nobody waits for it
}

type orderKind int

const (
	flush orderKind = iota // the process has ended
	empty                  // the log files are to be cleared
	drain                  // everything is written and the lane ends
)

// readSize is how much is read at once: enough that the system calls do not
// count, and little enough that the data is in the cache when it is written.
const readSize = 1 << 18

// idleAfter is how long a lane with a large used buffer waits for more before the
// memory is given back.
const idleAfter = time.Second

// keep is how much of a buffer is not worth to be given back.
const keep = 1 << 14

func newLane(log func(string), place string) (*lane, error) {
	epoll, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, &Error{"make", "an epoll descriptor", err}
	}
	_ = unix.SetNonblock(epoll, true) // else the poller would not have it
	file := os.NewFile(uintptr(epoll), "epoll")
	if err := file.SetReadDeadline(time.Time{}); err != nil {
		file.Close()
		return nil, &Error{"watch", "an epoll descriptor", err}
	}
	ready, _ := file.SyscallConn() // fails for a nil File only
	return &lane{log: log, place: place, file: file, epoll: epoll, ready: ready, streams: map[int32]*Stream{}, ended: make(chan struct{})}, nil
}

// add registers a stream without reading it yet. All that can fail is done
// here, before the fork.
func (l *lane) add(s *Stream) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	s.id = l.next
	l.next = (l.next + 1) & (1<<31 - 1)
	err := unix.EpollCtl(l.epoll, unix.EPOLL_CTL_ADD, s.fd, &unix.EpollEvent{Fd: s.id})
	if err != nil {
		return &Error{"watch the output of", s.spec.Program, err}
	}
	l.streams[s.id] = s
	return nil
}

// start begins to read a stream.
func (l *lane) start(s *Stream) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return
	}
	// It cannot fail: the stream is registered (epoll_ctl(2)).
	_ = unix.EpollCtl(l.epoll, unix.EPOLL_CTL_MOD, s.fd, &unix.EpollEvent{Events: unix.EPOLLIN, Fd: s.id})
	if !l.running {
		l.running = true
		go l.run()
	}
}

// forget undoes add.
func (l *lane) forget(s *Stream) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.closed {
		_ = unix.EpollCtl(l.epoll, unix.EPOLL_CTL_DEL, s.fd, nil)
	}
	delete(l.streams, s.id)
}

// order has something done. It does not wait for it.
func (l *lane) order(o order) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		if o.done != nil {
			o.done()
		}
		return
	}
	l.orders = append(l.orders, o)
	l.arm(time.Unix(1, 0)) // wakes it up
	if !l.running {
		l.running = true
		go l.run()
	}
}

func (l *lane) run() {
	defer close(l.ended)
	l.buf = memory(readSize)
	defer func() { release(l.buf) }()
	var events [64]unix.EpollEvent
	for {
		n := l.wait(events[:])
		l.now = time.Now()
		for _, e := range events[:n] {
			if e.Fd == alarm {
				l.gather()
			} else {
				l.read(e.Fd)
			}
			runtime.Gosched() // they were no calls of which the runtime knows
		}
		if n == 0 && l.obey() {
			return
		}
		l.settle()
		l.flush()
	}
}

// wait waits for something to read, and returns how many streams have it; 0: there
// are orders, or something else is due.
func (l *lane) wait(events []unix.EpollEvent) (n int) {
	l.mu.Lock()
	if len(l.orders) == 0 {
		// An earlier deadline may stay: it costs a look at the clock, and not one
		// change of a timer for each line.
		if due := l.due(); due.IsZero() || l.armed.IsZero() || due.Before(l.armed) || l.armed.Before(l.now) {
			l.arm(due)
		}
	}
	l.mu.Unlock()
	_ = l.ready.Read(func(uintptr) bool {
		n, _ = threads.EpollReady(l.epoll, events)
		return n != 0 // an error is as good as nothing, and the poller would not wake us
	})
	return max(n, 0)
}

// arm sets the deadline of file. l.mu is held.
func (l *lane) arm(t time.Time) {
	if t != l.armed {
		l.armed = t
		_ = l.file.SetReadDeadline(t)
	}
}

// due is when there is something to do without anything to read: memory to give
// back, or a line that is held back for long enough; zero: never.
func (l *lane) due() (t time.Time) {
	if l.used > keep {
		t = l.active.Add(idleAfter)
	}
	if t.IsZero() || !l.look.IsZero() && l.look.Before(t) {
		t = l.look
	}
	return t
}

func (l *lane) read(id int32) {
	l.mu.Lock()
	s := l.streams[id]
	l.current = s
	l.mu.Unlock()
	if s == nil {
		return
	}
	n, more := l.take(s)
	if !more {
		l.end(s)
	} else if s.lines(n, l.now) {
		l.heat(s)
	}
	l.leave()
}

// take reads once from a stream that is current.
func (l *lane) take(s *Stream) (n int, more bool) {
	more = true
	l.safely(s, func() {
		n, more = s.read(l.buf)
		l.used = max(l.used, n)
	})
	if n > 0 {
		l.active = l.now
		l.holds(s)
	}
	return n, more
}

// leave says that the goroutine is done with a stream for now.
func (l *lane) leave() {
	l.mu.Lock()
	l.current = nil
	l.mu.Unlock()
}

// obey does what has been ordered and says whether that was the last.
func (l *lane) obey() (last bool) {
	l.mu.Lock()
	orders := l.orders
	l.orders = nil
	l.mu.Unlock()
	if orders == nil && l.used > keep && l.now.Sub(l.active) >= idleAfter {
		l.giveBack()
	}
	for _, o := range orders {
		if o.kind == drain {
			l.drain()
			return true
		}
		s := o.stream
		l.mu.Lock()
		there := l.streams[s.id] == s
		if there {
			l.current = s
		}
		l.mu.Unlock()
		switch {
		case !there: // at its end already
		case o.kind == empty:
			for _, t := range s.targets {
				t.clear()
			}
			if s.tail != nil {
				s.tail.Clear()
			}
		case o.kind == flush:
			more := true
			l.safely(s, func() {
				more = s.rest(l.buf)
				s.flush(false)
			})
			l.used = readSize
			if !more {
				l.end(s)
			}
		}
		l.leave()
		if o.kind == flush {
			l.written(s)
		}
		if o.done != nil {
			o.done()
		}
	}
	return false
}

// drain writes everything that has been printed and closes everything.
func (l *lane) drain() {
	l.mu.Lock()
	l.closed = true
	streams := make([]*Stream, 0, len(l.streams))
	for _, s := range l.streams {
		streams = append(streams, s)
	}
	l.mu.Unlock()
	slices.SortStableFunc(streams, func(a, b *Stream) int { return int(a.id - b.id) })
	for _, s := range streams {
		l.safely(s, func() { s.rest(l.buf) })
		l.end(s)
	}
	l.flush()
	l.giveBack()
	_ = l.file.Close()
	if l.timer > 0 {
		threads.Close(l.timer)
	}
}

// end is the end of a stream: nobody has its pipe open any more, or nobody
// wants to know.
func (l *lane) end(s *Stream) {
	l.safely(s, func() { s.flush(true) })
	l.mu.Lock()
	delete(l.streams, s.id)
	l.behind.forget(s)
	s.hot = false
	l.mu.Unlock()
	s.release() // closing the last descriptor of the pipe takes it out of epoll
}

// safely runs what may call others' code. A panic there costs a line in the
// log, not the container.
func (l *lane) safely(s *Stream, f func()) {
	defer func() {
		if r := recover(); r != nil && !s.panicked {
			s.panicked = true
			l.log("panic in the log of " + s.spec.Program + ": " + fmt.Sprint(r))
		}
	}()
	f()
}

// flush writes what has been put together for the container's output.
func (l *lane) flush() {
	for _, c := range l.consoles {
		c.mu.Lock()
		c.flush()
		c.mu.Unlock()
	}
}

// uses notes a console that is to be flushed.
func (l *lane) uses(c *console) {
	if !slices.Contains(l.consoles, c) {
		l.consoles = append(l.consoles, c)
	}
}

// giveBack returns the memory of the buffers to the kernel, and the descriptors of the
// consoles.
func (l *lane) giveBack() {
	discard(l.buf)
	l.used = 0
	for _, c := range l.consoles {
		c.mu.Lock()
		if len(c.buf) == 0 { // another lane may be about to flush it
			discard(c.buf[:cap(c.buf)])
			c.sink.close()
		}
		c.mu.Unlock()
	}
}

// memory is a buffer outside of the heap: it costs what has been touched of it,
// and can be given back.
func memory(size int) []byte {
	b, err := unix.Mmap(-1, 0, size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
	if err != nil {
		return make([]byte, size)
	}
	return b
}

// discard gives the memory back and keeps the buffer.
func discard(b []byte) { _ = unix.Madvise(b, unix.MADV_DONTNEED) }

func release(b []byte) { _ = unix.Munmap(b) }
