package supervisor

import (
	"time"

	"entrypoint/supervisor/deps"
	"entrypoint/supervisor/part"
	"entrypoint/supervisor/program"
	"entrypoint/supervisor/stopping"
)

// shutdown is the stop of everything, when the container ends or starts anew: it knows who
// has been told to stop, and asks package stopping who is next. The zero value: no such stop
// goes on.
type shutdown struct {
	stop  *stopping.Stop      // nil: none goes on
	graph *deps.Graph         // of the programs that stop knows
	told  map[*unit]time.Time // who has been told to stop, and when its share of the budget ends (zero: never)

	workUntil time.Time     // until when everything waits for work that ends by itself (work.go); zero: it does not
	wrote     time.Duration // at the end, how long what was on its way to its reader took
	strays    bool          // those that have left the programs' process groups have been told (strays.go)
}

// stopOrder is for a program that is to stop now.
type stopOrder struct {
	*unit
	by time.Time // when its share of the budget ends; zero: never
}

// due is when next has somebody to tell, or stops to wait; zero: never.
func (d *shutdown) due() time.Time {
	if d.stop == nil {
		return d.workUntil
	}
	return part.Earlier(d.workUntil, d.stop.Due())
}

// next are the programs that are to stop now; nil: nobody is, until something changes or
// the share of a program is over (due). The budget ends at the deadline; zero: there is none.
func (d *shutdown) next(r *registry, deadline, now time.Time) (orders []stopOrder) {
	r.rearrange()
	switch {
	case d.stop == nil:
		d.told = map[*unit]time.Time{}
		d.begin(r, deadline)
	case d.graph != r.graph:
		d.begin(r, deadline)
	}
	for i, u := range r.numbered {
		switch is := live(u); {
		case is == d.stop.Live(i):
		case is: // it has been started again before its turn
			delete(d.told, u)
			d.begin(r, deadline)
		default:
			d.stop.Ended(i)
		}
	}
	for _, o := range d.stop.Tick(now) {
		u := r.numbered[o.Program]
		d.told[u] = o.By
		orders = append(orders, stopOrder{u, o.By})
	}
	return orders
}

// begin is the stop of everything as it is now.
func (d *shutdown) begin(r *registry, deadline time.Time) {
	programs := make([]stopping.Program, len(r.numbered))
	for i, u := range r.numbered {
		by, told := d.told[u]
		programs[i] = stopping.Program{Live: live(u), Told: told, By: by}
	}
	d.stop, d.graph = stopping.Begin(r.graph, programs, deadline), r.graph
}

// hurry ends the share of every program: the budget is over.
func (d *shutdown) hurry(now time.Time) {
	for u := range d.told {
		d.told[u] = now
	}
	d.graph = nil // so that next begins with the new shares and the new deadline
}

// end is called where nothing is to stop, or not any more.
func (d *shutdown) end() { d.stop, d.graph, d.told = nil, nil, nil }

// stopPrograms tells the programs to stop whose turn has come, as long as the container's
// phase wants that. Those of one phase stop side by side.
func (s *Supervisor) stopPrograms(now time.Time) {
	switch {
	case !s.state.Stops():
		s.shutdown.end()
		return
	case s.waitsForWork(now):
		return
	}
	for {
		orders := s.shutdown.next(&s.registry, s.state.Deadline, now)
		if orders == nil {
			return
		}
		for _, o := range orders {
			s.apply(o.unit, now, program.Event{Kind: program.Stop, By: o.by, Limit: s.state.Deadline})
		}
	}
}
