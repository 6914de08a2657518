package profile

import (
	"path/filepath"
	"slices"
	"strings"
)

// wrapper is a command that runs another one.
type wrapper struct {
	names  []string
	verb   string // must come first; "": none
	valued string // options whose value is the next word
	skip   int    // words before the command, such as a user
	env    bool   // it is env(1)
}

// wrappers run the rest of their command line in their own place, or wait for it
// and pass signals on. Those that do neither (setsid, su) are not here. It is
// never written.
var wrappers = [...]wrapper{
	{names: []string{"env"}, env: true, valued: "-u --unset"},
	{names: []string{"nice"}, valued: "-n --adjustment"},
	{names: []string{"ionice"}, valued: "-c --class -n --classdata"},
	{names: []string{"stdbuf"}, valued: "-i -o -e --input --output --error"},
	{names: []string{"nohup", "ddtrace-run", "catatonit"}},
	{names: []string{"gosu", "su-exec"}, skip: 1},
	{names: []string{"setpriv"}, valued: "--reuid --regid --groups --inh-caps --ambient-caps --bounding-set --securebits"},
	{names: []string{"runuser"}, valued: "-u --user -g --group -G --supp-group"},
	{names: []string{"tini", "tini-static", "docker-init"}, valued: "-p -e"},
	{names: []string{"dumb-init"}, valued: "-r --rewrite"},
	{names: []string{"bundle", "bundler"}, verb: "exec"},
	{names: []string{"poetry", "pipenv", "pdm", "rye"}, verb: "run"},
	{names: []string{"uv"}, verb: "run", valued: "-p --python --with --with-requirements --env-file --project --directory --extra --group --package --only-group --index --default-index"},
	{names: []string{"newrelic-admin"}, verb: "run-program"},
}

// locate finds the program that a command line is about; nil: it is none that is
// known. With a profile that was chosen, the command takes the command line of
// that program, whatever its name is.
func locate(command Command) *call {
	c := &call{command: command, words: command.Argv}
	found := c.unwrap(0)
	if chosen := find(command.Name); chosen != nil {
		c.row, found = chosen, true
		c.unsure = c.unsure || c.opaque
	}
	if !found {
		return nil
	}
	return c
}

// unwrap looks for the program from words[i] on: it sets at, and the row if it
// is one that is known.
func (c *call) unwrap(i int) bool {
	for i < len(c.words) {
		c.at = i
		base := filepath.Base(c.words[i])
		switch language := interpreted(base); language {
		case "":
		case "shell":
			return c.shellText(i)
		default:
			return c.script(i, language)
		}
		if c.row = byCommand(base, ""); c.row != nil {
			return true
		}
		w := wrapperOf(base)
		if w == nil {
			return false
		}
		if i = c.behind(w, i+1); i < 0 {
			break
		}
	}
	c.opaque = true
	return false
}

// interpreted is the language of what a command runs; "": it is no interpreter.
func interpreted(base string) string {
	switch unversioned(base) {
	case "sh", "bash", "dash", "ash":
		return "shell"
	case "python", "pypy":
		return "python"
	case "ruby":
		return "ruby"
	}
	return ""
}

func wrapperOf(base string) *wrapper {
	for i := range wrappers {
		if slices.Contains(wrappers[i].names, base) {
			return &wrappers[i]
		}
	}
	return nil
}

// behind is where the command of a wrapper begins, whose own words begin at i;
// -1: there is none that can be told.
func (c *call) behind(w *wrapper, i int) int {
	if w.verb != "" {
		if i == len(c.words) || c.words[i] != w.verb {
			return -1
		}
		i++
	}
	for ; i < len(c.words); i++ {
		word := c.words[i]
		switch {
		case word == "--":
			return i + 1 + w.skip
		case listed(w.valued, word):
			i++
		case strings.HasPrefix(word, "-"):
			if w.env {
				return -1 // another environment or directory, or a text to split
			}
		case w.env && strings.Contains(word, "="):
			c.given = append(c.given, word)
		default:
			return i + w.skip
		}
	}
	return -1
}

// script is about the program that an interpreter at words[i] runs: the module of
// -m, or the script.
func (c *call) script(i int, language string) bool {
	valued := "-W -X --check-hash-based-pycs"
	if language == "ruby" {
		valued = "-I -r -C -E"
	}
	for i++; i < len(c.words); i++ {
		word := c.words[i]
		module := language == "python" && len(word) > 1 && word[0] == '-' && word[1] != '-' && word[len(word)-1] == 'm'
		switch {
		case module:
			if i++; i == len(c.words) {
				return false
			}
			word, _, _ = strings.Cut(c.words[i], ".")
		case listed(valued, word):
			i++
			continue
		case word == "-c" || word == "-e":
			return false
		case strings.HasPrefix(word, "-"):
			continue
		}
		c.at, c.row = i, byCommand(filepath.Base(word), language)
		return c.row != nil
	}
	return false
}

// shellText finds the program in the text of "sh -c TEXT", if that is one simple
// command which takes the shell's place: exec and words, perhaps with variables
// before it. Where exec is missing a shell may stand between us and the program,
// and no signal gets past it.
func (c *call) shellText(i int) bool {
	c.opaque = true
	at := slices.Index(c.words[i:], "-c") + i
	if at < i || at+1 >= len(c.words) || c.shell != 0 || !simple(c.words[at+1]) {
		return false
	}
	c.start, c.shell = i, at+1
	c.unsure = strings.Contains(c.words[at+1], "$")
	c.words = strings.Fields(c.words[at+1])
	for n, word := range c.words {
		switch {
		case word == "exec" && n+1 < len(c.words):
			c.opaque = false
			return c.unwrap(n + 1)
		case !strings.Contains(word, "="):
			return false
		}
		c.given = append(c.given, word)
	}
	return false
}

// simple says whether a shell's text is nothing but words and variables.
func simple(text string) bool {
	for i := range len(text) {
		switch b := text[i]; {
		case 'a' <= b && b <= 'z', 'A' <= b && b <= 'Z', '0' <= b && b <= '9', b >= 0x80:
		case strings.IndexByte(" \t-_./:=,+@%$", b) >= 0:
		case (b == '{' || b == '}') && strings.Contains(text, "${"):
		default:
			return false
		}
	}
	return true
}

// shellWord is a word as a shell takes it.
func shellWord(word string) string {
	if simple(word) && !strings.ContainsAny(word, " \t") && word != "" {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
