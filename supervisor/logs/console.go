package logs

import (
	"os"
	"sync"

	"golang.org/x/sys/unix"
)

// console is the container's stdout or stderr. Output workers put lines into it, which
// are written in blocks of whole lines as far as they fit.
type console struct {
	file     *os.File
	fd       int
	sink     *sink
	terminal bool
	name     string
	log      func(string)
	worker   *worker // of the streams whose first target it is; guarded by the pump

	mu    sync.Mutex // held across writes: for workers only, never for the loop
	buf   []byte     // what waits to be written; its capacity never changes
	open  *consoleTarget
	grown bool
	deaf  bool // writing has failed, and the log says so already
}

// consoleSize is how much is written at once.
const consoleSize = 1 << 18

func newConsole(f *os.File, name string, log func(string)) *console {
	c := &console{file: f, name: name, log: log}
	switch f { // Fd would make the descriptor blocking, and others share it
	case os.Stdout:
		c.fd = 1
	case os.Stderr:
		c.fd = 2
	default:
		c.fd = int(f.Fd())
	}
	c.sink = newSink(c.fd)
	_, err := unix.IoctlGetTermios(c.fd, unix.TCGETS)
	c.terminal = err == nil
	return c
}

// look says whether lines may be coloured: only on a terminal, and not if
// NO_COLOR is set (no-color.org).
func (c *console) look() bool { return c.terminal && os.Getenv("NO_COLOR") == "" }

// reserve makes room for n bytes in buf as far as it can and says whether it could.
func (c *console) reserve(n int) bool {
	if n <= cap(c.buf)-len(c.buf) {
		return true
	}
	if c.buf == nil {
		c.buf = memory(consoleSize)[:0]
	}
	c.flush()
	return n <= cap(c.buf)
}

func (c *console) put(text []byte) {
	if c.reserve(len(text)) {
		c.buf = append(c.buf, text...)
	} else {
		c.write(text)
	}
}

// putString is put for a short text.
func (c *console) putString(text string) {
	c.reserve(len(text))
	c.buf = append(c.buf, text...)
}

func (c *console) flush() {
	if len(c.buf) > 0 {
		c.write(c.buf)
		c.buf = c.buf[:0]
	}
}

// write waits for the reader as long as there is one. Without a reader the bytes are
// lost; a reader that comes later (of a FIFO) gets what is printed from then on.
func (c *console) write(text []byte) {
	if len(text) >= defaultPipe && !c.grown {
		// A larger pipe means fewer switches between us and the reader. It fails where
		// this is no pipe, which does not matter.
		c.grown = true
		_, _ = unix.FcntlInt(uintptr(c.fd), unix.F_SETPIPE_SZ, busyPipe)
	}
	err := c.sink.write(text)
	if err != nil && !c.deaf {
		c.log("cannot write to " + c.name + ": " + err.Error() + "; what programs print is lost until it can be written again")
	}
	c.deaf = err != nil
}

// consoleTarget is a stream's way to a console, in one of the formats.
type consoleTarget struct {
	stream  *Stream
	console *console
	lines   lines
	format  lineWriter // nil: as printed
}

func (p *Pump) consoleTarget(s *Stream, c *console) *consoleTarget {
	t := &consoleTarget{stream: s, console: c, lines: lines{held: held{buffer: p.buffer}}}
	switch p.format {
	case Prefix:
		p.widen(s.spec.Program)
		t.format = &prefixFormat{target: t, pump: p, colour: p.colour(s.spec.Program, c)}
	case JSON:
		t.format = &jsonFormat{target: t, now: p.now}
	}
	return t
}

func (t *consoleTarget) write(data []byte) {
	c := t.console
	c.mu.Lock()
	defer c.mu.Unlock()
	t.stream.worker.uses(c)
	if t.format == nil {
		c.flush()
		c.write(data)
		return
	}
	t.format.begin()
	t.lines.add(data, t.format)
}

func (t *consoleTarget) flush() {
	if t.format == nil || t.lines.empty() {
		return
	}
	c := t.console
	c.mu.Lock()
	defer c.mu.Unlock()
	t.stream.worker.uses(c)
	t.format.begin()
	t.lines.flush(t.format)
}

// settle shows the unfinished line that is held back.
func (t *consoleTarget) settle() {
	if t.format == nil || t.waiting() == 0 {
		return
	}
	c := t.console
	c.mu.Lock()
	defer c.mu.Unlock()
	t.stream.worker.uses(c)
	t.format.begin()
	t.lines.pass(nil, t.format)
}

func (t *consoleTarget) waiting() int { return len(t.lines.held.b) }
func (t *consoleTarget) clear()       {}
func (t *consoleTarget) close()       { t.lines.held.release() }
