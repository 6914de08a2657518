package config

import (
	"slices"
	"strconv"
	"strings"

	"entrypoint/config/nearest"
)

// Dependency is a program that another one waits for.
type Dependency struct {
	Name  string // full
	Until Until
}

// String is the dependency as the file has it.
func (d Dependency) String() string {
	if d.Until == UntilReady {
		return d.Name
	}
	return d.Name + ":" + untilNames[d.Until]
}

// Until is how far a program has to be for those that wait for it.
type Until int

// The words that can follow a name in depends_on=.
const (
	UntilReady   Until = iota // it is ready, or its work is done
	UntilStarted              // its process is there
	UntilExited               // it has ended with an expected exit code
)

// untilNames are the words, in the order of the constants. They are never written.
var untilNames = [...]string{"ready", "started", "exited"}

// parseDependsOn reads a comma list of NAME or NAME:WORD. NAME may be that of a
// program or a group, all of whose processes are meant, or GROUP:PROCESS.
func parseDependsOn(t *text) (list []Dependency, err error) {
	for _, name := range t.list() {
		d := Dependency{Name: name}
		for until, word := range untilNames {
			if short, ok := strings.CutSuffix(name, ":"+word); ok {
				d = Dependency{short, Until(until)}
			}
		}
		if d.Name == "" {
			return nil, quoting("a name is missing in ", t.s)
		}
		list = append(list, d)
	}
	return list, nil
}

// visit is how far a unit is in the search for cycles.
type visit int

const (
	unmet visit = iota
	onPath
	done
)

// checkDependencies finds the processes that depends_on= names, and refuses
// names that nothing has, and cycles. It looks at units rather than processes:
// two programs of a thousand processes are one line between two points.
func (l *loader) checkDependencies() {
	for _, u := range l.units {
		l.resolve(u)
	}
	var path []*unit
	for _, u := range l.units {
		if u.visit == unmet {
			l.findCycle(u, &path)
		}
	}
}

// resolve makes full names of what a unit depends on. Of a name that comes twice
// the first one counts.
func (l *loader) resolve(u *unit) {
	var full []Dependency
	seen := map[string]bool{}
	add := func(p *Program, until Until) {
		if name := p.FullName(); !seen[name] {
			seen[name] = true
			full = append(full, Dependency{name, until})
		}
	}
	for _, d := range u.dependsOn {
		needs, process := l.named(d.Name)
		if len(needs) == 0 {
			l.failKey(u.dependsAt, l.noProgram(d.Name))
			continue
		}
		u.needs = append(u.needs, needs...)
		if process != nil {
			add(process, d.Until)
			continue
		}
		for _, need := range needs {
			for i := range need.programs {
				add(&need.programs[i], d.Until)
			}
		}
	}
	for i := range u.programs {
		u.programs[i].DependsOn = full
	}
}

// index is what names in depends_on= and signal_map= can mean.
type index struct {
	programs, groups map[string][]*unit
	processes        map[string]named // by full name
}

// named is one process and its unit.
type named struct {
	unit    *unit
	program *Program
}

func newIndex(units []*unit) *index {
	x := &index{map[string][]*unit{}, map[string][]*unit{}, map[string]named{}}
	for _, u := range units {
		x.programs[u.name] = append(x.programs[u.name], u)
		x.groups[u.group] = append(x.groups[u.group], u)
		for i := range u.programs {
			x.processes[u.group+":"+u.programs[i].Name] = named{u, &u.programs[i]}
		}
	}
	return x
}

// named finds the units of a program or a group, or else one process and its
// unit. A program wins over a group of its name.
func (l *loader) named(name string) (units []*unit, process *Program) {
	if l.index == nil {
		l.index = newIndex(l.units)
	}
	if units = l.index.programs[name]; units != nil {
		return units, nil
	}
	if units = l.index.groups[strings.TrimSuffix(name, ":*")]; units != nil {
		return units, nil
	}
	if found := l.index.processes[name]; found.unit != nil {
		return []*unit{found.unit}, found.program
	}
	return nil, nil
}

func (l *loader) noProgram(name string) string {
	names := l.programNames()
	for _, g := range l.groups {
		names = append(names, g.name)
	}
	return "no program is named " + strconv.Quote(name) + nearest.Hint(name, names)
}

// findCycle visits what u depends on.
func (l *loader) findCycle(u *unit, path *[]*unit) {
	u.visit = onPath
	*path = append(*path, u)
	for _, need := range u.needs {
		switch need.visit {
		case unmet:
			l.findCycle(need, path)
		case onPath:
			var names []string
			for _, on := range (*path)[slices.Index(*path, need):] {
				names = append(names, on.fullName())
			}
			l.failKey(u.dependsAt, "these programs wait for each other: ", strings.Join(append(names, need.fullName()), " -> "))
		}
	}
	*path = (*path)[:len(*path)-1]
	u.visit = done
}

// fullName is what messages call a unit.
func (u *unit) fullName() string {
	if u.group == u.name {
		return u.name
	}
	return u.group + ":" + u.name
}
