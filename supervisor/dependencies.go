package supervisor

import (
	"time"

	"entrypoint/config"
	"entrypoint/supervisor/control"
	"entrypoint/supervisor/deps"
	"entrypoint/supervisor/notice"
	"entrypoint/supervisor/program"
	"entrypoint/supervisor/request"
)

// progress shows the graph of dependencies how far the programs are, by their numbers.
type progress []*unit

// Met says whether a program is as far as a dependency wants it. Where its work is done,
// it is as far as anybody can want.
func (v progress) Met(n deps.Need) bool {
	u := v[n.Program]
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
func (v progress) State(i int) deps.State {
	switch u := v[i]; {
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
		return "has failed: " + u.diagnosis.Text
	}
	return "has failed: " + u.diagnosis.End(u.Program)
}

// needsReady says whether everything that u depends on is as far as it has to be.
func (r *registry) needsReady(u *unit) bool { return r.graph.Ready(u.node, progress(r.numbered)) }

// waitsFor says what u waits for.
func (r *registry) waitsFor(u *unit) request.Wait {
	wait, waits := r.graph.Wait(u.node, progress(r.numbered))
	if !waits {
		return request.Wait{Kind: control.WaitsTurn, For: "for its turn"}
	}
	name := r.numbered[wait.For.Program].name
	w := request.Wait{Kind: control.WaitsPrograms, For: "for " + name, Programs: []string{name}}
	if n := len(wait.Failed); n > 0 {
		for _, i := range wait.Failed[1:] {
			name = r.numbered[i].name
			w.For += ", which waits for " + name
			w.Programs = append(w.Programs, name)
		}
		w.For += ", which " + r.numbered[wait.Failed[n-1]].failed()
		w.Failed = true
		return w
	}
	switch wait.For.Until {
	case config.UntilExited:
		w.For += " to end"
	case config.UntilStarted:
		w.For += " to be started"
	default:
		w.For += " to be ready"
	}
	return w
}

// tellDependents names u to those that wait for it, also by way of others, when it
// has failed, and lets those know who wait for their start.
func (s *Supervisor) tellDependents(u *unit, now time.Time) {
	v := progress(s.numbered)
	if len(s.graph.NeededBy(u.node)) == 0 || v.State(u.node) != deps.Failed {
		return
	}
	why := map[int]string{u.node: u.failed()} // of each program that the failure has reached
	for _, b := range s.graph.Blocked(u.node, v) {
		from, other := s.numbered[b.From], s.numbered[b.Program]
		s.tell(other, now, notice.Blocked{By: from.name, Why: why[b.From]})
		why[b.Program] = "waits for " + from.name + ", which " + why[b.From]
		s.about.desk.Look(other.name)
	}
}
