//go:build amd64 || arm64

package entry

import "testing"

// TestQueue: the queue of the runtime is used as it is in this version of Go, and not when
// a word of it is another one.
func TestQueue(t *testing.T) {
	fresh := func() *queue {
		q := &queue{}
		q.wanted[0].Store(1<<1 | 1<<2 | 1<<3 | 1<<6 | 1<<15)
		return q
	}
	if err := look(fresh(), 0); err != nil {
		t.Errorf("fresh: %v", err)
	}
	taken := fresh()
	taken.mask[0].Store(1<<15 | 1<<1)
	taken.ignored[0] = 1<<1 | 1<<2
	if err := look(taken, 0b111); err != nil {
		t.Errorf("HUP, INT and QUIT are ignored, and TERM has come: %v", err)
	}
	for what, change := range map[string]func(*queue){
		"our word is somewhere else": func(q *queue) { q.wanted[1].Store(q.wanted[0].Swap(0)) },
		"our word has changed":       func(q *queue) { q.wanted[0].Or(1 << 10) },
		"more is queued":             func(q *queue) { q.mask[0].Store(1 << 10) },
		"a signal above 31":          func(q *queue) { q.mask[1].Store(1) },
		"others are ignored":         func(q *queue) { q.ignored[0] = 1 << 3 },
		"it was read from":           func(q *queue) { q.received[2] = 1 },
		"it is used":                 func(q *queue) { q.used = true },
		"somebody waits for it":      func(q *queue) { q.note = 1 },
	} {
		q := fresh()
		change(q)
		if look(q, 0) == nil {
			t.Errorf("%s: taken for good", what)
		}
	}
	if look(fresh(), 0b11) == nil {
		t.Error("the runtime has not noticed that HUP and INT are ignored: taken for good")
	}
}
