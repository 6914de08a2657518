package config

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	"entrypoint/config/nearest"
)

// Requirement is one variable that require_env asks for.
type Requirement struct {
	Name     string
	Kind     VariableKind
	Choices  []string // of VariableChoice
	Default  string   // what the variable is set to where it has no value
	Optional bool     // there is a Default, which may be ""
	where    setting
}

// VariableKind is what the value of a required variable has to look like.
type VariableKind uint8

// The kinds.
const (
	VariableText   VariableKind = iota // anything but nothing
	VariableURL                        // url
	VariablePort                       // port
	VariableInt                        // int
	VariableBool                       // bool
	VariableChoice                     // a|b
)

// variableKinds are the names of the kinds, and what is expected of their values. It is
// never written.
var variableKinds = [...]struct{ name, expected string }{
	VariableText:   {"", "a value that is not empty"},
	VariableURL:    {"url", "a URL such as postgres://user@host/name"},
	VariablePort:   {"port", "a port from 1 to 65535"},
	VariableInt:    {"int", "a whole number"},
	VariableBool:   {"bool", "true or false (or yes, no, on, off, 1, 0)"},
	VariableChoice: {"", "one of "},
}

// Expected says what the value has to be, such as "a whole number".
func (r *Requirement) Expected() string {
	return variableKinds[r.Kind].expected + strings.Join(r.Choices, ", ")
}

// Error is a finding about the variable, at the place where it is required, if it has one.
func (r *Requirement) Error(reason string) error {
	if r.where.Key == nil {
		return &Error{Reason: reason}
	}
	return &Error{File: r.where.File, Line: r.where.Line, Section: r.where.section, Key: r.where.Name, Reason: reason}
}

// Wrong says what is wrong with a value that is not empty, without showing it, as in
// "the scheme is missing"; "": nothing, or no more than that it is not what Expected says.
// ok is whether the value is good.
func (r *Requirement) Wrong(value string) (reason string, ok bool) {
	switch r.Kind {
	case VariableURL:
		reason = badURL(value)
		return reason, reason == ""
	case VariablePort:
		n, err := strconv.ParseUint(value, 10, 16)
		return "", err == nil && n > 0
	case VariableInt:
		_, err := strconv.ParseInt(value, 10, 64)
		if errors.Is(err, strconv.ErrRange) {
			reason = "it has more than 64 bits"
		}
		return reason, err == nil
	case VariableBool:
		_, err := parseBool(value)
		return "", err == nil && strings.TrimSpace(value) == value
	case VariableChoice:
		return "", slices.Contains(r.Choices, value)
	}
	return "", value != ""
}

// Meant is the end of a message about a wrong value that may be shown: " (did you mean
// prod?)", or nothing.
func (r *Requirement) Meant(value string) string { return nearest.Hint(value, r.Choices) }

