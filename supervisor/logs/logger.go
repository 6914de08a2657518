package logs

import (
	"time"

	"golang.org/x/sys/unix"

	"entrypoint/supervisor/threads"
	"entrypoint/supervisor/visible"
)

// Logger writes whole lines to a file descriptor. Print never blocks: a reader
// that has stopped reading costs lines, never the caller's time. The lost lines
// are counted and the count is written when the reader is back.
type Logger struct {
	fd     int
	sink   *sink
	prefix string
	queue  queue
}

// New returns a Logger for fd that puts prefix before each line. Nothing is
// started before the first line.
func New(fd int, prefix string) *Logger {
	l := &Logger{fd: fd, sink: newSink(fd), prefix: prefix}
	l.queue.write, l.queue.rest = l.write, l.sink.close
	l.queue.lost = func(lines string) string { return prefix + "(lost " + lines + ": nobody was reading)\n" }
	return l
}

// Print writes one line; the newline is added. A line from outside may hold
// anything: what a terminal would obey is escaped (package visible).
func (l *Logger) Print(line string) {
	l.queue.put(l.prefix + visible.Line(line) + "\n")
}

// Write passes text on as it is.
func (l *Logger) Write(text []byte) { l.queue.put(string(text)) }

// PrintNow is Print for a line that must be out before anybody else writes: it
// is written at once, if the descriptor takes it without making us wait.
func (l *Logger) PrintNow(line string) {
	text := l.prefix + visible.Line(line) + "\n"
	// A pipe that is ready takes PIPE_BUF bytes at once (poll(2), pipe(7)).
	if ready, _ := threads.Ready(l.fd, unix.POLLOUT); ready != 0 && len(text) <= pipeBuf && l.queue.idle() {
		n, err := unix.Write(l.fd, []byte(text))
		if text = text[max(0, n):]; err != unix.EINTR && (err != nil || text == "") {
			return
		}
	}
	l.queue.put(text)
}

const pipeBuf = 4096

// Flush waits until the lines so far are written, for at most d.
func (l *Logger) Flush(d time.Duration) { l.queue.flush(d) }

// write ignores errors: there is no other place to report them to.
func (l *Logger) write(text []byte) { _ = l.sink.write(text) }
