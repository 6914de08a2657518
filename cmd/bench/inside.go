package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// inside lists the processes of p's PID namespace, by their ids out here.
func (p *pid1) inside() (pids []int) {
	own, err := os.Readlink(fmt.Sprintf("/proc/%d/ns/pid", p.pid()))
	if err != nil {
		return nil
	}
	names, _ := filepath.Glob("/proc/[0-9]*")
	for _, name := range names {
		if ns, err := os.Readlink(name + "/ns/pid"); err == nil && ns == own {
			pid, _ := strconv.Atoi(filepath.Base(name))
			pids = append(pids, pid)
		}
	}
	return pids
}

// split tells the helpers that run inside from the processes of the init itself.
func (r *rig) split(p *pid1) (own, programs []int) {
	for _, pid := range p.inside() {
		exe, _ := os.Readlink(fmt.Sprintf("/proc/%d/exe", pid))
		if strings.HasPrefix(exe, r.path("helper")) {
			programs = append(programs, pid)
		} else {
			own = append(own, pid)
		}
	}
	return own, programs
}

// started waits until count programs run inside p.
func (r *rig) started(p *pid1, count int) error {
	for deadline := time.Now().Add(reportTimeout); ; time.Sleep(pollInterval) {
		if _, programs := r.split(p); len(programs) == count {
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("it has not started %d programs in %v; it said: %s", count, reportTimeout, p.said())
		}
	}
}

const pollInterval = 20 * time.Millisecond

// group is several inits that run side by side.
type group map[*contestant]*pid1

// startAll starts each contestant that is there, with count programs each, and
// lets them settle.
func (r *rig) startAll(count map[*contestant]int) (group, error) {
	g := group{}
	for c, n := range count {
		if c.missing != "" {
			continue
		}
		dir, err := r.emptyDir()
		if err == nil {
			g[c], err = r.spawn(dir, c.argv...)
		}
		if err == nil {
			err = r.started(g[c], n)
		}
		if err != nil {
			g.kill()
			return nil, fmt.Errorf("%s: %w", c.name, err)
		}
	}
	time.Sleep(r.settle)
	return g, nil
}

func (g group) kill() {
	for _, p := range g {
		if p != nil {
			p.kill()
		}
	}
}
