package config

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"entrypoint/config/ini"
	"entrypoint/config/profile"
	"entrypoint/config/vocabulary"
)

// includeKeys are those of [include]. The table is never written.
var includeKeys = [...]row{{
	Name: "files", Type: vocabulary.Text,
	Help:    "Further files, as patterns with blanks between them, relative to this one. An [include] in these is ignored.",
	Example: "files = conf.d/*.conf",
}}

// include merges the files that [include] names into f. Their own [include] is
// not looked at, as with supervisord.
func (l *loader) include(f *ini.File) {
	s := f.Section("include")
	if s == nil {
		return
	}
	if _, ok := s.Key("files"); !ok {
		l.fail(s, "the key files is missing")
	}
	l.each(s, namesOf(includeKeys[:]), func(k setting, _ *text) error {
		// A sign that no file can contain keeps the directory's own blanks and
		// stars from being read.
		const here = "\x00"
		scope := scope{env: l.env, here: here}
		t, err := l.expand(k, &scope)
		if err != nil {
			return err
		}
		for _, pattern := range strings.Fields(t.s) {
			pattern = strings.ReplaceAll(pattern, here, globEscape(l.here))
			if err := l.includePattern(f, k, pattern); err != nil {
				return err
			}
		}
		return nil
	})
}

func (l *loader) includePattern(f *ini.File, k setting, pattern string) error {
	base := filepath.Dir(l.source) // as it is written, for messages
	if l.source == BuiltIn {
		base = l.dir
	}
	paths, err := glob(l.here, pattern)
	if err != nil {
		return err
	}
	if len(paths) == 0 {
		l.warn(k, "no file matches ", strconv.Quote(pattern))
		l.warnings[len(l.warnings)-1].absent = true
	}
	for _, path := range paths {
		if profile.Under(l.here, path) == profile.Under(l.dir, l.source) {
			continue // the file itself is among "*.conf" beside it
		}
		if err := l.includeFile(f, profile.Under(base, path)); err != nil {
			return err
		}
	}
	return nil
}

func (l *loader) includeFile(f *ini.File, name string) error {
	data, err := os.ReadFile(profile.Under(l.dir, name))
	if err != nil {
		return cannotRead(name, err)
	}
	included, err := ini.Read(name, data)
	if parse := ini.Errors(nil); errors.As(err, &parse) {
		for _, e := range parse {
			l.errs = append(l.errs, &Error{File: e.File, Line: e.Line, Reason: e.Reason})
		}
		return nil
	}
	if s := included.Section("include"); s != nil {
		l.warnSection(s, "it is ignored in an included file")
		s.Keys = nil // and the section is there already
	}
	f.Merge(included)
	return nil
}
