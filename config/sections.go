package config

import (
	"slices"
	"strings"

	"entrypoint/config/ini"
	"entrypoint/config/nearest"
	"entrypoint/config/vocabulary"
)

// sectionKinds are the sections that there are, for suggestions.
func sectionKinds() []string {
	return []string{
		"program", "supervisord", "supervisorctl", "unix_http_server", "inet_http_server", "rpcinterface", "ctlplugin",
		"group", "eventlistener", "fcgi-program", "include", "program-default", "entrypoint",
	}
}

// programDefault is the section of what programs do not say themselves.
const programDefault = "program-default"

// kind is what sort of program a section makes. It is a bit: a key is known in
// several of them.
type kind int

const (
	inProgram  kind = 1 << iota // [program:x]
	inFCGI                      // [fcgi-program:x]
	inListener                  // [eventlistener:x]

	everywhere = inProgram | inFCGI | inListener
)

// programKind is what sort of program a section of that name makes; 0: none.
func programKind(section string) kind {
	switch kind, _, _ := strings.Cut(section, ":"); kind {
	case "program":
		return inProgram
	case "fcgi-program":
		return inFCGI
	case "eventlistener":
		return inListener
	}
	return 0
}

func isProgram(s *ini.Section) bool { return programKind(s.Name) != 0 }

// declared is one section that makes programs.
type declared struct {
	kind    kind
	name    string
	section *ini.Section
	grouped bool // a [group:x] has it, so it has no group of its own
}

// group is one [group:x].
type group struct {
	name     string
	section  *ini.Section
	priority int
	members  []*declared
}

// Keys of [group:x], and of the section that is for supervisorctl. They are never written.
var (
	groupKeys = [...]row{
		{Name: "programs", Type: vocabulary.List, Help: "The programs of the group, which is started and stopped by its own name.", Example: "programs = web, worker"},
		{Name: "priority", Type: vocabulary.Integer, Default: "999", Help: "Groups with a lower number start first and stop last. The `priority` of a program orders it within its group.", Example: "priority = 10"},
	}
	supervisorctlKeys = [...]row{
		{Name: "serverurl", Type: vocabulary.Text, Help: "Read by Debian's supervisorctl, not by entry-point.", Example: "serverurl = unix:///run/supervisor.sock"},
		{Name: "username", Type: vocabulary.Text, Help: "The same.", Example: "username = admin"},
		{Name: "password", Type: vocabulary.Text, Help: "The same.", Example: "password = secret"},
		{Name: "prompt", Type: vocabulary.Text, Help: "The same.", Example: "prompt = shop"},
		{Name: "history_file", Type: vocabulary.Path, Help: "The same.", Example: "history_file = /tmp/history"},
	}
)

// declare notes which programs and groups there are.
func (l *loader) declare(f *ini.File) {
	var groups []*ini.Section
	for _, s := range f.Sections {
		kind, name, _ := strings.Cut(s.Name, ":")
		switch kind {
		case "program", "fcgi-program", "eventlistener":
			l.declareProgram(s, name, programKind(s.Name))
		case "group":
			groups = append(groups, s)
		case programDefault:
			for i := range s.Keys {
				l.defaults = append(l.defaults, setting{&s.Keys[i], s.Name})
			}
		case "supervisorctl":
			known := namesOf(supervisorctlKeys[:])
			for i := range s.Keys {
				if k := &s.Keys[i]; !slices.Contains(known, k.Name) {
					l.unknownKey(setting{k, s.Name}, known)
				}
			}
		case "rpcinterface":
			l.rpcInterface(s)
		case "supervisord", "entrypoint", "include", "unix_http_server", "inet_http_server", "ctlplugin":
			// Were read before, or are supervisorctl's.
		default:
			l.unknownSection(s, kind)
		}
	}
	for _, s := range groups {
		l.group(s)
	}
}

func (l *loader) unknownSection(s *ini.Section, kind string) {
	reason := "unknown section"
	if near := nearest.Name(strings.ToLower(strings.TrimSpace(kind)), sectionKinds()); near != "" {
		reason += " (did you mean [" + strings.Replace(s.Name, kind, near, 1) + "]?)"
	}
	l.warnSection(s, reason, ", it is ignored")
}

func (l *loader) declareProgram(s *ini.Section, name string, kind kind) {
	name = strings.TrimSpace(name)
	if err := validName(name); err != nil {
		l.fail(s, err.Error())
		return
	}
	d := &declared{kind: kind, name: name, section: s}
	l.declared = append(l.declared, d)
	l.byName[name] = append(l.byName[name], d)
}

// rpcInterface warns of Python code that supervisord would load.
func (l *loader) rpcInterface(s *ini.Section) {
	const main = "supervisor.rpcinterface:make_main_rpcinterface"
	if k, ok := s.Key("supervisor.rpcinterface_factory"); ok && k.Value != main && s.Name != "rpcinterface:supervisor" {
		l.warn(setting{&k, s.Name}, "not supported: it is code for supervisord")
	}
}

// group reads one [group:x].
func (l *loader) group(s *ini.Section) {
	_, name, _ := strings.Cut(s.Name, ":")
	g := &group{name: strings.TrimSpace(name), section: s, priority: 999}
	if err := validName(g.name); err != nil {
		l.fail(s, err.Error())
		return
	}
	l.each(s, namesOf(groupKeys[:]), func(k setting, t *text) (err error) {
		if k.Name == "priority" {
			g.priority, err = parsePriority(t.s)
			return err
		}
		if t.s == "" {
			return nil
		}
		seen := make(map[*declared]bool)
		for _, name := range t.list() {
			if d := l.member(k, name); d != nil && !seen[d] {
				seen[d], d.grouped = true, true
				g.members = append(g.members, d)
			} else if d != nil {
				l.failKey(k, quoted(name), " is named twice")
			}
		}
		return nil
	})
	l.groups = append(l.groups, g)
}

// member finds a program of a group, or says why there is none.
func (l *loader) member(k setting, name string) *declared {
	found := l.byName[name]
	if len(found) > 1 { // a listener of that name does not count beside a program
		found = slices.DeleteFunc(slices.Clone(found), func(d *declared) bool { return d.kind == inListener })
	}
	switch {
	case name == "":
		l.failKey(k, "a name is missing in ", quoted(k.Value))
	case len(found) == 0:
		l.failKey(k, "no program is named ", quoted(name), nearest.Hint(name, l.programNames()))
	case len(found) > 1:
		l.failKey(k, "the name ", quoted(name), " is ambiguous: [", found[0].section.Name, "] and [", found[1].section.Name, "]")
	case found[0].kind == inListener:
		l.failKey(k, quoted(name), " is an event listener, which can be in no group")
	default:
		return found[0]
	}
	return nil
}

func (l *loader) programNames() []string {
	names := make([]string, len(l.declared))
	for i, d := range l.declared {
		names[i] = d.name
	}
	return names
}
