package logs

import (
	"encoding/binary"
	"strconv"
	"time"
	"unicode/utf8"

	"entrypoint/supervisor/logline"
)

// stampLayout is that of our own lines.
const stampLayout = logline.Stamp

// jsonFormat writes one object a line:
//
//	{"time":"…Z","program":"web","stream":"stdout","pid":7,"message":"…"}
//
// time is when the line was read, in UTC. A line that is an object already is
// the value of "message" as it stands. A line that is not UTF-8 is in
// "message_base64" instead, so that no byte is lost. The pieces of a line that is
// too long to be held back, or whose end was long in coming, have "partial":true, but
// for the last one.
type jsonFormat struct {
	target *consoleTarget
	now    func() time.Time
	head   []byte // from the end of the time to the message's key
	start  []byte // of an object of this chunk, up to the message's key
}

func (f *jsonFormat) begin() {
	if f.head == nil {
		s := f.target.stream
		b := append([]byte(`","program":"`), appendEscaped(nil, []byte(s.spec.Program))...)
		b = append(append(append(b, `","stream":"`...), s.spec.Stream...), `","pid":`...)
		f.head = append(strconv.AppendInt(b, int64(s.pid), 10), ',')
	}
	f.start = f.now().UTC().AppendFormat(append(f.start[:0], `{"time":"`...), stampLayout)
	f.start = append(f.start, f.head...)
}

// piece is how much of a message is escaped at once. It can become six times as
// long, which the console's buffer must take; it is a multiple of three for base64.
const piece = 3 << 12

func (f *jsonFormat) line(text []byte, first, last bool) {
	c := f.target.console
	room := c.reserve(64 + len(f.start) + 6*min(len(text), piece)) // most lines stay in one write
	b := append(c.buf, f.start...)
	asItIs := plain(text)
	if asItIs && room && len(text) <= piece && last { // nearly every line
		b = append(append(b, `"message":"`...), text...)
		c.buf = append(b, "\"}\n"...)
		return
	}
	c.buf = b
	if !last {
		c.putString(`"partial":true,`)
	}
	switch {
	case asItIs:
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
// without '"' and '\\'. It is looked at in words of eight bytes, the last of which may
// overlap the one before.
func plain(text []byte) bool {
	if len(text) < 8 {
		for _, c := range text {
			if c < ' ' || c >= utf8.RuneSelf || c == '"' || c == '\\' {
				return false
			}
		}
		return true
	}
	last := odd(binary.LittleEndian.Uint64(text[len(text)-8:]))
	for ; len(text) >= 32; text = text[32:] {
		four := odd(binary.LittleEndian.Uint64(text)) | odd(binary.LittleEndian.Uint64(text[8:])) |
			odd(binary.LittleEndian.Uint64(text[16:])) | odd(binary.LittleEndian.Uint64(text[24:]))
		if four&high != 0 {
			return false
		}
	}
	for ; len(text) >= 8; text = text[8:] {
		last |= odd(binary.LittleEndian.Uint64(text))
	}
	return last&high == 0
}

const ones, high = 0x0101010101010101, 0x8080808080808080

// odd has the high bit of each byte set that cannot stand in a JSON string, and
// perhaps of one beside such a byte, where a borrow has gone.
func odd(v uint64) uint64 {
	return v | (v - ' '*ones) | (v ^ ('"' * ones) - ones) | (v ^ ('\\' * ones) - ones)
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
