package setup

import (
	"path/filepath"

	"entrypoint/supervisor/safefile"
)

// A tool that installs what a manifest declares leaves a lock file where there was
// none, and the next start would take that for a declaration of the user's: npm ci, which
// refuses a manifest that has changed, in the place of npm install. So what our runs have
// made is written down, before a run for that may be killed, and declares nothing, as
// long as it is as the run has left it.

// ours says whether a file was made by a run of ours, and is as that run has left it.
func (r *record) ours(dir, name string) bool {
	hash, own := r.own[name]
	if !own || hash == "" {
		return own
	}
	now, err := digest(filepath.Join(dir, name))
	return err == nil && now == hash
}

// claim notes which files a run is going to make, of those that it makes where they are
// not there.
func (s *setup) claim(names []string) {
	changed := false
	for _, name := range names {
		_, own := s.record.own[name]
		switch is := there(filepath.Join(s.Dir, name)); {
		case !is && s.record.own[name] == "" && own:
		case !is:
			s.record.own[name], changed = "", true
		case own && !s.record.ours(s.Dir, name):
			delete(s.record.own, name) // somebody has changed it since then: it is theirs
			changed = true
		}
	}
	if changed {
		s.save()
	}
}

// settle notes what a run has left of them. The next save writes it.
func (s *setup) settle(names []string) {
	for _, name := range names {
		if _, own := s.record.own[name]; !own {
			continue
		}
		hash, err := digest(filepath.Join(s.Dir, name))
		switch {
		case err != nil:
		case hash == "":
			delete(s.record.own, name)
		default:
			s.record.own[name] = hash
		}
	}
}

// unclaim is settle and save for a run that has failed. A record that has nothing to say
// is no record of a first start.
func (s *setup) unclaim(names []string) {
	if len(names) == 0 {
		return
	}
	s.settle(names)
	if len(s.record.own) > 0 || len(s.record.steps) > 0 || !s.record.complete.IsZero() {
		s.save()
		return
	}
	_ = safefile.Remove(filepath.Join(s.Dir, marker))
}

// builds are the directories that an installation of the packages in local directories
// makes there: build, from which setuptools takes again what has gone from the source
// since then. An editable package may need its own.
func (p *python) builds() (names []string) {
	for _, file := range p.inputs() {
		for _, r := range readRequirements(p.system.dir, file) {
			if r.local != "" && !r.editable {
				names = append(names, filepath.Join(r.local, "build"))
			}
		}
	}
	return names
}

// sweepBuilds removes those that a run of ours has made. Somebody else may be able to
// write there: it goes by a descriptor, so that no link leads elsewhere.
func (a *attempt) sweepBuilds(names []string) {
	for _, name := range names {
		if _, own := a.record.own[name]; !own {
			continue
		}
		delete(a.record.own, name)
		path := name
		if !filepath.IsAbs(path) {
			path = filepath.Join(a.Dir, path)
		}
		d, err := safefile.OpenDir(filepath.Dir(path))
		if err != nil {
			continue
		}
		_ = d.RemoveAll(filepath.Base(path))
		d.Close()
	}
}
