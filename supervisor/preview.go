package supervisor

import (
	"errors"

	"entrypoint/supervisor/control"
)

// tellChanges answers a request that was about the configuration.
func (c *caller) tellChanges(done changes, err error) {
	if err != nil {
		c.refused(err)
		return
	}
	some := func(names []string) []string { return append([]string{}, names...) } // [] and not null in JSON
	c.reply(control.Answer{Changes: &control.Changes{
		Added: some(done.added), Changed: some(done.changed), Removed: some(done.removed),
		AddedGroups: some(done.addedGroups), ChangedGroups: some(done.changedGroups), RemovedGroups: some(done.removedGroups),
	}})
	c.done()
}

// tellRestart answers a request to restart everything.
func (c *caller) tellRestart(err error) {
	if err != nil {
		c.refused(err)
		return
	}
	c.done()
}

// refused answers that the configuration could not be read, or is bad.
func (c *caller) refused(err error) {
	if errors.Is(err, errStopping) || errors.Is(err, errRestarting) {
		c.fail(control.ShuttingDown, err.Error())
		return
	}
	c.fail(control.BadConfig, err.Error())
}
