package ini

import (
	"strconv"
	"strings"
)

// File is one parsed file: its sections in the order of their first lines.
type File struct {
	Name     string
	Sections []*Section
}

// Section is one [name] with its keys in order. A section without keys of its
// own still has those of [DEFAULT].
type Section struct {
	Name string
	File string
	Line int // of the first header of this name
	Keys []Key
}

// Key is one "key = value" line with its continuation lines.
type Key struct {
	Name  string // lower case
	Value string // trimmed; continuation lines joined with "\n"
	File  string
	Line  int // of the line with the key
}

// Section returns the section of that name, or nil.
func (f *File) Section(name string) *Section {
	for _, s := range f.Sections {
		if s.Name == name {
			return s
		}
	}
	return nil
}

// Key returns the key of that name. It may be asked of a nil section.
func (s *Section) Key(name string) (Key, bool) {
	if s != nil {
		for _, k := range s.Keys {
			if k.Name == name {
				return k, true
			}
		}
	}
	return Key{}, false
}

// Error is one line that cannot be understood.
type Error struct {
	File   string
	Line   int
	Reason string
}

func (e *Error) Error() string {
	return e.File + ":" + strconv.Itoa(e.Line) + ": " + e.Reason
}

// Errors are all the errors of one file, in the order of their lines. Parse
// returns this type.
type Errors []*Error

func (e Errors) Error() string {
	lines := make([]string, len(e))
	for i, err := range e {
		lines[i] = err.Error()
	}
	return strings.Join(lines, "\n")
}
