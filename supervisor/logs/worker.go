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

// worker is an output worker: one goroutine that carries streams to one place that may
// block. A reader that has stopped reading stops the streams of its worker and nothing
// else.
//
// There is no goroutine for each pipe, because a thousand programs would cost two
// thousand stacks and buffers. A worker watches its pipes with an epoll descriptor of
// its own. The runtime's poller knows that descriptor only, so a worker that waits
// needs no thread.
type worker struct {
	log   func(string)
	place string          // where it leads, for people
	file  *os.File        // the epoll descriptor
	epoll int             // the same
	ready syscall.RawConn // the same

	mu      sync.Mutex // held for a few instructions only, never across a write
	streams map[int32]*Stream
	current *Stream // the stream that the goroutine reads, or writes and waits for
	next    int32
	behind  backlogs
	orders  []order   // while there are any, the deadline of file is over
	armed   time.Time // the deadline of file; zero: none
	running bool
	closed  bool

	ended chan struct{} // the goroutine has ended

	// Of the goroutine alone:
	buf      []byte        // what was read last
	used     int           // most of buf that has been touched since it was given back
	consoles []*console    // that its streams have written to
	now      time.Time     // when it woke up last
	active   time.Time     // when something was read last
	hot      []*Stream     // streams that are read at intervals (gather.go)
	nap      time.Duration // that interval
	timer    int           // descriptor in epoll that tells when it is over; 0: not made yet
	halves   []*Stream     // streams of which an unfinished line is held back
	look     time.Time     // when the first of them is due; zero: there are none
}

// order is something that the loop asks a worker to do with a stream.
type order struct {
	kind   orderKind
	stream *Stream
	done   func() // called when it is done; nil: nobody waits for it
}

type orderKind int

const (
	flush orderKind = iota // the process has ended
	empty                  // the log files are to be cleared
	drain                  // everything is written and the worker ends
)

// readSize is how much is read at once: enough that the system calls do not
// count, and little enough that the data is in the cache when it is written.
const readSize = 1 << 18

// idleAfter is how long a worker with a large used buffer waits for more before the
// memory is given back.
const idleAfter = time.Second

// keep is how many used bytes of a buffer are too few to be worth giving back.
const keep = 1 << 14

func newWorker(log func(string), place string) (*worker, error) {
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
	return &worker{log: log, place: place, file: file, epoll: epoll, ready: ready, streams: map[int32]*Stream{}, ended: make(chan struct{})}, nil
}

// add registers a stream without reading it yet. All that can fail is done
// here, before the fork.
func (w *worker) add(s *Stream) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	s.id = w.next
	w.next = (w.next + 1) & (1<<31 - 1)
	err := unix.EpollCtl(w.epoll, unix.EPOLL_CTL_ADD, s.fd, &unix.EpollEvent{Fd: s.id})
	if err != nil {
		return &Error{"watch the output of", s.spec.Program, err}
	}
	w.streams[s.id] = s
	return nil
}

// start begins to read a stream.
func (w *worker) start(s *Stream) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return
	}
	// It cannot fail: the stream is registered (epoll_ctl(2)).
	_ = unix.EpollCtl(w.epoll, unix.EPOLL_CTL_MOD, s.fd, &unix.EpollEvent{Events: unix.EPOLLIN, Fd: s.id})
	if !w.running {
		w.running = true
		go w.run()
	}
}

// forget undoes add.
func (w *worker) forget(s *Stream) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.closed {
		_ = unix.EpollCtl(w.epoll, unix.EPOLL_CTL_DEL, s.fd, nil)
	}
	delete(w.streams, s.id)
}

// order queues an order and wakes the goroutine up. It does not wait until it is done.
func (w *worker) order(o order) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		if o.done != nil {
			o.done()
		}
		return
	}
	w.orders = append(w.orders, o)
	w.arm(time.Unix(1, 0)) // wakes it up
	if !w.running {
		w.running = true
		go w.run()
	}
}

func (w *worker) run() {
	defer close(w.ended)
	w.buf = memory(readSize)
	defer func() { release(w.buf) }()
	var events [64]unix.EpollEvent
	for {
		n := w.wait(events[:])
		w.now = time.Now()
		for _, e := range events[:n] {
			if e.Fd == alarm {
				w.gather()
			} else {
				w.read(e.Fd)
			}
			runtime.Gosched() // the runtime does not know that system calls were made here
		}
		if n == 0 && w.carryOut() {
			return
		}
		w.settle()
		w.flush()
	}
}

// wait waits until streams have something to read, and returns how many; 0: there are
// orders, or something else is due.
func (w *worker) wait(events []unix.EpollEvent) (n int) {
	w.mu.Lock()
	if len(w.orders) == 0 {
		// An earlier deadline may stay: it costs a look at the clock, and not one
		// change of a timer for each line.
		if due := w.due(); due.IsZero() || w.armed.IsZero() || due.Before(w.armed) || w.armed.Before(w.now) {
			w.arm(due)
		}
	}
	w.mu.Unlock()
	_ = w.ready.Read(func(uintptr) bool {
		n, _ = threads.EpollReady(w.epoll, events)
		return n != 0 // an error is as good as nothing, and the poller would not wake us
	})
	return max(n, 0)
}

