package config

import (
	"errors"
	"strings"
)

// splitWords splits a command as a POSIX shell splits a simple one: quotes and
// backslashes, and nothing else, have a meaning. What an expansion has put
// there is treated like an unquoted $VAR: it is split at white space, but a
// quote or a backslash in it is a character; inside quotes it stays whole.
func splitWords(t *text) ([]string, error) {
	var (
		words []string
		word  strings.Builder
		in    bool // a word has begun, perhaps with an empty quote
		quote byte // inside of which quotes; 0: none
	)
	for i := 0; i < len(t.s); i++ {
		c := t.s[i]
		literal := t.isData(i)
		switch {
		case quote != 0 && (literal || c != quote && !(quote == '"' && c == '\\')):
			word.WriteByte(c)
		case quote != 0 && c == quote:
			quote = 0
		case quote != 0: // a backslash in double quotes
			if i+1 < len(t.s) && !t.isData(i+1) && (t.s[i+1] == '"' || t.s[i+1] == '\\') {
				i++
				c = t.s[i]
			}
			word.WriteByte(c)
		case isSpace(c):
			if in {
				words = append(words, word.String())
				word.Reset()
				in = false
			}
		case !literal && (c == '"' || c == '\''):
			quote, in = c, true
		case !literal && c == '\\':
			if i++; i == len(t.s) {
				return nil, errors.New(`nothing follows the "\" at the end`)
			}
			word.WriteByte(t.s[i])
			in = true
		default:
			word.WriteByte(c)
			in = true
		}
	}
	if quote != 0 {
		return nil, errors.New("no closing quotation mark (" + string(quote) + `); " ;" and " #" begin a comment even inside of quotes`)
	}
	if in {
		words = append(words, word.String())
	}
	return words, nil
}

func isSpace(c byte) bool {
	return c == ' ' || c == '\t' || c == '\n' || c == '\r'
}
