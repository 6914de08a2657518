package config

import (
	"errors"
	"strconv"
	"strings"

	"entrypoint/config/environ"
)

// parseEnvironment reads environment=: KEY=VALUE pairs with commas between them.
//
// A value is quoted as in a POSIX shell, or bare. A bare value goes up to the
// next comma, white space or quote; supervisord allows only letters, digits and
// "_/.+-():" there, and silently cuts the value at anything else ($HOME, ~/x,
// http://h/?a=b, 日本), so more files are right here than there. Where it
// differs for a file that is right there:
//
//   - white space alone separates pairs, too, so a line for each pair needs no
//     commas;
//   - "A=" is an empty value;
//   - "#" inside a bare value is a character.
//
// A ";" between two pairs, which supervisord happens to accept, separates them
// if the value before it is one that supervisord accepts.
func parseEnvironment(t *text) ([]string, error) {
	p := pairs{t: t}
	var list variables
	for p.skipSpace(); p.i < len(p.t.s); {
		key, err := p.key()
		if err != nil {
			return nil, err
		}
		val, err := p.value(key)
		if err != nil {
			return nil, err
		}
		list.set(key, val)
		p.last = key
		if err := p.separator(key); err != nil {
			return nil, err
		}
	}
	return list.list, nil
}

// SetVariable sets key in a list of KEY=VALUE that has each key once. In a list
// with a key twice, C programs would see the first value, others the last.
func SetVariable(list []string, key, val string) []string {
	for i, kv := range list {
		if n := len(key); len(kv) > n && kv[n] == '=' && kv[:n] == key {
			list[i] = key + "=" + val
			return list
		}
	}
	return append(list, key+"="+val)
}

// SetVariables is SetVariable for each KEY=VALUE of entries.
func SetVariables(list, entries []string) []string {
	for _, entry := range entries {
		key, val, _ := strings.Cut(entry, "=")
		list = SetVariable(list, key, val)
	}
	return list
}

// variables is a list of KEY=VALUE that has each key once, while it grows.
type variables struct {
	list []string
	at   map[string]int // nil while the list is short: looking through it is faster then
}

// set is SetVariable.
func (v *variables) set(key, val string) {
	const short = 32
	if len(v.list) < short {
		v.list = SetVariable(v.list, key, val)
		return
	}
	if v.at == nil {
		v.at = make(map[string]int, 2*len(v.list))
		for i, kv := range v.list {
			name, _, _ := strings.Cut(kv, "=")
			v.at[name] = i
		}
	}
	i, known := v.at[key]
	if !known {
		v.at[key] = len(v.list)
		v.list = append(v.list, key+"="+val)
		return
	}
	v.list[i] = key + "=" + val
}

// pairs is a position in the text of environment=.
type pairs struct {
	t    *text
	i    int
	last string // the name of the pair before; "": there is none
}

// quote quotes what stands after a pair. It may be the end of the pair's value, written
// without quotes, and so of a secret.
func (p *pairs) quote(s string) string {
	if environ.Secret(p.last) {
		s = "***"
	}
	return strconv.Quote(s)
}

// at says whether the next byte is one of set, and not data.
func (p *pairs) at(set string) bool {
	return p.i < len(p.t.s) && strings.IndexByte(set, p.t.s[p.i]) >= 0 && !p.t.isData(p.i)
}

func (p *pairs) skipSpace() {
	for p.at(" \t\r\n") {
		p.i++
	}
}

func (p *pairs) key() (string, error) {
	start := p.i
	for p.i < len(p.t.s) && !p.at(" \t\r\n=,\"'") {
		p.i++
	}
	key := p.t.s[start:p.i]
	p.skipSpace()
	if key == "" {
		return "", errors.New("a name is missing before " + p.quote(p.next()))
	}
	if !p.at("=") {
		return "", errors.New(`"=" is missing after ` + p.quote(key) + "; a value with spaces needs quotes, and pairs have the form KEY=\"value\"")
	}
	if strings.IndexByte(key, '=') >= 0 {
		return "", errors.New(`the name ` + p.quote(key) + ` contains "="`)
	}
	p.i++
	p.skipSpace()
	return key, nil
}

// next is a little of what follows, for messages.
func (p *pairs) next() string {
	rest := p.t.s[p.i:]
	if i := strings.IndexAny(rest, " \t\r\n"); i > 0 {
		rest = rest[:i]
	}
	return rest[:min(len(rest), 20)]
}

// value reads quoted and bare pieces up to a separator.
func (p *pairs) value(key string) (string, error) {
	var (
		out    strings.Builder
		start  = p.i
		strict = true // supervisord would accept it so far
	)
	for p.i < len(p.t.s) {
		switch {
		case p.at(" \t\r\n,"):
			return out.String(), nil
		case p.at(";") && strict && p.i > start && p.pairFollows():
			return out.String(), nil
		case p.at(`"'`):
			if err := p.quoted(key, &out); err != nil {
				return "", err
			}
		case p.at(`\`):
			if p.i++; p.i == len(p.t.s) {
				return "", errors.New(`nothing follows the "\" at the end of ` + key)
			}
			out.WriteByte(p.t.s[p.i])
			p.i++
		default:
			strict = strict && (p.t.isData(p.i) || isShlexWord(p.t.s[p.i]))
			out.WriteByte(p.t.s[p.i])
			p.i++
		}
	}
	return out.String(), nil
}

func (p *pairs) quoted(key string, out *strings.Builder) error {
	quote := p.t.s[p.i]
	for p.i++; p.i < len(p.t.s); p.i++ {
		switch {
		case p.at(string(quote)):
			p.i++
			return nil
		case quote == '"' && p.at(`\`):
			if p.i++; !p.at(`"\`) {
				p.i-- // it stands for itself
			}
		}
		out.WriteByte(p.t.s[p.i])
	}
	return errors.New("no closing quotation mark (" + string(quote) + ") after " + key + `=; " ;" and " #" begin a comment even inside of quotes`)
}

// separator skips what is between two pairs.
func (p *pairs) separator(key string) error {
	p.skipSpace()
	if p.at(",;") {
		p.i++
		p.skipSpace()
		if p.at(",") {
			return errors.New("two commas after " + key)
		}
	}
	return nil
}

// pairFollows says whether NAME= follows the byte at p.i.
func (p *pairs) pairFollows() bool {
	rest := strings.TrimLeft(p.t.s[p.i+1:], " \t\r\n")
	i := strings.IndexByte(rest, '=')
	return i > 0 && strings.TrimLeft(rest[:i], "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_") == ""
}

func isShlexWord(c byte) bool {
	return 'a' <= c|0x20 && c|0x20 <= 'z' || '0' <= c && c <= '9' || strings.IndexByte("_/.+-():", c) >= 0
}
