package config

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"entrypoint/config/ini"
	"entrypoint/config/nearest"
	"entrypoint/config/profile"
)

// loader collects what the sections of one file, and of those that it includes,
// say.
type loader struct {
	env      []string
	dir      string // our working directory, absolute
	me       identity
	accounts accounts
	puidUser string    // puid_user
	command  []Setting // of supervisord's command line
	moved    []profile.Moved

	source         string
	ours           bool   // see isOurs
	here           string // the file's directory, absolute
	c              Container
	signals        []signalRule // of signal_map, before their names are checked
	all            []string     // environment= of [supervisord], for all programs
	defaultUser    *User        // user= of [supervisord], likewise
	defaultAccount *login       // and its variables
	restartMax     time.Duration
	restartLimit   RestartLimit
	defaults       []setting // of [program-default]

	declared []*declared
	byName   map[string][]*declared
	groups   []*group
	units    []*unit
	index    *index // nil until it is needed

	sockets map[string]*sharedSocket // by URL
	users   map[string]resolved      // by user=: a thousand programs read /etc/passwd once
	looks   func(dir string) bool    // whether a directory exists; nil: stat(2)
	dirs    map[string]bool          // whether that directory exists, likewise

	expansions map[origin][]expansion // see conceal

	environment func(*Prelude, []string) ([]string, error) // see Options.Environment
	made        error                                      // why it could not be made

	logs        func(LogFormat, bool) // is told of log_format and log_timestamps; nil: nobody
	requireFile bool
	check       bool
	pending     bool
	stopBudget  time.Duration // see Options.StopBudget
	errs        []*Error
	warnings    []*Error
	notes       []*Error
	stopWaits   []stopWait
}

// setting is a key with the name of the section that it stands in. It is passed about a lot,
// so it has the key itself only as a pointer, which is never nil (absentKey).
type setting struct {
	*ini.Key
	section string
}

// absentKey is the key of a setting that is not there; it is never changed.
var absentKey ini.Key

func newLoader(o *Options) (*loader, error) {
	l := &loader{
		env: o.Env, me: ourselves(), accounts: systemAccounts(), command: o.Supervisord, moved: o.Moved, requireFile: o.RequireFile, check: o.Check, pending: o.Pending, stopBudget: o.StopBudget, logs: o.Logs, environment: o.Environment,
		byName: map[string][]*declared{}, sockets: map[string]*sharedSocket{}, users: map[string]resolved{}, dirs: map[string]bool{}, expansions: map[origin][]expansion{},
	}
	if l.env == nil {
		l.env = os.Environ()
	}
	dir, err := filepath.Abs(o.Dir)
	if err != nil {
		return nil, errors.New("cannot find the working directory: " + err.Error())
	}
	l.dir, l.looks = dir, o.IsDirectory
	return l, nil
}

// hereOf is the directory of a file, for %(here)s in its text.
func (l *loader) hereOf(file string) string {
	switch {
	case file == l.source && l.here != "":
		return l.here
	case file == BuiltIn:
		return l.dir
	}
	return filepath.Dir(profile.Under(l.dir, file))
}

// each expands and reads the keys of a section that is no program's. It warns
// of those that are not among names.
func (l *loader) each(s *ini.Section, names []string, set func(k setting, t *text) error) {
	var t text
	for i := range s.Keys {
		k := setting{&s.Keys[i], s.Name}
		if !slices.Contains(names, k.Name) {
			l.unknownKey(k, names)
			continue
		}
		scope := scope{env: l.env, own: l.all, here: l.hereOf(k.File)}
		err := error(nil)
		if t, err = l.expand(k, &scope); err == nil {
			err = set(k, &t)
		}
		if err != nil {
			l.failErr(k, err)
		}
	}
}

// unknownKey warns, unless the key is one of [DEFAULT], which is for others.
func (l *loader) unknownKey(k setting, known []string) {
	if !k.Inherited {
		l.warn(k, "unknown key", nearest.Hint(k.Name, known))
	}
}

