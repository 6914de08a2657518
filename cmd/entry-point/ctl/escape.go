package ctl

import (
	"bytes"

	"entrypoint/supervisor/visible"
)

// escapeLine makes a line that a program has printed safe for a terminal (package
// visible), but for its colours (SGR, ESC [ ... m), which stay. colored says
// whether there was one, so that it can be ended behind the line.
func escapeLine(dst, line []byte) (out []byte, colored bool) {
	for len(line) > 0 {
		if n := sgr(line); n > 0 {
			dst, line, colored = append(dst, line[:n]...), line[n:], true
			continue
		}
		end := len(line)
		if i := bytes.IndexByte(line[1:], 0x1b); i >= 0 {
			end = 1 + i
		}
		dst = visible.Append(dst, string(line[:end]))
		line = line[end:]
	}
	return dst, colored
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
