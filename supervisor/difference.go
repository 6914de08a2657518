package supervisor

import (
	"maps"
	"slices"

	"entrypoint/config"
	"entrypoint/supervisor/control"
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

// changes puts names to the difference between the programs and cfg. A group has changed
// when one of its programs has been added, changed or removed.
func (d difference) changes(r *registry, cfg *config.Config) *control.Changes {
	none := []string{} // not nil, which would be null in JSON
	c := control.Changes{Added: none, Changed: none, Removed: none, AddedGroups: none, ChangedGroups: none, RemovedGroups: none, Rendered: none}
	wanted, touched := map[string]bool{}, map[string]bool{}
	for _, p := range cfg.Programs {
		wanted[p.Group] = true
	}
	for _, p := range d.added {
		c.Added = append(c.Added, p.FullName())
		touched[p.Group] = true
	}
	for _, p := range d.changed {
		c.Changed = append(c.Changed, p.FullName())
		touched[p.Group] = true
	}
	for _, u := range d.removed {
		c.Removed = append(c.Removed, u.name)
		touched[u.Config.Group] = true
	}
	for _, name := range slices.Sorted(maps.Keys(touched)) {
		switch {
		case !wanted[name]:
			c.RemovedGroups = append(c.RemovedGroups, name)
		case !r.activeGroup(name):
			c.AddedGroups = append(c.AddedGroups, name)
		default:
			c.ChangedGroups = append(c.ChangedGroups, name)
		}
	}
	return &c
}

// activeGroup says whether a group is there, and is not about to go.
func (r *registry) activeGroup(name string) bool {
	return slices.ContainsFunc(r.units, func(u *unit) bool { return u.Config.Group == name && !u.removed() })
}
