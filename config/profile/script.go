package profile

import "strings"

// script is a configuration in Python or Ruby. It can do anything; only what it
// says plainly is taken.
type script struct {
	text   string
	assign string // between name and value: "=", or "" for a method of Ruby
}

// plain is the value of a name.
type plain struct {
	line    int    // where the name is first met; 0: nowhere
	literal string // the value; "": it is none that can be read without running the script
}

// setting finds what a script gives a name. A name that is met more than once, or
// not at the beginning of a line, may have any value.
func (s script) setting(name string) (found plain) {
	number := 0
	for _, line := range strings.Split(s.text, "\n") {
		number++
		line = strings.TrimRight(line, " \t\r")
		if strings.HasPrefix(strings.TrimLeft(line, " \t"), "#") || !mentions(line, name) {
			continue
		}
		if found.line > 0 {
			found.literal = ""
			return found
		}
		found.line = number
		rest, ok := strings.CutPrefix(line, name)
		rest = strings.TrimLeft(rest, " \t")
		if ok && s.assign != "" {
			rest, ok = strings.CutPrefix(rest, s.assign)
		}
		if ok {
			found.literal = literal(strings.TrimSpace(strings.TrimPrefix(rest, "(")))
		}
	}
	return found
}

// says whether a line of a script is this text.
func (s script) says(line string) bool { return strings.Contains("\n"+s.text+"\n", "\n"+line+"\n") }

// hidden says whether names may come from elsewhere.
func (s script) hidden() bool {
	for _, way := range []string{"import *", "exec(", "globals()", "instance_eval", "load ", "require_relative"} {
		if strings.Contains(s.text, way) {
			return true
		}
	}
	return false
}

// mentions says whether a line contains a name as a word of its own.
func mentions(line, name string) bool {
	for from := 0; ; {
		i := strings.Index(line[from:], name)
		if i < 0 {
			return false
		}
		begin := from + i
		from = begin + len(name)
		if (begin == 0 || !wordByte(line[begin-1])) && (from == len(line) || !wordByte(line[from])) {
			return true
		}
	}
}

func wordByte(b byte) bool {
	return b == '_' || '0' <= b && b <= '9' || 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z'
}

// literal is the value of a text, or of the first one of a list, a number, or a
// truth value as Python writes it; "" for all else.
func literal(text string) string {
	text = strings.TrimLeft(text, "[(")
	if text == "" {
		return ""
	}
	if quote := text[0]; quote == '"' || quote == '\'' {
		end := strings.IndexByte(text[1:], quote)
		if end <= 0 || strings.ContainsAny(text[1:1+end], `\{#`) {
			return ""
		}
		// What follows may make another text of it.
		rest := strings.TrimLeft(text[end+2:], " \t")
		if rest == "" || strings.IndexByte(",])#", rest[0]) >= 0 {
			return text[1 : 1+end]
		}
		return ""
	}
	word, _, _ := strings.Cut(text, "#")
	word = strings.TrimRight(word, " \t])")
	switch word {
	case "True", "true":
		return "True"
	case "False", "false":
		return "False"
	}
	for i := range len(word) {
		if word[i] < '0' || word[i] > '9' {
			return ""
		}
	}
	return word
}
