package deps

import "slices"

// State is how far a program is, for those that wait for it.
type State int

// The states.
const (
	Coming  State = iota // on its way, or it may still come by itself
	Waiting              // not started yet: it waits for what it needs itself
	Failed               // it will not come by itself: it has failed, or is stopped
)

// View is what the graph asks about programs while it answers a question.
type View interface {
	// Met says whether a program is as far as a dependency wants it.
	Met(Need) bool
	// State is the state of a program that is not as far as it has to be.
	State(program int) State
}

// Wait is why a program waits.
type Wait struct {
	// For is the dependency that is waited for: one that has failed before others,
	// else the first.
	For Need
	// Failed are the programs from the one that is waited for to the one that has
	// failed, each waiting for the next; nil: nothing has failed.
	Failed []int
}

// Wait says what a program waits for; false: everything that it needs is as far as
// it has to be.
func (g *Graph) Wait(program int, v View) (w Wait, waits bool) {
	type step struct{ program, next int } // next is the dependency to look at next
	path := []step{{program: program}}
	seen := map[int]bool{program: true}
	for len(path) > 0 {
		at := &path[len(path)-1]
		needs := g.needs[at.program]
		if at.next == len(needs) {
			path = path[:len(path)-1]
			continue
		}
		n := needs[at.next]
		at.next++
		if v.Met(n) {
			continue
		}
		if len(path) == 1 && !waits {
			w.For, waits = n, true
		}
		if seen[n.Program] {
			continue
		}
		switch v.State(n.Program) {
		case Coming:
		case Waiting:
			seen[n.Program] = true
			path = append(path, step{program: n.Program})
		case Failed:
			w.For = g.needs[program][path[0].next-1]
			for _, s := range path[1:] {
				w.Failed = append(w.Failed, s.program)
			}
			w.Failed = append(w.Failed, n.Program)
			return w, true
		}
	}
	return w, waits
}

// Ready says whether everything that a program needs is as far as it has to be.
func (g *Graph) Ready(program int, v View) bool {
	return !slices.ContainsFunc(g.needs[program], func(n Need) bool { return !v.Met(n) })
}

// Blocked are the programs that wait for one that has failed, directly or by way of
// others that wait, in the order in which the failure reaches them. From is the one
// before each of them on that way.
func (g *Graph) Blocked(failed int, v View) (list []Block) {
	seen := map[int]bool{failed: true}
	list = append(list, Block{Program: failed, From: failed})
	for next := 0; next < len(list); next++ {
		from := list[next].Program
		for _, other := range g.neededBy[from] {
			n := slices.IndexFunc(g.needs[other], func(n Need) bool { return n.Program == from })
			if seen[other] || v.State(other) != Waiting || v.Met(g.needs[other][n]) {
				continue
			}
			seen[other] = true
			list = append(list, Block{Program: other, From: from})
		}
	}
	return list[1:]
}

// Block is a program that waits in vain, and the one that it waits for.
type Block struct{ Program, From int }
