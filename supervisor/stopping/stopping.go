package stopping

import (
	"slices"
	"time"

	"entrypoint/supervisor/deps"
)

// leastShare is what each later phase is sure to get of the budget, if there are
// that many seconds.
const leastShare = time.Second

// Program is where a program is when a stop begins. The zero value is at rest.
type Program struct {
	Live bool
	Told bool      // it has been told to stop, as a part of this stop
	By   time.Time // when its share ends; zero: never
}

// Order is for a program that is to be told to stop now.
type Order struct {
	Program int
	By      time.Time // when its share ends; zero: never
}

// Stop is a stop that goes on.
type Stop struct {
	graph    *deps.Graph
	deadline time.Time
	programs []Program
	late     []bool // its share is over, and nobody waits for it any more
	cleared  []bool // neither it nor anything that needs it is waited for
	pending  []int  // how many that need it are not cleared
	depth    []int  // how many phases of its own rank come after its own
	ranks    []rank // highest first
	rankOf   []int
	current  int     // the rank whose programs are told
	waiting  []Order // told, in the order of their By
}

// rank is what is known of all programs of one rank.
type rank struct {
	waited int   // how many of its programs are waited for
	phases int   // how many phases its programs take
	heads  []int // that nothing needs any more, and that have not been told
}

// Begin is a stop of the programs, which have the numbers of the graph. A zero
// deadline is a stop without a budget: each phase waits for the one before.
func Begin(g *deps.Graph, programs []Program, deadline time.Time) *Stop {
	n := g.Len()
	s := &Stop{
		graph: g, deadline: deadline, programs: slices.Clone(programs),
		late: make([]bool, n), cleared: make([]bool, n), pending: make([]int, n), depth: make([]int, n), rankOf: make([]int, n),
	}
	order := g.Order()
	for k := n - 1; k >= 0; k-- {
		i := order[k]
		if k == n-1 || g.Rank(i) != g.Rank(order[k+1]) {
			s.ranks = append(s.ranks, rank{})
		}
		s.rankOf[i] = len(s.ranks) - 1
		s.pending[i] = len(g.NeededBy(i))
	}
	for _, i := range g.Sorted() {
		for _, need := range g.Needs(i) {
			if k := need.Program; s.rankOf[k] == s.rankOf[i] {
				s.depth[i] = max(s.depth[i], s.depth[k]+phase(s.programs[k]))
			}
		}
		r := &s.ranks[s.rankOf[i]]
		if p := s.programs[i]; p.Live {
			r.waited++
			r.phases = max(r.phases, s.depth[i]+1)
			if p.Told && !p.By.IsZero() {
				s.wait(Order{i, p.By})
			}
		}
	}
	for i := range n {
		if s.pending[i] == 0 {
			s.reached(i)
		}
	}
	return s
}

func phase(p Program) int {
	if p.Live {
		return 1
	}
	return 0
}

// Span is how long a stop takes at most when each program takes its time and nothing
// cuts it short: the sum over all phases of the longest time in each.
func Span(g *deps.Graph, waits []time.Duration) (end time.Duration) {
	ends := make([]time.Duration, g.Len()) // of each program and of those of its rank that need it
	order := g.Order()
	for last := g.Len() - 1; last >= 0; {
		begin, rank := end, g.Rank(order[last])
		for ; last >= 0 && g.Rank(order[last]) == rank; last-- {
			i := order[last]
			ends[i] = begin
			for _, k := range g.NeededBy(i) {
				ends[i] = max(ends[i], ends[k])
			}
			ends[i] += waits[i]
			end = max(end, ends[i])
		}
	}
	return end
}

// Live says whether a program has not ended, as far as the stop has been told.
func (s *Stop) Live(i int) bool { return s.programs[i].Live }

// Ended tells that a program is at rest.
func (s *Stop) Ended(i int) {
	if !s.programs[i].Live {
		return
	}
	s.programs[i].Live = false
	s.release(i)
}

// Due is when the next share ends; zero: never. Then Tick has something to say.
func (s *Stop) Due() time.Time {
	for len(s.waiting) > 0 && !s.programs[s.waiting[0].Program].Live {
		s.waiting = s.waiting[1:]
	}
	if len(s.waiting) == 0 {
		return time.Time{}
	}
	return s.waiting[0].By
}

// Tick returns those that are to be told to stop now.
func (s *Stop) Tick(now time.Time) (orders []Order) {
	for due := s.Due(); !due.IsZero() && !now.Before(due); due = s.Due() {
		i := s.waiting[0].Program
		s.waiting = s.waiting[1:]
		s.release(i)
		s.late[i] = true
	}
	for s.current < len(s.ranks) && s.ranks[s.current].waited == 0 {
		s.current++
	}
	if s.current == len(s.ranks) {
		return nil
	}
	r := &s.ranks[s.current]
	heads := r.heads
	r.heads = nil
	if len(heads) == 0 {
		return nil
	}
	slices.Sort(heads)
	slices.Reverse(heads)
	after := 0 // phases of later ranks
	for _, later := range s.ranks[s.current+1:] {
		if later.waited > 0 {
			after += later.phases
		}
	}
	for _, i := range heads {
		if p := &s.programs[i]; p.Live && !p.Told {
			p.Told, p.By = true, s.share(now, after+s.depth[i])
			orders = append(orders, Order{i, p.By})
		}
	}
	s.await(orders)
	return orders
}

// share is when the share of a phase ends that so many come after.
func (s *Stop) share(now time.Time, later int) time.Time {
	if s.deadline.IsZero() {
		return time.Time{}
	}
	least := min(leastShare, max(0, s.deadline.Sub(now))/time.Duration(later+1))
	return s.deadline.Add(-least * time.Duration(later))
}

// await adds those that have been told to those whose share is looked after.
func (s *Stop) await(orders []Order) {
	if s.deadline.IsZero() {
		return
	}
	s.waiting = slices.DeleteFunc(s.waiting, func(o Order) bool { return !s.programs[o.Program].Live })
	for _, o := range orders {
		s.wait(o)
	}
}

// wait puts an order behind those whose share does not end later. Nearly always it is the
// last one.
func (s *Stop) wait(o Order) {
	s.waiting = append(s.waiting, o)
	for i := len(s.waiting) - 1; i > 0 && o.By.Before(s.waiting[i-1].By); i-- {
		s.waiting[i-1], s.waiting[i] = o, s.waiting[i-1]
	}
}

// release is for a program that is not waited for any more: it has ended, or its
// share is over.
func (s *Stop) release(i int) {
	if s.late[i] {
		return
	}
	s.ranks[s.rankOf[i]].waited--
	if s.pending[i] == 0 {
		s.clear(i)
	}
}

// reached is for a program that nothing needs any more.
func (s *Stop) reached(i int) {
	if p := s.programs[i]; p.Live {
		if !p.Told {
			r := &s.ranks[s.rankOf[i]]
			r.heads = append(r.heads, i)
		}
		return
	}
	s.clear(i)
}

// clear lets what a program needs know that it, and all that need it, are not
// waited for any more.
func (s *Stop) clear(i int) {
	for queue := []int{i}; len(queue) > 0; queue = queue[1:] {
		i := queue[0]
		if s.cleared[i] {
			continue
		}
		s.cleared[i] = true
		for _, need := range s.graph.Needs(i) {
			k := need.Program
			if s.pending[k]--; s.pending[k] > 0 {
				continue
			}
			if p := s.programs[k]; p.Live && !s.late[k] {
				s.reached(k)
			} else {
				queue = append(queue, k)
			}
		}
	}
}
