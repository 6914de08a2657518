package config

import (
	_ "embed"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"entrypoint/config/ini"
	"entrypoint/config/profile"
)

// BuiltIn is the Source of the default program set.
const BuiltIn = "(built-in)"

// defaultSet is the default program set, in our own format. It is never written.
//
//go:embed default.conf
var defaultSet []byte

// ownNames and theirNames are the files that are looked for, ours before
// supervisord's own. They are never written.
var (
	ownNames   = [...]string{"entry-point.conf", "/etc/entry-point.conf"}
	theirNames = [...]string{
		"supervisord.conf", "etc/supervisord.conf", "/etc/supervisord.conf", "/etc/supervisor/supervisord.conf",
	}
)

// Load reads and validates the configuration. Its error is an Errors: all that
// is wrong, not only the first of it.
func Load(o *Options) (*Config, error) {
	l, err := newLoader(o)
	if err != nil {
		return nil, Errors{err}
	}
	if o.File != "" {
		data, err := os.ReadFile(profile.Under(l.dir, o.File))
		if err != nil {
			return nil, Errors{cannotRead(o.File, err)}
		}
		return l.load(o.File, data)
	}
	return l.first(o, o.names(l.dir))
}

// first loads the first file that there is. A supervisord.conf without any
// program is passed over: Debian's package brings one.
func (l *loader) first(o *Options, names []string) (*Config, error) {
	var passed []string
	for _, name := range names {
		data, there, err := readIfThere(name)
		switch {
		case err != nil:
			return nil, Errors{err}
		case !there:
			continue
		}
		c, err := l.load(name, data)
		if !errors.Is(err, errNoProgram) || slices.Contains(ownNames[:], rel(l.dir, name)) {
			return c, err
		}
		passed = append(passed, name+": "+errNoProgram.Error()+"; going on without this file")
		if l, err = newLoader(o); err != nil { // it holds what that file said
			return nil, Errors{err}
		}
	}
	if o.RequireFile {
		return nil, Errors{errors.New("there is no configuration file at the default places (" +
			strings.Join(names, ", ") + "); name one with -c FILE")}
	}
	c, err := l.withoutConf()
	if err == nil {
		c.Warnings = append(passed, c.Warnings...)
	}
	return c, err
}

// withoutConf loads the Procfile, or else the built-in set.
func (l *loader) withoutConf() (*Config, error) {
	name := filepath.Join(l.dir, "Procfile")
	data, there, err := readIfThere(name)
	switch {
	case err != nil:
		return nil, Errors{err}
	case there:
		return l.procfile(name, data)
	}
	return l.load(BuiltIn, defaultSet)
}

// OwnPlaces are the paths of the files that are written for entry-point: the one that was
// asked for, or those that are looked for.
func (o *Options) OwnPlaces() []string {
	if o.File != "" {
		return []string{profile.Under(o.Dir, o.File)}
	}
	return []string{profile.Under(o.Dir, ownNames[0]), ownNames[1]}
}

// names are the paths to try, each once.
func (o *Options) names(dir string) []string {
	var names []string
	add := func(name string) {
		if name = profile.Under(dir, name); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	for _, name := range ownNames {
		add(name)
	}
	// A bare name was found along PATH: where, nobody says.
	if root := filepath.Dir(filepath.Dir(o.Program)); strings.Contains(o.Program, "/") && root != "/" {
		add(filepath.Join(root, "etc/supervisord.conf"))
		add(filepath.Join(root, "supervisord.conf"))
	}
	for _, name := range theirNames {
		add(name)
	}
	return names
}

// readIfThere reads a file that need not be there. One that is there and cannot
// be read is an error: to run something else in its place would surprise.
func readIfThere(name string) (data []byte, there bool, err error) {
	data, err = os.ReadFile(name)
	switch {
	case err == nil:
		return data, true, nil
	case errors.Is(err, syscall.ENOENT) || errors.Is(err, syscall.ENOTDIR):
		return nil, false, nil
	}
	return nil, false, cannotRead(name, err)
}

// Path is a path as the program sees it from its working directory.
func (p *Program) Path(path string) string { return profile.Under(p.Directory, path) }

// rel is path as it is written from dir.
func rel(dir, path string) string {
	if rest, ok := strings.CutPrefix(path, strings.TrimSuffix(dir, "/")+"/"); ok {
		return rest
	}
	return path
}

// isOurs says whether a file is written for entry-point, and not for supervisord:
// the built-in set, a Procfile, one of our name, and one of any other name without the
// section that supervisord refuses to go without. Under the name supervisord none is.
// Some defaults differ: what suits a container, or what supervisord does.
func (l *loader) isOurs(f *ini.File) bool {
	switch filepath.Base(l.source) {
	case "entry-point.conf", "Procfile", BuiltIn:
		return !l.requireFile
	}
	return !l.requireFile && f.Section("supervisord") == nil
}
