package stopping

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"entrypoint/config"
	"entrypoint/supervisor/deps"
)

var t0 = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

const budget = 9 * time.Second

// run is how a stop goes for programs that take the given times to end after they
// have been told. What has not ended at the deadline is killed then.
type run struct {
	g     *deps.Graph
	takes []time.Duration
	told  []time.Duration // after the beginning; -1: not at all
	by    []time.Duration
	ended []time.Duration // or was killed
}

// stop lets a stop go on to its end.
func stop(t *testing.T, g *deps.Graph, takes []time.Duration) *run {
	n := g.Len()
	r := &run{g: g, takes: takes, told: make([]time.Duration, n), by: make([]time.Duration, n), ended: make([]time.Duration, n)}
	programs := make([]Program, n)
	for i := range n {
		programs[i].Live = true
		r.told[i], r.ended[i] = -1, -1
	}
	s := Begin(g, programs, t0.Add(budget))
	for now, left := time.Duration(0), n; left > 0; {
		for _, o := range s.Tick(t0.Add(now)) {
			if r.told[o.Program] >= 0 {
				t.Fatalf("%d is told twice", o.Program)
			}
			r.told[o.Program], r.by[o.Program] = now, o.By.Sub(t0)
			r.ended[o.Program] = min(now+takes[o.Program], max(budget, now))
		}
		next := time.Duration(-1)
		for i := range n {
			if s.Live(i) && r.told[i] >= 0 && (next < 0 || r.ended[i] < next) {
				next = r.ended[i]
			}
		}
		if due := s.Due(); !due.IsZero() && (next < 0 || due.Sub(t0) < next) {
			next = due.Sub(t0)
		}
		if next < 0 || next < now {
			t.Fatalf("after %v %d programs are live, and nothing is to come (%v)", now, left, next)
		}
		now = next
		for i := range n {
			if s.Live(i) && r.told[i] >= 0 && r.ended[i] <= now {
				s.Ended(i)
				left--
			}
		}
	}
	return r
}

func (r *run) killed(i int) bool { return r.ended[i] < r.told[i]+r.takes[i] }

func programs(n int, change func(i int, p *deps.Program)) *deps.Graph {
	list := make([]deps.Program, n)
	for i := range list {
		list[i].Name = fmt.Sprint(i)
		change(i, &list[i])
	}
	return deps.New(list)
}

func same(n int, d time.Duration) []time.Duration {
	takes := make([]time.Duration, n)
	for i := range takes {
		takes[i] = d
	}
	return takes
}

func chain(n int) *deps.Graph {
	return programs(n, func(i int, p *deps.Program) {
		if i > 0 {
			p.Needs = []config.Dependency{{Name: fmt.Sprint(i - 1)}}
		}
	})
}

// TestChainOfTen: there are not ten seconds for ten phases, so all get the same
// part, and what they do not use goes to those after them.
func TestChainOfTen(t *testing.T) {
	r := stop(t, chain(10), same(10, 100*time.Millisecond))
	for i := range 10 {
		at := time.Duration(9-i) * 100 * time.Millisecond
		if r.told[i] != at || r.killed(i) {
			t.Errorf("p%d is told after %v, want %v; killed: %v", i, r.told[i], at, r.killed(i))
		}
	}
	if r.by[9] != 900*time.Millisecond || r.by[0] != budget {
		t.Errorf("the first share ends after %v, the last after %v", r.by[9], r.by[0])
	}
}

// TestShares: nobody ends by himself. Each phase has its second, or its part, and
// nothing is killed before the budget ends.
func TestShares(t *testing.T) {
	for _, c := range []struct {
		phases int
		told   []time.Duration
	}{
		{2, []time.Duration{8 * time.Second, 0}},
		{3, []time.Duration{8 * time.Second, 7 * time.Second, 0}},
		{18, nil},
	} {
		r := stop(t, chain(c.phases), same(c.phases, time.Hour))
		for i := range c.phases {
			want := time.Duration(c.phases-1-i) * budget / time.Duration(c.phases)
			if c.told != nil {
				want = c.told[i]
			}
			if r.told[i] != want || r.ended[i] != budget {
				t.Errorf("%d phases: %d is told after %v, want %v, and killed after %v", c.phases, i, r.told[i], want, r.ended[i])
			}
		}
	}
}

