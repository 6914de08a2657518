package supervisor

import "time"

// hour counts what happens within about an hour, in steps of five minutes: it is 16 bytes,
// however much happens.
type hour struct {
	counts [12]uint8 // of the newest step and of those before it; 255 is 255 or more
	step   uint32    // the number of the newest one, since 1970
}

const hourStep = 5 * 60 // seconds

// add counts one that happens now.
func (h *hour) add(now time.Time) {
	h.advance(now)
	if h.counts[0] < 255 {
		h.counts[0]++
	}
}

// sum is how many there were in the last 55 to 60 minutes.
func (h *hour) sum() (n int) {
	if h.step == 0 {
		return 0
	}
	h.advance(time.Now())
	for _, count := range h.counts {
		n += int(count)
	}
	return n
}

// advance makes now the newest step.
func (h *hour) advance(now time.Time) {
	step := uint32(now.Unix() / hourStep)
	for ; h.step < step; h.step++ {
		if step-h.step > uint32(len(h.counts)) {
			*h = hour{step: step}
			return
		}
		copy(h.counts[1:], h.counts[:])
		h.counts[0] = 0
	}
}
