package ctl

import (
	"unicode"
	"unicode/utf8"
)

// escapeLine makes a line safe for a terminal: control characters, invalid
// UTF-8 and the characters that turn the direction of text become \xNN;
// tabs stay, and colours (SGR, ESC [ ... m) do too. colored says
// whether there was one, so that it can be ended behind the line.
func escapeLine(dst, line []byte) (out []byte, colored bool) {
	for len(line) > 0 {
		if n := sgr(line); n > 0 {
			dst, line, colored = append(dst, line[:n]...), line[n:], true
			continue
		}
		r, n := utf8.DecodeRune(line)
		switch {
		case r == '\t':
			dst = append(dst, '\t')
		case r == utf8.RuneError && n == 1:
			dst = appendHex(dst, line[0])
		case r < utf8.RuneSelf && unicode.IsControl(r):
			dst = appendHex(dst, byte(r))
		case unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u2028' || r == '\u2029':
			for _, b := range line[:n] {
				dst = appendHex(dst, b)
			}
		default:
			dst = append(dst, line[:n]...)
		}
		line = line[n:]
	}
	return dst, colored
}

// escapeAll is escapeLine for texts that have no business with colours.
func escapeAll(text string) string {
	var out []byte
	for i := 0; i < len(text); i++ {
		if text[i] == 0x1b { // never the begin of a colour
			out = appendHex(out, 0x1b)
			continue
		}
		end := i
		for end < len(text) && text[end] != 0x1b {
			end++
		}
		out, _ = escapeLine(out, []byte(text[i:end]))
		i = end - 1
	}
	return string(out)
}

// sgr is the length of the colour sequence that b begins with; 0: none.
func sgr(b []byte) int {
	const longest = 64
	if len(b) < 3 || b[0] != 0x1b || b[1] != '[' {
		return 0
	}
	for i := 2; i < len(b) && i < longest; i++ {
		switch c := b[i]; {
		case c == 'm':
			return i + 1
		case c != ';' && c != ':' && (c < '0' || c > '9'):
			return 0
		}
	}
	return 0
}

func appendHex(dst []byte, b byte) []byte {
	const digits = "0123456789abcdef"
	return append(dst, '\\', 'x', digits[b>>4], digits[b&15])
}