// TestPhases: ranks stop one after the other, dependents first, side by side where
// nothing says otherwise.
func TestPhases(t *testing.T) {
	g := programs(5, func(i int, p *deps.Program) {
		p.Rank.Group = []int{10, 20, 20, 20, 5}[i]
		if i == 2 {
			p.Needs = []config.Dependency{{Name: "1"}}
		}
	})
	r := stop(t, g, same(5, time.Second))
	if want := []time.Duration{2e9, 1e9, 0, 0, 3e9}; !slices.Equal(r.told, want) {
		t.Errorf("told after %v, want %v", r.told, want)
	}
	if want := []time.Duration{8e9, 7e9, 6e9, 7e9, 9e9}; !slices.Equal(r.by, want) {
		t.Errorf("shares end after %v, want %v", r.by, want)
	}
}

// TestWithoutBudget: each phase waits for the one before.
func TestWithoutBudget(t *testing.T) {
	s := Begin(chain(2), []Program{{Live: true}, {Live: true}}, time.Time{})
	if got := s.Tick(t0); len(got) != 1 || got[0] != (Order{Program: 1}) {
		t.Fatalf("told: %v", got)
	}
	if got := s.Tick(t0.Add(time.Hour)); got != nil || !s.Due().IsZero() {
		t.Fatalf("told: %v, due %v", got, s.Due())
	}
	s.Ended(1)
	if got := s.Tick(t0.Add(time.Hour)); len(got) != 1 || got[0] != (Order{Program: 0}) {
		t.Errorf("told: %v", got)
	}
}

// TestContinued: a stop that is built again in its middle goes on where it was.
func TestContinued(t *testing.T) {
	by := t0.Add(8 * time.Second)
	s := Begin(chain(3), []Program{{Live: true}, {Live: true, Told: true, By: by}, {}}, t0.Add(budget))
	if got := s.Tick(t0.Add(5 * time.Second)); got != nil || s.Due() != by {
		t.Fatalf("told: %v, due %v", got, s.Due())
	}
	if got := s.Tick(by); len(got) != 1 || got[0] != (Order{Program: 0, By: t0.Add(budget)}) {
		t.Errorf("told: %v", got)
	}
}

// TestRandom: for any graph and any times to stop,
//   - a program is told when all that come before it have ended, or have used up
//     their share, and not before;
//   - the share of a phase is a second, or its part of what is left;
//   - a program is killed only at the end of the budget, and none is where all stops,
//     one phase after the other, would have fitted into it.
func TestRandom(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	killed, fitted, late := 0, 0, 0
	for try := range 120 {
		n := 1 + rng.IntN(200)
		list := make([]deps.Program, n)
		ranks, needs := 1+rng.IntN(4), rng.IntN(3)
		for i := range list {
			list[i] = deps.Program{Name: fmt.Sprint(i), Rank: deps.Rank{Group: rng.IntN(ranks)}}
			for range needs {
				if k := rng.IntN(n); k < i {
					list[i].Needs = append(list[i].Needs, config.Dependency{Name: fmt.Sprint(k)})
				}
			}
		}
		g := deps.New(list)
		// Times around what a phase may take, some of them much longer.
		scale := float64(budget) / float64(1+rng.IntN(20))
		takes := make([]time.Duration, n)
		for i := range takes {
			takes[i] = time.Duration(scale * rng.Float64())
			if rng.IntN(100) == 0 && try%2 == 0 {
				takes[i] = time.Hour
			}
		}
		r := stop(t, g, takes)
		serial, phases := inTurn(g, takes)
		end := time.Duration(0)
		for i := range n {
			end = max(end, serial[i]+takes[i])
		}
		fits := end <= budget
		for i := range n {
			before := time.Duration(0) // when everything that stops before it had ended, or used up its share
			for _, k := range above(g, i) {
				before = max(before, min(r.ended[k], r.by[k]))
				if r.by[k] < r.ended[k] {
					late++
				}
			}
			if r.told[i] != before {
				t.Fatalf("try %d: %d is told after %v, want %v", try, i, r.told[i], before)
			}
			if least := min(time.Second, (budget-r.told[i])/time.Duration(phases)) - time.Microsecond; r.by[i]-r.told[i] < least && r.by[i] != budget {
				t.Fatalf("try %d: %d gets %v of %v, in at most %d phases", try, i, r.by[i]-r.told[i], budget-r.told[i], phases)
			}
			switch {
			case !r.killed(i):
			case r.ended[i] != budget:
				t.Fatalf("try %d: %d is killed after %v, with budget left", try, i, r.ended[i])
			case fits:
				t.Fatalf("try %d: %d is killed, and all together need %v", try, i, end)
			default:
				killed++
			}
			if r.told[i] > serial[i] {
				t.Fatalf("try %d: %d is told after %v, and would have been after %v without shares", try, i, r.told[i], serial[i])
			}
		}
		if fits {
			fitted++
		}
	}
	if killed == 0 || fitted < 10 || late == 0 {
		t.Errorf("%d programs were killed, %d stops have fitted, %d shares were used up: these graphs show nothing", killed, fitted, late)
	}
}