// errNoProgram is the only reason against a file that has nothing to run.
var errNoProgram = errors.New("no [program:NAME] section, so there is nothing to run")

// finish returns the result.
func (l *loader) finish() (*Config, error) {
	c := &Config{Source: l.source, Container: l.c}
	for _, u := range l.units {
		for i := range u.programs {
			c.Programs = append(c.Programs, &u.programs[i])
		}
	}
	for _, list := range [...][]*Error{l.errs, l.warnings, l.notes} {
		for _, e := range list {
			l.conceal(e)
		}
	}
	if len(c.Programs) == 0 && len(l.errs) == 0 {
		if err := l.nothingToRun(); err != nil {
			return nil, err
		}
	}
	if len(l.errs) > 0 {
		return nil, l.list()
	}
	if l.pending {
		l.warnings = slices.DeleteFunc(l.warnings, func(e *Error) bool {
			if e.absent {
				l.notes = append(l.notes, e)
			}
			return e.absent
		})
	}
	for _, w := range byPlace(l.warnings, l.source) {
		c.Warnings = append(c.Warnings, w.Error())
	}
	for _, n := range byPlace(l.notes, l.source) {
		c.Notes = append(c.Notes, n.Error())
	}
	c.expansions, c.stopWaits = l.allExpansions(), l.stopWaits
	if l.check {
		c.keys = map[*Program][]setting{}
		for _, u := range l.units {
			for i := range u.programs {
				c.keys[&u.programs[i]] = u.keys
			}
		}
	}
	return c, nil
}

// wrong is list, without what variables have put into values.
func (l *loader) wrong() Errors {
	for _, e := range l.errs {
		l.conceal(e)
	}
	return l.list()
}

// list is all that is wrong.
func (l *loader) list() (list Errors) {
	for _, e := range byPlace(l.errs, l.source) {
		list = append(list, e)
	}
	return list
}

// nothingToRun is an error, except for those who were called as supervisord:
// they may wait for programs that a client adds.
func (l *loader) nothingToRun() error {
	e := &Error{File: l.source, Reason: errNoProgram.Error(), cause: errNoProgram}
	if len(l.declared) > 0 {
		e.Reason = "numprocs of every program is 0, so there is nothing to run"
	}
	if l.requireFile {
		l.warnings = append(l.warnings, e)
		return nil
	}
	return Errors{e}
}

// report adds a finding about a key to a list. Its reason is what the parts say together.
func report(list *[]*Error, k setting, parts ...string) {
	*list = append(*list, &Error{File: k.File, Line: k.Line, Section: k.section, Key: k.Name, Reason: strings.Join(parts, "")})
}

// reportSection is report for a section as a whole.
func reportSection(list *[]*Error, s *ini.Section, parts ...string) {
	report(list, setting{&ini.Key{File: s.File, Line: s.Line}, s.Name}, parts...)
}

func (l *loader) failKey(k setting, parts ...string) { report(&l.errs, k, parts...) }

// failErr is failKey for an error.
func (l *loader) failErr(k setting, err error) {
	missing := absentError{}
	l.failKey(k, err.Error())
	l.errs[len(l.errs)-1].absent = errors.As(err, &missing)
}

func (l *loader) fail(s *ini.Section, parts ...string) { reportSection(&l.errs, s, parts...) }

func (l *loader) warn(k setting, parts ...string) { report(&l.warnings, k, parts...) }

func (l *loader) warnSection(s *ini.Section, parts ...string) {
	reportSection(&l.warnings, s, parts...)
}

// note is what a reader may like to know, and nobody has to mend.
func (l *loader) note(k setting, parts ...string) { report(&l.notes, k, parts...) }

// place is where something is, for messages about something else.
func place(file string, line int) string { return file + ":" + strconv.Itoa(line) }

// quoted is a name for messages, or the beginning of a long one.
func quoted(name string) string {
	name = strings.TrimSpace(name)
	if len(name) > 100 {
		return strconv.Quote(name[:100]) + "..."
	}
	return strconv.Quote(name)
}
