package events

import "entrypoint/config"

// SetPrograms tells the bus which programs there are, in their order: at the start, and
// after each change. It makes the pools of the listeners among them, and publishes the
// groups that are new and those that have lost their last program. A group of listeners
// hears of itself and of the groups that come after it.
func (b *Bus) SetPrograms(programs []*config.Program) {
	if b.groups == nil {
		b.groups = map[string]bool{}
	}
	left := map[string]bool{}
	for _, p := range programs {
		left[p.Group] = true
	}
	b.setListeners(programs)
	for _, p := range programs {
		if b.groups[p.Group] {
			continue
		}
		b.groups[p.Group] = true
		if p.Pool != nil {
			b.setListeners(programs)
		}
		b.Publish(GroupAdded(p.Group))
	}
	for group := range b.groups {
		if !left[group] {
			delete(b.groups, group)
			b.Publish(GroupRemoved(group))
		}
	}
}

// setListeners makes the pools of the listeners whose groups have been announced.
func (b *Bus) setListeners(programs []*config.Program) {
	var listeners []*config.Program
	for _, p := range programs {
		if p.Pool != nil && b.groups[p.Group] {
			listeners = append(listeners, p)
		}
	}
	b.SetPools(listeners)
}
