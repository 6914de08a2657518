package visible

import (
	"io"
	"unicode/utf8"
)

// Line is text as it can stand in one line: what is not to be seen is escaped,
// only tabs stay.
func Line(text string) string {
	if clean(text, false) {
		return text
	}
	return string(Append(make([]byte, 0, len(text)+16), text))
}

// Lines is Line for text of several lines: line feeds stay, too.
func Lines(text string) string {
	if clean(text, true) {
		return text
	}
	return string(appendText(make([]byte, 0, len(text)+16), text, true))
}

// Writer passes on to W what Lines makes of each text that is written.
type Writer struct{ W io.Writer }

func (w Writer) Write(text []byte) (int, error) {
	if _, err := io.WriteString(w.W, Lines(string(text))); err != nil {
		return 0, err
	}
	return len(text), nil
}

// Append appends Line of text.
func Append(dst []byte, text string) []byte { return appendText(dst, text, false) }

// clean says whether nothing has to be escaped in a text of ASCII, which nearly
// every one is.
func clean(text string, lines bool) bool {
	for i := range len(text) {
		if c := text[i]; (c < ' ' || c >= 0x7f) && c != '\t' && !(c == '\n' && lines) {
			return false
		}
	}
	return true
}

func appendText(dst []byte, text string, lines bool) []byte {
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRuneInString(text[i:])
		switch {
		case r == '\n' && lines, !hidden(r) && !(r == utf8.RuneError && n == 1):
			dst = append(dst, text[i:i+n]...)
		case n == 1: // a control character of ASCII, or no UTF-8
			dst = appendHex(append(dst, '\\', 'x'), rune(text[i]), 2)
		case r > 0xffff:
			dst = appendHex(append(dst, '\\', 'U'), r, 8)
		default:
			dst = appendHex(append(dst, '\\', 'u'), r, 4)
		}
		i += n
	}
	return dst
}

// hidden says whether a character does something without being seen.
func hidden(r rune) bool {
	switch {
	case r == '\t':
		return false
	case r < ' ', 0x7f <= r && r <= 0x9f: // C0, DEL and C1
		return true
	case r < 0xad:
		return false
	case r == 0xad, // a hyphen that is seen at the end of a line only
		r == 0x61c, r == 0x200e, r == 0x200f, // marks of direction
		0x2028 <= r && r <= 0x202e,              // line and paragraph ends; direction
		0x2066 <= r && r <= 0x2069,              // direction
		r == 0x200b, 0x2060 <= r && r <= 0x2065, // without width; the joiners 200c and 200d are for scripts and emoji
		0x206a <= r && r <= 0x206f,              // deprecated controls
		r == 0xfeff, 0xfff9 <= r && r <= 0xfffb, // byte order mark; annotations
		r == 0x180e, 0xe0000 <= r && r <= 0xe007f: // Mongolian separator; tags
		return true
	}
	return false
}

func appendHex(dst []byte, r rune, digits int) []byte {
	for shift := 4 * (digits - 1); shift >= 0; shift -= 4 {
		dst = append(dst, "0123456789abcdef"[r>>shift&15])
	}
	return dst
}
