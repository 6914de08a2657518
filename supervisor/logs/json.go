package logs

import (
	"encoding/binary"
	"strconv"
	"time"
	"unicode/utf8"
)

// stampLayout is RFC 3339 with microseconds, always of one length.
const stampLayout = "2006-01-02T15:04:05.000000Z07:00"

// jsonFormat writes one object a line:
//
//	{"time":"…Z","program":"web","stream":"stdout","pid":7,"message":"…"}
//
// time is when the line was read, in UTC. A line that is an object already is
// the value of "message" as it stands. A line that is not UTF-8 is in
// "message_base64" instead, so that no byte is lost. The pieces of a line that
// is longer than maxHeld have "partial":true, but for the last one.
type jsonFormat struct {
	target *consoleTarget
	now    func() time.Time
	head   []byte // from the end of the time to the message's key
	stamp  [40]byte
	n      int // bytes of stamp
}

func (f *jsonFormat) begin() {
	f.n = len(f.now().UTC().AppendFormat(f.stamp[:0], stampLayout))
	if f.head == nil {
		s := f.target.stream
		b := append([]byte(`","program":"`), appendEscaped(nil, []byte(s.spec.Program))...)
		b = append(append(append(b, `","stream":"`...), s.spec.Stream...), `","pid":`...)
		f.head = append(strconv.AppendInt(b, int64(s.pid), 10), ',')
	}
}

// piece is how much of a message is escaped at once. It can become six times as
// long, which the console's buffer must take; it is a multiple of three for base64.
const piece = 3 << 12

func (f *jsonFormat) line(text []byte, first, last bool) {
	c := f.target.console
	c.reserve(128 + len(f.head) + 6*min(len(text), piece)) // most lines stay in one write
	c.buf = append(append(append(c.buf, `{"time":"`...), f.stamp[:f.n]...), f.head...)
	if !last {
		c.putString(`"partial":true,`)
	}
	switch {
	case plain(text):
		c.putString(`"message":"`)
		c.put(text)
		c.putString("\"}\n")
	case !utf8.Valid(text):
		c.putString(`"message_base64":"`)
		f.encode(text, appendBase64)
	case first && last && isObject(text):
		c.putString(`"message":`)
		c.put(text)
		c.putString("}\n")
	default:
		c.putString(`"message":"`)
		f.encode(text, appendEscaped)
	}
}

// encode ends an object with text as encoded by add.
func (f *jsonFormat) encode(text []byte, add func(out, text []byte) []byte) {
	c := f.target.console
	for len(text) > 0 {
		n := min(len(text), piece)
		c.reserve(6 * n)
		c.buf = add(c.buf, text[:n])
		text = text[n:]
	}
	c.putString("\"}\n")
}

// plain says whether text can stand in a JSON string as it is: printable ASCII
// without '"' and '\'. Eight bytes at a time: the high bit of a byte of odd is
// set where it cannot.
func plain(text []byte) bool {
	const ones, high = 0x0101010101010101, 0x8080808080808080
	for ; len(text) >= 8; text = text[8:] {
		v := binary.LittleEndian.Uint64(text)
		quote, slash := v^('"'*ones), v^('\\'*ones)
		odd := v | (v - ' '*ones) | (quote - ones) | (slash - ones)
		if odd&high != 0 {
			// Only perhaps: a borrow goes into the next byte, which is no
			// matter, because there is one only beside a byte that is odd.
			return false
		}
	}
	for _, c := range text {
		if c < ' ' || c >= utf8.RuneSelf || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}

// appendEscaped appends UTF-8 text as the inside of a JSON string (RFC 8259, 7).
func appendEscaped(out, text []byte) []byte {
	const hex = "0123456789abcdef"
	start := 0
	for i, c := range text {
		if c >= ' ' && c != '"' && c != '\\' {
			continue
		}
		out = append(out, text[start:i]...)
		start = i + 1
		switch c {
		case '"', '\\':
			out = append(out, '\\', c)
		case '\n':
			out = append(out, '\\', 'n')
		case '\r':
			out = append(out, '\\', 'r')
		case '\t':
			out = append(out, '\\', 't')
		default:
			out = append(out, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		}
	}
	return append(out, text[start:]...)
}

// appendBase64 appends text in base64 (RFC 4648, 4), padded where its length is
// no multiple of three.
func appendBase64(out, text []byte) []byte {
	const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	for ; len(text) >= 3; text = text[3:] {
		v := uint(text[0])<<16 | uint(text[1])<<8 | uint(text[2])
		out = append(out, digits[v>>18], digits[v>>12&63], digits[v>>6&63], digits[v&63])
	}
	switch len(text) {
	case 1:
		v := uint(text[0]) << 4
		out = append(out, digits[v>>6], digits[v&63], '=', '=')
	case 2:
		v := uint(text[0])<<10 | uint(text[1])<<2
		out = append(out, digits[v>>12], digits[v>>6&63], digits[v&63], '=')
	}
	return out
}
