package config

import (
	"slices"
	"strconv"
	"strings"
)

// What %(ENV_X)s puts into a value may be a password. So no message shows it: where
// a finding quotes a value, it shows what the file says there. This is done in one
// place, finish, for every finding, so that those who find need not think of it.

// expansion is what an environment variable has put into a value.
type expansion struct {
	written string // %(ENV_X)s, as the file has it
	value   string // never empty
}

// origin is where a value comes from: one key of one file.
type origin struct {
	file string
	line int
	key  string
}

// expand is the function of that name for a key, and notes what variables have put
// into its value.
func (l *loader) expand(k setting, s *scope) (text, error) {
	s.variables = nil
	t, err := expand(k.Value, s.lookup)
	for _, name := range s.variables {
		v, lookupErr := s.variable(name)
		if _, fallback, _ := strings.Cut(name, ":-"); lookupErr != nil || v.s == "" || v.s == fallback {
			continue
		}
		at := origin{k.File, k.Line, k.Name}
		e := expansion{"%(ENV_" + name + ")s", v.s}
		if known := l.expansions[at]; !slices.Contains(known, e) { // the processes of a program expand the same
			l.expansions[at] = append(known, e)
		}
	}
	return t, err
}

// conceal takes what variables have put into values out of a finding's reason.
func (l *loader) conceal(e *Error) {
	if len(l.expansions) == 0 {
		return
	}
	list := l.expansions[origin{e.File, e.Line, e.Key}]
	if e.Key == "" || len(list) == 0 { // a section, or another file that a value leads to
		list = l.allExpansions()
	}
	e.Reason = conceal(e.Reason, list)
}

// allExpansions is what variables have put into all values, in an order that is the
// same each time.
func (l *loader) allExpansions() (list []expansion) {
	const end = "\x00" // of a name; no variable can contain it
	var lines []string // sorted as such: a sort of its own type would be 12 KB of program
	for _, more := range l.expansions {
		for _, e := range more {
			lines = append(lines, e.written+end+e.value)
		}
	}
	slices.Sort(lines)
	for _, line := range slices.Compact(lines) {
		written, value, _ := strings.Cut(line, end)
		list = append(list, expansion{written, value})
	}
	return list
}

// conceal replaces in a message what expansions have put there by what the file
// says. A message that cannot be shown without it says only that.
func conceal(message string, list []expansion) string {
	if len(list) == 0 {
		return message
	}
	var out strings.Builder
	for rest := message; rest != ""; {
		i := strings.IndexByte(rest, '"')
		literal, err := "", error(nil)
		if i >= 0 {
			literal, err = strconv.QuotedPrefix(rest[i:])
		}
		if i < 0 || err != nil {
			i = len(rest)
		}
		words := written(rest[:i], list)
		if found := shown(words, list, longSecret); found != nil {
			return "it cannot be used with the value of " + found.written + ", which is not shown because it may be a secret"
		}
		out.WriteString(words)
		if rest = rest[i:]; rest == "" {
			break
		}
		rest = rest[len(literal):]
		text, _ := strconv.Unquote(literal) // QuotedPrefix has seen that it can be
		text = written(text, list)
		if found := shown(text, list, leastSecret); found != nil {
			text = found.written
		}
		out.WriteString(strconv.Quote(text))
	}
	return out.String()
}

// How many bytes of a value in a row give something of it away: in what a message
// quotes, and in its own words, where some stand by chance.
const (
	leastSecret = 4
	longSecret  = 8
)

// written is s with the values of expansions as the file has them.
func written(s string, list []expansion) string {
	for _, e := range list {
		if len(e.value) >= leastSecret {
			s = strings.ReplaceAll(s, e.value, e.written)
		}
	}
	return s
}

// shown finds an expansion of whose value s still shows that many bytes, in
// whatever case; nil: there is none.
func shown(s string, list []expansion, least int) *expansion {
	for i := range list { // what is written may look like a value
		s = strings.ReplaceAll(s, list[i].written, "\x00")
	}
	s = strings.ToLower(s)
	for i := range list {
		value := strings.ToLower(list[i].value)
		for from := 0; from+least <= len(value); from++ {
			if strings.Contains(s, value[from:from+least]) {
				return &list[i]
			}
		}
	}
	return nil
}
