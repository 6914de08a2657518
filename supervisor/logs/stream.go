package logs

import (
	"bytes"
	"errors"
	"os"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"entrypoint/supervisor/pipe"
	"entrypoint/supervisor/threads"
)

// Stream is one output stream of one process: a pipe and where it leads. Its
// exported methods are for the loop; what is read and written is the worker's.
type Stream struct {
	spec    Spec
	pump    *Pump
	worker  *worker
	targets []target
	tail    *Ring // nil: none is kept
	began   int64 // where in the tail the process begins
	auto    string
	pid     int

	file *os.File // the child's end, until it has been forked
	fd   int      // our end; -1: closed
	id   int32    // its number in the worker

	capacity int // of the pipe, in bytes
	larger   int // by how much it is larger than at first
	tried    int // the largest capacity that was asked for
	lastRead time.Time
	small    int       // reads in a row that followed each other closely and brought little
	hot      bool      // it is read at intervals, and not in epoll; guarded by the worker
	heldAt   time.Time // since when an unfinished line is held back; zero: none is
	half     bool      // it is among the worker's halves
	cutShort bool      // the log says already that the buffer has no room for what it captures
	panicked bool
	strip    strip
	capture  *capture
}

// target is one place that one stream is written to. All methods are called on
// the stream's worker.
type target interface {
	write(data []byte)
	flush()       // writes the unfinished line that is held back: it is the last
	waiting() int // how many bytes of it are held back
	settle()      // writes it too, but more of it may follow
	clear()       // empties the log, if it is a file
	close()
}

// pipe makes the pipe.
func (s *Stream) pipe() error {
	ours, theirs, err := pipe.ToRead()
	if err != nil {
		return &Error{"make a pipe for", s.spec.Program, err}
	}
	s.fd, s.file, s.capacity = ours, theirs, defaultPipe
	if s.spec.Capture > 0 && s.spec.Captured != nil {
		s.capture = &capture{
			limit: s.spec.Capture, log: s.emit, captured: s.spec.Captured, short: s.short, held: held{buffer: s.pump.buffer},
		}
	}
	own(int(theirs.Fd()), s.spec.UID)
	return nil
}

// own lets user uid open the pipe by /dev/stdout, whose permissions are those of
// the pipe's inode: 0600 and ours. Without the right to give it away all may
// write. A process for which neither works can still use its descriptor.
func own(fd, uid int) {
	if uid < 0 || uid == unix.Geteuid() {
		return
	}
	if unix.Fchown(fd, uid, -1) != nil {
		_ = unix.Fchmod(fd, 0o622)
	}
}

// File is the child's end of the pipe, until Start or Abort.
func (s *Stream) File() *os.File { return s.file }

// AutoPath is the path of the file that an Auto target goes to; "" without one.
func (s *Stream) AutoPath() string { return s.auto }

// Start says that the process has been forked: the child's end is closed here,
// and reading begins.
func (s *Stream) Start(pid int) {
	s.pid = pid
	s.file.Close()
	s.file = nil
	s.worker.start(s)
}

// Abort undoes Open: the fork has failed.
func (s *Stream) Abort() {
	s.worker.forget(s)
	s.abort()
}

// abort is release for the loop.
func (s *Stream) abort() {
	s.targets = slices.DeleteFunc(s.targets, func(t target) bool {
		to, ok := t.(*fileTarget)
		if ok {
			s.pump.leaveSoon(to.file)
		}
		return ok
	})
	s.release()
}

// Ended says that the process has ended: what is in the pipe is written, an
// unfinished line too. Reading goes on to the end of file, since a grandchild
// may hold the pipe. done, if it is not nil, is called afterwards, on a goroutine
// of the pump.
//
// If much that earlier processes of the program have printed there waits for a
// reader, what this one has left in its pipe is dropped, and the log says how much.
func (s *Stream) Ended(done func()) { s.worker.processEnded(s, done) }

