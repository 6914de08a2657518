package request

import (
	"entrypoint/supervisor/control"
)

// named finds the programs of a request's names, in order, each once. What is unknown is
// answered as a result of its own.
func (d *Desk) named(names []string, c *Caller) (list []*Program) {
	seen := map[string]bool{}
	add := func(p *Program) {
		if !p.removed() && !seen[p.Name] {
			seen[p.Name] = true
			list = append(list, p)
		}
	}
	for _, text := range names {
		name := control.ParseName(text)
		found := name.All
		if full, one := name.One(); one {
			if p := d.Host.Program(full); p != nil {
				found = true
				add(p)
			}
		} else {
			for p := range d.Host.Programs() {
				if name.Is(p.Config.Group, p.Config.Name) {
					found = true
					add(p)
				}
			}
		}
		switch {
		case found:
		case name.WholeGroup():
			c.result(control.Result{Name: name.Group, Group: name.Group, Status: control.NoGroup, Text: "no such group"})
		default:
			c.result(control.Result{Name: name.Program, Group: name.Group, Status: control.NoProgram, Text: "no such program"})
		}
	}
	return list
}

// orAll is every program where none is named.
func orAll(names []string) []string {
	if len(names) == 0 {
		return []string{control.AllPrograms}
	}
	return names
}
