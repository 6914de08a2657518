package config

import (
	_ "embed"
	"errors"
	"os"
	"path/filepath"
	"syscall"

	"entrypoint/config/ini"
)

// BuiltIn is the Source of the default program set.
const BuiltIn = "(built-in)"

// defaultSet is the default program set, in our own format. It is never written.
//
//go:embed default.conf
var defaultSet []byte

// Config is everything that one start of entry-point needs to know about the
// programs it supervises. It is built once by Load, validated whole, and never
// changed afterwards.
type Config struct {
	// Source is the file that was read, or BuiltIn for the default program
	// set.
	Source string
	// Programs are in the order in which supervisord has them: groups by
	// priority and name, processes in the order of the file.
	Programs []*Program
	// Container is what concerns all of them.
	Container Container
	// Warnings are findings that do not prevent a start, such as an unknown
	// key, each as "file:line: [section] key: reason".
	Warnings []string
}

// Options say where to look.
type Options struct {
	File string   // the file to read; "" searches, see doc.go
	Env  []string // what %(ENV_X)s sees and every program inherits; nil: our environment
	Dir  string   // the working directory; "": ours
}

// Load reads and validates the configuration. Its error is an Errors: all that
// is wrong, not only the first of it.
func Load(o Options) (*Config, error) {
	l, err := newLoader(o)
	if err != nil {
		return nil, Errors{err}
	}
	source, data, err := find(o.File, l.dir)
	if err != nil {
		return nil, Errors{err}
	}
	return l.load(source, data)
}

// find returns the file that was asked for, or else the first one that there is.
func find(file, dir string) (source string, data []byte, err error) {
	if file != "" {
		data, err = os.ReadFile(under(dir, file))
		if err != nil {
			return "", nil, cannotRead(file, err)
		}
		return file, data, nil
	}
	for _, name := range [...]string{filepath.Join(dir, "entry-point.conf"), "/etc/entry-point.conf"} {
		data, err = os.ReadFile(name)
		switch {
		case err == nil:
			return name, data, nil
		case !errors.Is(err, syscall.ENOENT) && !errors.Is(err, syscall.ENOTDIR):
			// It is there: to run something else in its place would surprise.
			return "", nil, cannotRead(name, err)
		}
	}
	return BuiltIn, defaultSet, nil
}

// under is path as seen from dir.
func under(dir, path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(dir, path)
}

// load makes a Config of one file's text.
func (l *loader) load(source string, data []byte) (*Config, error) {
	file, err := ini.Parse(source, data)
	if err != nil {
		return nil, parseErrors(err)
	}
	l.here = l.dir
	if source != BuiltIn {
		l.here = filepath.Dir(under(l.dir, source))
	}
	l.file(file)
	return l.finish(source)
}
