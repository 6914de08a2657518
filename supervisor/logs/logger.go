package logs

import (
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// Logger writes whole lines to a file descriptor. Print never blocks: a reader
// that has stopped reading costs lines, never the caller's time. The lost lines
// are counted and the count is written when the reader is back.
type Logger struct {
	fd     int
	prefix string
	queue  queue
}

// New returns a Logger for fd that puts prefix before each line. Nothing is
// started before the first line.
func New(fd int, prefix string) *Logger {
	return &Logger{fd: fd, prefix: prefix}
}

// Print writes one line; the newline is added. A line from outside may hold
// anything: control characters are written as \xNN, so that a log on a terminal
// stays a log.
func (l *Logger) Print(line string) {
	l.queue.put(l.prefix+printable(line)+"\n", l)
}

// Write passes text on as it is.
func (l *Logger) Write(text []byte) { l.queue.put(string(text), l) }

// PrintNow is Print for a line that must be out before anybody else writes: it
// is written at once, if the descriptor takes it without making us wait.
func (l *Logger) PrintNow(line string) {
	text := l.prefix + printable(line) + "\n"
	poll := []unix.PollFd{{Fd: int32(l.fd), Events: unix.POLLOUT}}
	// A pipe that is ready takes PIPE_BUF bytes at once (poll(2), pipe(7)).
	if n, _ := unix.Poll(poll, 0); n == 1 && len(text) <= pipeBuf && len(l.queue.entries) == 0 {
		l.write(text)
		return
	}
	l.queue.put(text, l)
}

const pipeBuf = 4096

// Flush waits until the lines so far are written, for at most d.
func (l *Logger) Flush(d time.Duration) { l.queue.flush(d) }

func (l *Logger) lostLines(n int64) {
	l.write(l.prefix + "(lost " + strconv.FormatInt(n, 10) + " lines: nobody was reading)\n")
}

// write ignores errors: there is no other place to report them to.
func (l *Logger) write(text string) { _ = writeFD(l.fd, []byte(text)) }

// queue is what stands between a caller that must not wait and a writer that
// may have to.
type queue struct {
	start   sync.Once
	started atomic.Bool
	entries chan entry
	lost    atomic.Int64
}

// entry is a text to write, or something else to be done by the writer, or its
// end. done is closed when it is done.
type entry struct {
	text string
	do   func()
	quit bool
	done chan struct{}
}

// queued is who writes what is in a queue.
type queued interface {
	write(text string)
	lostLines(n int64)
}

// backlog is how many lines wait for a slow reader before lines are dropped.
const backlog = 512

func (q *queue) put(text string, w queued) {
	q.open(w)
	select {
	case q.entries <- entry{text: text}:
	default:
		q.lost.Add(1)
	}
}

func (q *queue) open(w queued) {
	q.start.Do(func() {
		q.entries = make(chan entry, backlog)
		go q.run(w)
		q.started.Store(true)
	})
}

func (q *queue) run(w queued) {
	for e := range q.entries {
		if e.do != nil {
			e.do()
		}
		if e.text != "" {
			if n := q.lost.Swap(0); n > 0 {
				w.lostLines(n)
			}
			w.write(e.text)
		}
		if e.done != nil {
			close(e.done)
		}
		if e.quit {
			return
		}
	}
}

// flush waits until what has been put is written, for at most d.
func (q *queue) flush(d time.Duration) { q.await(entry{}, d) }

// await has e done after all that has been put, and waits for it at most d.
func (q *queue) await(e entry, d time.Duration) {
	if !q.started.Load() {
		return // nothing has been printed
	}
	timeout := time.NewTimer(d)
	defer timeout.Stop()
	e.done = make(chan struct{})
	select {
	case q.entries <- e:
	case <-timeout.C:
		return
	}
	select {
	case <-e.done:
	case <-timeout.C:
	}
}

func printable(line string) string {
	clean := true
	for i := range len(line) {
		if c := line[i]; c < ' ' && c != '\t' || c == 0x7f {
			clean = false
			break
		}
	}
	if clean {
		return line
	}
	const hex = "0123456789abcdef"
	out := make([]byte, 0, len(line)+8)
	for i := range len(line) {
		if c := line[i]; c < ' ' && c != '\t' || c == 0x7f {
			out = append(out, '\\', 'x', hex[c>>4], hex[c&15])
		} else {
			out = append(out, c)
		}
	}
	return string(out)
}
