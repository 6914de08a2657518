package logs

import (
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Logger writes whole lines to a file descriptor. Print never blocks: a reader
// that has stopped reading costs lines, never the caller's time. The lost lines
// are counted and the count is written when the reader is back.
type Logger struct {
	fd     int
	prefix string

	start   sync.Once
	started atomic.Bool
	entries chan entry
	lost    atomic.Int64
}

// entry is a line to write, or with done a mark that Flush waits for.
type entry struct {
	line string
	done chan struct{}
}

// backlog is how many lines wait for a slow reader before lines are dropped.
const backlog = 512

// New returns a Logger for fd that puts prefix before each line. Nothing is
// started before the first line.
func New(fd int, prefix string) *Logger {
	return &Logger{fd: fd, prefix: prefix}
}

// Print writes one line; the newline is added. A line from outside may hold
// anything: control characters are written as \xNN, so that a log on a terminal
// stays a log.
func (l *Logger) Print(line string) {
	l.put(l.prefix + printable(line) + "\n")
}

// Write passes text on as it is.
func (l *Logger) Write(text []byte) { l.put(string(text)) }

// PrintNow is Print for a line that must be out before anybody else writes: it
// is written at once, if the descriptor takes it without making us wait.
func (l *Logger) PrintNow(line string) {
	text := l.prefix + printable(line) + "\n"
	poll := []unix.PollFd{{Fd: int32(l.fd), Events: unix.POLLOUT}}
	// A pipe that is ready takes PIPE_BUF bytes at once (poll(2), pipe(7)).
	if n, _ := unix.Poll(poll, 0); n == 1 && len(text) <= pipeBuf && len(l.entries) == 0 {
		writeAll(l.fd, text)
		return
	}
	l.put(text)
}

const pipeBuf = 4096

func (l *Logger) put(text string) {
	l.start.Do(func() {
		l.entries = make(chan entry, backlog)
		go l.write()
		l.started.Store(true)
	})
	select {
	case l.entries <- entry{line: text}:
	default:
		l.lost.Add(1)
	}
}

// Flush waits until the lines so far are written, for at most d.
func (l *Logger) Flush(d time.Duration) {
	if !l.started.Load() {
		return // nothing has been printed
	}
	timeout := time.NewTimer(d)
	defer timeout.Stop()
	mark := entry{done: make(chan struct{})}
	select {
	case l.entries <- mark:
	case <-timeout.C:
		return
	}
	select {
	case <-mark.done:
	case <-timeout.C:
	}
}

func (l *Logger) write() {
	for e := range l.entries {
		if e.done != nil {
			close(e.done)
			continue
		}
		if n := l.lost.Swap(0); n > 0 {
			writeAll(l.fd, l.prefix+"(lost "+strconv.FormatInt(n, 10)+" lines: nobody was reading)\n")
		}
		writeAll(l.fd, e.line)
	}
}

// writeAll uses write(2) itself: os.File would end the process with SIGPIPE
// when descriptor 1 or 2 is a closed pipe. An error is nobody's business: there
// is no other place to report it to.
func writeAll(fd int, text string) {
	for data := []byte(text); len(data) > 0; {
		n, err := syscall.Write(fd, data)
		switch err {
		case nil:
			data = data[n:]
		case syscall.EINTR:
		case syscall.EAGAIN: // someone made the shared descriptor non-blocking
			time.Sleep(10 * time.Millisecond)
		default:
			return
		}
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
