package logs

import (
	"encoding/binary"
	"fmt"
	"slices"
	"sync"

	"golang.org/x/sys/unix"
)

// lane is one goroutine, and while it waits one thread in epoll_wait(2), that
// carries streams to one place that may block. A reader that has stopped
// reading stops the streams of its lane and nothing else.
//
// Not the runtime's poller and a goroutine for each pipe: a thousand programs
// would cost two thousand stacks and buffers.
type lane struct {
	log   func(string)
	epoll int
	wake  int // eventfd: there are orders

	mu      sync.Mutex // held for a few instructions only, never across a write
	streams map[int32]*Stream
	next    int32
	orders  []order
	running bool
	closed  bool

	ended chan struct{} // the goroutine has ended

	// Of the goroutine alone:
	buf      []byte     // what is read
	used     int        // most of buf that has been touched since it was given back
	consoles []*console // that its streams have written to
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
	empty                  // the log files are cleared
	drain                  // everything is written and the lane ends
)

// readSize is how much is read at once: enough that the system calls do not
// count, and little enough that the data is in the cache when it is written.
const readSize = 1 << 18

// idleAfter is how many milliseconds a lane with a large used buffer waits for
// more before the memory is given back.
const idleAfter = 1000

// keep is how much of a buffer is not worth to be given back.
const keep = 1 << 14

const wakeID = -1

func newLane(log func(string)) (*lane, error) {
	epoll, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, &Error{"make", "an epoll descriptor", err}
	}
	wake, err := unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK)
	if err == nil {
		err = unix.EpollCtl(epoll, unix.EPOLL_CTL_ADD, wake, &unix.EpollEvent{Events: unix.EPOLLIN, Fd: wakeID})
		if err != nil {
			unix.Close(wake)
		}
	}
	if err != nil {
		unix.Close(epoll)
		return nil, &Error{"make", "an event descriptor", err}
	}
	return &lane{log: log, epoll: epoll, wake: wake, streams: map[int32]*Stream{}, ended: make(chan struct{})}, nil
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
	var one [8]byte
	binary.NativeEndian.PutUint64(one[:], 1)
	// EAGAIN means that the counter is at its top, and so is the wake-up.
	_, _ = unix.Write(l.wake, one[:])
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
		wait := -1
		if l.used > keep {
			wait = idleAfter
		}
		n, err := unix.EpollWait(l.epoll, events[:], wait)
		if n == 0 && err == nil {
			l.giveBack()
		}
		woken := false
		for _, e := range events[:max(n, 0)] {
			if e.Fd == wakeID {
				woken = true
			} else {
				l.read(e.Fd)
			}
		}
		if woken && l.obey() {
			return
		}
		l.flush()
	}
}

func (l *lane) read(id int32) {
	l.mu.Lock()
	s := l.streams[id]
	l.mu.Unlock()
	if s == nil {
		return
	}
	more := true
	l.safely(s, func() {
		var n int
		n, more = s.read(l.buf)
		l.used = max(l.used, n)
	})
	if !more {
		l.end(s)
	}
}

// obey does what has been ordered and says whether that was the last.
func (l *lane) obey() (last bool) {
	var count [8]byte
	_, _ = unix.Read(l.wake, count[:])
	l.mu.Lock()
	orders := l.orders
	l.orders = nil
	l.mu.Unlock()
	for _, o := range orders {
		s := o.stream
		switch {
		case o.kind == drain:
			l.drain()
			return true
		case s.fd < 0: // at its end already
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
	slices.SortFunc(streams, func(a, b *Stream) int { return int(a.id - b.id) })
	for _, s := range streams {
		l.safely(s, func() { s.rest(l.buf) })
		l.end(s)
	}
	l.flush()
	l.giveBack()
	unix.Close(l.epoll)
	unix.Close(l.wake)
}

// end is the end of a stream: nobody has its pipe open any more, or nobody
// wants to know.
func (l *lane) end(s *Stream) {
	l.safely(s, func() { s.flush(true) })
	l.mu.Lock()
	delete(l.streams, s.id)
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

// giveBack returns the memory of the buffers to the kernel.
func (l *lane) giveBack() {
	discard(l.buf)
	l.used = 0
	for _, c := range l.consoles {
		c.mu.Lock()
		if len(c.buf) == 0 { // another lane may be about to flush it
			discard(c.buf[:cap(c.buf)])
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
