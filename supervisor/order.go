package supervisor

import (
	"cmp"
	"slices"

	"entrypoint/supervisor/program"
)

// rank is a program's place in the order of starts, and backwards in that of
// stops: groups by their priority, within a group by the program's own. Programs
// of one rank start and stop side by side.
type rank struct{ group, own int }

func (r rank) compare(other rank) int {
	return cmp.Or(cmp.Compare(r.group, other.group), cmp.Compare(r.own, other.own))
}

// arrange links the units by their dependencies and puts them into order. What a
// program needs starts before it and stops after it, whatever its own priority.
func (s *Supervisor) arrange() {
	for _, u := range s.units {
		u.needs, u.neededBy, u.rank, u.ranked = nil, nil, rank{u.Config.GroupPriority, u.Config.Priority}, false
	}
	for _, u := range s.units {
		for _, d := range u.Config.DependsOn {
			if other := s.byName[d.Name]; other != nil {
				u.needs = append(u.needs, need{other, d.Until})
				other.neededBy = append(other.neededBy, u)
			}
		}
	}
	for _, u := range s.units {
		u.raise()
	}
	slices.SortStableFunc(s.units, func(a, b *unit) int { return cmp.Or(a.rank.compare(b.rank), cmp.Compare(a.place, b.place)) })
}

// raise makes the rank of u at least that of everything it needs: the
// configuration has no cycles.
func (u *unit) raise() {
	if u.ranked {
		return
	}
	u.ranked = true
	for _, need := range u.needs {
		need.raise()
		if need.rank.compare(u.rank) > 0 {
			u.rank = need.rank
		}
	}
}

// live says whether something of u is there or on its way.
func live(u *unit) bool {
	switch u.State {
	case program.Starting, program.Running, program.Backoff, program.Stopping:
		return true
	}
	return false
}

// needed says whether anything that needs u, directly or not, is live.
func (u *unit) needed() bool {
	for _, other := range u.neededBy {
		if live(other) || other.needed() {
			return true
		}
	}
	return false
}
