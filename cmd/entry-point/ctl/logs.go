package ctl

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"entrypoint/supervisor/control"
)

// logs prints what programs have printed. Of one program its text as it is; of
// several whole lines, each with the program's name before it.
func (c *cli) logs(names []string) error {
	request := &control.Request{Do: control.DoLogs, Names: names, Stream: c.Stream, Lines: c.Lines, Follow: c.Follow, Main: c.Main}
	p := printer{cli: c}
	if !c.JSON && !c.Main {
		// Whom the names mean, and how wide the longest of them is. An unknown
		// one is the next request's error.
		err := c.ask(&control.Request{Do: control.DoStatus, Names: names}, func(a *control.Answer) error {
			if a.Program != nil {
				p.names = append(p.names, a.Program.FullName)
				p.width = max(p.width, utf8.RuneCountInString(a.Program.FullName))
			}
			return nil
		})
		if refused, ok := err.(*control.Error); err != nil && (!ok || !isNoName(refused.Code)) {
			return err
		}
		p.named = len(p.names) > 1
	}
	err := c.followed(request, func(a *control.Answer) error {
		switch {
		case a.Log != nil && c.JSON:
			return c.writeJSON(a.Log)
		case a.Log != nil:
			return p.print(a.Log)
		case a.Result != nil && a.Result.Status != control.OK:
			c.count(a.Result.Status, "")
			c.refused(a.Result)
		}
		return nil
	})
	p.rest()
	return err
}

// followed asks, tells what was lost, and flushes after every answer when there
// is no end to come.
func (c *cli) followed(r *control.Request, each func(*control.Answer) error) error {
	return c.ask(r, func(a *control.Answer) error {
		if a.Lost > 0 {
			c.complain(fmt.Sprintf("%d pieces were lost: they came faster than they were read", a.Lost))
			return nil
		}
		if err := each(a); err != nil {
			return err
		}
		if r.Follow {
			return c.out.Flush()
		}
		return nil
	})
}

// printer makes lines of pieces.
type printer struct {
	*cli
	names  []string
	named  bool // the lines have the names of their programs before them
	width  int
	begun  []begun // lines that have no end yet
	buffer []byte
}

// begun is a line whose end has not come yet.
type begun struct {
	name, stream string
	text         []byte
}

// longestLine is where a line that does not end is printed all the same.
const longestLine = 64 << 10

// print writes a piece. Interleaved lines have to be whole; one program's text
// goes through at once, except on a terminal, where an escape sequence or a
// character may be in two pieces.
func (p *printer) print(l *control.Log) error {
	if !p.named && !p.tty {
		_, err := p.out.Write(l.Data)
		return err
	}
	b := p.line(l.Name, l.Stream)
	data := l.Data
	for {
		line, rest, ended := bytes.Cut(data, []byte{'\n'})
		b.text = append(b.text, line...)
		if !ended && len(b.text) < longestLine {
			return nil
		}
		if err := p.flushLine(b); err != nil {
			return err
		}
		if !ended {
			return nil
		}
		data = rest
	}
}

func (p *printer) line(name, stream string) *begun {
	for i := range p.begun {
		if b := &p.begun[i]; b.name == name && b.stream == stream {
			return b
		}
	}
	p.begun = append(p.begun, begun{name: name, stream: stream})
	return &p.begun[len(p.begun)-1]
}

func (p *printer) flushLine(b *begun) error {
	p.buffer = p.buffer[:0]
	if p.named {
		p.buffer = p.appendName(p.buffer, b.name)
	}
	text := bytes.TrimSuffix(b.text, []byte{'\r'})
	if p.tty {
		var colored bool
		p.buffer, colored = escapeLine(p.buffer, text)
		if colored {
			p.buffer = append(p.buffer, "\x1b[0m"...)
		}
	} else {
		p.buffer = append(p.buffer, text...)
	}
	b.text = b.text[:0]
	_, err := p.out.Write(append(p.buffer, '\n'))
	return err
}

// appendName writes the aligned name of a program, each in its own colour.
func (p *printer) appendName(dst []byte, name string) []byte {
	n := slices.Index(p.names, name)
	if n < 0 { // it came with a reload
		n = len(p.names)
		p.names = append(p.names, name)
		p.width = max(p.width, utf8.RuneCountInString(name))
	}
	if p.color {
		const styles = "634512" // cyan, yellow, blue, magenta, red, green
		dst = append(dst, "\x1b[3"...)
		dst = append(dst, styles[n%len(styles)], 'm')
	}
	dst = append(dst, p.shown(name)...)
	dst = append(dst, strings.Repeat(" ", max(p.width-utf8.RuneCountInString(name), 0))...)
	dst = append(dst, " | "...)
	if p.color {
		dst = append(dst, "\x1b[0m"...)
	}
	return dst
}

// rest prints the lines that have come without an end.
func (p *printer) rest() {
	for i := range p.begun {
		if len(p.begun[i].text) > 0 {
			_ = p.flushLine(&p.begun[i])
		}
	}
}

// events prints what has happened, one line each.
func (c *cli) events([]string) error {
	return c.followed(&control.Request{Do: control.DoEvents, Follow: c.Follow}, func(a *control.Answer) error {
		e := a.Event
		switch {
		case e == nil:
			return nil
		case c.JSON:
			return c.writeJSON(e)
		}
		var b strings.Builder
		b.WriteString(e.Time.Local().Format(time.DateTime))
		for _, word := range []string{c.shown(e.Program), transition(c, e), c.shown(e.Text)} {
			if word != "" {
				b.WriteString(gap + word)
			}
		}
		_, err := c.out.WriteString(b.String() + "\n")
		return err
	})
}

// transition is the states of an event: "STARTING -> RUNNING".
func transition(c *cli, e *control.Event) string {
	if e.To == "" {
		return ""
	}
	if e.From == "" || e.From == e.To {
		return c.painted(e.To, true)
	}
	return e.From + " -> " + c.painted(e.To, true)
}
