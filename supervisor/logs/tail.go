package logs

import (
	"sync"
	"sync/atomic"
)

// tailKey is what a tail belongs to: all incarnations of a program share it.
type tailKey struct{ program, stream string }

// Ring is the last of what was written to it, and who wants to know of more. Of a
// program's stream it is what passes through us, as it was read.
type Ring struct {
	shared *tails      // with the other rings of a pump; nil: it is alone
	joined atomic.Bool // shared has it

	mu    sync.Mutex
	buf   []byte // grows up to size
	first int    // where the oldest byte is
	n     int    // bytes that are kept
	size  int    // how many that are at most
	taps  []*tap
	total int64 // bytes so far
}

// NewRing returns a Ring that keeps size bytes.
func NewRing(size int) *Ring { return &Ring{size: size} }

// tap is one who wants to know.
type tap struct{ f func([]byte) }

// Add notes what was printed.
func (t *Ring) Add(data []byte) {
	if t.shared != nil && t.joined.CompareAndSwap(false, true) {
		t.shared.join(t) // without the lock, which others' joining takes
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.total += int64(len(data))
	for _, tap := range t.taps {
		tap.f(data)
	}
	data = data[max(0, len(data)-t.size):]
	t.room(t.n + len(data))
	if over := t.n + len(data) - len(t.buf); over > 0 {
		t.first, t.n = (t.first+over)%len(t.buf), t.n-over
	}
	if len(data) > 0 {
		at := (t.first + t.n) % len(t.buf)
		n := copy(t.buf[at:], data)
		copy(t.buf, data[n:])
		t.n += len(data)
	}
}

// room makes buf large enough for n bytes, but not larger than size.
func (t *Ring) room(n int) {
	if n = min(n, t.size); n > len(t.buf) {
		size := 256
		for size < n {
			size *= 2
		}
		t.move(min(size, t.size))
	}
}

// move makes buf size bytes long.
func (t *Ring) move(size int) {
	if t.shared != nil {
		t.shared.buffer.Give(len(t.buf) - size)
	}
	last := t.kept()
	last = last[max(0, len(last)-size):]
	buf := make([]byte, size)
	t.buf, t.first, t.n = buf, 0, copy(buf, last)
}

// kept is what is kept, in one piece: the ring's own bytes, or a copy.
func (t *Ring) kept() []byte {
	if t.first+t.n <= len(t.buf) {
		return t.buf[t.first : t.first+t.n]
	}
	last := append(make([]byte, 0, t.n), t.buf[t.first:]...)
	return append(last, t.buf[:t.n-len(last)]...)
}

// resize sets how much is kept.
func (t *Ring) resize(size int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.size = size; len(t.buf) > size {
		t.move(size)
	}
}

// tails is what the rings of a pump have together: half of the buffer at most, an
// equal part for each stream on which something was printed.
type tails struct {
	buffer *Buffer
	whole  int // what each has as long as there is room, in bytes

	mu   sync.Mutex
	list []*Ring
	each int
}

// leastTail is what a ring keeps however many there are, in bytes.
const leastTail = 1 << 10

func (s *tails) join(t *Ring) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.list = append(s.list, t)
	each := s.whole
	for each > leastTail && int64(each)*int64(len(s.list)) > s.buffer.limit/2 {
		each /= 2
	}
	if each == s.each {
		t.resize(each)
		return
	}
	s.each = each
	for _, other := range s.list {
		other.resize(each)
	}
}

// recentOf returns the tail of a stream, nil if none is kept. It needs p.mu.
func (p *Pump) recentOf(program, stream string) *Ring {
	if p.shared.whole <= 0 {
		return nil
	}
	key := tailKey{program, stream}
	t := p.tails[key]
	if t == nil {
		if p.tails == nil {
			p.tails = map[tailKey]*Ring{}
		}
		t = &Ring{size: p.shared.whole, shared: &p.shared}
		p.tails[key] = t
	}
	return t
}

// Tail returns a copy of the last that a program has printed on a stream, at most
// Options.Tail bytes, and how much that is in all. It is false where nothing has
// passed through us.
func (p *Pump) Tail(program, stream string) (last []byte, total int64, ok bool) {
	if t := p.ring(program, stream); t != nil {
		last, total = t.Last()
		return last, total, true
	}
	return nil, 0, false
}

func (p *Pump) ring(program, stream string) *Ring {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.tails[tailKey{program, stream}]
}

// Last returns a copy of what is kept, and how much has been written in all.
func (t *Ring) Last() (last []byte, total int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return append([]byte{}, t.kept()...), t.total
}

func (t *Ring) written() int64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.total
}

// Last returns a copy of the last that the process itself has printed, and not
// those before it; nil if none is kept.
func (s *Stream) Last() []byte {
	if s.tail == nil {
		return nil
	}
	last, total := s.tail.Last()
	if own := total - s.began; own >= 0 && own < int64(len(last)) { // else it was cleared, or all of it is new
		return last[int64(len(last))-own:]
	}
	return last
}

// Tap calls begin with what Tail returns, and from there on f with what is printed,
// without a gap or an overlap; f nil: that is not wanted. Both must not block, nor
// keep what they get; f is called on goroutines of the pump. cancel ends it.
func (p *Pump) Tap(program, stream string, begin, f func([]byte)) (cancel func(), ok bool) {
	t := p.ring(program, stream)
	if t == nil {
		return func() {}, false
	}
	return t.Tap(begin, f), true
}

// Tap is Pump.Tap of one Ring.
func (t *Ring) Tap(begin, f func([]byte)) (cancel func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	begin(t.kept())
	if f == nil {
		return func() {}
	}
	own := &tap{f}
	t.taps = append(t.taps, own)
	return func() { t.drop(own) }
}

func (t *Ring) drop(own *tap) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for i, other := range t.taps {
		if other == own {
			t.taps = append(t.taps[:i:i], t.taps[i+1:]...)
			return
		}
	}
}

// Clear empties it.
func (t *Ring) Clear() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.first, t.n, t.total = 0, 0, 0
}

// Clear empties what is kept of a stream; its log file is not touched.
func (p *Pump) Clear(program, stream string) {
	if t := p.ring(program, stream); t != nil {
		t.Clear()
	}
}

// AutoPath is the path of a stream's log file with a name of its own; "": it has
// none yet.
func (p *Pump) AutoPath(program, stream string) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	for key, path := range p.autos {
		if key.program == program && key.stream == stream {
			return path
		}
	}
	return ""
}
