package main

import (
	"bufio"
	"fmt"
	"os"
	"strconv"
	"strings"
)

const (
	megabyte            = 1 << 20
	launchMemoryBar     = 3 * megabyte
	productionMemoryBar = 3.5 * megabyte
)

// standIns is how many programs stand in the place of nginx and uWSGI.
const standIns = 2

// benchMemory measures what an idle PID 1 holds: its resident set, and the
// proportional set of PID 1 and the helper processes that it keeps.
func benchMemory(r *rig) ([]row, error) {
	idle, err := r.idlers(r.holders(standIns))
	if err != nil {
		return nil, err
	}
	resident, proportional := results{}, results{}
	for range r.rounds {
		g, err := r.startAll(idle.count)
		if err != nil {
			return nil, err
		}
		for c, p := range g {
			rss, pss, err := r.memory(p)
			if err != nil {
				g.kill()
				return nil, fmt.Errorf("%s: %w", c.name, err)
			}
			resident.add(c, rss)
			proportional.add(c, pss)
		}
		g.kill()
	}
	var rows []row
	for _, of := range []struct {
		mode  string
		bar   float64
		ours  *contestant
		peers []*contestant
	}{
		{"launch mode", launchMemoryBar, idle.launch, idle.launchPeers},
		{"production mode", productionMemoryBar, idle.production, idle.productionPeers},
	} {
		rss := metric{"RSS, " + of.mode, megabytes, resident[of.ours]}
		pss := metric{"PSS with helpers, " + of.mode, megabytes, proportional[of.ours]}
		rows = append(rows, rss.below(of.bar))
		for _, c := range of.peers {
			rows = append(rows, rss.inform(c, resident))
		}
		for _, c := range of.peers {
			rows = append(rows, pss.inform(c, proportional))
		}
	}
	return rows, nil
}

// memory returns the bytes that PID 1 has resident, and the bytes that it and
// its helper processes hold, each shared page divided by those who share it.
func (r *rig) memory(p *pid1) (rss, pss float64, err error) {
	if rss, err = kilobytes(p.pid(), "status", "VmRSS:"); err != nil {
		return 0, 0, err
	}
	own, _ := r.split(p)
	for _, pid := range own {
		part, err := kilobytes(pid, "smaps_rollup", "Pss:")
		if err != nil {
			return 0, 0, err
		}
		pss += part
	}
	return rss, pss, nil
}

// kilobytes reads a line "Key:   123 kB" of a process' file in /proc, in bytes.
func kilobytes(pid int, file, key string) (float64, error) {
	f, err := os.Open(fmt.Sprintf("/proc/%d/%s", pid, file))
	if err != nil {
		return 0, err
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if fields := strings.Fields(lines.Text()); len(fields) == 3 && fields[0] == key {
			n, err := strconv.ParseFloat(fields[1], 64)
			return n * 1024, err
		}
	}
	return 0, fmt.Errorf("%s has no %s", f.Name(), key)
}
