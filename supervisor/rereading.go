package supervisor

import (
	"errors"

	"entrypoint/config"
	"entrypoint/supervisor/control"
)

var errStopping = errors.New("the container is stopping")

// changed answers a request that was about the configuration.
func (c *caller) changed(done changes, err error) {
	switch {
	case errors.Is(err, errStopping):
		c.fail(control.ShuttingDown, err.Error())
	case err != nil:
		c.fail(control.BadConfig, err.Error())
	default:
		some := func(names []string) []string { return append([]string{}, names...) } // [] and not null in JSON
		c.reply(control.Answer{Changes: &control.Changes{Added: some(done.added), Changed: some(done.changed), Removed: some(done.removed)}})
		c.done()
	}
}

// mayReload says whether the configuration can be read again, or answers why not.
func (s *Supervisor) mayReload(c *caller) bool {
	switch {
	case s.stopping:
		c.changed(changes{}, errStopping)
	case s.Load == nil:
		c.changed(changes{}, errors.New("there is no configuration to read again"))
	default:
		return true
	}
	return false
}

// reloadFor reloads on request, and answers with what that has changed.
func (s *Supervisor) reloadFor(c *caller) {
	if s.mayReload(c) {
		s.askedReload = append(s.askedReload, c)
		s.reload()
	}
}

// reread answers with what a reload would change.
func (s *Supervisor) reread(c *caller) {
	if !s.mayReload(c) {
		return
	}
	s.read(func(cfg *config.Config, err error) {
		var would changes
		if err == nil {
			would = s.differences(cfg)
		}
		c.changed(would, err)
	})
}

// differences are what a reload of cfg would touch.
func (s *Supervisor) differences(cfg *config.Config) (would changes) {
	kept := map[string]bool{}
	for _, p := range cfg.Programs {
		name := p.FullName()
		kept[name] = true
		switch u := s.byName[name]; {
		case u == nil || u.removed:
			would.added = append(would.added, name)
		case !u.latest().Same(p):
			would.changed = append(would.changed, name)
		}
	}
	for _, u := range s.units {
		if !kept[u.name] && !u.removed {
			would.removed = append(would.removed, u.name)
		}
	}
	return would
}
