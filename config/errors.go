package config

import (
	"cmp"
	"errors"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"entrypoint/config/ini"
)

// Errors are all the reasons why a configuration cannot be used. Each one is
// one line that can be printed as it is.
type Errors []error

func (e Errors) Error() string {
	lines := make([]string, len(e))
	for i, err := range e {
		lines[i] = err.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap lets errors.Is and errors.As look at each of them.
func (e Errors) Unwrap() []error { return e }

// OnlyAbsent says whether nothing keeps a configuration from being used but what the
// machine lacks: users and groups, directories, time zones. An installation may bring
// them; whatever else is wrong it mends not.
func OnlyAbsent(err error) bool {
	list, ok := err.(Errors)
	for _, e := range list {
		finding, is := e.(*Error)
		ok = ok && is && finding.absent
	}
	return ok
}

// absentError is something that the configuration names and the machine lacks.
type absentError struct{ error }

// absent marks a reason as one that an installation may mend.
func absent(reason error) error { return absentError{reason} }

// Error is one thing that is wrong, or odd, at one place of one file.
type Error struct {
	File    string // "": none, the reason says it all
	Line    int    // 0: the file as a whole
	Section string // "": none
	Key     string // "": the section as a whole
	Reason  string

	cause  error // for errors.Is; nil: none
	absent bool  // an installation may mend it
}

func (e *Error) Unwrap() error { return e.cause }

func (e *Error) Error() string {
	if e.File == "" {
		return e.Reason
	}
	s := e.File
	if e.Line > 0 {
		s += ":" + strconv.Itoa(e.Line)
	}
	s += ":"
	if e.Section != "" {
		s += " [" + e.Section + "]"
	}
	if e.Key != "" {
		s += " " + e.Key
	}
	if e.Section != "" || e.Key != "" {
		s += ":"
	}
	return s + " " + e.Reason
}

// byPlace orders findings as a reader of the file meets them, each once: two
// programs may name the same app.ini, and a program may be in two groups.
func byPlace(list []*Error, file string) []*Error {
	slices.SortStableFunc(list, func(a, b *Error) int {
		if a.File != b.File {
			// Other files (app.ini) after the one that names them.
			return cmp.Or(cmp.Compare(b2i(a.File != file), b2i(b.File != file)), strings.Compare(a.File, b.File))
		}
		return cmp.Compare(a.Line, b.Line)
	})
	seen := make(map[Error]bool, len(list))
	return slices.DeleteFunc(list, func(e *Error) bool {
		again := seen[*e]
		seen[*e] = true
		return again
	})
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

func parseErrors(err error) Errors {
	var list Errors
	if parse := ini.Errors(nil); errors.As(err, &parse) {
		for _, e := range parse {
			list = append(list, e)
		}
	}
	return list
}

// readError is a file that cannot be read.
type readError struct {
	path string
	err  error
}

func cannotRead(path string, err error) error {
	if p := (*fs.PathError)(nil); errors.As(err, &p) {
		err = p.Err // the path is in our own words already
	}
	return &readError{path, err}
}

func (e *readError) Error() string {
	return "cannot read " + strconv.Quote(e.path) + ": " + e.err.Error()
}
func (e *readError) Unwrap() error { return e.err }
