package supervisor

import (
	"entrypoint/config"
	"entrypoint/supervisor/deps"
	"entrypoint/supervisor/program"
)

// view shows the units to the graph of dependencies.
type view struct{ units []*unit }

// Met says whether a program is as far as it has to be. A program whose work is done
// is, however far it should be.
func (v view) Met(n deps.Need) bool {
	u := v.units[n.Program]
	done := u.State == program.Exited && u.Expected()
	switch n.Until {
	case config.UntilStarted:
		return u.isUp() || done
	case config.UntilExited:
		return done
	}
	return u.Ready || done
}

// State is how far a program is that is not as far as it has to be.
func (v view) State(i int) deps.State {
	switch u := v.units[i]; {
	case live(u), u.State == program.Unknown:
		return deps.Coming
	case u.Desired() == program.Up:
		return deps.Waiting
	}
	return deps.Failed
}

// failed says why a program that is at rest will not come by itself.
func (u *unit) failed() string {
	switch {
	case u.State == program.Stopped && u.starts > 0:
		return "is stopped"
	case u.State == program.Stopped:
		return "is not started"
	case u.spawnErr != "":
		return "has failed: " + u.sentence.text
	}
	return "has failed: " + u.ending()
}

// needsReady says whether everything that u depends on is as far as it has to be.
func (s *Supervisor) needsReady(u *unit) bool { return s.graph.Ready(u.node, view{s.nodes}) }

// waitsFor says in words what u waits for, and whether that has failed.
func (s *Supervisor) waitsFor(u *unit) (text string, failed bool) {
	wait, waits := s.graph.Wait(u.node, view{s.nodes})
	if !waits {
		return "waits for its turn", false
	}
	text = "waits for " + s.nodes[wait.For.Program].name
	if n := len(wait.Failed); n > 0 {
		for _, i := range wait.Failed[1:] {
			text += ", which waits for " + s.nodes[i].name
		}
		return text + ", which " + s.nodes[wait.Failed[n-1]].failed(), true
	}
	switch wait.For.Until {
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
	v := view{s.nodes}
	if len(s.graph.NeededBy(u.node)) == 0 || v.State(u.node) != deps.Failed {
		return
	}
	why := map[int]string{u.node: u.failed()} // of each program that the failure has reached
	for _, b := range s.graph.Blocked(u.node, v) {
		from, other := s.nodes[b.From], s.nodes[b.Program]
		s.Log(other.name + ": not started, because " + from.name + ", which it depends on, " + why[b.From])
		why[b.Program] = "waits for " + from.name + ", which " + why[b.From]
		other.tellWaiters()
	}
}