// badURL says what is wrong with a URL, and quotes nothing of it; "": nothing. What
// drivers of databases understand is no error: several hosts, jdbc: in front of the
// scheme, sqlite:// without a path.
func badURL(s string) string {
	scheme, rest, ok := strings.Cut(strings.TrimPrefix(s, "jdbc:"), "://")
	switch {
	case strings.ContainsAny(s, " \t\r\n"):
		return "there is white space in it"
	case !ok || scheme == "" || strings.Trim(scheme, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-.") != "":
		return "it does not begin with a scheme and ://"
	case rest == "" && !strings.HasPrefix(scheme, "sqlite"):
		return "nothing follows ://"
	}
	const escape = "; characters such as / # ? in a password have to be written as %2F and so on"
	authority, _, _ := strings.Cut(rest, "/")
	authority, _, _ = strings.Cut(authority, "?")
	authority, _, _ = strings.Cut(authority, "#")
	for _, host := range strings.Split(authority[strings.LastIndexByte(authority, '@')+1:], ",") {
		_, port, ok := hostAndPort(host)
		if n, err := strconv.ParseUint(port, 10, 16); !ok || port != "" && (err != nil || n == 0) {
			return "behind @, or ://, there is no HOST:PORT with a port from 1 to 65535" + escape
		}
	}
	if strings.HasPrefix(scheme, "http") && authority == "" {
		return "the host is missing"
	}
	return ""
}

// parseRequirements reads require_env: NAME[:KIND][=DEFAULT], with commas or line ends
// between them. A default in quotation marks is taken as it is, with its commas. k is the
// place of all of them.
func parseRequirements(t *text, k setting) (list []Requirement, err error) {
	p := requirements{t: t}
	for p.next() {
		r, err := p.one()
		if err != nil {
			return nil, err
		}
		for i := range list {
			if list[i].Name == r.Name {
				return nil, errors.New(r.Name + " stands there twice")
			}
		}
		r.where = k
		list = append(list, r)
	}
	return list, nil
}

// requirements is a position in the text of require_env.
type requirements struct {
	t *text
	i int
}

// at says whether the next byte is one of set, and not data.
func (p *requirements) at(set string) bool {
	return p.i < len(p.t.s) && strings.IndexByte(set, p.t.s[p.i]) >= 0 && !p.t.isData(p.i)
}

// until is what stands before the next byte that is one of set, without blanks at its ends.
func (p *requirements) until(set string) string {
	start := p.i
	for p.i < len(p.t.s) && !p.at(set) {
		p.i++
	}
	return strings.TrimSpace(p.t.s[start:p.i])
}

// next goes to the begin of the next declaration, if there is one.
func (p *requirements) next() bool {
	for p.at(", \t\r\n") {
		p.i++
	}
	return p.i < len(p.t.s)
}

// one reads a declaration.
func (p *requirements) one() (r Requirement, err error) {
	head := p.until(",\n=")
	name, kind, _ := strings.Cut(head, ":")
	r.Name = strings.TrimSpace(name)
	if !isVariable(r.Name) {
		return r, errors.New(quoted(r.Name) + " cannot be the name of a variable; a declaration is NAME, NAME:KIND or NAME:KIND=DEFAULT")
	}
	if err := r.kind(strings.TrimSpace(kind), strings.Contains(head, ":")); err != nil || !p.at("=") {
		return r, err
	}
	p.i++
	r.Optional = true
	if r.Default, err = p.value(r.Name); err != nil {
		return r, err
	}
	if reason, ok := r.Wrong(r.Default); !ok && (r.Kind != VariableText || r.Default != "") {
		if reason != "" {
			reason = ": " + reason
		}
		return r, errors.New("the default of " + r.Name + " is not " + r.Expected() + reason)
	}
	return r, nil
}

// kind reads what stands behind the colon.
func (r *Requirement) kind(word string, said bool) error {
	if !said {
		return nil
	}
	names := make([]string, 0, len(variableKinds))
	for i := range variableKinds {
		name := variableKinds[i].name
		switch {
		case name == "":
		case name == word:
			r.Kind = VariableKind(i)
			return nil
		default:
			names = append(names, name)
		}
	}
	if !strings.Contains(word, "|") {
		return errors.New(r.Name + ": " + quoted(word) + " is none of " + strings.Join(names, ", ") + ", and no choice such as dev|prod" + nearest.Hint(word, names))
	}
	r.Kind = VariableChoice
	for _, choice := range strings.Split(word, "|") {
		if choice = strings.TrimSpace(choice); choice == "" || slices.Contains(r.Choices, choice) {
			return errors.New(r.Name + ": in " + quoted(word) + " a choice is empty, or stands there twice")
		}
		r.Choices = append(r.Choices, choice)
	}
	return nil
}

// value reads a default, up to the end of its declaration.
func (p *requirements) value(name string) (string, error) {
	for p.at(" \t") {
		p.i++
	}
	if !p.at(`"'`) {
		return p.until(",\n"), nil
	}
	quote := p.t.s[p.i : p.i+1]
	p.i++
	start := p.i
	for p.i < len(p.t.s) && !p.at(quote) {
		p.i++
	}
	if p.i == len(p.t.s) {
		return "", errors.New("no closing quotation mark (" + quote + ") behind " + name + "=")
	}
	value := p.t.s[start:p.i]
	p.i++
	if p.until(",\n") != "" {
		return "", errors.New("text follows the closing quotation mark (" + quote + ") of " + name + "; a comma belongs between two variables")
	}
	return value, nil
}
