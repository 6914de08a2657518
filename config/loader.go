package config

import (
	"errors"
	"os"
	"path/filepath"
	"strings"

	"entrypoint/config/ini"
)

// loader collects what the sections of one file say.
type loader struct {
	env  []string
	dir  string   // our working directory, absolute
	here string   // the file's directory, absolute
	all  []string // environment= of [supervisord], for all programs
	me   identity

	source   string
	programs []*Program
	places   map[string]*build // by program name, for what is checked at the end
	idle     []*ini.Section    // sections that have no effect yet
	errs     []*Error
	warnings []*Error
}

func newLoader(o Options) (*loader, error) {
	l := &loader{env: o.Env, me: ourselves(), places: map[string]*build{}}
	if l.env == nil {
		l.env = os.Environ()
	}
	dir, err := filepath.Abs(o.Dir)
	if err != nil {
		return nil, errors.New("cannot find the working directory: " + err.Error())
	}
	l.dir = dir
	return l, nil
}

// sectionKinds are the sections of supervisord's format, for suggestions.
func sectionKinds() []string {
	return []string{
		"program", "supervisord", "supervisorctl", "unix_http_server", "inet_http_server", "rpcinterface",
		"group", "eventlistener", "fcgi-program", "include",
	}
}

func (l *loader) file(f *ini.File) {
	l.source = f.Name
	if s := f.Section("supervisord"); s != nil {
		l.supervisord(s)
	}
	for _, s := range f.Sections {
		kind, name, _ := strings.Cut(s.Name, ":")
		switch kind {
		case "program":
			l.program(s, name)
		case "supervisord": // was the first
		case "supervisorctl", "unix_http_server", "inet_http_server", "rpcinterface", "ctlplugin":
			l.idle = append(l.idle, s)
		case "group":
			l.fail(s, "groups are not supported yet; without this section its programs run by themselves")
		case "eventlistener", "fcgi-program":
			l.fail(s, "not supported yet: this program would not be started")
		case "include":
			l.fail(s, "not supported yet: the programs of the other files would not be started")
		default:
			reason := "unknown section"
			if near := nearest(strings.ToLower(strings.TrimSpace(kind)), sectionKinds()); near != "" {
				reason += " (did you mean [" + strings.Replace(s.Name, kind, near, 1) + "]?)"
			}
			l.warnings = append(l.warnings, &Error{File: s.File, Line: s.Line, Section: s.Name, Reason: reason + ", it is ignored"})
		}
	}
}

// supervisord reads the section of supervisord itself: its environment is that
// of all programs. What else it asks for is either what we do in any case, or
// not there yet.
func (l *loader) supervisord(s *ini.Section) {
	var names []string
	for _, k := range s.Keys {
		switch k.Name {
		case "nodaemon", "silent", "pidfile", "identifier", "logfile_maxbytes", "logfile_backups", "nocleanup":
			continue // nothing that runs or is written depends on these here
		case "environment":
			scope := scope{env: l.env, here: l.here}
			t, err := expand(k.Value, scope.lookup)
			if err == nil {
				l.all, err = parseEnvironment(t)
			}
			if err != nil {
				l.errs = append(l.errs, &Error{File: k.File, Line: k.Line, Section: s.Name, Key: k.Name, Reason: err.Error()})
			}
			continue
		case "logfile":
			if strings.HasPrefix(k.Value, "/dev/") || strings.HasPrefix(k.Value, "/proc/self/fd/") {
				continue // the container's log is where our own lines go
			}
		case "user":
			if k.Value == "root" && l.me.uid == 0 {
				continue
			}
		}
		names = append(names, k.Name)
	}
	if len(names) > 0 {
		l.warnings = append(l.warnings, &Error{
			File: s.File, Line: s.Line, Section: s.Name,
			Reason: "these keys have no effect yet: " + strings.Join(names, ", "),
		})
	}
}

// finish checks what concerns several programs, and returns the result.
func (l *loader) finish(source string) (*Config, error) {
	if len(l.idle) > 0 {
		names := make([]string, len(l.idle))
		for i, s := range l.idle {
			names[i] = "[" + s.Name + "]"
		}
		l.warnings = append(l.warnings, &Error{
			File: l.idle[0].File, Line: l.idle[0].Line,
			Reason: strings.Join(names, ", ") + ": no effect yet, there is no control interface",
		})
	}
	l.checkDependencies()
	if len(l.programs) == 0 && len(l.errs) == 0 {
		l.errs = append(l.errs, &Error{File: source, Reason: "no [program:NAME] section, so there is nothing to run"})
	}
	if len(l.errs) > 0 {
		var list Errors
		for _, e := range byPlace(l.errs, source) {
			list = append(list, e)
		}
		return nil, list
	}
	c := &Config{Source: source, Programs: l.programs}
	for _, w := range byPlace(l.warnings, source) {
		c.Warnings = append(c.Warnings, w.Error())
	}
	return c, nil
}

func (l *loader) fail(s *ini.Section, reason string) {
	l.errs = append(l.errs, &Error{File: s.File, Line: s.Line, Section: s.Name, Reason: reason})
}
