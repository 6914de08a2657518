package logs

import "sync"

// tailKey is what a tail belongs to: all incarnations of a program share it.
type tailKey struct{ program, stream string }

// recent is the last that a program has printed on one stream, and who wants to
// know of more. It is what passes through us, as it was read.
type recent struct {
	mu   sync.Mutex
	last []byte
	taps []*tap
	size int
}

// tap is one who wants to know.
type tap struct{ f func([]byte) }

// add notes what was printed.
func (t *recent) add(data []byte) {
	t.mu.Lock()
	defer t.mu.Unlock()
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
func (p *Pump) recentOf(program, stream string) *recent {
	if p.tail <= 0 {
		return nil
	}
	key := tailKey{program, stream}
	t := p.tails[key]
	if t == nil {
		if p.tails == nil {
			p.tails = map[tailKey]*recent{}
		}
		t = &recent{size: p.tail}
		p.tails[key] = t
	}
	return t
}

// Tail returns a copy of the last that a program has printed on a stream, at most
// Options.Tail bytes. It is false where nothing has passed through us.
func (p *Pump) Tail(program, stream string) (last []byte, ok bool) {
	_, ok = p.Tap(program, stream, func(data []byte) { last = append(last, data...) }, nil)
	return last, ok
}

// Tap calls begin with what Tail returns, and from there on f with what is printed,
// without a gap or an overlap; f nil: that is not wanted. Both must not block, nor
// keep what they get; f is called on goroutines of the pump. cancel ends it.
func (p *Pump) Tap(program, stream string, begin, f func([]byte)) (cancel func(), ok bool) {
	p.mu.Lock()
	t := p.tails[tailKey{program, stream}]
	p.mu.Unlock()
	if t == nil {
		return func() {}, false
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	begin(t.last)
	if f == nil {
		return func() {}, true
	}
	own := &tap{f}
	t.taps = append(t.taps, own)
	return func() { t.drop(own) }, true
}

func (t *recent) drop(own *tap) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for i, other := range t.taps {
		if other == own {
			t.taps = append(t.taps[:i:i], t.taps[i+1:]...)
			return
		}
	}
}

// forget empties it.
func (t *recent) forget() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.last = nil
}
