package config

import "strings"

// text is a value after expansion. Its data are the byte ranges that an
// expansion has put there: they are taken as they are, so a quote, a comma or a
// "%" in an environment variable never gets a meaning.
type text struct {
	s    string
	data []span
}

// span is the range [from, to) of a string.
type span struct{ from, to int }

// plain is a text without expansions.
func plain(s string) text { return text{s: s} }

// isData says whether byte i came from an expansion.
func (t text) isData(i int) bool {
	for _, d := range t.data {
		if i < d.to {
			return i >= d.from
		}
	}
	return false
}

// slice is t[from:to].
func (t text) slice(from, to int) text {
	part := text{s: t.s[from:to]}
	for _, d := range t.data {
		if low, high := max(d.from, from), min(d.to, to); low < high {
			part.data = append(part.data, span{low - from, high - from})
		}
	}
	return part
}

// trim takes white space from both ends.
func (t text) trim() text {
	from := len(t.s) - len(strings.TrimLeft(t.s, " \t\r\n"))
	return t.slice(from, max(from, len(strings.TrimRight(t.s, " \t\r\n"))))
}

// cut cuts around the first byte that is one of set and not data.
func (t text) cut(set string) (before, after text, found bool) {
	for i := range len(t.s) {
		if strings.IndexByte(set, t.s[i]) >= 0 && !t.isData(i) {
			return t.slice(0, i), t.slice(i+1, len(t.s)), true
		}
	}
	return t, text{}, false
}

// split cuts at every byte that is one of set and not data, and trims the parts.
func (t text) split(set string) []text {
	var parts []text
	for {
		part, rest, more := t.cut(set)
		parts = append(parts, part.trim())
		if !more {
			return parts
		}
		t = rest
	}
}

// list is a comma list of names.
func (t text) list() []string {
	parts := t.split(",")
	names := make([]string, len(parts))
	for i, part := range parts {
		names[i] = part.s
	}
	return names
}

// halfPercent makes one "%" of two that are not data: the names of log files
// were expanded twice by supervisord, so that "%%%%" was needed for one.
func (t text) halfPercent() text {
	for from := 0; ; {
		i := strings.Index(t.s[from:], "%%")
		if i < 0 {
			return t
		}
		i += from
		from = i + 1
		if t.isData(i) || t.isData(i+1) {
			continue
		}
		head, tail := t.slice(0, i), t.slice(i+1, len(t.s))
		for _, d := range tail.data {
			head.data = append(head.data, span{d.from + i, d.to + i})
		}
		t = text{head.s + tail.s, head.data}
	}
}
