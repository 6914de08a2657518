package config

import (
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// No shell reads a command, as none does with supervisord. What people write for one
// is passed to the program as it is, which hardly any of them means.

// builtins are commands that only a shell has. It is never written.
var builtins = [...]string{".", ":", "cd", "eval", "exec", "export", "set", "source", "trap", "ulimit", "umask", "unset"}

// shells read the word behind their -c. It is never written.
var shells = [...]string{"sh", "bash", "dash", "ash", "zsh", "ksh", "fish", "su", "runuser", "script", "flock"}

// shellTrace is the first thing in a command that only a shell would understand, as a
// warning; "": there is none.
func shellTrace(t *text, words []string) string {
	if slices.Contains(builtins[:], words[0]) {
		return strconv.Quote(words[0]) + " is a command of the shell, and none reads this: write /bin/sh -c \"...\", or the program alone"
	}
	if name, _, ok := strings.Cut(words[0], "="); ok && isVariable(name) {
		return "a variable before the command is for a shell, and none reads this: write environment = " + words[0] + ", or env " + words[0] + " ..."
	}
	variables := !readsText(words)
	start := true // a word begins here
	looked := 0   // up to where no variable was found
	for i := 0; i < len(t.s); i++ {
		c := t.s[i]
		switch {
		case t.isData(i):
			start = false
		case isSpace(c):
			start = true
		case c == '\\':
			i++
			start = false
		case c == '\'':
			i = closing(t.s, i)
			start = false
		case c == '"':
			end := closing(t.s, i)
			if name := variableIn(t.slice(i, min(end, len(t.s)))); name != "" && variables {
				return literally(name)
			}
			i = end
			start = false
		case c == '$' || c == '`':
			start = false
			if i < looked {
				break
			}
			looked = i + 1
			for looked < len(t.s) && !isSpace(t.s[looked]) {
				looked++
			}
			if name := variableIn(t.slice(i, looked)); name != "" && variables {
				return literally(name)
			}
		default:
			if operator := operatorAt(t.s[i:], start); operator != "" {
				return strconv.Quote(operator) + " is for a shell, and none reads this: write /bin/sh -c \"...\", or a script"
			}
			start = false
		}
	}
	return ""
}

// readsText says whether one of the words is a text that a shell reads.
func readsText(words []string) bool {
	shell := false
	for _, word := range words {
		if shell && len(word) > 1 && word[0] == '-' && word[1] != '-' && strings.HasSuffix(word, "c") {
			return true
		}
		shell = shell || slices.Contains(shells[:], filepath.Base(word))
	}
	return false
}

// closing is the place of the quotation mark that ends what the one at i begins.
func closing(s string, i int) int {
	for end := i + 1; end < len(s); end++ {
		if s[end] == '\\' && s[i] == '"' {
			end++
		} else if s[end] == s[i] {
			return end
		}
	}
	return len(s)
}

// variableIn finds $NAME, ${NAME}, $(COMMAND) or `COMMAND`, whose text is not data; ""
// there is none. Names of small letters are other programs' (awk, nginx), and so are
// numbers.
func variableIn(t *text) string {
	for i := range len(t.s) {
		if t.isData(i) || i > 0 && t.s[i-1] == '\\' {
			continue
		}
		rest := t.s[i:]
		switch {
		case strings.HasPrefix(rest, "$("), rest[0] == '`' && strings.Count(rest, "`") > 1:
			return rest
		case rest[0] != '$':
			continue
		}
		rest = strings.TrimPrefix(rest[1:], "{")
		end := 0
		for end < len(rest) && ('A' <= rest[end] && rest[end] <= 'Z' || rest[end] == '_' || end > 0 && '0' <= rest[end] && rest[end] <= '9') {
			end++
		}
		if end > 0 && (end == len(rest) || rest[end] < 'a' || 'z' < rest[end]) {
			return "$" + rest[:end]
		}
	}
	return ""
}

func literally(what string) string {
	if name, ok := strings.CutPrefix(what, "$"); ok && isVariable(name) {
		return what + " is for a shell, and none reads this: write %(ENV_" + name + ")s, or /bin/sh -c \"exec ...\""
	}
	return "what a shell would put in the place of " + strconv.Quote(strings.Trim(what, `"`)) + " nobody does, because none reads this: write /bin/sh -c \"exec ...\""
}

// operatorAt is the operator of a shell that s begins with: where a word begins, or a
// semicolon where one ends.
func operatorAt(s string, start bool) string {
	if !start {
		if s[0] == ';' && (len(s) == 1 || isSpace(s[1])) {
			return ";"
		}
		return ""
	}
	word := s
	if end := strings.IndexAny(s, " \t\n"); end >= 0 {
		word = s[:end]
	}
	switch word {
	case "&&", "||", "|", "&", ">", ">>", "<":
		return word
	}
	redirection := strings.TrimLeft(word, "0123456789&")
	if len(word)-len(redirection) <= 1 && len(redirection) > 1 && (redirection[0] == '>' || redirection[0] == '<') {
		return word
	}
	return ""
}

// isVariable says whether a text can be the name of a variable.
func isVariable(name string) bool {
	for i := range len(name) {
		c := name[i]
		if c != '_' && (c|0x20 < 'a' || 'z' < c|0x20) && (i == 0 || c < '0' || '9' < c) {
			return false
		}
	}
	return name != ""
}
