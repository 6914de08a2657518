package ctl

import (
	"slices"
	"strings"

	"entrypoint/supervisor/control"
)

// groups are the names of the groups that a reload touches. A group of which
// only some programs are new or gone has changed.
type groups struct{ added, changed, removed []string }

// compare asks for the changes: of "reread", what would be, of "reload", what was.
func (s *shell) compare(do string) (g groups, err error) {
	err = s.ask(control.Request{Do: do, Wait: do == "reload"}, func(a control.Answer) error {
		if a.Changes != nil {
			g = groupsOf(a.Changes)
		}
		return nil
	})
	return g, err
}

func groupsOf(changes *control.Changes) groups {
	const added, changed, removed = 1, 2, 3
	kinds := map[string]int{}
	for kind, names := range [...][]string{added: changes.Added, changed: changes.Changed, removed: changes.Removed} {
		for _, name := range names {
			group, _, _ := strings.Cut(name, ":")
			if before := kinds[group]; before != 0 && before != kind {
				kind = changed
			}
			kinds[group] = kind
		}
	}
	var lists [4][]string
	for group, kind := range kinds {
		lists[kind] = append(lists[kind], group)
	}
	for _, list := range lists {
		slices.Sort(list)
	}
	return groups{lists[added], lists[changed], lists[removed]}
}

func (s *shell) rereadConfig([]string) error {
	g, err := s.compare("reread")
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
	lines := slices.Concat(suffixed(g.added, ": available"), suffixed(g.changed, ": changed"), suffixed(g.removed, ": disappeared"))
	slices.Sort(lines)
	for _, line := range lines {
		s.print(line)
	}
	if len(lines) == 0 {
		s.print("No config updates to processes")
	}
	return nil
}

func suffixed(names []string, suffix string) (lines []string) {
	for _, name := range names {
		lines = append(lines, name+suffix)
	}
	return lines
}

// update carries the configuration out. The protocol reloads all or nothing: of
// some groups only it is done when no other one has changed.
func (s *shell) update(names []string) error {
	if len(names) > 0 && !slices.Contains(names, "all") {
		g, err := s.compare("reread")
		if err != nil {
			return s.refusedUpdate(err)
		}
		some, err := s.knownGroups(names, g)
		if err != nil || !s.onlyThese(some, g, slices.Concat(g.added, g.changed, g.removed)) {
			return err
		}
	}
	g, err := s.compare("reload")
	if err != nil {
		return s.refusedUpdate(err)
	}
	for _, name := range g.removed {
		s.print(name + ": stopped")
		s.print(name + ": removed process group")
	}
	for _, name := range g.changed {
		s.print(name + ": stopped")
		s.print(name + ": updated process group")
	}
	for _, name := range g.added {
		s.print(name + ": added process group")
	}
	return nil
}

func (s *shell) refusedUpdate(err error) error {
	if refused, ok := err.(*control.Error); ok && refused.Code == control.ShuttingDown {
		s.fail(codeFailed, "ERROR: already shutting down")
		return nil
	}
	return err
}

// knownGroups are those of the names that there are, now or after a reload.
func (s *shell) knownGroups(names []string, g groups) (known []string, err error) {
	list, err := s.all()
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		isKnown := slices.Contains(g.added, name) ||
			slices.ContainsFunc(list, func(p control.Program) bool { return p.Group == name })
		if !isKnown {
			s.fail(codeFailed, "ERROR: no such group: "+name)
			continue
		}
		known = append(known, name)
	}
	return known, nil
}

// onlyThese says whether there is something to do for the names, and nothing for
// others, which a reload would do too.
func (s *shell) onlyThese(names []string, g groups, touched []string) bool {
	var others []string
	mine := false
	for _, group := range slices.Concat(g.added, g.changed, g.removed) {
		switch {
		case !slices.Contains(names, group):
			others = append(others, group)
		case slices.Contains(touched, group):
			mine = true
		}
	}
	if !mine {
		return false
	}
	if len(others) > 0 {
		s.fail(codeFailed, "ERROR: the configuration of others has changed too: "+strings.Join(others, ", ")+"; use update")
		return false
	}
	return true
}

