package ini

import (
	"strings"
	"unicode/utf8"
)

// defaultSection is the section whose keys all others inherit.
const defaultSection = "DEFAULT"

// space is what is trimmed and what makes an inline comment possible.
const space = " \t\r\n\v\f"

// Parse reads data, and gives each section the keys of [DEFAULT]; file is the
// name that messages and positions carry. The error is an Errors.
func Parse(file string, data []byte) (*File, error) {
	f, err := Read(file, data)
	if err == nil {
		f.Inherit()
	}
	return f, err
}

// Read is Parse of a file that others are going to be merged with, before all of
// them inherit.
func Read(file string, data []byte) (*File, error) {
	p := parser{file: &File{Name: file, Defaults: Section{Name: defaultSection, File: file}, byName: map[string]*Section{}}}
	text := strings.TrimPrefix(string(data), "\ufeff")
	for text != "" {
		var line string
		line, text = cutLine(text)
		p.number++
		p.line(line)
	}
	p.endValue()
	if len(p.errs) > 0 {
		return nil, p.errs
	}
	return p.file, nil
}

// parser is the state between two lines. A key is open from its line until
// something ends its value: only an open key can be continued.
type parser struct {
	file   *File
	number int // of the current line, from 1
	errs   Errors

	section *Section // nil before the first header
	open    bool     // key is open
	key     Key
	value   []string // its lines so far
	indent  int      // of the line that the next one is compared with
	scanned int      // lines of value that quote knows
	quote   byte     // the quotation mark that is open after them; 0: none

	homeless bool // text before the first header was reported
}

func (p *parser) line(line string) {
	switch {
	case !utf8.ValidString(line):
		p.fail("not UTF-8 text")
		return
	case strings.IndexByte(line, 0) >= 0:
		p.fail("a NUL byte is not text")
		return
	}
	text, commented := stripComment(line)
	if text == "" {
		if p.open && !commented {
			p.value = append(p.value, "")
		}
		return
	}
	indent := len(line) - len(strings.TrimLeft(line, space))
	if p.open && indent > p.indent {
		p.value = append(p.value, text)
		p.cut(commented)
		return
	}
	p.endValue()
	p.indent = indent
	if name, ok := header(text); ok {
		p.enter(name)
		return
	}
	p.keyLine(text)
	p.cut(commented)
}

// cut notes the line if a comment was cut off while a quotation mark was open.
func (p *parser) cut(commented bool) {
	if !commented || !p.open || p.key.OpenQuote != 0 {
		return
	}
	for ; p.scanned < len(p.value); p.scanned++ {
		p.quote = openQuote(p.quote, p.value[p.scanned])
	}
	if p.quote != 0 {
		p.key.OpenQuote = p.number
	}
}

// enter makes the section of that name, new or met before, the current one.
func (p *parser) enter(name string) {
	if name == defaultSection {
		p.section = &p.file.Defaults
		return
	}
	s := p.file.byName[name]
	if s == nil {
		s = &Section{Name: name, File: p.file.Name, Line: p.number}
		p.file.Add(s)
	}
	p.section = s
}

func (p *parser) keyLine(text string) {
	if p.section == nil {
		if !p.homeless {
			p.fail("text before the first [section]")
			p.homeless = true
		}
		return
	}
	i := strings.IndexAny(text, "=:")
	if i < 0 {
		p.fail("neither [section] nor key = value")
		return
	}
	name := strings.ToLower(strings.TrimRight(text[:i], space))
	if name == "" {
		p.fail("no key before " + `"` + text[i:i+1] + `"`)
		return
	}
	p.open, p.scanned, p.quote = true, 0, 0
	p.key = Key{Name: name, File: p.file.Name, Line: p.number}
	p.value = append(p.value[:0], strings.Trim(text[i+1:], space))
}

// endValue stores the open key.
func (p *parser) endValue() {
	if !p.open {
		return
	}
	p.open = false
	p.key.Value = strings.Trim(strings.Join(p.value, "\n"), space)
	p.section.set(p.key)
}

func (p *parser) fail(reason string) {
	p.errs = append(p.errs, &Error{File: p.file.Name, Line: p.number, Reason: reason})
}

// cutLine cuts after the first line end: "\n", "\r\n" or a lone "\r".
func cutLine(text string) (line, rest string) {
	i := strings.IndexAny(text, "\r\n")
	switch {
	case i < 0:
		return text, ""
	case strings.HasPrefix(text[i:], "\r\n"):
		return text[:i], text[i+2:]
	}
	return text[:i], text[i+1:]
}

// stripComment trims the line, without its comment if it has one.
func stripComment(line string) (text string, commented bool) {
	for i := 0; i < len(line); i++ {
		if c := line[i]; c != ';' && c != '#' {
			continue
		}
		if i == 0 || strings.IndexByte(space, line[i-1]) >= 0 {
			return strings.Trim(line[:i], space), true
		}
	}
	return strings.Trim(line, space), false
}

// openQuote is the quotation mark that is open after a line, if quote was before
// it, as a POSIX shell reads them; 0: none.
func openQuote(quote byte, line string) byte {
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case c == '\\' && quote != '\'':
			i++
		case quote == 0 && (c == '"' || c == '\''):
			quote = c
		case c == quote:
			quote = 0
		}
	}
	return quote
}

// header returns the name in "[name]", up to the last bracket of the line;
// what follows that is ignored.
func header(text string) (name string, ok bool) {
	end := strings.LastIndexByte(text, ']')
	if text[0] != '[' || end < 2 {
		return "", false
	}
	return text[1:end], true
}
