package variables

import (
	"strings"

	"entrypoint/config"
	"entrypoint/config/environ"
)

// Options say what a step works with.
type Options struct {
	Keys *config.Prelude
	Env  []string // NAME=VALUE; a step changes a copy of it

	// Read reads a file of at most limit bytes; nil: ReadFile.
	Read func(path string, limit int) ([]byte, error)
	// Size is how large the container is; nil: as Measure finds it.
	Size *Size
	// Secret are the names of variables whose values are not shown, beside those whose
	// names say it.
	Secret []string
}

// Result is what a step has made.
type Result struct {
	Env   []string // Options.Env, if nothing has changed
	What  string   // that was done, in words for a line of the log; "": nothing that anybody has asked for
	Notes []string // more lines
	Names []string // of the variables that were set
	Size  *Size    // how large Sizing has found the container; nil: nobody had to look
}

// code is the exit code of a mistake of the user's (EX_CONFIG of sysexits.h).
const code = 78

// Mistakes are all that is wrong, a line each.
type Mistakes []string

func (m Mistakes) Error() string { return strings.Join(m, "\n") }

// ExitCode is that of the container.
func (m Mistakes) ExitCode() int { return code }

// err is nil where there is no mistake.
func (m Mistakes) err() error {
	if len(m) == 0 {
		return nil
	}
	return m
}

// edit is an environment that is changed, and copied before the first change.
type edit struct {
	env  []string
	mine bool
}

func (e *edit) own() {
	if !e.mine {
		e.env, e.mine = append(make([]string, 0, len(e.env)+8), e.env...), true
	}
}

// set gives a variable a value.
func (e *edit) set(name, value string) {
	e.own()
	e.drop(name)
	e.env = append(e.env, name+"="+value)
}

// drop takes a variable out, however often it is there.
func (e *edit) drop(name string) {
	e.own()
	kept := e.env[:0]
	for _, entry := range e.env {
		if !strings.HasPrefix(entry, name) || !strings.HasPrefix(entry[len(name):], "=") {
			kept = append(kept, entry)
		}
	}
	e.env = kept
}

// value is that of a variable; "": it has none, or an empty one.
func (e *edit) value(name string) string { return environ.Value(e.env, name) }
