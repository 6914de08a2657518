package supervisor

import (
	"slices"

	"entrypoint/supervisor/deps"
)

// arrange builds the graph of dependencies anew and puts the units into the order
// of their ranks. What a program needs starts before it and stops after it, whatever
// its own priority.
func (s *Supervisor) arrange() {
	s.nodes = slices.Clone(s.units)
	slices.SortStableFunc(s.nodes, func(a, b *unit) int { return a.place - b.place })
	list := make([]deps.Program, len(s.nodes))
	for i, u := range s.nodes {
		u.node = i
		list[i] = deps.Program{Name: u.name, Rank: deps.Rank{Group: u.Config.GroupPriority, Own: u.Config.Priority}, Needs: u.Config.DependsOn}
	}
	s.graph, s.unordered = deps.New(list), false
	s.units = s.units[:0:0] // whoever goes through the old order goes on with it
	for _, i := range s.graph.Order() {
		s.units = append(s.units, s.nodes[i])
	}
	if s.phases != nil {
		s.phases = s.beginPhases()
	}
}

// rearrange is arrange where a program has got other dependencies since then.
func (s *Supervisor) rearrange() {
	if s.unordered {
		s.arrange()
	}
}

// live says whether something of u is there or on its way.
func live(u *unit) bool { return u.Live() }
