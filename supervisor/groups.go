package supervisor

import (
	"maps"
	"slices"
	"time"

	"entrypoint/config"
	"entrypoint/supervisor/container"
	"entrypoint/supervisor/control"
	"entrypoint/supervisor/program"
)

// activeGroup says whether a group is there, and is not about to go.
func (s *Supervisor) activeGroup(name string) bool {
	return slices.ContainsFunc(s.units, func(u *unit) bool { return u.Config.Group == name && !u.removed() })
}

// groupsOf are the names of the groups that a difference is about, sorted.
func (s *Supervisor) groupsOf(d difference, cfg *config.Config) (added, changed, removed []string) {
	wanted, touched := map[string]bool{}, map[string]bool{}
	for _, p := range cfg.Programs {
		wanted[p.Group] = true
	}
	for _, p := range slices.Concat(d.added, d.changed) {
		touched[p.Group] = true
	}
	for _, u := range d.removed {
		touched[u.Config.Group] = true
	}
	for _, name := range slices.Sorted(maps.Keys(touched)) {
		switch {
		case !wanted[name]:
			removed = append(removed, name)
		case !s.activeGroup(name):
			added = append(added, name)
		default:
			changed = append(changed, name)
		}
	}
	return added, changed, removed
}

// addGroups starts groups of the configuration that was read last.
func (s *Supervisor) addGroups(r control.Request, c *caller) {
	if s.refuses(c) {
		return
	}
	for _, name := range r.Names {
		result := control.Result{Name: name, Group: name, Status: control.NoGroup, Text: "no such group"}
		if s.activeGroup(name) {
			result.Status, result.Text = control.AlreadyAdded, "it is there already"
		} else if s.addGroup(name) {
			result.Status, result.Text = control.OK, ""
		}
		c.result(result)
	}
	c.done()
}

func (s *Supervisor) addGroup(name string) (added bool) {
	s.forget() // it may have been removed in this turn
	for i, p := range s.lastRead.Programs {
		if p.Group == name {
			s.add(p).place = i
			added = true
		}
	}
	if added {
		s.arrange()
		s.setGroups()
	}
	return added
}

// removeGroups forgets groups whose programs are all at rest.
func (s *Supervisor) removeGroups(r control.Request, c *caller) {
	if s.refuses(c) {
		return
	}
	for _, name := range r.Names {
		result := control.Result{Name: name, Group: name, Status: control.OK}
		members := slices.DeleteFunc(slices.Clone(s.units), func(u *unit) bool { return u.Config.Group != name || u.removed() })
		switch {
		case len(members) == 0:
			result.Status, result.Text = control.NoGroup, "no such group"
		case slices.ContainsFunc(members, live):
			result.Status, result.Text = control.StillRunning, "it still runs"
		default:
			for _, u := range members {
				s.apply(u, time.Now(), program.Event{Kind: program.Remove})
			}
			s.leaving = true
			s.forget()
		}
		c.result(result)
	}
	c.done()
}

// refuses answers a request that would change something at the wrong time.
func (s *Supervisor) refuses(c *caller) bool {
	switch {
	case s.state.Final():
		c.fail(control.ShuttingDown, "the container is stopping")
	case s.state.Phase == container.Restarting:
		c.fail(control.ShuttingDown, "everything is being started anew")
	default:
		return false
	}
	return true
}