// Clear empties the log files of the stream.
func (s *Stream) Clear() { s.worker.order(order{kind: empty, stream: s}) }

// release closes what s holds.
func (s *Stream) release() {
	if s.file != nil {
		s.file.Close()
		s.file = nil
	}
	if s.fd >= 0 {
		unix.Close(s.fd)
		s.fd = -1
	}
	for _, t := range s.targets {
		t.close()
	}
	s.targets = nil
	if s.capture != nil {
		s.capture.held.release()
	}
	s.pump.pipes.Give(s.larger)
	s.larger = 0
}

// short says once that the buffer has no room for what is captured.
func (s *Stream) short() {
	if !s.cutShort {
		s.cutShort = true
		s.pump.log(s.spec.Program + ": what it prints on " + s.spec.Stream + " between capture tags has no room in log_buffer; only its end is kept")
	}
}

// defaultPipe is the capacity of a new pipe (pipe(7)), busyPipe what a stream
// gets that has filled it. Not every pipe: what they hold counts as memory of the
// container, and a user's pipes may hold fs.pipe-user-pages-soft pages together, 64 MB.
const (
	defaultPipe = 1 << 16
	busyPipe    = 1 << 20
)

// read reads what the pipe has, once, and says whether there may be more.
func (s *Stream) read(buf []byte) (n int, more bool) {
	n, err := threads.Read(s.fd, buf)
	switch {
	case n > 0:
		if n >= s.capacity {
			s.grow(busyPipe)
		}
		s.chunk(buf[:n])
		return n, true
	case errors.Is(err, unix.EAGAIN), errors.Is(err, unix.EINTR):
		return 0, true
	}
	return 0, false
}

// grow enlarges the pipe to size, or less where all pipes together would be too large.
func (s *Stream) grow(size int) {
	more := size - s.capacity
	if more <= 0 || s.tried >= size {
		return
	}
	s.tried = size
	if !s.pump.pipes.Take(s.larger, more) {
		s.grow(size / 4)
		return
	}
	if _, err := unix.FcntlInt(uintptr(s.fd), unix.F_SETPIPE_SZ, size); err != nil {
		s.pump.pipes.Give(more)
		return
	}
	s.capacity, s.larger = size, s.larger+more
}

// rest reads what is in the pipe now, not what a grandchild that never stops
// adds, and says whether there may be more to come.
func (s *Stream) rest(buf []byte) (more bool) {
	n, err := unix.IoctlGetInt(s.fd, unix.TIOCINQ) // FIONREAD by its other name
	if err != nil {
		n = 0
	}
	for n > 0 {
		got, more := s.read(buf)
		if !more {
			return false
		}
		if got == 0 {
			break
		}
		n -= got
	}
	return true
}

// chunk passes on what was read: terminal sequences are removed, captured parts go to
// the capture, the rest goes to the targets.
func (s *Stream) chunk(data []byte) {
	if s.spec.StripANSI {
		if s.strip.pending(data) {
			s.cut([]byte{escape})
		}
		data = s.strip.filter(data)
	}
	s.cut(data)
}

func (s *Stream) cut(data []byte) {
	if s.capture != nil {
		s.capture.split(data)
	} else {
		s.emit(data)
	}
}

func (s *Stream) emit(data []byte) {
	if len(data) == 0 {
		return
	}
	if !s.heldAt.IsZero() && bytes.IndexByte(data, '\n') >= 0 {
		s.heldAt = time.Time{} // that line has ended
	}
	if s.spec.Chunk != nil {
		s.spec.Chunk(data)
	}
	if s.tail != nil {
		s.tail.Add(data)
	}
	for _, t := range s.targets {
		t.write(data)
	}
}

// flush writes what is held back, since the process that could finish the line is dead.
func (s *Stream) flush(last bool) {
	if s.strip.end() {
		s.cut([]byte{escape})
	}
	if s.capture != nil {
		s.capture.flush(last)
	}
	for _, t := range s.targets {
		t.flush()
	}
}
