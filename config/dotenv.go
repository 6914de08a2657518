package config

import (
	"strings"
	"unicode/utf8"
)

// parseDotenv reads a file of variables: KEY=VALUE lines, perhaps after
// "export", and "#" comments. Single quotes keep a value as it is, over several
// lines too; in double quotes, \n, \r, \t, \", \$ and \\ are what they are in C.
// Nothing else has a meaning: a "$" or a "%" is data.
func parseDotenv(file, data string) ([]string, []*Error) {
	d := dotenv{rest: strings.TrimPrefix(data, "\ufeff"), line: 1}
	var list variables
	var errs []*Error
	for d.rest != "" {
		line := d.line
		key, value, reason := d.pair()
		switch {
		case reason != "":
			errs = append(errs, &Error{File: file, Line: line, Reason: reason})
		case key != "":
			list.set(key, value)
		}
	}
	return list.list, errs
}

// dotenv is what is left of a file, and the number of its first line.
type dotenv struct {
	rest string
	line int
}

// next is the rest of the current line, without its end.
func (d *dotenv) next() string {
	line, rest, more := strings.Cut(d.rest, "\n")
	d.rest = rest
	if more {
		d.line++
	}
	return strings.TrimSuffix(line, "\r")
}

// blank is what may be around names and values. What follows an opening quotation
// mark is kept, at the end of its line, too.
const blank = " \t\v\f\r"

// pair reads a line, and those that a quoted value goes on in. An empty key is
// a line with nothing on it.
func (d *dotenv) pair() (key, value, reason string) {
	line := strings.TrimLeft(d.next(), blank)
	if line == "" || line[0] == '#' {
		return "", "", ""
	}
	if !utf8.ValidString(line) || strings.IndexByte(line, 0) >= 0 {
		return "", "", "not UTF-8 text"
	}
	if rest, ok := strings.CutPrefix(line, "export"); ok && rest != strings.TrimLeft(rest, " \t") {
		line = strings.TrimLeft(rest, " \t")
	}
	key, value, ok := strings.Cut(line, "=")
	key, value = strings.TrimSpace(key), strings.TrimLeft(value, blank)
	switch {
	case !ok:
		return "", "", "this is not KEY=VALUE"
	case key == "" || strings.ContainsAny(key, " \t'\""):
		// Not shown: it may be the next line of a password without quotes.
		return "", "", `what stands before "=" cannot be the name of a variable`
	case value != "" && (value[0] == '"' || value[0] == '\''):
		value, reason = d.quoted(value[0], value[1:])
		return key, value, reason
	}
	// A comment needs white space before it: "a#b" is a value.
	value = strings.TrimSpace(value)
	for i := range len(value) {
		if value[i] == '#' && (i == 0 || value[i-1] == ' ' || value[i-1] == '\t') {
			value = strings.TrimSpace(value[:i])
			break
		}
	}
	return key, value, ""
}

// quoted reads a value up to its closing quotation mark.
func (d *dotenv) quoted(quote byte, line string) (value, reason string) {
	var out strings.Builder
	for {
		for i := 0; i < len(line); i++ {
			c := line[i]
			switch {
			case c == quote:
				after := strings.TrimSpace(line[i+1:])
				if after != "" && after[0] != '#' {
					return "", "text follows the closing quotation mark (" + string(quote) + ")"
				}
				return out.String(), ""
			case c == '\\' && quote == '"' && i+1 < len(line):
				i++
				out.WriteString(unescape(line[i]))
			default:
				out.WriteByte(c)
			}
		}
		if d.rest == "" {
			return "", "no closing quotation mark (" + string(quote) + ")"
		}
		out.WriteByte('\n')
		if line = d.next(); !utf8.ValidString(line) || strings.IndexByte(line, 0) >= 0 {
			return "", "not UTF-8 text"
		}
	}
}

// unescape is what a backslash and c stand for.
func unescape(c byte) string {
	switch c {
	case 'n':
		return "\n"
	case 'r':
		return "\r"
	case 't':
		return "\t"
	case '"', '\\', '$':
		return string(c)
	}
	return `\` + string(rune(c))
}
