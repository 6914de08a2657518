package deps

import (
	"cmp"
	"slices"

	"entrypoint/config"
)

// Rank is a program's place in the order of starts, and backwards in that of stops:
// groups by their priority, within a group by the program's own. Programs of one
// rank start and stop side by side.
type Rank struct{ Group, Own int }

// Compare is negative when r starts before other.
func (r Rank) Compare(other Rank) int {
	return cmp.Or(cmp.Compare(r.Group, other.Group), cmp.Compare(r.Own, other.Own))
}

// Program is what the graph knows of a program.
type Program struct {
	Name  string // full
	Rank  Rank   // by its own priority
	Needs []config.Dependency
}

// Need is one dependency: the number of the program that is needed, and how far it
// has to be.
type Need struct {
	Program int
	Until   config.Until
}

// Graph is the graph of one configuration. Programs have the numbers of the list
// that it was built from.
type Graph struct {
	needs    [][]Need
	neededBy [][]int
	ranks    []Rank
	sorted   []int // every program after all that it needs
}

// New builds the graph. A dependency on a program that is not in the list is left
// out.
func New(list []Program) *Graph {
	g := &Graph{needs: make([][]Need, len(list)), neededBy: make([][]int, len(list)), ranks: make([]Rank, len(list))}
	numbers := make(map[string]int, len(list))
	for i := range list {
		numbers[list[i].Name] = i
		g.ranks[i] = list[i].Rank
	}
	for i := range list {
		for _, d := range list[i].Needs {
			if needed, ok := numbers[d.Name]; ok {
				g.needs[i] = append(g.needs[i], Need{needed, d.Until})
				g.neededBy[needed] = append(g.neededBy[needed], i)
			}
		}
	}
	g.sort()
	for _, i := range g.sorted {
		for _, n := range g.needs[i] {
			if r := g.ranks[n.Program]; r.Compare(g.ranks[i]) > 0 {
				g.ranks[i] = r
			}
		}
	}
	return g
}

// sort puts every program behind all that it needs, and leaves out the dependencies
// that would close a circle.
func (g *Graph) sort() {
	waits := make([]int, len(g.needs)) // for how many that are not sorted yet
	place := make([]int, len(g.needs)) // in sorted, from 1 on; 0: not there yet
	put := func(i int) {
		g.sorted = append(g.sorted, i)
		place[i] = len(g.sorted)
	}
	for i, needs := range g.needs {
		if waits[i] = len(needs); waits[i] == 0 {
			put(i)
		}
	}
	first := 0 // all before it are sorted
	for next := 0; next < len(g.needs); next++ {
		if next == len(g.sorted) { // everything that is left waits for something in a circle
			for place[first] != 0 {
				first++
			}
			put(first)
		}
		for _, i := range g.neededBy[g.sorted[next]] {
			if waits[i]--; waits[i] == 0 && place[i] == 0 {
				put(i)
			}
		}
	}
	clear(g.neededBy)
	for i, all := range g.needs {
		g.needs[i] = all[:0]
		for _, n := range all {
			if place[n.Program] < place[i] {
				g.needs[i] = append(g.needs[i], n)
				g.neededBy[n.Program] = append(g.neededBy[n.Program], i)
			}
		}
	}
}

// Len is the number of programs.
func (g *Graph) Len() int { return len(g.needs) }

// Rank is a program's rank, not below that of anything that it needs.
func (g *Graph) Rank(i int) Rank { return g.ranks[i] }

// Needs are the dependencies of a program, in the order of its configuration.
func (g *Graph) Needs(i int) []Need { return g.needs[i] }

// NeededBy are the programs that depend directly on a program.
func (g *Graph) NeededBy(i int) []int { return g.neededBy[i] }

// Sorted are all programs, each behind everything that it needs.
func (g *Graph) Sorted() []int { return g.sorted }

// Order are all programs in the order of their ranks. Those of one rank are as they
// were given, but for those that need another one of their rank, which are behind it.
func (g *Graph) Order() []int {
	type ranked struct {
		program int
		Rank
	}
	list := make([]*ranked, 0, len(g.sorted))
	for _, i := range g.sorted {
		list = append(list, &ranked{i, g.ranks[i]})
	}
	slices.SortStableFunc(list, func(a, b *ranked) int { return a.Compare(b.Rank) })
	order := make([]int, 0, len(list))
	for _, r := range list {
		order = append(order, r.program)
	}
	return order
}
