package events

import "unicode/utf8"

// appendText appends data in ASCII, as doc.go says.
func appendText(b, data []byte) []byte {
	if isPlain(data) {
		return append(b, data...)
	}
	if !utf8.Valid(data) {
		return appendRepr(append(b, "Undecodable: b"...), data)
	}
	for i := 0; i < len(data); {
		r, n := utf8.DecodeRune(data[i:])
		switch {
		case r < utf8.RuneSelf:
			b = append(b, byte(r))
		case r > 0xffff:
			r -= 0x10000 // two surrogates of 10 bits each
			b = appendUnit(appendUnit(b, 0xd800+r>>10), 0xdc00+r&0x3ff)
		default:
			b = appendUnit(b, r)
		}
		i += n
	}
	return b
}

// isPlain says whether data is ASCII.
func isPlain(data []byte) bool {
	for _, c := range data {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

const hex = "0123456789abcdef"

// appendUnit appends one UTF-16 code unit as JSON writes it.
func appendUnit(b []byte, r rune) []byte {
	return append(b, '\\', 'u', hex[r>>12&15], hex[r>>8&15], hex[r>>4&15], hex[r&15])
}

// appendRepr appends data as Python prints bytes, in single quotes unless there
// are such in it and no double ones.
func appendRepr(b, data []byte) []byte {
	quote, single, double := byte('\''), false, false
	for _, c := range data {
		single = single || c == '\''
		double = double || c == '"'
	}
	if single && !double {
		quote = '"'
	}
	b = append(b, quote)
	for _, c := range data {
		switch {
		case c == quote || c == '\\':
			b = append(b, '\\', c)
		case c == '\t':
			b = append(b, `\t`...)
		case c == '\n':
			b = append(b, `\n`...)
		case c == '\r':
			b = append(b, `\r`...)
		case c < ' ' || c > '~':
			b = append(b, '\\', 'x', hex[c>>4], hex[c&15])
		default:
			b = append(b, c)
		}
	}
	return append(b, quote)
}
