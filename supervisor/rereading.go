package supervisor

import (
	"errors"

	"entrypoint/config"
	"entrypoint/supervisor/control"
)

var errStopping = errors.New("the container is stopping")

// changed answers a request that was about the configuration.
func (c *caller) changed(done changes, groups [3][]string, err error) {
	switch {
	case errors.Is(err, errStopping):
		c.fail(control.ShuttingDown, err.Error())
	case err != nil:
		c.fail(control.BadConfig, err.Error())
	default:
		some := func(names []string) []string { return append([]string{}, names...) } // [] and not null in JSON
		c.reply(control.Answer{Changes: &control.Changes{
			Added: some(done.added), Changed: some(done.changed), Removed: some(done.removed),
			AddedGroups: some(groups[0]), ChangedGroups: some(groups[1]), RemovedGroups: some(groups[2]),
		}})
		c.done()
	}
}

// mayReload says whether the configuration can be read again, or answers why not.
func (s *Supervisor) mayReload(c *caller) bool {
	switch {
	case s.state.Final():
		c.changed(changes{}, [3][]string{}, errStopping)
	case s.Load == nil:
		c.changed(changes{}, [3][]string{}, errors.New("there is no configuration to read again"))
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
		var groups [3][]string
		if err == nil {
			d := s.compare(cfg)
			would = d.names()
			groups[0], groups[1], groups[2] = s.groupsOf(d, cfg)
			s.lastRead = cfg
		}
		c.changed(would, groups, err)
	})
}
