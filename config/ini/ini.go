package ini

import (
	"strconv"
	"strings"
)

// File is one parsed file, or several that were merged: its sections in the
// order of their first lines.
type File struct {
	Name     string
	Sections []*Section
	// Defaults are the keys of [DEFAULT]; Inherit hands them out.
	Defaults Section

	byName map[string]*Section // a file may have a thousand sections
}

// Section is one [name] with its keys in order. A section without keys of its
// own still has those of [DEFAULT].
type Section struct {
	Name string
	File string
	Line int // of the first header of this name
	Keys []Key

	at map[string]int // of keys; nil while there are few: looking through them is faster then
}

// Key is one "key = value" line with its continuation lines.
type Key struct {
	Name  string // lower case
	Value string // trimmed; continuation lines joined with "\n"
	File  string
	Line  int // of the line with the key

	Inherited bool // it is from [DEFAULT]
	// OpenQuote is the line of the value where a comment begins although a
	// quotation mark is open: supervisord's rule, and hardly meant. 0: none.
	OpenQuote int
}

// Section returns the section of that name, or nil.
func (f *File) Section(name string) *Section { return f.byName[name] }

// Merge adds what another file says, as if its text stood at the end of this one.
// Neither may have inherited yet.
func (f *File) Merge(other *File) {
	for _, s := range other.Sections {
		f.Add(s)
	}
	f.Defaults.add(other.Defaults.Keys)
}

// Add adds one section, or its keys to the section of that name.
func (f *File) Add(s *Section) {
	if mine := f.byName[s.Name]; mine != nil {
		mine.add(s.Keys)
		return
	}
	f.byName[s.Name] = s
	f.Sections = append(f.Sections, s)
}

// Inherit gives every section those keys of [DEFAULT] that it does not have.
func (f *File) Inherit() {
	for _, k := range f.Defaults.Keys {
		k.Inherited = true
		for _, s := range f.Sections {
			if _, ok := s.Key(k.Name); !ok {
				s.Keys = append(s.Keys, k)
			}
		}
	}
}

func (s *Section) add(keys []Key) {
	for _, k := range keys {
		s.set(k)
	}
}

// set stores a key, in the place of an earlier one of its name.
func (s *Section) set(k Key) {
	if i := s.find(k.Name); i >= 0 {
		s.Keys[i] = k
		return
	}
	s.Keys = append(s.Keys, k)
}

// find is the place of a key, or -1.
func (s *Section) find(name string) int {
	const few = 64
	if len(s.Keys) <= few {
		for i := range s.Keys {
			if s.Keys[i].Name == name {
				return i
			}
		}
		return -1
	}
	if s.at == nil {
		s.at = make(map[string]int, 2*len(s.Keys))
	}
	for i := len(s.at); i < len(s.Keys); i++ { // those that have come since
		s.at[s.Keys[i].Name] = i
	}
	if i, ok := s.at[name]; ok {
		return i
	}
	return -1
}

// Key returns the key of that name. It may be asked of a nil section.
func (s *Section) Key(name string) (Key, bool) {
	if s != nil {
		if i := s.find(name); i >= 0 {
			return s.Keys[i], true
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
