package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// program is one supervised program.
type program struct{ name, command string }

// supervisors are ours in production mode and its peers, each set to run the
// same programs.
func (r *rig) supervisors(programs []program) (ours *contestant, peers []*contestant, err error) {
	dir, err := r.emptyDir()
	if err != nil {
		return nil, nil, err
	}
	var sections strings.Builder
	for _, p := range programs {
		fmt.Fprintf(&sections, "[program:%s]\ncommand = %s\nautorestart = false\nstartsecs = 0\n\n", p.name, p.command)
		// s6 and runit: a directory with a script for each program.
		for _, tree := range []string{"s6", "runit"} {
			file := filepath.Join(dir, tree, p.name, "run")
			if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
				return nil, nil, err
			}
			if err := os.WriteFile(file, []byte("#!/bin/sh\nexec "+p.command+"\n"), 0o755); err != nil {
				return nil, nil, err
			}
		}
	}
	conf, supervisord := filepath.Join(dir, "entry-point.conf"), filepath.Join(dir, "supervisord.conf")
	if err := os.WriteFile(conf, []byte(sections.String()), 0o644); err != nil {
		return nil, nil, err
	}
	own := "[supervisord]\nnodaemon = true\nuser = root\nlogfile = /dev/null\nlogfile_maxbytes = 0\npidfile = " + filepath.Join(dir, "pid") + "\n\n"
	if err := os.WriteFile(supervisord, []byte(own+sections.String()), 0o644); err != nil {
		return nil, nil, err
	}
	return newContestant("ours", "", r.bin, "-c", conf), []*contestant{
		newContestant("supervisord", "supervisor", "supervisord", "-c", supervisord),
		newContestant("s6-svscan", "s6", "s6-svscan", filepath.Join(dir, "s6")),
		newContestant("runsvdir", "runit", "runsvdir", "-P", filepath.Join(dir, "runit")),
	}, nil
}

// standIns are two programs that do nothing, in the place of nginx and uWSGI.
func (r *rig) standIns() []program {
	hold := r.helper("child") + " hold"
	return []program{{"web", hold}, {"app", hold}}
}

// idlers are the inits of both modes with programs that do nothing, ours and the
// peers, and how many programs each has.
type idlers struct {
	launch, production           *contestant
	launchPeers, productionPeers []*contestant
	count                        map[*contestant]int
}

func (r *rig) idlers() (*idlers, error) {
	i := &idlers{
		launch:      newContestant("ours", "", r.bin, r.helper("child"), "hold"),
		launchPeers: inits(r.helper("child"), "hold"),
	}
	var err error
	if i.production, i.productionPeers, err = r.supervisors(r.standIns()); err != nil {
		return nil, err
	}
	i.count = map[*contestant]int{i.launch: 1, i.production: len(r.standIns())}
	for _, c := range i.launchPeers {
		i.count[c] = 1
	}
	for _, c := range i.productionPeers {
		i.count[c] = len(r.standIns())
	}
	return i, nil
}
