package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// program is one supervised program.
type program struct {
	name, command string
	keys          string // of its section in supervisord's format; "": once
	logger        string // the command that s6 and runit pipe its output to
}

// once are the keys of a program that is up at once and not started again.
const once = "autorestart = false\nstartsecs = 0\n"

// equal are count programs that differ in their names only.
func equal(count int, command, keys string) (programs []program) {
	for i := range count {
		programs = append(programs, program{name: "p" + strconv.Itoa(i), command: command, keys: keys})
	}
	return programs
}

// supervisors are ours in production mode and its peers, each set to run the
// same programs.
func (r *rig) supervisors(programs []program) (ours *contestant, peers []*contestant, err error) {
	if ours, err = r.ours("ours", "", programs); err != nil {
		return nil, nil, err
	}
	if r.before != "" {
		earlier := newContestant(before, "", append([]string{r.before}, ours.argv[1:]...)...)
		return ours, []*contestant{earlier}, nil
	}
	for _, peer := range []func([]program) (*contestant, error){r.supervisord, r.s6, r.runit} {
		c, err := peer(programs)
		if err != nil {
			return nil, nil, err
		}
		peers = append(peers, c)
	}
	return ours, peers, nil
}

// ours is entry-point with a configuration file; container are the keys of its
// [entrypoint] section.
func (r *rig) ours(name, container string, programs []program) (*contestant, error) {
	if container != "" {
		container = "[entrypoint]\n" + container + "\n"
	}
	file, err := r.configuration("entry-point.conf", container, programs)
	return newContestant(name, "", r.bin, "-c", file), err
}

// supervisord says nothing to its standard output, where its programs may write.
// It wants to know how many descriptors it needs, and raises its limit to that:
// three for a program, and its own. The default is enough for 300 programs; more
// than it needs would cost it a close(2) for each between fork and execve.
func (r *rig) supervisord(programs []program) (*contestant, error) {
	own := fmt.Sprintf("[supervisord]\nnodaemon = true\nsilent = true\nuser = root\nlogfile = /dev/null\nlogfile_maxbytes = 0\n"+
		"pidfile = %s\nminfds = %d\n\n", r.path("supervisord.pid"), max(1024, 3*len(programs)+100))
	file, err := r.configuration("supervisord.conf", own, programs)
	return newContestant("supervisord", "supervisor", "supervisord", "-c", file), err
}

// configuration writes a file in supervisord's format.
func (r *rig) configuration(name, head string, programs []program) (string, error) {
	dir, err := r.emptyDir()
	if err != nil {
		return "", err
	}
	text := strings.Builder{}
	text.WriteString(head)
	for _, p := range programs {
		keys := p.keys
		if keys == "" {
			keys = once
		}
		fmt.Fprintf(&text, "[program:%s]\ncommand = %s\n%s\n", p.name, p.command, keys)
	}
	file := filepath.Join(dir, name)
	return file, os.WriteFile(file, []byte(text.String()), 0o644)
}

// s6 is told how many services it must be prepared for, of which a logger is
// one: without that it leaves out what is above its default.
func (r *rig) s6(programs []program) (*contestant, error) {
	dir, err := r.services(programs)
	return newContestant("s6-svscan", "s6", "s6-svscan", "-c", strconv.Itoa(max(1000, 2*len(programs))), dir), err
}

func (r *rig) runit(programs []program) (*contestant, error) {
	dir, err := r.services(programs)
	return newContestant("runsvdir", "runit", "runsvdir", "-P", dir), err
}

// services makes a directory for each program, as s6 and runit want it: with a
// script that execs the program.
func (r *rig) services(programs []program) (string, error) {
	dir, err := r.emptyDir()
	if err != nil {
		return "", err
	}
	script := func(command string, elem ...string) error {
		file := filepath.Join(append(append([]string{dir}, elem...), "run")...)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return err
		}
		return os.WriteFile(file, []byte("#!/bin/sh\nexec "+command+"\n"), 0o755)
	}
	for _, p := range programs {
		if err := script(p.command, p.name); err != nil {
			return "", err
		}
		if p.logger != "" {
			if err := script(p.logger, p.name, "log"); err != nil {
				return "", err
			}
		}
	}
	return dir, nil
}
