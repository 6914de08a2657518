package page

import (
	"strconv"
	"strings"
	"time"

	"entrypoint/supervisor/visible"
)

// moment is a time for people, in the zone of the container. The script shows it in that
// of the viewer, and keeps this one for who points at it.
func moment(t time.Time) string { return t.Local().Format("2 Jan 2006 15:04:05 MST") }

// size is a number of bytes for people.
func size(n int64) string {
	switch {
	case n >= 10<<30:
		return strconv.FormatInt(n>>30, 10) + " GiB"
	case n >= 1<<30:
		return strconv.FormatFloat(float64(n)/(1<<30), 'f', 1, 64) + " GiB"
	case n >= 10<<20:
		return strconv.FormatInt(n>>20, 10) + " MiB"
	case n >= 1<<20:
		return strconv.FormatFloat(float64(n)/(1<<20), 'f', 1, 64) + " MiB"
	}
	return strconv.FormatInt(n>>10, 10) + " KiB"
}

// seconds is how long a step has taken, for people.
func seconds(s float64) string {
	d, unit := time.Duration(s*float64(time.Second)), 10*time.Millisecond
	switch {
	case d < time.Second:
		unit = time.Millisecond
	case d > time.Minute:
		unit = time.Second
	}
	return d.Round(unit).String()
}

// span is how long something has gone on.
func span(since time.Time) string { return lasting(time.Since(since)) }

// lasting is a duration in its two largest units.
func lasting(d time.Duration) string {
	s := max(0, int64(d.Seconds()))
	two := func(a int64, unitA string, b int64, unitB string) string {
		return strconv.FormatInt(a, 10) + unitA + " " + strconv.FormatInt(b, 10) + unitB
	}
	switch {
	case s < 60:
		return strconv.FormatInt(s, 10) + "s"
	case s < 3600:
		return two(s/60, "m", s%60, "s")
	case s < 86400:
		return two(s/3600, "h", s/60%60, "m")
	}
	return two(s/86400, "d", s/3600%24, "h")
}

// cores is a number of processors as a part of one, as top has it.
func cores(n float64) string {
	digits := 0
	if n < 0.0995 {
		digits = 1
	}
	return strconv.FormatFloat(100*n, 'f', digits, 64) + " %"
}

// count is a number with its noun.
func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}

// seen shows the control characters of ASCII as pictures (U+2400), so that a log
// stays legible, and escapes the others. Line ends and tabs stay.
func seen(text string) string {
	return visible.Lines(strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return r
		case r < 0x20:
			return 0x2400 + r
		case r == 0x7f:
			return 0x2421
		}
		return r
	}, text))
}
