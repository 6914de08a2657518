package config

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// value is what a name stands for.
type value struct {
	s     string
	n     int
	isInt bool
}

// expand replaces each %(name)s of format, in Python's % notation, and "%%" by
// "%". Beyond it, %(ENV_X:-default)s has a default for a variable that is unset
// or empty.
func expand(format string, lookup func(name string) (value, error)) (text, error) {
	if strings.IndexByte(format, '%') < 0 {
		return text{s: format}, nil
	}
	var (
		out  strings.Builder
		data []span
	)
	for rest := format; ; {
		i := strings.IndexByte(rest, '%')
		if i < 0 {
			out.WriteString(rest)
			return text{out.String(), data}, nil
		}
		out.WriteString(rest[:i])
		rest = rest[i+1:]
		if strings.HasPrefix(rest, "%") {
			out.WriteByte('%')
			rest = rest[1:]
			continue
		}
		f, n, err := parseDirective(rest)
		if err != nil {
			return text{}, err
		}
		v, err := lookup(f.name)
		if err != nil {
			return text{}, err
		}
		s, err := f.format(v)
		if err != nil {
			return text{}, err
		}
		data = append(data, span{out.Len(), out.Len() + len(s)})
		out.WriteString(s)
		rest = rest[n:]
	}
}

// directive is one %(name)verb.
type directive struct {
	name      string
	flags     string // of "-+ #0"
	width     int
	precision int // -1: none
	verb      byte
}

// maxWidth keeps a mistyped width from filling the memory.
const maxWidth = 1024

// parseDirective reads what follows a "%" and returns how long that was.
func parseDirective(s string) (d directive, n int, err error) {
	if s == "" || s[0] != '(' {
		return d, 0, errors.New(`"%" must be written "%%", or begin %(name)s`)
	}
	depth := 0
	for n = 0; n < len(s); n++ {
		if s[n] == '(' {
			depth++
		} else if s[n] == ')' {
			if depth--; depth == 0 {
				break
			}
		}
	}
	if n == len(s) {
		return d, 0, errors.New(`"%(" has no ")"`)
	}
	d.name = s[1:n]
	n++
	for start := n; n <= len(s); n++ {
		if n == len(s) || strings.IndexByte("-+ #0", s[n]) < 0 {
			d.flags = s[start:n]
			break
		}
	}
	d.width, n = digits(s, n)
	d.precision = -1
	if n < len(s) && s[n] == '.' {
		d.precision, n = digits(s, n+1)
	}
	if n == len(s) {
		return d, 0, errors.New("%(" + d.name + `) needs a letter after it: %(` + d.name + ")s")
	}
	d.verb = s[n]
	switch {
	case d.width > maxWidth || d.precision > maxWidth:
		return d, 0, errors.New("the width in %(" + d.name + ") is over " + strconv.Itoa(maxWidth))
	case strings.IndexByte("srdiuxXoeEfFgGc", d.verb) < 0:
		return d, 0, quoting("%("+d.name+")", string(d.verb), ": the letter must be s or d")
	}
	return d, n + 1, nil
}

// digits reads the number at s[n:], 0 if there is none.
func digits(s string, n int) (number, end int) {
	for ; n < len(s) && '0' <= s[n] && s[n] <= '9'; n++ {
		number = min(number*10+int(s[n]-'0'), maxWidth+1)
	}
	return number, n
}

// format is v as the directive wants it. Go's verbs and flags for these mean
// what Python's mean.
func (d directive) format(v value) (string, error) {
	verb := "s"
	switch {
	case strings.IndexByte("sr", d.verb) >= 0:
		if v.isInt {
			v.s = strconv.Itoa(v.n)
		}
		if d.width == 0 && d.precision < 0 {
			return v.s, nil
		}
	case v.isInt:
		verb = string(d.verb)
		if strings.IndexByte("iu", d.verb) >= 0 {
			verb = "d"
		}
	default:
		return "", errors.New("%(" + d.name + ")" + string(d.verb) + " wants a number, but the value is text; write %(" + d.name + ")s")
	}
	format := "%" + d.flags
	if verb == "s" {
		format = "%" // the others do nothing to text
		if strings.IndexByte(d.flags, '-') >= 0 {
			format = "%-"
		}
	}
	if d.width > 0 {
		format += strconv.Itoa(d.width)
	}
	if d.precision >= 0 {
		format += "." + strconv.Itoa(d.precision)
	}
	switch {
	case verb == "s":
		return fmt.Sprintf(format+verb, v.s), nil
	case strings.IndexByte("eEfFgG", d.verb) >= 0:
		if d.precision < 0 {
			format += ".6" // C's, where Go has as many digits as it needs
		}
		return fmt.Sprintf(format+verb, float64(v.n)), nil
	}
	return fmt.Sprintf(format+verb, v.n), nil
}
