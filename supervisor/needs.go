package supervisor

import (
	"errors"

	"entrypoint/config"
	"entrypoint/supervisor/program"
)

// need is a program that another one waits for.
type need struct {
	*unit
	until config.Until
}

// met says whether the program is as far as it has to be. Work that is done is.
func (n need) met() bool {
	done := n.State == program.Exited && n.Expected()
	switch n.until {
	case config.UntilStarted:
		return n.isUp() || done
	case config.UntilExited:
		return done
	}
	return n.ready || done
}

// failure says why the program will not come that far by itself; nil: it may.
func (n need) failure() error {
	if n.met() || live(n.unit) {
		return nil
	}
	if n.wanted {
		if n.blocked() {
			return errors.New(n.waitsFor())
		}
		return nil
	}
	switch n.State {
	case program.Fatal, program.Exited:
		text := "has failed: " + n.ending()
		if n.spawnErr != "" {
			text = "has failed: " + n.refusal()
		}
		return errors.New(text)
	case program.Stopped:
		if n.starts > 0 {
			return errors.New("is stopped")
		}
		return errors.New("is not started")
	}
	return nil
}

// unmet is the first of what u depends on that is not as far as it has to be; a
// failed one before others.
func (u *unit) unmet() (first *need) {
	for i := range u.needs {
		n := &u.needs[i]
		switch {
		case n.met():
		case n.failure() != nil:
			return n
		case first == nil:
			first = n
		}
	}
	return first
}

// needsReady says whether everything that u depends on is as far as it has to be.
func (u *unit) needsReady() bool { return u.unmet() == nil }

// blocked says whether u waits for a program that will not come that far by itself.
func (u *unit) blocked() bool {
	n := u.unmet()
	return n != nil && n.failure() != nil
}

// waitsFor says in words what u waits for.
func (u *unit) waitsFor() string {
	n := u.unmet()
	if n == nil {
		return "waits for its turn"
	}
	text := "waits for " + n.name
	if err := n.failure(); err != nil {
		return text + ", which " + err.Error()
	}
	switch n.until {
	case config.UntilExited:
		return text + " to end"
	case config.UntilStarted:
		return text + " to be started"
	}
	return text + " to be ready"
}

// tellDependents names u to those that wait for it, when it has failed, and lets
// those know who wait for their start.
func (s *Supervisor) tellDependents(u *unit) {
	for _, other := range u.neededBy {
		if !other.wanted {
			continue
		}
		for _, n := range other.needs {
			if n.unit != u {
				continue
			}
			if err := n.failure(); err != nil {
				s.Log(other.name + ": not started, because " + u.name + ", which it depends on, " + err.Error())
				other.tellWaiters()
				s.tellDependents(other)
			}
		}
	}
}
