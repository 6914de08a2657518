package supervisor

import (
	"slices"
	"time"

	"entrypoint/supervisor/container"
	"entrypoint/supervisor/control"
	"entrypoint/supervisor/program"
)

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
	for i, p := range s.configuration.lastRead.Programs {
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
		c.refused(errStopping)
	case s.state.Phase == container.Restarting:
		c.refused(errRestarting)
	default:
		return false
	}
	return true
}
