package config

import (
	"slices"
	"time"

	"entrypoint/config/ini"
	"entrypoint/config/profile"
)

// Config is everything that one start of entry-point needs to know about the
// programs it supervises. It is built once by Load, validated whole, and never
// changed afterwards.
type Config struct {
	// Source is the file that was read, or BuiltIn for the default program
	// set.
	Source string
	// Environment is what programs inherit, as the prelude has made it; nil: what we
	// have ourselves. Whoever has handed in Options.Environment sets it.
	Environment []string `json:"-"`
	// Programs are in the order in which supervisord has them: groups by
	// priority and name, processes in the order of the file.
	Programs []*Program
	// Container is what concerns all of them.
	Container Container
	// Warnings are findings that do not prevent a start, such as an unknown
	// key, each as "file:line: [section] key: reason".
	Warnings []string
	// Notes are findings that nobody has to mend, likewise: what is done otherwise
	// than one may expect, and what Options.Check does not miss.
	Notes []string

	expansions []expansion
	stopWaits  []stopWait
	keys       map[*Program][]setting // of each program, where Options.Check asks for them
}

// Finding is what is found out about a key of a program, worded as a warning: with the
// place in the file. It needs Options.Check.
func (c *Config) Finding(p *Program, key, reason string) string {
	e := Error{File: c.Source, Section: p.Section, Reason: c.Conceal(reason)}
	for _, name := range [...]string{"command", key + "_hook", key} { // what a profile has made of the command is at its place
		for _, k := range c.keys[p] {
			if k.Name == name {
				e = Error{File: k.File, Line: k.Line, Section: k.section, Key: k.Name, Reason: e.Reason}
				break
			}
		}
	}
	return e.Error()
}

// Conceal is a text about this configuration without what variables have put into
// its values, which may be passwords: it has %(ENV_X)s, as the file does.
func (c *Config) Conceal(text string) string { return written(text, c.expansions) }

// Options say where to look.
type Options struct {
	File string   // the file to read; "" searches, see doc.go
	Env  []string // what %(ENV_X)s sees and every program inherits; nil: our environment
	Dir  string   // the working directory; "": ours

	// IsDirectory says whether a path is a directory, for those who may not wait for
	// a file system that does not answer; nil: stat(2) does.
	IsDirectory func(path string) bool

	// Logs, if it is not nil, is told how our own log is to look as soon as that is
	// known: what is wrong with the rest of the file is to look like that, too.
	Logs func(format LogFormat, timestamps bool)

	// Environment, if it is not nil, is called once, as soon as it is known what
	// [entrypoint] says of secrets, sizing and required variables, and before any value
	// is expanded. It is given what is known of the prelude and Env, and returns what Env
	// is from then on. Its error is returned, alone.
	Environment func(p *Prelude, env []string) ([]string, error)

	// Moved are files that are not where command lines say: the commands of programs name
	// the other path (profile.Redirect).
	Moved []profile.Moved

	// Check says that nothing is to be started, such as while an image is built: what
	// only a container has, its environment files, is not missed, and findings about
	// programs can name the place of a key.
	Check bool
	// StopBudget is the time for a whole stop that the command line or the environment has
	// named; 0: none. The times of the built-in set, made for UsualBudget, grow with it.
	StopBudget time.Duration
	// Pending says that the setup is still to run, which may bring what is not there:
	// a warning about that is a note.
	Pending bool

	// Program is argv[0]: supervisord looks for its file beside its program's
	// directory, too. "": not there.
	Program string
	// RequireFile is for those who were called as supervisord: there is no
	// Procfile and no built-in set then, and a file without programs is one.
	RequireFile bool
	// Supervisord is what supervisord's command line says. It wins over the
	// keys of [supervisord] and is read like them, except that nothing in it is
	// expanded.
	Supervisord []Setting
}

// Setting is a key of [supervisord] and its value, such as logfile and /dev/null.
type Setting struct{ Key, Value string }

// load makes a Config of one file's text. The error is an Errors.
func (l *loader) load(source string, data []byte) (*Config, error) {
	file, err := ini.Read(source, data)
	if err != nil {
		return nil, parseErrors(err)
	}
	return l.loadFile(file)
}

// loadFile makes a Config of a file whose sections have not inherited yet.
func (l *loader) loadFile(f *ini.File) (*Config, error) {
	l.source, l.here = f.Name, l.hereOf(f.Name)
	l.include(f)
	f.Inherit()
	// A file without a program is passed over, or refused.
	if l.requireFile || slices.ContainsFunc(f.Sections, isProgram) {
		if !l.makeEnvironment(f.Section("entrypoint")) {
			return nil, l.unmade()
		}
	}
	l.remap(f.Section("entrypoint"))
	l.container(f)
	l.declare(f)
	l.build()
	l.checkNames()
	l.checkDependencies()
	l.checkSignalMap()
	return l.finish()
}
