package supervisor

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"entrypoint/supervisor/phrase"
	"entrypoint/supervisor/pipe"
	"entrypoint/supervisor/process"
	"entrypoint/supervisor/threads"
)

// feeder writes to the standard input of one process. One that does not read blocks
// its feeder and nobody else.
type feeder struct {
	pipe  *os.File // our end
	ended atomic.Bool
	room  interface { // counts the memory of what waits
		Take(have, n int) bool
		Give(n int)
	}

	mu      sync.Mutex
	queue   [][]byte
	waits   int // bytes that are not written yet
	counted int // and of these, those that room has counted
	closed  bool
	changed chan struct{} // holds a token when there is something to look at
}

func (s *Supervisor) newFeeder(pipe *os.File) *feeder {
	f := &feeder{pipe: pipe, room: s.Buffer, changed: make(chan struct{}, 1)}
	go f.run()
	return f
}

func (f *feeder) run() {
	for data, ok := f.next(); ok; data, ok = f.next() {
		if _, err := threads.WriteFile(f.pipe, data); err != nil {
			f.ended.Store(true) // it has ended, or has closed its input
			break
		}
		f.give(len(data))
	}
	f.pipe.Close()
	f.mu.Lock()
	f.queue, f.closed = nil, true
	f.mu.Unlock()
	f.give(f.waits)
}

// next waits for what is to be written; false: that was all.
func (f *feeder) next() (data []byte, ok bool) {
	for {
		f.mu.Lock()
		if len(f.queue) > 0 {
			data, f.queue = f.queue[0], f.queue[1:]
			f.mu.Unlock()
			return data, true
		}
		closed := f.closed
		f.mu.Unlock()
		if closed {
			return nil, false
		}
		<-f.changed
	}
}

func (f *feeder) give(n int) {
	f.mu.Lock()
	f.waits -= n
	back := max(0, f.counted-f.waits)
	f.counted -= back
	f.mu.Unlock()
	f.room.Give(back)
}

// send takes all of data, or none; it never waits. Where nothing else waits, there is
// room for anything.
func (f *feeder) send(data []byte) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return errors.New("it has closed its standard input")
	}
	if f.room.Take(f.counted, len(data)) {
		f.counted += len(data)
	} else if f.waits > 0 {
		return errors.New("it does not read its standard input: " + phrase.Bytes(int64(f.waits)) + " wait for it, and for " + phrase.Bytes(int64(len(data))) +
			" more there is no room (log_buffer)")
	}
	f.waits += len(data)
	f.queue = append(f.queue, append([]byte(nil), data...))
	f.wake()
	return nil
}

func (f *feeder) wake() {
	select {
	case f.changed <- struct{}{}:
	default:
	}
}

// close ends the input; what has not been read is lost.
func (f *feeder) close() {
	f.mu.Lock()
	f.closed = true
	f.mu.Unlock()
	f.wake()
	_ = f.pipe.SetWriteDeadline(time.Now()) // a write that waits
}

// openFeeder gives an event listener its standard input.
func (s *Supervisor) openFeeder(u *unit, spec *process.Spec) (err error) {
	ours, stdin, err := pipe.ToWrite()
	if err != nil {
		return fmt.Errorf("cannot make a pipe for events: %w", err)
	}
	u.feeder, spec.Stdin = s.newFeeder(os.NewFile(uintptr(ours), "pipe")), stdin
	return nil
}

func (u *unit) closeFeeder() {
	if u.feeder != nil {
		u.feeder.close()
		u.feeder = nil
	}
}

// feed is what the bus sends events with.
func (s *Supervisor) feed(name string, data []byte) error {
	if u := s.byName[name]; u != nil && u.feeder != nil {
		return u.feeder.send(data)
	}
	return errors.New("it is not there")
}

// postLimit bounds what a program can have on its way into the loop. A listener
// says a few bytes for each event; log events are dropped by their pool as well
// when there are too many.
const postLimit = 1 << 20

// hear returns a function for the pump that posts what a program prints to f in
// the loop, a copy of it and not too much of it at a time.
func (s *Supervisor) hear(f func(data []byte)) func(data []byte) {
	var pending atomic.Int64
	return func(data []byte) {
		n := int64(len(data))
		had := pending.Add(n) - n
		if had+n > postLimit || !s.Buffer.Take(int(had), len(data)) {
			pending.Add(-n)
			return
		}
		data = append([]byte(nil), data...)
		s.post(func() {
			pending.Add(-n)
			s.Buffer.Give(len(data))
			f(data)
		})
	}
}
