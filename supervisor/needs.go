package supervisor

import (
	"slices"

	"entrypoint/config"
	"entrypoint/supervisor/program"
)

// need is a program that another one waits for.
type need struct {
	*unit
	until config.Until
}

// met says whether the program is as far as it has to be. Work that is done is.
func (n need) met() bool {
	done := n.State == program.Exited && n.Expected()
	switch n.until {
	case config.UntilStarted:
		return n.isUp() || done
	case config.UntilExited:
		return done
	}
	return n.ready || done
}

// failure says why the program will not come that far by itself; "": it may. What
// is in seen waits, too, and for nothing that has failed.
func (n need) failure(seen map[*unit]bool) string {
	if n.met() || live(n.unit) || seen[n.unit] {
		return ""
	}
	if n.wanted {
		seen[n.unit] = true
		if first, failed := n.unmet(seen); failed != "" {
			return "waits for " + first.name + ", which " + failed
		}
		return ""
	}
	switch n.State {
	case program.Fatal, program.Exited:
		if n.spawnErr != "" {
			return "has failed: " + n.sentence.text
		}
		return "has failed: " + n.ending()
	case program.Stopped:
		if n.starts > 0 {
			return "is stopped"
		}
		return "is not started"
	}
	return ""
}

// unmet is the first of what u depends on that is not as far as it has to be, a
// failed one before others, and its failure.
func (u *unit) unmet(seen map[*unit]bool) (first *need, failed string) {
	for i := range u.needs {
		n := &u.needs[i]
		if n.met() {
			continue
		}
		if failed = n.failure(seen); failed != "" {
			return n, failed
		}
		if first == nil {
			first = n
		}
	}
	return first, ""
}

// needsReady says whether everything that u depends on is as far as it has to be.
func (u *unit) needsReady() bool {
	return !slices.ContainsFunc(u.needs, func(n need) bool { return !n.met() })
}

// waitsFor says in words what u waits for, and whether that has failed.
func (u *unit) waitsFor() (text string, failed bool) {
	n, why := u.unmet(map[*unit]bool{})
	if n == nil {
		return "waits for its turn", false
	}
	text = "waits for " + n.name
	if why != "" {
		return text + ", which " + why, true
	}
	switch n.until {
	case config.UntilExited:
		return text + " to end", false
	case config.UntilStarted:
		return text + " to be started", false
	}
	return text + " to be ready", false
}

// tellDependents names u to those that wait for it, also by way of others, when it
// has failed, and lets those know who wait for their start.
func (s *Supervisor) tellDependents(u *unit) {
	told := map[*unit]bool{}
	for failed := []*unit{u}; len(failed) > 0; failed = failed[1:] {
		u := failed[0]
		for _, other := range u.neededBy {
			n := slices.IndexFunc(other.needs, func(n need) bool { return n.unit == u })
			if !other.wanted || told[other] {
				continue
			}
			if why := other.needs[n].failure(map[*unit]bool{}); why != "" {
				s.Log(other.name + ": not started, because " + u.name + ", which it depends on, " + why)
				told[other] = true
				other.tellWaiters()
				failed = append(failed, other)
			}
		}
	}
}