// add starts groups that are new in the configuration.
func (s *shell) add(names []string) error {
	g, err := s.compare("reread")
	if err != nil {
		return s.refusedAdd(err)
	}
	list, err := s.all()
	if err != nil {
		return s.refusedAdd(err)
	}
	var fresh []string
	for _, name := range names {
		switch {
		case slices.Contains(g.added, name):
			fresh = append(fresh, name)
		case slices.ContainsFunc(list, func(p control.Program) bool { return p.Group == name }):
			s.print("ERROR: process group already active")
		default:
			s.fail(codeFailed, "ERROR: no such process/group: "+name)
		}
	}
	if !s.onlyThese(fresh, g, g.added) {
		return nil
	}
	done, err := s.compare("reload")
	if err != nil {
		return s.refusedAdd(err)
	}
	for _, name := range done.added {
		s.print(name + ": added process group")
	}
	return nil
}

func (s *shell) refusedAdd(err error) error {
	if refused, ok := err.(*control.Error); ok && refused.Code == control.ShuttingDown {
		s.fail(codeFailed, "ERROR: shutting down")
		return nil
	}
	return err
}

// remove forgets groups that are stopped and not in the configuration any more.
// Others cannot be forgotten: what runs is what the configuration says.
func (s *shell) remove(names []string) error {
	g, err := s.compare("reread")
	if err != nil {
		return err
	}
	list, err := s.all()
	if err != nil {
		return err
	}
	var gone []string
	for _, name := range names {
		exists, runs := false, false
		for i := range list {
			if list[i].Group == name {
				exists = true
				runs = runs || !down(list[i].State)
			}
		}
		switch {
		case !exists:
			s.fail(codeFailed, "ERROR: no such process/group: "+name)
		case runs:
			s.fail(codeFailed, "ERROR: process/group still running: "+name)
		case !slices.Contains(g.removed, name):
			s.fail(codeFailed, "ERROR: process/group still in the configuration: "+name)
		default:
			gone = append(gone, name)
		}
	}
	if !s.onlyThese(gone, g, g.removed) {
		return nil
	}
	done, err := s.compare("reload")
	if err != nil {
		return err
	}
	for _, name := range done.removed {
		s.print(name + ": removed process group")
	}
	return nil
}

// avail lists the programs with what the protocol knows of them.
func (s *shell) avail([]string) error {
	s.fail(codeUnimplemented, "ERROR: avail is not there yet: the control protocol has no request for it")
	return nil
}

// shutDown ends everything, after a question in the interactive shell.
func (s *shell) shutDown([]string) error {
	if !s.really("Really shut the remote supervisord process down y/N? ") {
		return nil
	}
	err := s.ask(control.Request{Do: "shutdown"}, func(control.Answer) error { return nil })
	if refused, ok := err.(*control.Error); ok && refused.Code == control.ShuttingDown {
		s.print("ERROR: already shutting down")
		return nil
	}
	if err == nil {
		s.print("Shut down")
	}
	return err
}

// restartAll is supervisorctl's reload: the configuration is read again. As after
// SIGHUP, what has not changed goes on running.
func (s *shell) restartAll([]string) error {
	if !s.really("Really restart the remote supervisord process y/N? ") {
		return nil
	}
	if _, err := s.compare("reload"); err != nil {
		return s.refusedUpdate(err)
	}
	s.print("Restarted supervisord")
	return nil
}

// really asks a question in the interactive shell.
func (s *shell) really(question string) bool {
	if !s.interactive {
		return true
	}
	_, _ = s.out.WriteString(question)
	_ = s.out.Flush()
	answer, _ := s.lines.ReadString('\n')
	return strings.HasPrefix(strings.ToLower(answer), "y")
}
