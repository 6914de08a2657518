package logs

import (
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
	l := &Logger{fd: fd, prefix: prefix}
	l.queue.write = l.write
	l.queue.lost = func(lines string) string { return prefix + "(lost " + lines + ": nobody was reading)\n" }
	return l
}

// Print writes one line; the newline is added. A line from outside may hold
// anything: control characters are written as \xNN, so that a log on a terminal
// stays a log.
func (l *Logger) Print(line string) {
	l.queue.put(l.prefix + printable(line) + "\n")
}

// Write passes text on as it is.
func (l *Logger) Write(text []byte) { l.queue.put(string(text)) }

// PrintNow is Print for a line that must be out before anybody else writes: it
// is written at once, if the descriptor takes it without making us wait.
func (l *Logger) PrintNow(line string) {
	text := l.prefix + printable(line) + "\n"
	poll := []unix.PollFd{{Fd: int32(l.fd), Events: unix.POLLOUT}}
	// A pipe that is ready takes PIPE_BUF bytes at once (poll(2), pipe(7)).
	if n, _ := unix.Poll(poll, 0); n == 1 && len(text) <= pipeBuf && l.queue.idle() {
		l.write([]byte(text))
		return
	}
	l.queue.put(text)
}

const pipeBuf = 4096

// Flush waits until the lines so far are written, for at most d.
func (l *Logger) Flush(d time.Duration) { l.queue.flush(d) }

// write ignores errors: there is no other place to report them to.
func (l *Logger) write(text []byte) { _ = writeFD(l.fd, text) }

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
