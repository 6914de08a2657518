package logs

import (
	"sync/atomic"

	"golang.org/x/sys/unix"
)

// Buffer counts the memory that output takes while it is held back: lines that
// have not ended, what is captured, what waits for syslog, for event listeners and
// for those who follow a log. There is one for all of them together, so that it
// does not matter to PID 1 how many there are. It is safe for any goroutine.
type Buffer struct {
	limit int64
	used  atomic.Int64
}

const (
	// DefaultBuffer is the size of a Buffer where nobody says, in bytes.
	DefaultBuffer = 4 << 20

	// ownBuffer is what each holder gets whatever the others have, in bytes: an
	// ordinary line is never cut.
	ownBuffer = 1 << 12
)

// NewBuffer returns a Buffer of limit bytes.
func NewBuffer(limit int64) *Buffer { return &Buffer{limit: limit} }

// Take asks for n bytes more for a holder that has had have bytes so far, and says
// whether it gets them. Nobody gets more than is left for all others: one alone may
// have half of the buffer, ten an eleventh each, and whoever comes last finds room.
// So it is fair without anybody having to be asked to give something back. A
// holder's first 4 kB are never refused.
func (b *Buffer) Take(have, n int) bool {
	want := int64(have) + int64(n)
	for {
		used := b.used.Load()
		if want > ownBuffer && want > b.limit-used {
			return false
		}
		if b.used.CompareAndSwap(used, used+int64(n)) {
			return true
		}
	}
}

// Give gives back n bytes that Take has granted.
func (b *Buffer) Give(n int) { b.used.Add(-int64(n)) }

// Used is how many bytes are taken.
func (b *Buffer) Used() int64 { return b.used.Load() }

// held is what one holder holds back. Up to ownBuffer it is in the heap; from there
// on it has a mapping of its own, which grows without being copied and goes back to
// the kernel at once, while the collector would let the heap become twice as large
// as what is used of it.
type held struct {
	buffer *Buffer
	b      []byte
	mapped bool
}

// add appends data, or does nothing and returns false: there is no room.
func (h *held) add(data []byte) bool {
	if need := len(h.b) + len(data); need > cap(h.b) && !h.grow(need) {
		return false
	}
	h.b = append(h.b, data...)
	return true
}

// grow makes room for need bytes in all, and says whether it could.
func (h *held) grow(need int) bool {
	const step = 1 << 14
	have, size := cap(h.b), 64
	if need > ownBuffer {
		size = (max(need, have+have/4) + step - 1) &^ (step - 1)
	}
	for size < need {
		size *= 2
	}
	if !h.buffer.Take(have, size-have) {
		return false
	}
	var err error
	switch b := h.b; {
	case size <= ownBuffer:
		h.b = append(make([]byte, 0, size), b...)
	case h.mapped:
		if b, err = unix.Mremap(b[:have], size, unix.MREMAP_MAYMOVE); err == nil {
			h.b = b[:len(h.b)]
		}
	default:
		if b, err = unix.Mmap(-1, 0, size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE); err == nil {
			h.b, h.mapped = append(b[:0], h.b...), true
		}
	}
	if err != nil { // ENOMEM: too many mappings, or ulimit -v
		h.buffer.Give(size - have)
	}
	return err == nil
}

// drop forgets the first n bytes.
func (h *held) drop(n int) { h.b = h.b[:copy(h.b, h.b[n:])] }

// clear forgets everything. What is small is kept for the next time.
func (h *held) clear() {
	if h.mapped {
		h.release()
	}
	h.b = h.b[:0]
}

// release gives everything back.
func (h *held) release() {
	if h.buffer == nil {
		return
	}
	h.buffer.Give(cap(h.b))
	if h.mapped {
		release(h.b[:cap(h.b)])
	}
	h.b, h.mapped = nil, false
}
