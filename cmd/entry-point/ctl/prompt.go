package ctl

import (
	"bufio"
	"io"
	"os"
	"slices"
	"strings"

	"golang.org/x/term"

	"entrypoint/supervisor/control"
)

// prompt asks the user for lines. On a terminal a line can be edited, the lines before
// it come back with the cursor keys, and Tab completes commands and names.
type prompt struct {
	lines  *bufio.Reader  // where there is no terminal
	editor *term.Terminal // else; nil: there is none
	keys   int            // descriptor that the editor reads from
	screen int            // and writes to
	before string         // the line that Tab has not made longer
}

// newPrompt reads from in. names are what Tab may put behind a command.
func newPrompt(in io.Reader, out io.Writer, names func(verb string) []string) *prompt {
	p := &prompt{lines: bufio.NewReader(in)}
	keys, in1 := terminal(in)
	screen, out1 := terminal(out)
	if !in1 || !out1 || os.Getenv("TERM") == "dumb" {
		return p
	}
	p.keys, p.screen = keys, screen
	p.editor = term.NewTerminal(struct {
		io.Reader
		io.Writer
	}{in, out}, "")
	p.editor.AutoCompleteCallback = func(line string, at int, key rune) (string, int, bool) {
		if key != '\t' {
			p.before = ""
			return "", 0, false
		}
		return p.complete(line, at, names)
	}
	return p
}

// readLine asks a question and returns the answer without its end; io.EOF after Ctrl-C
// and Ctrl-D, too.
func (p *prompt) readLine(out *bufio.Writer, question string) (string, error) {
	if p.editor == nil {
		_, _ = out.WriteString(question)
		if err := out.Flush(); err != nil {
			return "", err
		}
		line, err := p.lines.ReadString('\n')
		if line != "" {
			err = nil
		}
		return strings.TrimSuffix(line, "\n"), err
	}
	if err := out.Flush(); err != nil {
		return "", err
	}
	// Only while a line is typed: what a command prints needs the terminal as it was.
	before, err := term.MakeRaw(p.keys)
	if err != nil {
		return "", err
	}
	defer func() { _ = term.Restore(p.keys, before) }()
	rows, columns := windowSize(p.screen)
	_ = p.editor.SetSize(columns, rows)
	p.editor.SetPrompt(question)
	line, err := p.editor.ReadLine()
	if err == term.ErrPasteIndicator {
		err = nil
	}
	return line, err
}

// complete makes the word before the cursor as long as it is certain. Where that is no
// longer than it was, the second Tab shows what it may become.
func (p *prompt) complete(line string, at int, names func(verb string) []string) (string, int, bool) {
	begun, rest := line[:at], line[at:]
	start := strings.LastIndexByte(begun, ' ') + 1
	var known []string
	if verb, _, more := strings.Cut(strings.TrimLeft(begun, " "), " "); more {
		known = names(verb)
	} else {
		known = append(verbNames(), "exit", "quit")
	}
	var fit []string
	for _, name := range known {
		if strings.HasPrefix(name, begun[start:]) {
			fit = append(fit, name)
		}
	}
	slices.Sort(fit)
	fit = slices.Compact(fit)
	if len(fit) == 0 {
		return line, at, true
	}
	word := fit[0]
	for _, name := range fit[1:] {
		word = word[:common(word, name)]
	}
	if len(fit) == 1 && rest == "" {
		word += " "
	}
	if longer := begun[:start] + word; longer != begun {
		p.before = ""
		return longer + rest, len(longer), true
	}
	if p.before == line && len(fit) > 1 {
		_, _ = io.WriteString(p.editor, strings.Join(fit, "  ")+"\n")
	}
	p.before = line
	return line, at, true
}

// common is how many bytes two words have in common at their beginning.
func common(a, b string) (n int) {
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}

func verbNames() (names []string) {
	for _, known := range verbs() {
		names = append(names, known.name)
	}
	return names
}

// completions are what may stand behind a command: programs, groups and all, which
// the server is asked for. What it does not answer is not completed.
func (s *shell) completions(verb string) (names []string) {
	switch verb {
	case "help":
		return verbNames()
	case "add", "remove", "update", "status", "start", "stop", "restart", "signal", "clear", "pid", "tail", "fg":
	default:
		return nil
	}
	err := s.ask(&control.Request{Do: control.DoStatus}, func(a *control.Answer) error {
		if p := a.Program; p != nil {
			names = append(names, s.shown(p.FullName))
			if p.Group != p.FullName {
				names = append(names, s.shown(p.Group)+":*")
			}
		}
		return nil
	})
	if err != nil {
		return nil
	}
	return append(names, "all")
}
