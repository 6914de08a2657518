package incarnation

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"entrypoint/supervisor/phrase"
	"entrypoint/supervisor/pipe"
	"entrypoint/supervisor/threads"
)

// ErrClosed says that a process has closed its standard input, or has ended.
var ErrClosed = errors.New("it has closed its standard input")

// Stdin is our end of the standard input of one process. As long as nobody writes to
// it, it is an open and silent pipe. From the first write on, a goroutine waits for a
// process that does not read, and nobody else does. Any goroutine may call Write.
type Stdin struct {
	pipe   *os.File
	buffer Buffer

	mu      sync.Mutex
	queue   [][]byte      // what is to be written
	waits   int           // bytes that are not written yet
	counted int           // and of these, those that buffer has counted
	closed  bool          // nothing more is taken
	changed chan struct{} // holds a token when there is something to look at; nil: nobody has written yet
}

// openStdin makes a standard input, and returns the end of the process.
func openStdin(b Buffer) (in *Stdin, theirs *os.File, err error) {
	ours, theirs, err := pipe.ToWrite()
	if err != nil {
		return nil, nil, err
	}
	return &Stdin{pipe: os.NewFile(uintptr(ours), "pipe"), buffer: b}, theirs, nil
}

// Write takes all of data, or none; it never waits, and keeps a copy. Where nothing
// else waits, there is room for anything. The error is ErrClosed, or says how much waits
// already for a process that does not read.
func (in *Stdin) Write(data []byte) error {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.closed {
		return ErrClosed
	}
	if in.buffer.Take(in.counted, len(data)) {
		in.counted += len(data)
	} else if in.waits > 0 {
		return fmt.Errorf("it does not read its standard input: %s wait for it, and for %s more there is no room (log_buffer)",
			phrase.Bytes(int64(in.waits)), phrase.Bytes(int64(len(data))))
	}
	in.waits += len(data)
	in.queue = append(in.queue, append([]byte(nil), data...))
	if in.changed == nil {
		in.changed = make(chan struct{}, 1)
		go in.write()
	}
	in.wake()
	return nil
}

// write writes what is queued, until the process or close ends that.
func (in *Stdin) write() {
	for data, ok := in.next(); ok; data, ok = in.next() {
		if _, err := threads.WriteFile(in.pipe, data); err != nil {
			break // the process has ended, or has closed its input
		}
		in.written(len(data))
	}
	in.mu.Lock()
	in.queue, in.closed = nil, true
	rest := in.waits
	in.mu.Unlock()
	in.pipe.Close()
	in.written(rest)
}

// next waits for what is to be written; false: that was all.
func (in *Stdin) next() (data []byte, ok bool) {
	for {
		in.mu.Lock()
		if len(in.queue) > 0 {
			data, in.queue = in.queue[0], in.queue[1:]
			in.mu.Unlock()
			return data, true
		}
		closed := in.closed
		in.mu.Unlock()
		if closed {
			return nil, false
		}
		<-in.changed
	}
}

// written gives back the memory of n bytes that do not wait any more.
func (in *Stdin) written(n int) {
	in.mu.Lock()
	in.waits -= n
	back := max(0, in.counted-in.waits)
	in.counted -= back
	in.mu.Unlock()
	in.buffer.Give(back)
}

func (in *Stdin) wake() {
	select {
	case in.changed <- struct{}{}:
	default:
	}
}

// close ends the input; what has not been read is lost.
func (in *Stdin) close() {
	in.mu.Lock()
	in.closed = true
	used := in.changed != nil
	in.mu.Unlock()
	if !used {
		_ = in.pipe.Close()
		return
	}
	in.wake()
	_ = in.pipe.SetWriteDeadline(time.Now()) // ends a write that waits; the writer closes the pipe
}
