package program

// Change is one change of state as supervisord's events and clients see it.
type Change struct{ From, To State }

// Public is the state as supervisord would have it: while what a dead program
// has left behind is being ended, the program has EXITED there already, or is in
// BACKOFF.
func (p *Program) Public() State {
	switch {
	case p.State != Stopping || p.StopRequested:
		return p.State
	case p.Early:
		return Backoff
	}
	return Exited
}

// Changes are the changes of state from one value of a program to the next, in
// order. One step may pass through a state: a program that is started again at
// once has EXITED before, one that is given up was in BACKOFF.
func Changes(before, after *Program) []Change {
	from, to := before.Public(), after.Public()
	switch {
	case from == to:
		return nil
	case from == Running && (to == Starting || to == Backoff):
		return []Change{{from, Exited}, {Exited, to}}
	case from == Running && to == Fatal:
		return []Change{{from, Exited}, {Exited, Backoff}, {Backoff, to}}
	case (from == Starting || from == Exited) && to == Fatal:
		return []Change{{from, Backoff}, {Backoff, to}}
	case from == Stopping && (to == Starting || to == Backoff):
		return []Change{{from, Stopped}, {Stopped, to}}
	}
	return []Change{{from, to}}
}
