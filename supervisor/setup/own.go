package setup

import (
	"path/filepath"

	"entrypoint/supervisor/safefile"
)

// A tool that installs what a manifest declares makes a lock file if there is none. The
// next start would take that file for the user's declaration, and run npm ci, which
// refuses a manifest that has changed, instead of npm install. So we record which files
// our runs make. We do that before the run, because it may be killed. Such a file does not
// count as a declaration as long as nobody else has changed it.

// ours says whether one of our runs has made a file that nobody has changed since.
func (r *record) ours(dir, name string) bool {
	hash, own := r.own[name]
	if !own || hash == "" {
		return own
	}
	now, err := digest(filepath.Join(dir, name))
	return err == nil && now == hash
}

// claim records which of these files a run is going to make: those that do not exist.
func (s *setup) claim(names []string) {
	changed := false
	for _, name := range names {
		_, own := s.record.own[name]
		switch is := there(filepath.Join(s.Dir, name)); {
		case !is && s.record.own[name] == "" && own:
		case !is:
			s.record.own[name], changed = "", true
		case own && !s.record.ours(s.Dir, name):
			delete(s.record.own, name) // somebody has changed it since: now it is a declaration
			changed = true
		}
	}
	if changed {
		s.save()
	}
}

// settle records the hashes of those files after a run. The next save writes them.
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

// unclaim is settle and save for a run that has failed. An empty record is not written: it
// would say that the first start is over.
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

// sweepBuilds removes the build directories that our runs have made. Others may be able
// to write there, so it works by a descriptor, and no link can lead it elsewhere.
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
