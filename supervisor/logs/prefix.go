package logs

import (
	"strings"
	"unicode/utf8"

	"entrypoint/supervisor/visible"
)

// maxWidth is the widest column of names; a longer name moves its own lines.
const maxWidth = 24

// between stands between name and line, again between name and the rest of a
// line that was interrupted because it is longer than maxHeld.
const (
	between = " | "
	goesOn  = " > "
)

const plainAgain = "\x1b[0m"

// widen makes the column of names wide enough. The caller holds the lock.
func (p *Pump) widen(name string) {
	if n := utf8.RuneCountInString(name); n > int(p.width.Load()) {
		p.width.Store(int32(min(n, maxWidth)))
	}
}

// colour is the colour of a program on c, the same for all its incarnations;
// "" without colours. The caller holds the lock.
func (p *Pump) colour(program string, c *console) string {
	if !c.look() {
		return ""
	}
	n, known := p.colours[program]
	if !known {
		if p.colours == nil {
			p.colours = map[string]int{}
		}
		n = len(p.colours)
		p.colours[program] = n
	}
	// Legible on black and on white, neighbours far apart.
	palette := [...]string{"\x1b[36m", "\x1b[33m", "\x1b[32m", "\x1b[35m", "\x1b[34m", "\x1b[96m", "\x1b[93m", "\x1b[92m", "\x1b[95m", "\x1b[94m"}
	return palette[n%len(palette)]
}

// prefixFormat writes "name | line".
type prefixFormat struct {
	target *consoleTarget
	pump   *Pump
	colour string
	width  int32  // for which head was made
	head   []byte // what comes before a line
}

func (f *prefixFormat) begin() {
	if w := f.pump.width.Load(); w != f.width {
		f.width = w
		f.head = f.make(between)
	}
}

func (f *prefixFormat) make(between string) []byte {
	name := visible.Line(f.target.stream.spec.Program)
	pad := max(0, int(f.width)-utf8.RuneCountInString(name))
	text := name + strings.Repeat(" ", pad) + between
	if f.colour != "" {
		text = f.colour + text + plainAgain
	}
	return []byte(text)
}

func (f *prefixFormat) line(text []byte, first, last bool) {
	c := f.target.console
	if first && last && c.open == nil {
		if c.reserve(len(f.head) + len(text) + 1) {
			// Nearly every line.
			c.buf = append(append(append(c.buf, f.head...), text...), '\n')
			return
		}
	}
	if c.open != f.target {
		if c.open != nil {
			c.putString("\n") // another's long line is interrupted
			c.open = nil
		}
		if first {
			c.put(f.head)
		} else {
			c.put(f.make(goesOn))
		}
	}
	c.put(text)
	if last {
		c.putString("\n")
		c.open = nil
	} else {
		c.open = f.target
	}
}
