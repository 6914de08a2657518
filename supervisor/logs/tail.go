package logs

import "sync"

// tailKey is what a tail belongs to: all incarnations of a program share it.
type tailKey struct{ program, stream string }

// Ring is the last of what was written to it, and who wants to know of more. Of a
// program's stream it is what passes through us, as it was read.
type Ring struct {
	mu    sync.Mutex
	last  []byte
	taps  []*tap
	size  int
	total int64 // bytes so far
}

// NewRing returns a Ring that keeps size bytes.
func NewRing(size int) *Ring { return &Ring{size: size} }

// tap is one who wants to know.
type tap struct{ f func([]byte) }

// Add notes what was printed.
func (t *Ring) Add(data []byte) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.total += int64(len(data))
	for _, tap := range t.taps {
		tap.f(data)
	}
	if len(data) >= t.size {
		t.last = append(t.last[:0], data[len(data)-t.size:]...)
		return
	}
	if over := len(t.last) + len(data) - t.size; over > 0 {
		t.last = append(t.last[:0], t.last[over:]...)
	}
	t.last = append(t.last, data...)
}

// recentOf returns the tail of a stream, nil if none is kept. It needs p.mu.
func (p *Pump) recentOf(program, stream string) *Ring {
	if p.tail <= 0 {
		return nil
	}
	key := tailKey{program, stream}
	t := p.tails[key]
	if t == nil {
		if p.tails == nil {
			p.tails = map[tailKey]*Ring{}
		}
		t = &Ring{size: p.tail}
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
	return append([]byte{}, t.last...), t.total
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
	begin(t.last)
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
	t.last, t.total = nil, 0
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
