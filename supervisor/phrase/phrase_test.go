package phrase

import (
	"testing"
	"time"
)

func TestPhrases(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for want, got := range map[string]string{
		"3 min 20 s":      Lasted(now, now.Add(200*time.Second)),
		"an unknown time": Lasted(time.Time{}, now),
		"2.5s":            Until(now, now.Add(2500*time.Millisecond)),
		"0s":              Until(now, now.Add(-time.Hour)), // it has come
		"1 try":           Count(1, "try", "tries"),
		"0 tries":         Count(0, "try", "tries"),
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if got := Until(now, time.Time{}); got != "an unknown time" {
		t.Errorf("until a moment that is not known: %q", got)
	}
}

// TestUnits: times and sizes as people say them.
func TestUnits(t *testing.T) {
	for d, want := range map[time.Duration]string{
		4200 * time.Microsecond: "4ms", 1640 * time.Millisecond: "1.6s", 59990 * time.Millisecond: "1 min", 90 * time.Second: "1 min 30 s",
		3*time.Hour + 12*time.Minute + 4*time.Second: "3 h 12 min", 26 * time.Hour: "1 d 2 h", 48 * time.Hour: "2 d",
	} {
		if got := Span(d); got != want {
			t.Errorf("%v: %q, want %q", d, got, want)
		}
	}
	for n, want := range map[int64]string{
		256 << 20: "256 MiB", 2 << 30: "2 GiB", 1536 << 20: "1536 MiB", 100 << 10: "100 KiB", 1000: "1000 bytes",
	} {
		if got := Bytes(n); got != want {
			t.Errorf("%d: %q, want %q", n, got, want)
		}
	}
}
