package supervisor

import (
	"slices"

	"entrypoint/config"
	"entrypoint/supervisor/deps"
)

// registry holds the programs that there are: by their names, by the pids of their
// processes, in the order of their ranks, and as a graph of who depends on whom.
type registry struct {
	units    []*unit          // by rank, lowest first
	byName   map[string]*unit // by full name
	byPID    map[int]*unit    // main processes that are up
	graph    *deps.Graph      // of the dependencies between those in numbered
	numbered []*unit          // in the order of the configuration; unit.node is the index
	outdated bool             // a program has other dependencies than when graph was built
	leaving  bool             // a program that is to be forgotten has come to rest
}

func newRegistry() registry {
	return registry{byName: map[string]*unit{}, byPID: map[int]*unit{}}
}

// position is where a program is in the registry.
type position struct {
	place int // in the configuration
	node  int // its number in the graph of dependencies
}

// insert adds a program, as the last one of the configuration. It has its place in the
// order of the ranks after the next arrange.
func (r *registry) insert(u *unit) {
	u.place = len(r.units)
	r.byName[u.name] = u
	r.units = append(r.units, u)
}

// place gives the programs the order of a configuration.
func (r *registry) place(programs []*config.Program) {
	for i, p := range programs {
		r.byName[p.FullName()].place = i
	}
}

// each calls f with every program, in the order of their ranks. Programs that f adds or
// removes do not disturb it.
func (r *registry) each(f func(*unit)) {
	for _, u := range r.units {
		f(u)
	}
}

// drop takes those out that are to be forgotten and are at rest.
func (r *registry) drop() (gone []*unit) {
	if !r.leaving {
		return nil
	}
	r.leaving = false
	r.units = slices.DeleteFunc(slices.Clone(r.units), func(u *unit) bool {
		if !u.removed() || !u.AtRest() {
			return false
		}
		delete(r.byName, u.name)
		gone = append(gone, u)
		return true
	})
	return gone
}

// arrange builds the graph of dependencies anew and puts the programs into the order of
// their ranks. What a program needs starts before it and stops after it, whatever its own
// priority.
func (r *registry) arrange() {
	r.numbered = slices.Clone(r.units)
	slices.SortStableFunc(r.numbered, func(a, b *unit) int { return a.place - b.place })
	list := make([]deps.Program, len(r.numbered))
	for i, u := range r.numbered {
		u.node = i
		list[i] = deps.Program{Name: u.name, Rank: deps.Rank{Group: u.Config.GroupPriority, Own: u.Config.Priority}, Needs: u.Config.DependsOn}
	}
	r.graph, r.outdated = deps.New(list), false
	r.units = make([]*unit, 0, len(list)) // whoever goes through the old order goes on with it
	for _, i := range r.graph.Order() {
		r.units = append(r.units, r.numbered[i])
	}
}

// rearrange is arrange where a program has got other dependencies since then.
func (r *registry) rearrange() {
	if r.outdated {
		r.arrange()
	}
}

// live says whether something of u is there or on its way.
func live(u *unit) bool { return u.Live() }
