package logs

import (
	"bytes"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// world is a pump with a container's stdout and stderr that are read.
type world struct {
	t        *testing.T
	pump     *Pump
	out, err *reader

	mu         sync.Mutex
	complaints []string
}

// patience is how long something may take that takes no time.
const patience = 20 * time.Second

func newWorld(t *testing.T, format Format) *world {
	t.Helper()
	w := &world{t: t}
	outRead, outWrite := testPipe(t)
	errRead, errWrite := testPipe(t)
	w.out, w.err = readAll(outRead), readAll(errRead)
	w.pump = NewPump(Options{Format: format, Stdout: outWrite, Stderr: errWrite, Log: w.complain, Now: func() time.Time {
		return time.Date(2026, 1, 2, 3, 4, 5, 678901234, time.FixedZone("", 3600))
	}})
	w.out.write, w.err.write = outWrite, errWrite
	return w
}

func (w *world) complain(text string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.complaints = append(w.complaints, text)
}

func (w *world) complained() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return strings.Join(w.complaints, "\n")
}

// drained ends the pump and returns all that the container has printed.
func (w *world) drained() (out, err string) {
	w.t.Helper()
	within(w.t, "Drain", func() { w.pump.Drain(patience) })
	return w.out.end(), w.err.end()
}

// start opens a stream, and returns the end that the process would have.
func (w *world) start(s Spec) (*Stream, *os.File) {
	w.t.Helper()
	if s.UID == 0 {
		s.UID = -1
	}
	if s.Program == "" {
		s.Program = "web"
	}
	if s.Stream == "" {
		s.Stream = "stdout"
	}
	stream, err := w.pump.Open(s)
	if err != nil {
		w.t.Fatal(err)
	}
	fd, err := unix.FcntlInt(stream.File().Fd(), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		w.t.Fatal(err)
	}
	child := os.NewFile(uintptr(fd), "child")
	stream.Start(7)
	return stream, child
}

// print is a process that prints text and ends.
func (w *world) print(s Spec, text ...string) {
	w.t.Helper()
	stream, child := w.start(s)
	for _, part := range text {
		if _, err := child.WriteString(part); err != nil {
			w.t.Fatal(err)
		}
	}
	child.Close()
	stream.Ended(nil)
}

// reader reads the other end of a pipe.
type reader struct {
	write *os.File
	done  chan struct{}

	mu   sync.Mutex
	more *sync.Cond
	buf  bytes.Buffer
}

func readAll(from *os.File) *reader {
	r := &reader{done: make(chan struct{})}
	r.more = sync.NewCond(&r.mu)
	go func() {
		defer close(r.done)
		block := make([]byte, 1<<16)
		for {
			n, err := from.Read(block)
			r.mu.Lock()
			r.buf.Write(block[:n])
			r.more.Broadcast()
			r.mu.Unlock()
			if err != nil {
				return
			}
		}
	}()
	return r
}

// until waits until text has been read.
func (r *reader) until(t *testing.T, text string) {
	t.Helper()
	within(t, "reading "+text, func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		for !strings.Contains(r.buf.String(), text) {
			r.more.Wait()
		}
	})
}

func (r *reader) end() string {
	r.write.Close()
	<-r.done
	return r.buf.String()
}

// within fails if f hangs.
func within(t *testing.T, what string, f func()) {
	t.Helper()
	done := make(chan struct{})
	go func() { defer close(done); f() }()
	select {
	case <-done:
	case <-time.After(patience):
		stacks := make([]byte, 1<<16)
		t.Fatalf("%s hangs\n%s", what, stacks[:runtime.Stack(stacks, true)])
	}
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

var toStdout = []Target{{Kind: Stdout}}
