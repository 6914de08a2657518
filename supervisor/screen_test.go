package supervisor

import (
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"entrypoint/supervisor/incarnation"
	"entrypoint/supervisor/logs"
)

// screen is a fake of logs.Pump: a test says what processes print, and how long it
// takes until that has been read.
type screen struct {
	through bool                // everything passes through us, also what nobody listens to
	drain   time.Duration       // from the end of a process to the end of its output; negative: for ever
	refuse  func(*screen) error // why the next stream cannot be opened; nil: all can
	drained func()              // is called when the last output is to be written; nil: nobody cares

	mu      sync.Mutex
	streams []*fakeStream
	reopens int
	cleared []string
}

// fakeStream is one stream of one process.
type fakeStream struct {
	screen *screen
	spec   logs.Spec
	pid    int
	early  [][]byte // printed before we knew of the process
	last   []byte
	ends   []string // "aborted", "ended": exactly one of them
	eof    bool     // nobody reads any more
}

func (s *screen) Known(string)                              {}
func (s *screen) AutoPath(string, string) string            { return "" }
func (s *screen) Tail(string, string) ([]byte, int64, bool) { return nil, 0, false }
func (s *screen) Clear(string, string)                      {}

func (s *screen) Drain(time.Duration) {
	if s.drained != nil {
		s.drained()
	}
}

func (s *screen) Tap(string, string, func([]byte), func([]byte)) (func(), bool) {
	return func() {}, false
}

func (s *screen) Reopen() { s.reopens++ }

func (s *screen) Direct(spec logs.Spec) (*os.File, bool) {
	return nil, !s.through && spec.Chunk == nil && spec.Capture == 0
}

func (s *screen) Open(spec logs.Spec) (incarnation.Stream, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.refuse != nil {
		if err := s.refuse(s); err != nil {
			return nil, err
		}
	}
	stream := &fakeStream{screen: s, spec: spec}
	s.streams = append(s.streams, stream)
	return stream, nil
}

// print is what the last process of a program prints. Any goroutine may call it.
func (s *screen) print(program, stream, text string) {
	s.mu.Lock()
	var to *fakeStream
	for _, f := range s.streams {
		if f.spec.Program == program && f.spec.Stream == stream {
			to = f
		}
	}
	if to == nil || to.eof {
		s.mu.Unlock()
		return
	}
	if to.pid == 0 {
		to.early = append(to.early, []byte(text))
		s.mu.Unlock()
		return
	}
	s.mu.Unlock()
	to.take([]byte(text))
}

// captured is what a process prints between the tags of capture mode.
func (s *screen) captured(program, stream, text string) {
	for _, f := range s.of(program) {
		if f.spec.Stream == stream && f.spec.Captured != nil {
			f.spec.Captured([]byte(text))
		}
	}
}

// of are the streams of all processes of a program, in the order in which they were opened.
func (s *screen) of(program string) (list []*fakeStream) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range s.streams {
		if f.spec.Program == program {
			list = append(list, f)
		}
	}
	return list
}

// closed fails the test if a stream was not closed, or more than once.
func (s *screen) closed(t *testing.T) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range s.streams {
		if len(f.ends) != 1 {
			t.Errorf("%s of process %d of %s: closed %q, want one end", f.spec.Stream, f.pid, f.spec.Program, f.ends)
		}
	}
}

func (f *fakeStream) take(data []byte) {
	f.screen.mu.Lock()
	f.last = append(f.last, data...)
	f.screen.mu.Unlock()
	if f.spec.Chunk != nil {
		f.spec.Chunk(data)
	}
}

func (f *fakeStream) File() *os.File { return nil }

func (f *fakeStream) Start(pid int) {
	f.screen.mu.Lock()
	f.pid = pid
	early := f.early
	f.early = nil
	f.screen.mu.Unlock()
	for _, data := range early {
		f.take(data)
	}
}

func (f *fakeStream) Abort() { f.end("aborted") }

func (f *fakeStream) end(how string) {
	f.screen.mu.Lock()
	defer f.screen.mu.Unlock()
	f.ends = append(f.ends, how)
}

// Ended lets what is on its way arrive before the stream is at its end.
func (f *fakeStream) Ended(drained func()) {
	f.end("ended")
	if f.screen.drain < 0 {
		return
	}
	time.AfterFunc(f.screen.drain, func() {
		f.screen.mu.Lock()
		f.eof = true
		f.screen.mu.Unlock()
		if drained != nil {
			drained()
		}
	})
}

func (f *fakeStream) Clear() {
	f.screen.mu.Lock()
	defer f.screen.mu.Unlock()
	f.screen.cleared = append(f.screen.cleared, f.spec.Program+" "+f.spec.Stream)
}

func (f *fakeStream) Last() []byte {
	f.screen.mu.Lock()
	defer f.screen.mu.Unlock()
	return slices.Clone(f.last)
}
