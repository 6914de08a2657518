package templates

import (
	"slices"
	"strconv"
	"strings"
)

// Text is what a template has become.
type Text struct {
	Out  string
	Used []string // names of variables that are set and asked for
	Left []string // names in ${X} that are not set: ${X} has stayed
	// Wrong are the mistakes: what is written wrongly, and the variables that ${X:?}
	// misses, each as "line N: reason". None of them has a value in it.
	Wrong []string
}

// limit is the largest file that is read or written, in bytes.
const limit = 16 << 20

// maxDepth is how deep ${X:-${Y}} may go.
const maxDepth = 20

// Expand replaces the variables of a template:
//
//	${X}          the value; where X is not set, it stays as it is
//	${X:-text}    the value; text where it is unset or empty
//	${X:+text}    text, where it is set and not empty
//	${X:?reason}  the value; where it is unset or empty, a mistake
//	$${           the two characters ${
//
// The text may have variables again; in it "\}" is a brace and "\\" a backslash. All else
// stays as it is: $X, which nginx and shells have for themselves, and ${...} that has
// none of these forms, such as ${a.b}. A text without ${ is returned unchanged.
func Expand(text string, lookup func(name string) (value string, found bool)) Text {
	if !strings.Contains(text, "${") {
		return Text{Out: text}
	}
	e := expander{text: text, lookup: lookup}
	e.out.Grow(len(text))
	e.part(0, 0, true)
	e.done.Out = e.out.String()
	return e.done
}

// expander is the state of one Expand.
type expander struct {
	text   string
	lookup func(string) (string, bool)
	out    strings.Builder
	done   Text
}

// part copies from i on to the end of the text, or, at a depth over 0, to the brace that
// closes the variable around it. live: it is written, and misses what is not set. It
// returns where it has ended; -1: there is no brace.
func (e *expander) part(i, depth int, live bool) int {
	for i < len(e.text) {
		rest, piece, n := e.text[i:], "", 0
		switch {
		case strings.HasPrefix(rest, "$${"):
			piece, n = "${", 3
		case strings.HasPrefix(rest, "${"):
			if i = e.variable(i, depth, live); i < 0 {
				return i
			}
		case depth > 0 && rest[0] == '}':
			return i
		case depth > 0 && (strings.HasPrefix(rest, `\}`) || strings.HasPrefix(rest, `\\`)):
			piece, n = rest[1:2], 2
		default:
			if n = strings.IndexAny(rest[1:], `$\}`) + 1; n == 0 {
				n = len(rest)
			}
			piece = rest[:n]
		}
		e.put(piece, live)
		i += n
	}
	if depth > 0 {
		return -1
	}
	return i
}

// put writes a piece, up to the limit.
func (e *expander) put(s string, live bool) {
	if live && e.out.Len() <= limit {
		e.out.WriteString(s)
	}
}

// variable replaces what begins with ${ at i, and returns where it ends; -1: nowhere.
func (e *expander) variable(i, depth int, live bool) int {
	from := i + 2
	at := from + nameLength(e.text[from:])
	name, rest := e.text[from:at], e.text[at:]
	value, found := e.lookup(name)
	whole := strings.HasPrefix(rest, "}")
	chosen := len(rest) > 1 && rest[0] == ':' && strings.IndexByte("-+?=", rest[1]) >= 0
	if name != "" && found && (whole || chosen) {
		note(&e.done.Used, name)
	}
	piece := "${"
	switch {
	case name == "":
	case whole && !found:
		note(&e.done.Left, name)
		piece, from = e.text[i:at+1], at+1
	case whole:
		piece, from = value, at+1
	case chosen:
		return e.choice(i, at, depth, live, name, value)
	default:
		line, _, _ := strings.Cut(rest, "\n")
		if found && strings.IndexByte(line, '}') < 0 {
			e.wrong(i, "${"+name+` has no "}"`)
		}
	}
	e.put(piece, live)
	return from
}

// choice replaces ${NAME:-text} and its like, which begins at i; its operator is at at.
func (e *expander) choice(i, at, depth int, live bool, name, value string) int {
	operator := e.text[at+1]
	take := live && (operator == '-' && value == "" || operator == '+' && value != "")
	if depth == maxDepth {
		e.wrong(i, "${"+name+":"+string(operator)+"...} is one of too many within each other")
		return -1
	}
	if live && !take && operator != '+' {
		e.put(value, true)
	}
	end := e.part(at+2, depth+1, take)
	switch reason := ""; {
	case end < 0 && len(e.done.Wrong) == 0:
		e.wrong(i, "${"+name+":"+string(operator)+` has no "}"`)
		return end
	case end < 0:
		return end
	case operator == '=':
		e.wrong(i, "${"+name+":=...} sets nothing here; write ${"+name+":-...}")
	case operator == '?' && live && value == "":
		if reason = e.text[at+2 : end]; reason == "" {
			reason = "it is not set, or empty"
		}
		e.wrong(i, name+": "+reason)
	}
	return end + 1
}

// wrong notes a mistake at i.
func (e *expander) wrong(i int, reason string) {
	note(&e.done.Wrong, "line "+strconv.Itoa(strings.Count(e.text[:i], "\n")+1)+": "+reason)
}

// Substitute replaces $X and ${X}, as envsubst(1) does with a list of names: those of
// variables for which lookup has a value, and nothing else.
func Substitute(text string, lookup func(name string) (value string, found bool)) Text {
	var done Text
	var out strings.Builder
	for {
		i := strings.IndexByte(text, '$')
		if i < 0 || out.Len() > limit {
			break
		}
		out.WriteString(text[:i])
		text = text[i:]
		from := 1
		if strings.HasPrefix(text, "${") {
			from = 2
		}
		end := from + nameLength(text[from:])
		name := text[from:end]
		if from == 2 {
			if end == len(text) || text[end] != '}' {
				name = ""
			}
			end++
		}
		value, found := "", false
		if name != "" {
			value, found = lookup(name)
		}
		if !found {
			out.WriteByte('$')
			text = text[1:]
			continue
		}
		note(&done.Used, name)
		out.WriteString(value)
		text = text[end:]
	}
	out.WriteString(text)
	done.Out = out.String()
	return done
}

// nameLength is how many bytes at the beginning of a text are the name of a variable.
func nameLength(s string) int {
	for i := range len(s) {
		c := s[i]
		if c != '_' && (c|0x20 < 'a' || c|0x20 > 'z') && (i == 0 || c < '0' || c > '9') {
			return i
		}
	}
	return len(s)
}

// note adds a text to a list that has each once.
func note(list *[]string, s string) {
	if !slices.Contains(*list, s) {
		*list = append(*list, s)
	}
}
