package secret

import (
	"strconv"
	"strings"
)

// Mask is text with *** in the place of each value of the list, and of the passwords of
// URLs, be they known or not.
func (l *List) Mask(text string) string {
	for i := 0; ; {
		from, to := ofURL(text, i)
		if to == 0 {
			break
		}
		text, i = text[:from]+Shown+text[to:], from+len(Shown)
	}
	s := l.set.Load()
	if s == nil {
		return text
	}
	escapes := strings.ContainsAny(text, `%\`)
	var out []byte
	end := 0 // of what is in out or masked
	for i := range len(text) {
		n := s.match(text, i, escapes)
		if n == 0 {
			continue
		}
		if i > end || out == nil { // else it overlaps with the one before, or touches it
			out = append(append(out, text[end:i]...), Shown...)
		}
		end = max(end, i+n)
	}
	if out == nil {
		return text
	}
	return string(append(out, text[end:]...))
}

// match is how many bytes of text show a value from i on, the most that do; 0: none.
func (s *set) match(text string, i int, escapes bool) (n int) {
	for _, v := range s.from(text[i]) {
		if strings.HasPrefix(text[i:], v) && (len(v) >= plain || alone(text, i, i+len(v))) {
			n = max(n, len(v))
		} else if len(text) >= shortest {
			n = max(n, cut(text[i:], v))
		}
	}
	if !escapes {
		return n
	}
	first, _ := decode(text[i:])
	for _, v := range s.from(first[0]) {
		if k := escaped(text[i:], v); k > 0 && (len(v) >= plain || alone(text, i, i+k)) {
			n = max(n, k)
		}
	}
	return n
}

// shortest is how long a text is, at least, that somebody has cut.
const shortest = 200

// cut is how many bytes of a value are at the begin of text, where it was cut in the middle
// of that: it ends there, or goes on as where something was left out; 0: it is not.
func cut(text, value string) (n int) {
	for n < len(text) && n < len(value) && text[n] == value[n] {
		n++
	}
	if rest := text[n:]; n < plain || rest != "" && !strings.HasPrefix(rest, "...") && !strings.HasPrefix(rest, "; ") {
		return 0
	}
	return n
}

// from are the values whose first byte is c.
func (s *set) from(c byte) []string { return s.sorted[s.at[c]:s.at[int(c)+1]] }

// alone says whether text[i:j] has no letter, digit or "_" beside it.
func alone(text string, i, j int) bool {
	if j < len(text) && inWord(text[j]) {
		return false
	}
	return i == 0 || !inWord(text[i-1]) || i >= 3 && text[i-3] == '%' || i >= 2 && text[i-2] == '\\'
}

func inWord(c byte) bool {
	return 'a' <= c|0x20 && c|0x20 <= 'z' || '0' <= c && c <= '9' || c == '_' || c >= 0x80
}

// escaped is how many bytes of text are value with some of its bytes escaped; 0: text
// begins with something else.
func escaped(text, value string) int {
	i := 0
	for value != "" {
		if i == len(text) {
			return 0
		}
		b, n := decode(text[i:])
		rest, is := strings.CutPrefix(value, b)
		switch {
		case is:
			value, i = rest, i+n
		case text[i] == value[0], text[i] == '+' && value[0] == ' ': // of a form, as in a URL's query
			value, i = value[1:], i+1
		default:
			return 0
		}
	}
	return i
}

// decode is what the first n bytes of text stand for: an escape of a URL, of JSON, of Go
// or of C, or one byte. text is not empty.
func decode(text string) (b string, n int) {
	if len(text) > 1 {
		switch text[0] {
		case '%':
			if r, ok := hex(text, 1, 2); ok {
				return string([]byte{byte(r)}), 3
			}
		case '\\':
			switch c := text[1]; c {
			case 'x':
				if r, ok := hex(text, 2, 2); ok {
					return string([]byte{byte(r)}), 4
				}
			case 'u':
				if r, ok := hex(text, 2, 4); ok {
					return string(r), 6
				}
			case 'U':
				if r, ok := hex(text, 2, 8); ok {
					return string(r), 10
				}
			case '"', '\\', '\'', '/':
				return text[1:2], 2
			default:
				if i := strings.IndexByte("abtnvfr", c); i >= 0 {
					return "\a\b\t\n\v\f\r"[i : i+1], 2
				}
			}
		}
	}
	return text[:1], 1
}

// hex reads digits hexadecimal digits from i on.
func hex(text string, i, digits int) (r rune, ok bool) {
	if i+digits > len(text) {
		return 0, false
	}
	v, err := strconv.ParseUint(text[i:i+digits], 16, 32)
	return rune(v), err == nil
}