// arm sets the deadline of file. l.mu is held.
func (w *worker) arm(t time.Time) {
	if t != w.armed {
		w.armed = t
		_ = w.file.SetReadDeadline(t)
	}
}

// due is when there is work although there is nothing to read: memory to give back, or
// an unfinished line that has been held back for long enough; zero: never.
func (w *worker) due() (t time.Time) {
	if w.used > keep {
		t = w.active.Add(idleAfter)
	}
	if t.IsZero() || !w.look.IsZero() && w.look.Before(t) {
		t = w.look
	}
	return t
}

func (w *worker) read(id int32) {
	w.mu.Lock()
	s := w.streams[id]
	w.current = s
	w.mu.Unlock()
	if s == nil {
		return
	}
	n, more := w.take(s)
	if !more {
		w.end(s)
	} else if s.lines(n, w.now) {
		w.heat(s)
	}
	w.leave()
}

// take reads once from a stream that is current.
func (w *worker) take(s *Stream) (n int, more bool) {
	more = true
	w.safely(s, func() {
		n, more = s.read(w.buf)
		w.used = max(w.used, n)
	})
	if n > 0 {
		w.active = w.now
		w.holds(s)
	}
	return n, more
}

// leave says that the goroutine is done with a stream for now.
func (w *worker) leave() {
	w.mu.Lock()
	w.current = nil
	w.mu.Unlock()
}

// carryOut carries out all orders and says whether the last one was among them.
func (w *worker) carryOut() (last bool) {
	w.mu.Lock()
	orders := w.orders
	w.orders = nil
	w.mu.Unlock()
	if orders == nil && w.used > keep && w.now.Sub(w.active) >= idleAfter {
		w.giveBack()
	}
	for _, o := range orders {
		if o.kind == drain {
			w.drain()
			return true
		}
		s := o.stream
		w.mu.Lock()
		there := w.streams[s.id] == s
		if there {
			w.current = s
		}
		w.mu.Unlock()
		switch {
		case !there: // the stream has ended already
		case o.kind == empty:
			for _, t := range s.targets {
				t.clear()
			}
			if s.tail != nil {
				s.tail.Clear()
			}
		case o.kind == flush:
			more := true
			w.safely(s, func() {
				more = s.rest(w.buf)
				s.flush(false)
			})
			w.used = readSize
			if !more {
				w.end(s)
			}
		}
		w.leave()
		if o.kind == flush {
			w.written(s)
		}
		if o.done != nil {
			o.done()
		}
	}
	return false
}

// drain writes everything that has been printed and closes everything.
func (w *worker) drain() {
	w.mu.Lock()
	w.closed = true
	streams := make([]*Stream, 0, len(w.streams))
	for _, s := range w.streams {
		streams = append(streams, s)
	}
	w.mu.Unlock()
	slices.SortStableFunc(streams, func(a, b *Stream) int { return int(a.id - b.id) })
	for _, s := range streams {
		w.safely(s, func() { s.rest(w.buf) })
		w.end(s)
	}
	w.flush()
	w.giveBack()
	_ = w.file.Close()
	if w.timer > 0 {
		threads.Close(w.timer)
	}
}

// end ends a stream: no process has its pipe open any more, or the container ends.
func (w *worker) end(s *Stream) {
	w.safely(s, func() { s.flush(true) })
	w.mu.Lock()
	delete(w.streams, s.id)
	w.behind.forget(s)
	s.hot = false
	w.mu.Unlock()
	s.release() // closing the last descriptor of the pipe takes it out of epoll
}

// safely runs what may call others' code. A panic there costs a line in the
// log, not the container.
func (w *worker) safely(s *Stream, f func()) {
	defer func() {
		if r := recover(); r != nil && !s.panicked {
			s.panicked = true
			w.log("panic in the log of " + s.spec.Program + ": " + fmt.Sprint(r))
		}
	}()
	f()
}

// flush writes the blocks that were put together for the container's output.
func (w *worker) flush() {
	for _, c := range w.consoles {
		c.mu.Lock()
		c.flush()
		c.mu.Unlock()
	}
}

// uses notes a console that is to be flushed.
func (w *worker) uses(c *console) {
	if !slices.Contains(w.consoles, c) {
		w.consoles = append(w.consoles, c)
	}
}

// giveBack returns the memory of the buffers to the kernel, and the descriptors of the
// consoles.
func (w *worker) giveBack() {
	discard(w.buf)
	w.used = 0
	for _, c := range w.consoles {
		c.mu.Lock()
		if len(c.buf) == 0 { // another worker may be about to flush it
			discard(c.buf[:cap(c.buf)])
			c.sink.close()
		}
		c.mu.Unlock()
	}
}

// memory returns a buffer outside of the heap: it costs only the pages that were used,
// and those can be given back to the kernel.
func memory(size int) []byte {
	b, err := unix.Mmap(-1, 0, size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
	if err != nil {
		return make([]byte, size)
	}
	return b
}

// discard gives the pages of a buffer back; the buffer itself can be used on.
func discard(b []byte) { _ = unix.Madvise(b, unix.MADV_DONTNEED) }

func release(b []byte) { _ = unix.Munmap(b) }
