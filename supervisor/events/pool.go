package events

import (
	"slices"
	"strconv"
	"time"
)

// pool is one [eventlistener:x] with the events that wait for its processes.
type pool struct {
	name    string
	types   []string // subscribed to
	limit   int      // of the queue, buffer_size
	any     bool     // every result is as good as OK
	members []*listener
	queue   []*entry // ordered by poolSerial
	serial  int64    // of its next event
	taken   int      // bytes of the buffer, for the queue
	dropped int      // events, since a listener had nothing to do; 0: no overflow
}

// entry is an event in one pool: queued, or held by a BUSY listener.
type entry struct {
	event      Event
	serial     int64
	poolSerial int64

	taken int // bytes of the buffer

	rejections int
	notBefore  time.Time // Tick must pass this first; zero: it can go
}

// The pauses before an event is delivered again that was rejected more than once.
const (
	firstPause   = time.Second
	longestPause = 10 * time.Second
)

// reject counts a rejection and sets when the event may go again.
func (e *entry) reject(now time.Time) {
	e.rejections++
	if e.rejections > 1 {
		pause := longestPause
		if shift := e.rejections - 2; shift < 4 { // before firstPause<<4 is longer
			pause = firstPause << shift
		}
		e.notBefore = now.Add(pause)
	}
}

// enqueue puts an event in its place, which for a new one is the end. The oldest
// ones go where there are too many, or the buffer has no room.
func (b *Bus) enqueue(p *pool, e *entry) {
	b.trim(p, p.limit-1)
	for !b.reserve(p, e) && len(p.queue) > 0 {
		b.trim(p, len(p.queue)-1)
	}
	p.queue = append(p.queue, e)
	for at := len(p.queue) - 1; at > 0 && p.queue[at-1].poolSerial > e.poolSerial; at-- {
		p.queue[at-1], p.queue[at] = e, p.queue[at-1]
	}
}

// trim drops the oldest events until no more than n wait.
func (b *Bus) trim(p *pool, n int) {
	for len(p.queue) > n {
		if p.dropped == 0 {
			b.o.Log("ERRO", "pool "+p.name+" event buffer overflowed, discarding event "+strconv.FormatInt(p.queue[0].serial, 10))
		}
		p.dropped++
		b.next(p)
	}
}

// reserve asks for the buffer that an event needs, and says whether there is room.
func (b *Bus) reserve(p *pool, e *entry) bool {
	n := len(e.event.Payload)
	if b.o.Buffer == nil {
		return true
	}
	if !b.o.Buffer.Take(p.taken, n) {
		return false
	}
	p.taken += n
	e.taken = n
	return true
}

// next takes the oldest event out of the queue.
func (b *Bus) next(p *pool) *entry {
	e := p.queue[0]
	p.queue = slices.Delete(p.queue, 0, 1)
	if e.taken > 0 {
		b.o.Buffer.Give(e.taken)
		p.taken -= e.taken
		e.taken = 0
	}
	return e
}

// dispatch sends the oldest events to the listeners that can take one.
func (b *Bus) dispatch(p *pool) {
	for _, l := range p.members {
		if !l.running || l.state != ready {
			continue
		}
		if len(p.queue) == 0 {
			b.caughtUp(p)
			return
		}
		e := p.queue[0]
		if !e.notBefore.IsZero() {
			return
		}
		if b.o.Send(l.key, b.render(p, e)) != nil {
			continue // its stdin is closed, or it has just ended: another one may take it
		}
		l.state, l.entry = busy, b.next(p)
	}
}

// caughtUp says how much an overflow has cost, when it is over.
func (b *Bus) caughtUp(p *pool) {
	if p.dropped > 0 {
		events := " events were discarded"
		if p.dropped == 1 {
			events = " event was discarded"
		}
		b.o.Log("WARN", "pool "+p.name+" event buffer overflow is over, "+strconv.Itoa(p.dropped)+events)
	}
	p.dropped = 0
}

// render is the header and the payload of an event. It is valid until the next call.
func (b *Bus) render(p *pool, e *entry) []byte {
	out := append(b.envelope[:0], "ver:3.0 server:"...)
	out = append(out, b.o.Identifier...)
	out = appendNumber(out, " serial:", e.serial)
	out = append(append(out, " pool:"...), p.name...)
	out = appendNumber(out, " poolserial:", e.poolSerial)
	out = append(append(out, " eventname:"...), e.event.Type...)
	out = appendNumber(out, " len:", int64(len(e.event.Payload)))
	out = append(append(out, '\n'), e.event.Payload...)
	b.envelope = out
	return out
}
