package check

import (
	"slices"
	"time"

	"entrypoint/config"
	"entrypoint/supervisor/owner"
)

// lookTime is how long a helper process may take to look at descriptors.
const lookTime = 5 * time.Second

// maxSearches is how often in a row the search for the owner of a socket may fail, on a busy
// machine, before it counts as the program's: where we can never look, the program must not
// be unready for ever.
const maxSearches = 3

// findOwner answers nil if the socket that has answered a probe is the program's, or if
// that cannot be known, and else with a foreignError that says who has it.
func (r *Prober) findOwner(of Process, p *config.Probe, answer func(error, time.Time)) {
	q := owner.Question{Address: addressOf(p), PID: of.PID, Group: of.Group}
	for _, pid := range r.host.Started() {
		if pid != of.PID {
			q.Others = append(q.Others, pid)
		}
	}
	own := r.own[of.Name][q.Address]
	go func() {
		a := &owner.Answer{}
		err := r.files.Run("look for who listens", func() {
			a.Sockets = owner.Listening(q.Address)
			if slices.ContainsFunc(a.Sockets, func(socket string) bool { return slices.Contains(own, socket) }) {
				a.Whose = owner.Ours
				return
			}
			*a = owner.Ask(q)
		})
		r.host.Post(func() { r.found(of, p, q.Address, a, err, time.Now(), answer) })
	}()
}

// found takes what is known of a socket, in the loop; err is why the search has failed. Where
// the program's processes do not show to us what they hold, a helper process of their user
// looks.
func (r *Prober) found(of Process, p *config.Probe, at owner.Address, a *owner.Answer, err error, now time.Time, answer func(error, time.Time)) {
	switch {
	case !r.goesOn(of):
		answer(nil, now) // nobody wants to know any more
	case err != nil:
		answer(r.failed(of.Name, err), now)
	case a.Whose != owner.Hidden:
		answer(r.decide(of, p, at, a), now)
	default:
		r.host.Look(a.UID, a.GID, append([]string{"ctl", "holds"}, a.Args()...), lookTime, now, func(err error, lines []string) {
			now := time.Now()
			if err != nil && r.host.TryAgain(of.Name, err, now) {
				answer(unaskedError{err}, now)
				return
			}
			a.Looked(lines)
			r.found(of, p, at, a, err, now, answer)
		})
	}
}

// failed is the answer of a probe when the search for the owner of its socket has failed.
func (r *Prober) failed(name string, err error) error {
	if r.failures == nil {
		r.failures = map[string]int{}
	}
	if r.failures[name]++; r.failures[name] < maxSearches {
		return unaskedError{err}
	}
	return nil
}

// decide makes the answer of a probe from what is known of its socket.
func (r *Prober) decide(of Process, p *config.Probe, at owner.Address, a *owner.Answer) error {
	delete(r.failures, of.Name)
	switch a.Whose {
	case owner.Ours:
		r.remember(of.Name, at, a.Sockets)
	case owner.Theirs:
		a.Holder.Sockets = a.Sockets
		by := r.host.Named(a.Holder)
		if by == "" {
			by = "another process"
		}
		return foreignError{p.Where() + " is held by " + by}
	}
	return nil
}

func (r *Prober) remember(name string, at owner.Address, sockets []string) {
	if r.own == nil {
		r.own = map[string]map[owner.Address][]string{}
	}
	if r.own[name] == nil {
		r.own[name] = map[owner.Address][]string{}
	}
	r.own[name][at] = sockets
}

// Holds says whether one of some sockets has turned out to be held by the process of a
// program.
func (r *Prober) Holds(name string, sockets []string) bool {
	for _, own := range r.own[name] {
		if slices.ContainsFunc(own, func(socket string) bool { return slices.Contains(sockets, socket) }) {
			return true
		}
	}
	return false
}

// addressOf is what a probe connects to; the zero Address: to nothing.
func addressOf(p *config.Probe) (a owner.Address) {
	switch p.Network() {
	case "unix":
		a.Path = p.Address
	case "tcp":
		ip, port := p.TCP()
		a.IP, a.Port = string(ip), port
	}
	return a
}
