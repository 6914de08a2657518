package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// What the prelude of the benchmark has to do.
const (
	preludeSecrets   = 20
	preludeTemplates = 5
	preludeOwner     = 4321
)

// benchPrelude measures the start to the first instruction of the command of debug mode, or
// of the program in production mode: with a prelude that has nothing to do, against an
// earlier build (-before), and, in debug mode, which has the same prelude, with one that has
// much to do, against find(1), which looks at the same files for those of another owner. The
// mark of the walk is taken away before each start, so that each one walks.
func benchPrelude(r *rig) ([]row, error) {
	holders := r.holders(1) // which debug mode does not start
	empty, err := r.ours("ours", "", holders)
	if err != nil {
		return nil, err
	}
	empty.argv = append(empty.argv, "-d", "--", r.helper("child"))
	times := results{}
	if r.before != "" {
		old := newContestant(before, "", append([]string{r.before}, empty.argv[1:]...)...)
		if err := r.starts(times, r.runs, []*contestant{empty, old}, func() error { return nil }); err != nil {
			return nil, err
		}
		debug := metric{"start, debug mode, empty prelude", milliseconds, times[empty]}.holdTo(regressionBar, old, times, "")
		production, err := r.productionStart()
		return []row{debug, production}, err
	}

	dir, err := r.emptyDir()
	if err != nil {
		return nil, err
	}
	tree := filepath.Join(dir, "tree")
	if err := r.owned(tree); err != nil {
		return nil, err
	}
	keys, err := preludeKeys(dir)
	if err != nil {
		return nil, err
	}
	full, err := r.ours("ours", keys+fmt.Sprintf("own = %s:%d\n", tree, preludeOwner), holders)
	if err != nil {
		return nil, err
	}
	full.argv = append(full.argv, "-d", "--", r.helper("child"))
	for i := range preludeSecrets {
		full.argv = append([]string{"/usr/bin/env", fmt.Sprintf("SECRET%d_FILE=%s/secret%d", i, dir, i)}, full.argv...)
	}
	find := newContestant("find ! -user", "findutils", "/bin/sh", "-c", fmt.Sprintf("find %s ! -user %d; exec %s", tree, preludeOwner, r.helper("child")))
	unmark := func() error { // a file system may have no such attributes, and then no mark
		_ = unix.Removexattr(tree, "user.entry-point.own")
		return nil
	}
	if err := r.starts(times, max(5, r.runs/10), []*contestant{full, find}, unmark); err != nil {
		return nil, err
	}
	name := fmt.Sprintf("start with %d secrets, %d templates, %d files of the right owner", preludeSecrets, preludeTemplates, 100*r.many)
	return []row{metric{name, milliseconds, times[full]}.holdTo(1.3, find, times, "")}, nil
}

// productionStart compares the start of production mode with one program.
func (r *rig) productionStart() (row, error) {
	m, err := r.newMass(1, "hold", "")
	if err != nil {
		return row{}, err
	}
	defer m.reports.Close()
	times := results{}
	err = rounds(warmupRounds, r.runs, m.all(), func(c *contestant, counts bool) error {
		p, first, err := m.start(c)
		if err != nil {
			return err
		}
		if counts {
			times.add(c, float64(first-p.started))
		}
		p.kill()
		return nil
	})
	return metric{"start, production mode, empty prelude", milliseconds, times[m.ours]}.holdTo(regressionBar, m.peers[0], times, ""), err
}

// starts measures how long each takes to the first instruction of its program; ready is
// called before each start.
func (r *rig) starts(times results, runs int, all []*contestant, ready func() error) error {
	return rounds(warmupRounds, runs, all, func(c *contestant, counts bool) error {
		dir, err := r.emptyDir()
		if err != nil {
			return err
		}
		defer os.RemoveAll(dir)
		if err := ready(); err != nil {
			return err
		}
		t, err := r.startTime(dir, c.argv)
		if counts && err == nil {
			times.add(c, t)
		}
		return err
	})
}

// owned makes a tree of files of the right owner.
func (r *rig) owned(tree string) error {
	for i := range r.many {
		dir := filepath.Join(tree, fmt.Sprint(i/100), fmt.Sprint(i))
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
		for j := range 99 {
			if err := os.WriteFile(filepath.Join(dir, fmt.Sprint(j)), nil, 0o644); err != nil {
				return err
			}
		}
	}
	return filepath.WalkDir(tree, func(path string, _ os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Lchown(path, preludeOwner, preludeOwner)
	})
}

// preludeKeys writes secrets and templates, and returns the keys of [entrypoint] for them.
func preludeKeys(dir string) (keys string, err error) {
	var names, templates []string
	write := func(name, text string) {
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644)
		}
	}
	for i := range preludeSecrets {
		names = append(names, fmt.Sprintf("SECRET%d", i))
		write(fmt.Sprintf("secret%d", i), "secret of the benchmark\n")
	}
	for i := range preludeTemplates {
		source := fmt.Sprintf("template%d", i)
		write(source, strings.Repeat("line with ${SECRET1} and $host\n", 100))
		templates = append(templates, fmt.Sprintf("%s/%s -> %s/made%d", dir, source, dir, i))
	}
	return "secrets = " + strings.Join(names, ", ") + "\ntemplate = " + strings.Join(templates, ", ") + "\n", err
}
