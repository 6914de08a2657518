package logs

import (
	"bytes"
	"unicode/utf8"
)

// maxHeld is how much of an unfinished line is held back at most: a longer line is
// written in pieces, and so is a shorter one for which the buffer has no room.
const maxHeld = 1 << 20

// lines cuts chunks into lines and holds back the last one until its newline.
type lines struct {
	held   held
	inside bool // pieces of the line under way have gone out
}

// lineWriter is a format of lines.
type lineWriter interface {
	// begin comes before the lines of one chunk.
	begin()
	// line writes a line, given without its newline, or a piece of one that is
	// too long to be held back: first and last tell which.
	line(text []byte, first, last bool)
}

func (l *lines) add(data []byte, out lineWriter) {
	if !l.empty() {
		i := bytes.IndexByte(data, '\n')
		if i < 0 {
			l.hold(data, out)
			return
		}
		l.finish(data[:i], out)
		data = data[i+1:]
	}
	for {
		i := bytes.IndexByte(data, '\n')
		if i < 0 {
			break
		}
		out.line(data[:i], true, true)
		data = data[i+1:]
	}
	if len(data) > 0 {
		l.hold(data, out)
	}
}

// hold takes more of the line under way, and writes a piece of it where it is too
// long, or the buffer has no room.
func (l *lines) hold(data []byte, out lineWriter) {
	for len(l.held.b)+len(data) >= maxHeld || !l.held.add(data) {
		if len(l.held.b) > 0 {
			data = l.pass(data, out)
			continue
		}
		n := len(data) - cutRune(data)
		out.line(data[:n], !l.inside, false)
		l.inside = true
		data = data[n:]
	}
}

// pass writes what is held back, a piece of the line that goes on with data. A
// character at its end that is not whole stays, with more of data, of which the
// rest is returned.
func (l *lines) pass(data []byte, out lineWriter) []byte {
	n := len(l.held.b) - cutRune(l.held.b)
	if n > 0 {
		out.line(l.held.b[:n], !l.inside, false)
		l.inside = true
	}
	var begun [utf8.UTFMax]byte
	left := copy(begun[:], l.held.b[n:])
	l.held.clear()
	if left == 0 {
		return data
	}
	more := min(len(data), ownBuffer/2)
	more -= cutRune(data[:more])
	l.held.add(append(begun[:left:left], data[:more]...)) // so little is never refused
	return data[more:]
}

// finish writes the line under way, of which data is the last.
func (l *lines) finish(data []byte, out lineWriter) {
	for len(l.held.b) > 0 && !l.held.add(data) {
		data = l.pass(data, out)
	}
	if len(l.held.b) > 0 {
		data = l.held.b
	}
	out.line(data, !l.inside, true)
	l.inside = false
	l.held.clear()
}

func (l *lines) empty() bool { return len(l.held.b) == 0 && !l.inside }

// flush writes what is held back as the end of its line.
func (l *lines) flush(out lineWriter) { l.finish(nil, out) }

// cutRune is how many bytes at the end of b are the beginning of a character
// that goes on.
func cutRune(b []byte) int {
	for n := 1; n < utf8.UTFMax && n <= len(b); n++ {
		if c := b[len(b)-n]; utf8.RuneStart(c) {
			if !utf8.FullRune(b[len(b)-n:]) {
				return n
			}
			break
		}
	}
	return 0
}

// lastNewline is bytes.LastIndexByte for a newline, which goes byte by byte:
// nearly always the newline is near the end, and where there is none at all the
// faster search from the front says so.
func lastNewline(b []byte) int {
	near := max(0, len(b)-1024)
	if i := bytes.LastIndexByte(b[near:], '\n'); i >= 0 {
		return near + i
	}
	if bytes.IndexByte(b[:near], '\n') < 0 {
		return -1
	}
	return bytes.LastIndexByte(b[:near], '\n')
}
