package config

import (
	"slices"
	"strings"
)

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
func plain(s string) *text { return &text{s: s} }

// isData says whether byte i came from an expansion.
func (t *text) isData(i int) bool {
	n := t.spanAt(i)
	return n < len(t.data) && i >= t.data[n].from
}

// spanAt is the first span that ends after byte i.
func (t *text) spanAt(i int) int {
	n, _ := slices.BinarySearchFunc(t.data, i, func(d span, i int) int {
		if d.to <= i {
			return -1
		}
		return 1
	})
	return n
}

// slice is t[from:to].
func (t *text) slice(from, to int) *text {
	part := &text{s: t.s[from:to]}
	for _, d := range t.data[t.spanAt(from):] {
		if d.from >= to {
			break
		}
		part.data = append(part.data, span{max(d.from, from) - from, min(d.to, to) - from})
	}
	return part
}

// trim takes white space from both ends.
func (t *text) trim() *text {
	from := len(t.s) - len(strings.TrimLeft(t.s, " \t\r\n"))
	to := max(from, len(strings.TrimRight(t.s, " \t\r\n")))
	if to-from == len(t.s) {
		return t
	}
	return t.slice(from, to)
}

// cut cuts around the first byte that is one of set and not data.
func (t *text) cut(set string) (before, after *text, found bool) {
	for i := range len(t.s) {
		if strings.IndexByte(set, t.s[i]) >= 0 && !t.isData(i) {
			return t.slice(0, i), t.slice(i+1, len(t.s)), true
		}
	}
	return t, &text{}, false
}

// split cuts at every byte that is one of set and not data, and trims the parts.
func (t *text) split(set string) []*text {
	var parts []*text
	start := 0
	for i := range len(t.s) {
		if strings.IndexByte(set, t.s[i]) >= 0 && !t.isData(i) {
			parts = append(parts, t.slice(start, i).trim())
			start = i + 1
		}
	}
	return append(parts, t.slice(start, len(t.s)).trim())
}

// list is a comma list of names.
func (t *text) list() []string {
	parts := t.split(",")
	names := make([]string, len(parts))
	for i, part := range parts {
		names[i] = part.s
	}
	return names
}

// halfPercent makes one "%" of two that are not data: the names of log files
// were expanded twice by supervisord, so that "%%%%" was needed for one.
func (t *text) halfPercent() *text {
	if !strings.Contains(t.s, "%%") {
		return t
	}
	var out strings.Builder
	data := make([]span, 0, len(t.data))
	pos := 0
	for _, d := range t.data {
		out.WriteString(strings.ReplaceAll(t.s[pos:d.from], "%%", "%"))
		start := out.Len()
		out.WriteString(t.s[d.from:d.to])
		data = append(data, span{start, out.Len()})
		pos = d.to
	}
	out.WriteString(strings.ReplaceAll(t.s[pos:], "%%", "%"))
	return &text{out.String(), data}
}
