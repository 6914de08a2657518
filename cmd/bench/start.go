package main

import (
	"os"
	"strings"
)

// tutorialScript is the script that ours replaces, with its markers in the
// working directory, as in the tutorial's second version.
const tutorialScript = "examples/internal/baseline/entry-point.sh"

// benchStart measures the start overhead: from the execve of the init to the
// first instruction of the child.
//
// A first start has no markers and is told -d debug; a warm one finds the
// markers. Both end at the launch of python3 app/app.py, whose place the child
// helper takes. There is nothing to install.
func benchStart(r *rig) ([]row, error) {
	script, err := r.script()
	if err != nil {
		return nil, err
	}
	child := r.helper("child")
	ours := newContestant("ours", "", r.bin, child)
	oursWarm := newContestant("ours, debug mode, warm", "", r.bin)
	oursFirst := newContestant("ours, first start", "", r.bin, "-d", "debug")
	bashWarm := newContestant("bash script, warm", "bash", "/bin/bash", script)
	bashFirst := newContestant("bash script, first start", "bash", "/bin/bash", script, "-d", "debug")
	direct := newContestant("direct exec", "", child)
	peers := r.inits(child)
	all := append([]*contestant{ours, oursWarm, oursFirst, bashWarm, bashFirst, direct}, peers...)

	// The first start of each makes the markers of its warm ones.
	warmDirs := map[*contestant]string{}
	for warm, first := range map[*contestant]*contestant{oursWarm: oursFirst, bashWarm: bashFirst} {
		dir, err := r.emptyDir()
		if err != nil {
			return nil, err
		}
		if _, err := r.startTime(dir, first.argv); err != nil {
			return nil, err
		}
		warmDirs[warm] = dir
	}
	times := results{}
	err = rounds(warmupRounds, r.runs, all, func(c *contestant, counts bool) error {
		dir := warmDirs[c]
		if dir == "" {
			if dir, err = r.emptyDir(); err != nil {
				return err
			}
			defer os.RemoveAll(dir)
		}
		t, err := r.startTime(dir, c.argv)
		if counts && err == nil {
			times.add(c, t)
		}
		return err
	})
	if err != nil {
		return nil, err
	}

	launch := metric{"start, launch mode", milliseconds, times[ours]}
	rows := []row{launch.holdTo(1, bashWarm, times, "")}
	for _, c := range append(peers, direct) {
		if c.name == "tini" {
			rows = append(rows, launch.holdTo(2, c, times, " (stretch)"))
		} else {
			rows = append(rows, launch.inform(c, times))
		}
	}
	first := metric{"start, first start", milliseconds, times[oursFirst]}
	warm := metric{"start, debug mode, warm", milliseconds, times[oursWarm]}
	return append(rows, first.holdTo(0.5, bashFirst, times, ""), warm.inform(bashWarm, times)), nil
}

// warmupRounds fill the page cache.
const warmupRounds = 3

// script puts the tutorial's script into the rig, with markers relative to the
// working directory, and the child helper into the place of python3.
func (r *rig) script() (string, error) {
	text, err := os.ReadFile(tutorialScript)
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(r.path("bin"), 0o755); err != nil {
		return "", err
	}
	if err := os.Symlink(r.helper("child"), r.path("bin", "python3")); err != nil && !os.IsExist(err) {
		return "", err
	}
	file := r.path("entry-point.sh")
	return file, os.WriteFile(file, []byte(strings.ReplaceAll(string(text), "/debug", "debug")), 0o755)
}

// emptyDir makes a new working directory.
func (r *rig) emptyDir() (string, error) { return os.MkdirTemp(r.dir, "dir-") }

// startTime starts argv once and returns the nanoseconds from its execve to the
// first instruction of what it started.
func (r *rig) startTime(dir string, argv []string) (float64, error) {
	p, err := r.spawn(dir, argv...)
	if err != nil {
		return 0, err
	}
	first, err := p.read(reportTimeout)
	if err != nil {
		p.kill()
		return 0, err
	}
	p.wait()
	return float64(first - p.started), nil
}
