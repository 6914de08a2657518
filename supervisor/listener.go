package supervisor

import (
	"errors"
	"fmt"
	"os"
	"sync/atomic"
	"time"

	"entrypoint/supervisor/process"
	"entrypoint/supervisor/threads"
)

// feeder writes to the standard input of one event listener. A listener that does
// not read blocks its feeder and nobody else.
type feeder struct {
	pipe  *os.File // our end
	queue chan []byte
	ended atomic.Bool
}

// feedQueue is how many pieces wait for a listener. The bus sends it one event,
// and no other before that has been answered.
const feedQueue = 4

func newFeeder(pipe *os.File) *feeder {
	f := &feeder{pipe: pipe, queue: make(chan []byte, feedQueue)}
	go f.run()
	return f
}

func (f *feeder) run() {
	for data := range f.queue {
		if _, err := threads.WriteFile(f.pipe, data); err != nil {
			f.ended.Store(true) // it has ended, or has closed its input
			break
		}
	}
	f.pipe.Close()
}

// send takes all of data, or none; it never waits.
func (f *feeder) send(data []byte) error {
	select {
	case f.queue <- append([]byte(nil), data...):
		return nil
	default:
		return errors.New("it does not read its standard input")
	}
}

// close ends the listener's input.
func (f *feeder) close() {
	close(f.queue)
	_ = f.pipe.SetWriteDeadline(time.Now()) // a write that waits
}

// openFeeder gives an event listener its standard input.
func (s *Supervisor) openFeeder(u *unit, spec *process.Spec) (err error) {
	ours, stdin, err := pipe(writing)
	if err != nil {
		return fmt.Errorf("cannot make a pipe for events: %w", err)
	}
	u.feeder, spec.Stdin = newFeeder(ours), stdin
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
