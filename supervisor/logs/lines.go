package logs

import (
	"bytes"
	"unicode/utf8"
)

// maxHeld is how much of an unfinished line is held back: a line up to this
// length is written in one piece, a longer one in pieces.
const maxHeld = 1 << 20

// lines cuts chunks into lines and holds back the last one until its newline.
type lines struct {
	held   []byte
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
	if len(l.held) > 0 || l.inside {
		i := bytes.IndexByte(data, '\n')
		if i < 0 {
			l.hold(data, out)
			return
		}
		l.held = append(l.held, data[:i]...)
		l.flush(out)
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

func (l *lines) hold(data []byte, out lineWriter) {
	l.held = append(l.held, data...)
	if len(l.held) < maxHeld {
		return
	}
	n := len(l.held) - cutRune(l.held)
	out.line(l.held[:n], !l.inside, false)
	l.inside = true
	l.held = append(l.held[:0], l.held[n:]...)
}

func (l *lines) empty() bool { return len(l.held) == 0 && !l.inside }

// flush writes what is held back as the end of its line.
func (l *lines) flush(out lineWriter) {
	out.line(l.held, !l.inside, true)
	l.inside = false
	l.held = reuse(l.held)
}

// reuse keeps a small buffer for the next time and lets a large one go: there
// may be a thousand of them.
func reuse(b []byte) []byte {
	if cap(b) > 4096 {
		return nil
	}
	return b[:0]
}

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
