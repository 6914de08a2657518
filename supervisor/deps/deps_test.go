package deps

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"entrypoint/config"
)

// graph builds a graph of programs "a", "b", ... of one rank from lines such as
// "b needs a".
func graph(names string, needs ...string) *Graph {
	var list []Program
	for _, name := range names {
		p := Program{Name: string(name)}
		for _, line := range needs {
			if line[0] == byte(name) {
				p.Needs = append(p.Needs, config.Dependency{Name: line[len(line)-1:]})
			}
		}
		list = append(list, p)
	}
	return New(list)
}

// TestRanks: what a program needs starts before it, whatever its own priority, and
// programs of one rank keep their order.
func TestRanks(t *testing.T) {
	g := New([]Program{
		{Name: "front", Rank: Rank{1, 1}, Needs: []config.Dependency{{Name: "app"}, {Name: "elsewhere"}}},
		{Name: "side", Rank: Rank{1, 5}},
		{Name: "app", Rank: Rank{50, 2}, Needs: []config.Dependency{{Name: "db"}}},
		{Name: "other", Rank: Rank{1, 5}},
		{Name: "db", Rank: Rank{70, 1}},
	})
	if got, want := g.Order(), []int{1, 3, 4, 2, 0}; !slices.Equal(got, want) {
		t.Errorf("order %v, want %v", got, want)
	}
	for i, want := range []Rank{{70, 1}, {1, 5}, {70, 1}, {1, 5}, {70, 1}} {
		if got := g.Rank(i); got != want {
			t.Errorf("program %d has rank %v, want %v", i, got, want)
		}
	}
}

// TestCircle: programs that wait for each other, as they may for a moment in the
// middle of a reload, do not hang anything: the circle is cut, and what is outside
// of it is as it was.
func TestCircle(t *testing.T) {
	g := graph("abcde", "a needs b", "b needs c", "c needs a", "d needs a", "e needs e")
	arrows := 0
	for i := range g.Len() {
		arrows += len(g.Needs(i))
	}
	if arrows != 3 || len(g.NeededBy(0)) != 2 || len(g.Sorted()) != 5 {
		t.Errorf("%d dependencies are left, a is needed by %v, sorted %v", arrows, g.NeededBy(0), g.Sorted())
	}
}

// states is a View of programs that are said to be in a state, or as far as they
// have to be where nothing is said.
type states map[int]State

func (s states) Met(n Need) bool { _, known := s[n.Program]; return !known }
func (s states) State(i int) State {
	return s[i]
}

func TestWait(t *testing.T) {
	for name, c := range map[string]struct {
		needs  []string
		states states
		waits  bool
		first  int
		failed []int
	}{
		"nothing":                   {needs: []string{"a needs b"}},
		"the first":                 {needs: []string{"a needs b", "a needs c"}, states: states{1: Coming, 2: Coming}, waits: true, first: 1},
		"the one that is not there": {needs: []string{"a needs b", "a needs c"}, states: states{2: Coming}, waits: true, first: 2},
		"a failed one before":       {needs: []string{"a needs b", "a needs c"}, states: states{1: Coming, 2: Failed}, waits: true, first: 2, failed: []int{2}},
		"by way of another":         {needs: []string{"a needs b", "b needs c", "c needs d"}, states: states{1: Waiting, 2: Waiting, 3: Failed}, waits: true, first: 1, failed: []int{1, 2, 3}},
		"one that is on its way":    {needs: []string{"a needs b", "b needs c"}, states: states{1: Coming, 2: Failed}, waits: true, first: 1},
		"two ways to one failure":   {needs: []string{"a needs b", "a needs c", "b needs d", "c needs d"}, states: states{1: Waiting, 2: Waiting, 3: Failed}, waits: true, first: 1, failed: []int{1, 3}},
		"the second way fails":      {needs: []string{"a needs b", "a needs c", "b needs d", "c needs e"}, states: states{1: Waiting, 2: Waiting, 3: Coming, 4: Failed}, waits: true, first: 2, failed: []int{2, 4}},
	} {
		t.Run(name, func(t *testing.T) {
			w, waits := graph("abcde", c.needs...).Wait(0, c.states)
			if waits != c.waits || w.For.Program != c.first || !slices.Equal(w.Failed, c.failed) {
				t.Errorf("waits %v for %d, failed %v", waits, w.For.Program, w.Failed)
			}
		})
	}
}

func TestBlocked(t *testing.T) {
	g := graph("abcde", "b needs a", "c needs b", "d needs a", "e needs d")
	got := g.Blocked(0, states{0: Failed, 1: Waiting, 2: Waiting, 3: Coming, 4: Waiting})
	if want := []Block{{1, 0}, {2, 1}}; !slices.Equal(got, want) {
		t.Errorf("blocked %v, want %v", got, want)
	}
}

// layers are programs of which each needs all of the layer below.
func layers(n, width int) (list []Program) {
	for layer := range n {
		for i := range width {
			p := Program{Name: fmt.Sprint(layer, ".", i)}
			for k := range width {
				if layer > 0 {
					p.Needs = append(p.Needs, config.Dependency{Name: fmt.Sprint(layer-1, ".", k)})
				}
			}
			list = append(list, p)
		}
	}
	return list
}

// everyone waits, for programs that are on their way.
type everyone struct {
	visits *int
	coming int // so many of the first programs
}

func (e everyone) Met(Need) bool { *e.visits++; return false }
func (e everyone) State(i int) State {
	if i < e.coming {
		return Coming
	}
	return Waiting
}

// TestVisitsEachOnce: a question goes over each dependency a bounded number of
// times, however many ways there are from one program to another. The recursion that
// was here before went every way.
func TestVisitsEachOnce(t *testing.T) {
	const n, width = 30, 20
	g := New(layers(n, width))
	edges := (n - 1) * width * width
	visits := 0
	if blocked := g.Blocked(0, everyone{&visits, 0}); len(blocked) != (n-1)*width || visits > edges {
		t.Errorf("%d are blocked, after %d looks at %d dependencies", len(blocked), visits, edges)
	}
	visits = 0
	if w, waits := g.Wait(n*width-1, everyone{&visits, width}); !waits || w.Failed != nil || visits < edges/2 || visits > edges {
		t.Errorf("failed %v, after %d looks at %d dependencies", w.Failed, visits, edges)
	}
}

// TestRandom: random graphs, with circles as well, come out sorted, and a rank only
// rises.
func TestRandom(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for range 300 {
		list := make([]Program, 1+rng.IntN(40))
		for i := range list {
			list[i] = Program{Name: fmt.Sprint(i), Rank: Rank{rng.IntN(3), rng.IntN(3)}}
			for range rng.IntN(4) {
				list[i].Needs = append(list[i].Needs, config.Dependency{Name: fmt.Sprint(rng.IntN(len(list)))})
			}
		}
		g := New(list)
		order := g.Order()
		if slices.Sort(order); len(order) != len(list) || order[len(list)-1] != len(list)-1 {
			t.Fatalf("order %v", order)
		}
		place := make([]int, len(list))
		for at, i := range g.Order() {
			place[i] = at
		}
		for i := range list {
			if g.Rank(i).Compare(list[i].Rank) < 0 {
				t.Fatalf("the rank of %d has fallen", i)
			}
			for _, n := range g.Needs(i) {
				if place[n.Program] >= place[i] || g.Rank(n.Program).Compare(g.Rank(i)) > 0 || !slices.Contains(g.NeededBy(n.Program), i) {
					t.Fatalf("%d needs %d, which is behind it", i, n.Program)
				}
			}
		}
	}
}
