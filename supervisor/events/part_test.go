package events

import (
	"testing"
	"testing/synctest"
	"time"

	"entrypoint/config"
	"entrypoint/supervisor/part/parttest"
)

// TestPart: the loop is called for a TICK at its time, once a minute at least while one
// is waited for, and not at all where nobody wants one.
func TestPart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := NewBus(Options{})
		l := &parttest.Loop{Part: Part{b}, Now: time.Now()}
		l.Add(&config.Program{Name: "web"})
		l.Remove("web")
		if at := l.Part.Due(); !at.IsZero() {
			t.Errorf("due at %v, and nobody wants a TICK", at)
		}
		var heard []string
		var dues []time.Duration
		b.Subscribe(func(e Event) { heard = append(heard, e.Type) }, Tick3600)
		start := time.Now() // midnight
		for time.Since(start) < time.Hour {
			due := l.Part.Due()
			if due.After(time.Now()) {
				dues = append(dues, time.Until(due))
			}
			time.Sleep(time.Until(due))
			l.Part.Tick(time.Now())
		}
		if len(heard) != 1 || len(dues) != 60 {
			t.Errorf("heard %q, called %d times", heard, len(dues))
		}
		for _, wait := range dues {
			if wait > time.Minute {
				t.Errorf("the clock is not looked at for %v", wait)
			}
		}
	})
}
