package supervisor

import (
	"maps"
	"slices"

	"entrypoint/config"
)

// difference is what a configuration has that the running programs have not, and the
// other way round. Nothing is done to them.
type difference struct {
	added, changed []*config.Program
	removed        []*unit
}

// compare compares a configuration with the programs that there are, or are to be.
func (r *registry) compare(cfg *config.Config) (d difference) {
	kept := map[string]bool{}
	for _, p := range cfg.Programs {
		name := p.FullName()
		kept[name] = true
		switch u := r.byName[name]; {
		case u == nil:
			d.added = append(d.added, p)
		case !u.Latest().Same(p) || u.removed():
			d.changed = append(d.changed, p)
		}
	}
	for _, u := range r.units {
		if !kept[u.name] && !u.removed() {
			d.removed = append(d.removed, u)
		}
	}
	return d
}

// changes are the names of the programs and groups that a difference is about.
type changes struct {
	added, changed, removed                   []string // programs, by their full names
	addedGroups, changedGroups, removedGroups []string // sorted
	rendered                                  []string // those that use files which templates have made anew
}

// changes puts names to the difference between the programs and cfg. A group has changed
// when one of its programs has been added, changed or removed.
func (d difference) changes(r *registry, cfg *config.Config) (c changes) {
	wanted, touched := map[string]bool{}, map[string]bool{}
	for _, p := range cfg.Programs {
		wanted[p.Group] = true
	}
	for _, p := range d.added {
		c.added = append(c.added, p.FullName())
		touched[p.Group] = true
	}
	for _, p := range d.changed {
		c.changed = append(c.changed, p.FullName())
		touched[p.Group] = true
	}
	for _, u := range d.removed {
		c.removed = append(c.removed, u.name)
		touched[u.Config.Group] = true
	}
	for _, name := range slices.Sorted(maps.Keys(touched)) {
		switch {
		case !wanted[name]:
			c.removedGroups = append(c.removedGroups, name)
		case !r.activeGroup(name):
			c.addedGroups = append(c.addedGroups, name)
		default:
			c.changedGroups = append(c.changedGroups, name)
		}
	}
	return c
}

// activeGroup says whether a group is there, and is not about to go.
func (r *registry) activeGroup(name string) bool {
	return slices.ContainsFunc(r.units, func(u *unit) bool { return u.Config.Group == name && !u.removed() })
}
