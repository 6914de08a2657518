package profile

import (
	"os"
	"path/filepath"
	"strings"
)

// directive of nginx's main context: "name args;".
type nginxDirective struct {
	words []string
	file  string // "": the text of -g
	line  int
}

// nginxInclude is how deep include directives are followed.
const nginxInclude = 8

// mainContext calls found for each simple directive of the main context of an
// nginx configuration; blocks (events, http, ...) are skipped, includes are
// followed. dir is where relative includes begin: the directory of the main
// file. A file that cannot be read is skipped: nginx will say so.
func mainContext(dir, file, text string, depth int, found func(nginxDirective)) {
	lex := nginxLexer{text: text, line: 1}
	var words []string
	first := 0 // line of the first word
	for {
		word, kind := lex.next()
		switch kind {
		case nginxWord:
			if len(words) == 0 {
				first = lex.line
			}
			words = append(words, word)
			continue
		case nginxEnd:
			return
		case nginxOpen:
			lex.skipBlock()
		case nginxSemicolon:
			if len(words) == 2 && words[0] == "include" && depth < nginxInclude {
				includeMain(dir, words[1], depth, found)
			} else if len(words) > 0 {
				found(nginxDirective{words, file, first})
			}
		}
		words = nil
	}
}

func includeMain(dir, pattern string, depth int, found func(nginxDirective)) {
	files, err := filepath.Glob(Under(dir, pattern))
	if err != nil {
		return
	}
	for _, file := range files {
		if data, err := os.ReadFile(file); err == nil {
			mainContext(dir, file, string(data), depth+1, found)
		}
	}
}

type nginxKind int

const (
	nginxEnd nginxKind = iota
	nginxWord
	nginxSemicolon
	nginxOpen
	nginxClose
)

// nginxLexer cuts a configuration into words and the signs between them, by
// nginx's own rules: a quote or a comment can begin only where a word can, and
// "}" ends nothing inside of a word.
type nginxLexer struct {
	text string
	i    int
	line int
}

func (l *nginxLexer) next() (word string, kind nginxKind) {
	for l.i < len(l.text) {
		switch c := l.text[l.i]; c {
		case '\n':
			l.line++
			l.i++
		case ' ', '\t', '\r':
			l.i++
		case ';':
			l.i++
			return "", nginxSemicolon
		case '{':
			l.i++
			return "", nginxOpen
		case '}':
			l.i++
			return "", nginxClose
		case '#':
			for l.i < len(l.text) && l.text[l.i] != '\n' {
				l.i++
			}
		case '"', '\'':
			return l.quoted(c), nginxWord
		default:
			return l.bare(), nginxWord
		}
	}
	return "", nginxEnd
}

// char is what c at the present place stands for, the next character if c is a
// backslash.
func (l *nginxLexer) char(c byte) byte {
	if c == '\\' && l.i+1 < len(l.text) {
		l.i++
		c = l.text[l.i]
	}
	if c == '\n' {
		l.line++
	}
	return c
}

func (l *nginxLexer) quoted(quote byte) string {
	var word strings.Builder
	for l.i++; l.i < len(l.text); l.i++ {
		c := l.text[l.i]
		if c == quote {
			l.i++
			break
		}
		word.WriteByte(l.char(c))
	}
	return word.String()
}

func (l *nginxLexer) bare() string {
	var word strings.Builder
	for ; l.i < len(l.text); l.i++ {
		c := l.text[l.i]
		if strings.IndexByte(" \t\r\n;", c) >= 0 || c == '{' && !strings.HasSuffix(word.String(), "$") {
			break
		}
		word.WriteByte(l.char(c))
	}
	return word.String()
}

// skipBlock skips what follows a "{", up to its "}".
func (l *nginxLexer) skipBlock() {
	for depth := 1; depth > 0; {
		switch _, kind := l.next(); kind {
		case nginxOpen:
			depth++
		case nginxClose:
			depth--
		case nginxEnd:
			return
		}
	}
}