// above are the programs that have to stop before one: those of higher ranks, and
// those that need it.
func above(g *deps.Graph, i int) (list []int) {
	seen := make([]bool, g.Len())
	for queue := []int{i}; len(queue) > 0; queue = queue[1:] {
		for _, k := range g.NeededBy(queue[0]) {
			if !seen[k] {
				seen[k] = true
				queue = append(queue, k)
			}
		}
	}
	for k := range g.Len() {
		if seen[k] || g.Rank(k).Compare(g.Rank(i)) > 0 {
			list = append(list, k)
		}
	}
	return list
}

// inTurn is when each would be told if there was no end to the budget, and the
// number of phases.
func inTurn(g *deps.Graph, takes []time.Duration) (told []time.Duration, phases int) {
	told, depth := make([]time.Duration, g.Len()), make([]int, g.Len())
	order := g.Order()
	for at := len(order) - 1; at >= 0; at-- {
		i := order[at]
		for _, k := range above(g, i) {
			told[i] = max(told[i], told[k]+takes[k])
			depth[i] = max(depth[i], depth[k]+1)
		}
		phases = max(phases, depth[i]+1)
	}
	return told, phases
}

// TestSpan: the longest of each phase, and all phases together.
func TestSpan(t *testing.T) {
	g := programs(5, func(i int, p *deps.Program) {
		p.Rank.Group = []int{10, 20, 20, 20, 5}[i]
		if i == 2 {
			p.Needs = []config.Dependency{{Name: "1"}}
		}
	})
	if got := Span(g, []time.Duration{1e9, 10e9, 100e9, 500e9, 1000e9}); got != 1501e9 {
		t.Errorf("%v", got)
	}
	if got := Span(chain(3), same(3, time.Second)); got != 3*time.Second {
		t.Errorf("%v", got)
	}
}

// layered are 30 layers of 20 programs, each needing all of the layer below, and all live.
func layered() (g *deps.Graph, live []Program, layers, width int) {
	layers, width = 30, 20
	g = programs(layers*width, func(i int, p *deps.Program) {
		for k := range width {
			if below := i/width - 1; below >= 0 {
				p.Needs = append(p.Needs, config.Dependency{Name: fmt.Sprint(below*width + k)})
			}
		}
	})
	live = make([]Program, g.Len())
	for i := range live {
		live[i].Live = true
	}
	return g, live, layers, width
}

// stopLayers is one stop of all of them: each ends in a turn of the loop of its own.
func stopLayers(t testing.TB, g *deps.Graph, live []Program, layers, width int) {
	t.Helper()
	s := Begin(g, live, t0.Add(budget))
	told := 0
	for layer := range layers {
		for _, o := range s.Tick(t0) {
			if o.Program/width != layers-1-layer {
				t.Fatalf("%d is told in phase %d", o.Program, layer)
			}
			told++
		}
		for i := range width {
			s.Ended((layers-1-layer)*width + i)
			s.Due()
			if i < width-1 && s.Tick(t0) != nil {
				t.Fatal("a layer is told before the one above has ended")
			}
		}
	}
	if told != layers*width {
		t.Fatalf("%d have been told", told)
	}
}

// TestLayers: each layer is told when the one above has ended. A recursion over the
// dependencies would not come to an end here: 20 to the power of 30 paths.
func TestLayers(t *testing.T) {
	g, live, layers, width := layered()
	stopLayers(t, g, live, layers, width)
}

// BenchmarkLayers is what such a stop costs the loop: less than 10 ms.
func BenchmarkLayers(b *testing.B) {
	g, live, layers, width := layered()
	for b.Loop() {
		stopLayers(b, g, live, layers, width)
	}
}
