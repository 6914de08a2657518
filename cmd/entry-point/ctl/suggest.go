package ctl

import (
	"slices"
	"strings"

	"entrypoint/config/nearest"
	"entrypoint/supervisor/control"
)

// noteUnknown notes a name that means no program, to say at the end which one may have
// been meant.
func (c *cli) noteUnknown(r *control.Result) {
	if isNoName(r.Status) {
		c.unknown = append(c.unknown, fullName(r))
	}
}

// refused says why there is nothing to show of a program.
func (c *cli) refused(r *control.Result) {
	c.noteUnknown(r)
	c.complain(fullName(r) + ": " + reason(r.Status))
}

// suggest says which names may have been meant. That nobody answers here is no error:
// the answers that were asked for have come.
func (c *cli) suggest() {
	var names, groups []string
	_ = c.ask(&control.Request{Do: control.DoStatus}, func(a *control.Answer) error {
		if a.Program == nil {
			return nil
		}
		names = append(names, a.Program.FullName)
		if !slices.Contains(groups, a.Program.Group) {
			groups = append(groups, a.Program.Group)
		}
		return nil
	})
	for _, name := range c.unknown {
		near := nearest.Name(name, names)
		if group, is := strings.CutSuffix(name, ":*"); is {
			if near = nearest.Name(group, groups); near != "" {
				near += ":*"
			}
		}
		if near != "" {
			c.complain("instead of " + name + ", did you mean " + near + "?")
		}
	}
}
