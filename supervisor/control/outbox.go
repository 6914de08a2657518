package control

import (
	"encoding/json"
	"strconv"
	"sync/atomic"
	"time"
)

// How many bytes of answers may wait. Every client has a small share for itself,
// so that slow ones do not take the others' answers.
const (
	ownShare  = 16 << 10
	maxFollow = 1 << 20  // for a client that follows
	maxQueued = 16 << 20 // for all clients together, beside their own shares
)

// grace is how long answers that wait hold up the end of the server.
const grace = 100 * time.Millisecond

// outbox is the answers that a client has not taken yet.
type outbox struct {
	encoder *json.Encoder // writes to this outbox
	lines   []byte
	sending int // bytes that were taken out and are not written yet
	limit   int
	total   *atomic.Int64 // of all clients: lines and sending
	buffer  Buffer        // of a client that follows; nil: none is asked
	taken   int           // of buffer, in bytes
	last    bool          // what is being written ends the answer to a request
	lost    int           // lines that were dropped since the last one that was kept
}

// put adds an answer as one line, or counts it as lost. The last answer to a
// request always fits: the next request is read only after it was written.
func (o *outbox) put(a *Answer) {
	o.last = a.last()
	if o.encoder.Encode(a) != nil { // a time after the year 9999
		o.lost++
	}
}

// Write takes a whole line from the encoder.
func (o *outbox) Write(line []byte) (int, error) {
	size := len(o.lines) + o.sending + len(line)
	fits := size <= ownShare || size <= o.limit && o.total.Load()+int64(len(line)) <= maxQueued && o.reserve(len(line))
	switch {
	case o.last:
		o.tellLost()
		o.add(line)
	case o.lost > 0 || !fits: // once a line is lost, all are, until the report of it has room
		o.lost++
	default:
		o.add(line)
	}
	return len(line), nil
}

// reserve asks for n bytes of the buffer that followers share with other output
// that is held back.
func (o *outbox) reserve(n int) bool {
	if o.buffer == nil {
		return true
	}
	if !o.buffer.Take(o.taken, n) {
		return false
	}
	o.taken += n
	return true
}

func (o *outbox) add(line []byte) {
	o.lines = append(o.lines, line...)
	o.total.Add(int64(len(line)))
}

// tellLost adds how many answers are missing here.
func (o *outbox) tellLost() {
	if o.lost > 0 {
		o.add([]byte(`{"lost":` + strconv.Itoa(o.lost) + "}\n"))
		o.lost = 0
	}
}

// take empties the outbox into the hands of the writer.
func (o *outbox) take() []byte {
	o.tellLost()
	lines := o.lines
	o.lines, o.sending = nil, len(lines)
	return lines
}

// sent ends a take.
func (o *outbox) sent() {
	o.total.Add(-int64(o.sending))
	o.sending = 0
	if over := o.taken - len(o.lines); over > 0 {
		o.buffer.Give(over)
		o.taken -= over
	}
}

// write writes answers until none waits.
func (c *conn) write() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for !c.gone {
		lines := c.out.take()
		if len(lines) == 0 {
			break
		}
		c.mu.Unlock()
		err := c.writeAll(lines)
		c.mu.Lock()
		c.out.sent()
		c.gone = err != nil
	}
	if c.gone || !c.closing.IsZero() {
		c.gone = true // no more answers are queued
		c.out.take()
		c.out.sent()
		c.mu.Unlock()
		_ = c.file.Close() // wakes serve
		c.mu.Lock()
	}
	c.writing = false
	c.quiet.Broadcast()
}

// close ends the client; answers that are being written get their grace.
func (c *conn) close() {
	c.mu.Lock()
	c.closing = time.Now().Add(grace)
	_ = c.file.SetWriteDeadline(c.closing)
	writing := c.writing
	c.mu.Unlock()
	if !writing {
		_ = c.file.Close()
	}
}

// writeAll gives up when the client reads nothing for as long as our patience.
func (c *conn) writeAll(b []byte) error {
	defer c.file.SetWriteDeadline(time.Time{})
	for len(b) > 0 {
		c.mu.Lock()
		until := c.closing
		if until.IsZero() {
			until = time.Now().Add(c.server.patience)
		}
		_ = c.file.SetWriteDeadline(until)
		c.mu.Unlock()
		n, err := send(c.raw, b)
		b = b[n:]
		if err != nil {
			return err
		}
	}
	return nil
}

// flush waits until everything is written, and says whether the client is there.
func (c *conn) flush() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	for c.writing {
		c.quiet.Wait()
	}
	return !c.gone
}
