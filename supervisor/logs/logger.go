package logs

import (
	"bytes"
	"errors"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"entrypoint/supervisor/logline"
	"entrypoint/supervisor/pipe"
	"entrypoint/supervisor/threads"
)

// Logger writes whole lines to a file descriptor. Print never blocks: a reader
// that has stopped reading costs lines, never the caller's time. The lost lines
// are counted and the count is written when the reader is back.
type Logger struct {
	fd    int
	sink  *sink
	from  logline.Source
	style atomic.Pointer[logline.Style]
	mask  func(text string) string // nil: there are no secrets
	queue queue
}

// New returns a Logger for fd that puts prefix before each line. Nothing is
// started before the first line.
func New(fd int, prefix string) *Logger {
	l := &Logger{fd: fd, sink: newSink(fd), from: logline.Source{Program: "entry-point", Stream: "stderr", PID: os.Getpid(), Prefix: prefix}}
	if fd == 1 {
		l.from.Stream = "stdout"
	}
	l.style.Store(&logline.Style{})
	l.queue.write, l.queue.rest = l.write, l.sink.close
	l.queue.lost = func(lines string) string { return l.line("(lost "+lines+": nobody was reading)", nil) }
	return l
}

// Mask makes f hide the secrets in lines of ours; in those that Write, PrintAs and Relay
// pass on for others it hides none. It is called before the first line.
func (l *Logger) Mask(f func(text string) string) { l.mask = f }

// Masked is a verdict that shows texts from elsewhere: it has a copy of itself in which
// mask hides the secrets.
type Masked interface {
	Masked(mask func(text string) string) any
}

// SetStyle says how lines look from now on.
func (l *Logger) SetStyle(s logline.Style) { l.style.Store(&s) }

// Style is how lines look. Where it is not the zero one, others cannot write lines of
// ours by themselves, and need Relay or Pipe.
func (l *Logger) Style() logline.Style { return *l.style.Load() }

// Print writes one line; the newline is added. A line from outside may hold
// anything: what a terminal would obey is escaped (package visible).
func (l *Logger) Print(line string) { l.Tell(line, nil) }

// Tell is Print with a verdict, whose facts are fields of the line in JSON; nil: none.
func (l *Logger) Tell(line string, verdict any) { l.queue.put(l.line(line, verdict)) }

func (l *Logger) line(text string, verdict any) string {
	if l.mask != nil {
		text = l.mask(text)
		if v, is := verdict.(Masked); is {
			verdict = v.Masked(l.mask)
		}
	}
	return l.Style().Line(l.from, text, time.Now(), verdict)
}

// PrintAs is Print for a line of somebody else's log, which has its own time, as program.
func (l *Logger) PrintAs(program, line string) {
	from := logline.Source{Program: program, Stream: l.from.Stream, PID: l.from.PID}
	l.queue.put(logline.Style{JSON: l.Style().JSON}.Line(from, line, time.Now(), nil))
}

// Write passes text on as it is.
func (l *Logger) Write(text []byte) { l.queue.put(string(text)) }

// PrintNow is Print for a line that must be out before anybody else writes: it
// is written at once, if the descriptor takes it without making us wait.
func (l *Logger) PrintNow(line string) {
	text := l.line(line, nil)
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

// Relayed makes lines of our log of what somebody else prints, who knows nothing of its
// style: a tool of the setup, the gateway. Close passes on what has no end.
type Relayed struct {
	logger *Logger
	from   logline.Source
	mu     sync.Mutex
	line   []byte
}

// longestRelayed is how much of a line is held back for its end, in bytes.
const longestRelayed = 16 << 10

// Relay returns a writer for what a program prints.
func (l *Logger) Relay(program string) *Relayed {
	return &Relayed{logger: l, from: logline.Source{Program: program, Stream: l.from.Stream, Prefix: program + ": "}}
}

// Pipe is Relay for another process: it returns what that process is to print to, for
// the caller to close when it has been started, and to wait for what it has printed when
// it has ended, for at most a limit, for others may have the pipe as well.
func (l *Logger) Pipe(program string) (w *os.File, wait func(limit time.Duration), err error) {
	ours, w, err := pipe.ToRead()
	if err != nil {
		return nil, nil, errors.New("cannot make a pipe: " + err.Error())
	}
	r := os.NewFile(uintptr(ours), "pipe")
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer r.Close()
		relayed, buf := l.Relay(program), make([]byte, 4<<10)
		defer relayed.Close()
		for {
			n, err := r.Read(buf)
			relayed.Write(buf[:n])
			if err != nil {
				return
			}
		}
	}()
	return w, func(limit time.Duration) {
		_ = r.SetReadDeadline(time.Now().Add(limit))
		<-done
	}, nil
}

// Write takes text, with as many newlines as there are.
func (r *Relayed) Write(text []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for len(text) > 0 {
		line, rest, whole := bytes.Cut(text, []byte("\n"))
		text, r.line = rest, append(r.line, line...)
		if whole || len(r.line) >= longestRelayed {
			r.put()
		}
	}
}

// Close writes a line whose end has not come.
func (r *Relayed) Close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.line) > 0 {
		r.put()
	}
}

// put needs the lock.
func (r *Relayed) put() {
	line := strings.TrimSuffix(string(r.line), "\r")
	r.line = r.line[:0]
	line = strings.TrimPrefix(line, r.from.Prefix) // it has been put there already
	r.logger.queue.put(r.logger.Style().Line(r.from, line, time.Now(), nil))
}
