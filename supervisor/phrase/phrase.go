// Package phrase puts durations, numbers and sizes into the words of a line that people read.
package phrase

import (
	"strconv"
	"time"
)

// Lasted is the time from one moment to another, such as "3 min 20 s". Nothing is
// computed from the zero time, which stands for a moment that has not been: it would be
// two thousand years.
func Lasted(from, to time.Time) string {
	if from.IsZero() || to.IsZero() {
		return "an unknown time"
	}
	return Span(to.Sub(from))
}

// Until is the time from now to a moment that is to come, or has come.
func Until(now, at time.Time) string {
	if !at.IsZero() && at.Before(now) {
		at = now
	}
	return Lasted(now, at)
}

// Count is a number with the word for what is counted: "1 try", "5 tries".
func Count(n int, one, more string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + more
}

// Span is a duration as a reader wants to know it.
func Span(d time.Duration) string {
	if d < time.Second {
		return d.Round(time.Millisecond).String()
	}
	if d = d.Round(100 * time.Millisecond); d < time.Minute {
		return d.String()
	}
	s := int((d + time.Second/2) / time.Second)
	big, small, units := s/60, s%60, [...]string{" min", " s"}
	switch {
	case s >= 86400:
		big, small, units = s/86400, s/3600%24, [...]string{" d", " h"}
	case s >= 3600:
		big, small, units = s/3600, s/60%60, [...]string{" h", " min"}
	}
	text := strconv.Itoa(big) + units[0]
	if small > 0 {
		text += " " + strconv.Itoa(small) + units[1]
	}
	return text
}

// Bytes is a size as limits are given.
func Bytes(n int64) string {
	for i, unit := range [...]string{" GiB", " MiB", " KiB"} {
		if size := int64(1) << (30 - 10*i); n >= size && (n%size == 0 || n >= 10*size) {
			return strconv.FormatInt(n/size, 10) + unit
		}
	}
	return strconv.FormatInt(n, 10) + " bytes"
}
