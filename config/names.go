package config

import "strings"

// checkNames refuses two groups, and two processes of a group, with one name:
// supervisord forgets one of them without a word.
func (l *loader) checkNames() {
	groups := make(map[string]*unit, len(l.units))
	for _, u := range l.units {
		first := groups[u.group]
		switch {
		case first == nil:
			groups[u.group] = u
		case first.by != u.by:
			l.fail(u.by, "there is a group ", quoted(u.group), " already, of [", first.by.Name, "] at ", place(first.by.File, first.by.Line))
			continue
		}
	}
	type name struct{ group, process string }
	processes := make(map[name]*unit, len(l.units))
	for _, u := range l.units {
		for i := range u.programs {
			p := &u.programs[i]
			key := name{p.Group, p.Name}
			if first := processes[key]; first != nil && groups[u.group].by == u.by {
				l.failProcessName(u, p, first)
				break
			}
			processes[key] = u
		}
	}
}

func (l *loader) failProcessName(u *unit, p *Program, first *unit) {
	reason := "there is a process " + quoted(p.FullName()) + " already, of [" + first.section.Name + "] at " + place(first.section.File, first.section.Line)
	if k, ok := u.section.Key("process_name"); ok {
		l.failKey(setting{&k, u.section.Name}, reason)
		return
	}
	l.fail(u.section, reason)
}

// String names the sections of a kind, for messages.
func (k kind) String() string {
	var names []string
	for _, name := range k.names() {
		names = append(names, "["+name+":x]")
	}
	return strings.Join(names, " and ")
}
