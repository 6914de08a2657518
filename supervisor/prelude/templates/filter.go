package templates

import (
	"errors"
	"strconv"
	"strings"
)

// filter is a regular expression on names of variables, NGINX_ENVSUBST_FILTER: what awk
// has of it, but for {n,m} and [[:class:]]. PID 1 does not link package regexp, and names
// are short. Its way is to follow all places of the name at the same time, so no
// expression takes longer than its length times the name's, squared.
type filter struct {
	kind  byte      // 'c': one of set; '^', '$'; '.': all of list in turn; '|': one of list
	times byte      // 0: once; or '*', '+', '?'
	set   [256]bool // of 'c'
	list  []*filter
}

// Matches says whether a name has a piece that the expression describes.
func (f *filter) Matches(name string) bool {
	from := make([]bool, len(name)+1)
	for i := range from {
		from[i] = true
	}
	for _, reached := range f.after(name, from) {
		if reached {
			return true
		}
	}
	return false
}

// after is the places in a name that come after what the expression describes, which
// begins at one of from.
func (f *filter) after(name string, from []bool) []bool {
	reached := f.once(name, from)
	for more := f.times == '*' || f.times == '+'; more; {
		more = add(reached, f.once(name, reached))
	}
	if f.times == '?' || f.times == '*' {
		add(reached, from)
	}
	return reached
}

func (f *filter) once(name string, from []bool) []bool {
	to := make([]bool, len(from))
	switch f.kind {
	case 'c':
		for i := range len(name) {
			to[i+1] = from[i] && f.set[name[i]]
		}
	case '^':
		to[0] = from[0]
	case '$':
		to[len(name)] = from[len(name)]
	case '.':
		copy(to, from)
		for _, part := range f.list {
			to = part.after(name, to)
		}
	case '|':
		for _, part := range f.list {
			add(to, part.after(name, from))
		}
	}
	return to
}

// add sets the places of b in a, and says whether that has changed it.
func add(a, b []bool) (changed bool) {
	for i := range a {
		changed = changed || b[i] && !a[i]
		a[i] = a[i] || b[i]
	}
	return changed
}

// parseFilter reads an expression.
func parseFilter(s string) (*filter, error) {
	p := filterParser{s: s}
	f := p.choice(0)
	if p.err == nil && p.i < len(s) {
		p.fail(`")" without "("`)
	}
	return f, p.err
}

// filterParser is a place in the text of an expression.
type filterParser struct {
	s   string
	i   int
	err error
}

func (p *filterParser) fail(reason string) {
	if p.err == nil {
		p.err = errors.New("the expression " + strconv.Quote(p.s) + " cannot be used here: " + reason)
	}
	p.i = len(p.s)
}

// choice reads what "|" may separate, up to ")" or the end.
func (p *filterParser) choice(depth int) *filter {
	f := &filter{kind: '|'}
	if depth > maxDepth {
		p.fail("too many brackets within each other")
	}
	for {
		sequence := &filter{kind: '.'}
		for p.i < len(p.s) && p.s[p.i] != '|' && p.s[p.i] != ')' {
			sequence.list = append(sequence.list, p.item(depth))
		}
		f.list = append(f.list, sequence)
		if p.i == len(p.s) || p.s[p.i] != '|' {
			return f
		}
		p.i++
	}
}

// item reads one character, class or bracket, and how often it may come.
func (p *filterParser) item(depth int) *filter {
	f := &filter{kind: 'c'}
	c := p.s[p.i]
	p.i++
	switch {
	case c == '(':
		f = p.choice(depth + 1)
		if p.i == len(p.s) {
			p.fail(`"(" without ")"`)
			return f
		}
		p.i++
	case c == '[':
		p.class(f)
	case c == '.':
		p.fill(f, 0, 255)
	case c == '^' || c == '$':
		f.kind = c
	case strings.IndexByte("*+?{", c) >= 0:
		p.fail(strconv.Quote(string(c)) + " is not known at this place")
	case c == '\\' && p.i < len(p.s):
		c = p.s[p.i]
		f.set[c] = true
		p.i++
		if c|0x20 >= 'a' && c|0x20 <= 'z' {
			p.fail(`"\` + string(c) + `" is not known`)
		}
	default:
		f.set[c] = true
	}
	for p.i < len(p.s) && strings.IndexByte("*+?", p.s[p.i]) >= 0 {
		if f.times != 0 {
			f = &filter{kind: '.', list: []*filter{f}}
		}
		f.times = p.s[p.i]
		p.i++
	}
	return f
}

func (p *filterParser) fill(f *filter, from, to byte) {
	for c := int(from); c <= int(to); c++ {
		f.set[c] = true
	}
}

// class reads [...].
func (p *filterParser) class(f *filter) {
	not := strings.HasPrefix(p.s[p.i:], "^")
	if not {
		p.i++
	}
	for first := true; ; first = false {
		rest := p.s[p.i:]
		switch {
		case rest == "":
			p.fail(`"[" without "]"`)
			return
		case rest[0] == ']' && !first:
			p.i++
			if not {
				for c := range f.set {
					f.set[c] = !f.set[c]
				}
			}
			return
		case strings.HasPrefix(rest, "[:") || rest[0] == '\\':
			p.fail(strconv.Quote(rest[:1]) + " within brackets is not known")
			return
		case len(rest) > 2 && rest[1] == '-' && rest[2] != ']':
			p.fill(f, rest[0], rest[2])
			p.i += 3
		default:
			f.set[rest[0]] = true
			p.i++
		}
	}
}
