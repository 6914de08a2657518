package main

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

// benchMassStop measures how long it takes to stop many programs that end as
// soon as they are told: from the stop signal to the end of PID 1.
//
// A PID 1 that leaves before its programs have ended has the kernel kill them
// (pid_namespaces(7)). So it is counted how many could not end by themselves, and
// only a peer that killed none has a bar. runsvdir does not wait: those who use
// it in a container call sv first, which makes a contestant of its own.
func benchMassStop(r *rig) ([]row, error) {
	m, err := r.newMass(r.many, "term", "")
	if err != nil {
		return nil, err
	}
	defer m.reports.Close()
	stops := map[*contestant]func(*pid1) error{}
	for _, c := range m.all() {
		stops[c] = func(p *pid1) error { return p.stop(syscall.SIGTERM) }
		if c.name == "runsvdir" {
			stops[c] = func(p *pid1) error { return p.stop(syscall.SIGHUP) } // tells its programs as well
			sv := newContestant("sv stop, runsvdir", "runit", c.argv...)
			m.peers = append(m.peers, sv)
			stops[sv] = func(p *pid1) error { return stopBySV(p, c.argv[len(c.argv)-1]) }
		}
	}
	times, killed := results{}, results{}
	err = rounds(0, r.rounds, m.all(), func(c *contestant, _ bool) error {
		p, _, err := m.start(c)
		if err != nil {
			return err
		}
		time.Sleep(r.settle)
		began := time.Now()
		if err := stops[c](p); err != nil {
			p.kill()
			return err
		}
		times.add(c, float64(time.Since(began)))
		killed.add(c, float64(m.count-m.reports.pending()))
		return nil
	})
	if err != nil {
		return nil, err
	}
	stopped := metric{fmt.Sprintf("%d programs stopped", m.count), milliseconds, times[m.ours]}
	rows := []row{metric{stopped.name + ", killed of them", pieces, killed[m.ours]}.below(0)}
	orderly := results{}
	for _, c := range m.peers {
		if killed[c].quantile(1) == 0 {
			orderly[c] = times[c]
		}
	}
	best := fastest(m.peers, orderly)
	for _, c := range m.peers {
		switch {
		case c == best:
			rows = append(rows, stopped.holdTo(0.5, c, times, ""))
		case len(times[c]) > 0 && len(orderly[c]) == 0:
			name := c.name + " (" + strconv.Itoa(int(killed[c].median())) + " killed)"
			rows = append(rows, stopped.against(name, times[c]))
		default:
			rows = append(rows, stopped.inform(c, times))
		}
	}
	return rows, nil
}

// stopBySV tells the programs by runit's own command, which waits for them, and
// then runsvdir, which has nothing left to wait for.
func stopBySV(p *pid1, dir string) error {
	services, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		return err
	}
	args := append([]string{"-w", strconv.Itoa(int(stopTimeout.Seconds())), "stop"}, services...)
	if out, err := exec.Command("sv", args...).CombinedOutput(); err != nil {
		return fmt.Errorf("sv stop: %w: %.500s", err, out)
	}
	return p.stop(syscall.SIGTERM)
}
