package ctl

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"entrypoint/supervisor/control"
)

// compare asks what the configuration has that differs from what is there.
func (s *shell) compare() (c control.Changes, err error) {
	err = s.ask(&control.Request{Do: control.DoReread}, func(a *control.Answer) error {
		if a.Changes != nil {
			c = *a.Changes
		}
		return nil
	})
	return c, err
}

func (s *shell) rereadConfig([]string) error {
	c, err := s.compare()
	if refused, ok := err.(*control.Error); ok {
		switch refused.Code {
		case control.ShuttingDown:
			s.fail(codeFailed, "ERROR: supervisor shutting down")
			return nil
		case control.BadConfig:
			s.fail(codeFailed, "ERROR: CANT_REREAD: "+refused.Message)
			return nil
		}
	}
	if err != nil {
		return err
	}
	lines := slices.Concat(suffixed(c.AddedGroups, ": available"), suffixed(c.ChangedGroups, ": changed"), suffixed(c.RemovedGroups, ": disappeared"))
	slices.Sort(lines)
	for _, line := range lines {
		s.print(line)
	}
	if len(lines) == 0 {
		s.print("No config updates to processes")
	}
	return nil
}

// shuttingDown says whether a request was refused because the container ends.
func shuttingDown(err error) bool {
	refused, ok := err.(*control.Error)
	return ok && refused.Code == control.ShuttingDown
}

func suffixed(names []string, suffix string) (lines []string) {
	for _, name := range names {
		lines = append(lines, name+suffix)
	}
	return lines
}

// update carries the configuration out, group by group.
func (s *shell) update(names []string) error {
	c, err := s.compare()
	if shuttingDown(err) {
		s.fail(codeFailed, "ERROR: already shutting down")
		return nil
	}
	if err != nil {
		return err
	}
	if slices.Contains(names, "all") {
		names = nil
	}
	if err := s.checkGroups(names, c.AddedGroups); err != nil {
		return err
	}
	for _, change := range [...]struct {
		groups      []string
		stop, start bool
		done        string
	}{
		{c.RemovedGroups, true, false, ": removed process group"},
		{c.ChangedGroups, true, true, ": updated process group"},
		{c.AddedGroups, false, true, ": added process group"},
	} {
		for _, name := range change.groups {
			if len(names) > 0 && !slices.Contains(names, name) {
				continue
			}
			if err := s.exchange(name, change.stop, change.start, change.done); err != nil {
				return err
			}
			_ = s.out.Flush() // the next one may take its time
		}
	}
	return nil
}

// exchange stops and forgets a group, or starts one of the configuration, or both.
func (s *shell) exchange(name string, stop, start bool, done string) error {
	if stop {
		stuck := false
		err := s.ask(&control.Request{Do: control.DoStop, Names: []string{name + ":*"}, Wait: true}, func(a *control.Answer) error {
			stuck = stuck || a.Result != nil && a.Result.Status == control.Failed
			return nil
		})
		if err != nil {
			return err
		}
		s.print(name + ": stopped")
		if stuck {
			s.fail(codeFailed, name+": has problems; not removing")
			return nil
		}
		if _, err := s.onGroup(control.DoRemove, name); err != nil {
			return err
		}
	}
	if start {
		if _, err := s.onGroup(control.DoAdd, name); err != nil {
			return err
		}
	}
	s.print(name + done)
	return nil
}

// onGroup adds or removes a group, and returns what became of it.
func (s *shell) onGroup(do control.Operation, name string) (status string, err error) {
	err = s.ask(&control.Request{Do: do, Names: []string{name}}, func(a *control.Answer) error {
		if a.Result != nil {
			status = a.Result.Status
		}
		return nil
	})
	return status, err
}

// checkGroups names those that there are not, now or in the configuration.
func (s *shell) checkGroups(names, added []string) error {
	if len(names) == 0 {
		return nil
	}
	list, err := s.all()
	if err != nil {
		return err
	}
	for _, name := range names {
		if !slices.Contains(added, name) && !slices.ContainsFunc(list, func(p *control.Program) bool { return p.Group == name }) {
			s.fail(codeFailed, "ERROR: no such group: "+name)
		}
	}
	return nil
}

// add starts groups of the configuration that was read last.
func (s *shell) add(names []string) error {
	for _, name := range names {
		status, err := s.onGroup(control.DoAdd, name)
		if shuttingDown(err) {
			s.fail(codeFailed, "ERROR: shutting down")
			continue
		}
		switch {
		case err != nil:
			return err
		case status == control.OK:
			s.print(name + ": added process group")
		case status == control.AlreadyAdded:
			s.print("ERROR: process group already active")
		default:
			s.fail(codeFailed, "ERROR: no such process/group: "+name)
		}
	}
	return nil
}

// remove forgets groups that have stopped.
func (s *shell) remove(names []string) error {
	for _, name := range names {
		status, err := s.onGroup(control.DoRemove, name)
		switch {
		case err != nil:
			return err
		case status == control.OK:
			s.print(name + ": removed process group")
		case status == control.StillRunning:
			s.fail(codeFailed, "ERROR: process/group still running: "+name)
		default:
			s.fail(codeFailed, "ERROR: no such process/group: "+name)
		}
	}
	return nil
}

// avail lists the programs of the configuration.
func (s *shell) avail([]string) error {
	var list []*control.Config
	err := s.ask(&control.Request{Do: control.DoConfig}, func(a *control.Answer) error {
		if a.Config != nil {
			list = append(list, a.Config)
		}
		return nil
	})
	if err != nil {
		return err
	}
	slices.SortStableFunc(list, func(a, b *control.Config) int { return cmp.Compare(a.Name, b.Name) })
	for _, c := range list {
		use, start := "avail", "manual"
		if c.InUse {
			use = "in use"
		}
		if c.Autostart {
			start = "auto"
		}
		s.print(padded(c.FullName, 32) + " " + padded(use, 9) + " " + padded(start, 9) + " " +
			strconv.Itoa(c.GroupPriority) + ":" + strconv.Itoa(c.Priority))
	}
	return nil
}

func padded(text string, width int) string {
	return text + strings.Repeat(" ", max(0, width-len(text)))
}

// shutDown ends everything, after a question in the interactive shell.
func (s *shell) shutDown([]string) error {
	if !s.really("Really shut the remote supervisord process down y/N? ") {
		return nil
	}
	err := s.ask(&control.Request{Do: control.DoShutdown}, func(*control.Answer) error { return nil })
	if shuttingDown(err) {
		s.print("ERROR: already shutting down")
		return nil
	}
	if err == nil {
		s.print("Shut down")
	}
	return err
}

// restartAll is supervisorctl's reload: everything stops, the configuration is read
// again, and everything starts anew.
func (s *shell) restartAll([]string) error {
	if !s.really("Really restart the remote supervisord process y/N? ") {
		return nil
	}
	err := s.ask(&control.Request{Do: control.DoRenew}, func(*control.Answer) error { return nil })
	if shuttingDown(err) {
		s.fail(codeFailed, "ERROR: already shutting down")
		return nil
	}
	if err == nil {
		s.print("Restarted supervisord")
	}
	return err
}

// really asks a question in the interactive shell.
func (s *shell) really(question string) bool {
	if !s.interactive {
		return true
	}
	answer, _ := s.prompt.readLine(s.out, question)
	return strings.HasPrefix(strings.ToLower(answer), "y")
}
