package supervisor

import (
	"testing"
	"testing/synctest"
	"time"
)

// TestHour: what happened within the hour counts, to five minutes; there is no end of it.
func TestHour(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var h hour
		if h.sum() != 0 {
			t.Error("something has happened")
		}
		h.add(time.Now())
		h.add(time.Now())
		time.Sleep(50 * time.Minute)
		h.add(time.Now())
		if n := h.sum(); n != 3 {
			t.Errorf("%d after 50 minutes", n)
		}
		time.Sleep(11 * time.Minute)
		if n := h.sum(); n != 1 {
			t.Errorf("%d after 61 minutes", n)
		}
		time.Sleep(1000 * time.Hour)
		if n := h.sum(); n != 0 {
			t.Errorf("%d after weeks", n)
		}
		for range 1000 {
			h.add(time.Now())
		}
		if n := h.sum(); n != 255 {
			t.Errorf("%d of 1,000 in one moment", n)
		}
	})
}
