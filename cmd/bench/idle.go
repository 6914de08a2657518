package main

import (
	"fmt"
	"os/exec"
	"time"
)

// Attaching interrupts the system call that a process sleeps in, and it may make
// a few until it sleeps again.
const attachTime = time.Second

// benchIdle counts the system calls of inits that have nothing to do. All are
// watched in the same stretch of time.
func benchIdle(r *rig) ([]row, error) {
	if _, err := exec.LookPath("strace"); err != nil {
		return nil, fmt.Errorf("%w (apt-get install strace)", err)
	}
	idle, err := r.idlers(r.holders(r.few))
	if err != nil {
		return nil, err
	}
	// What copies the programs' output must sleep as well as what does not.
	prefix, err := r.ours("ours, log_format = prefix", "log_format = prefix", r.holders(r.few))
	if err != nil {
		return nil, err
	}
	idle.count[prefix] = r.few
	g, err := r.startAll(idle.count)
	if err != nil {
		return nil, err
	}
	defer g.kill()

	tracers := map[*contestant]*tracer{}
	defer func() {
		for _, t := range tracers {
			t.stop()
		}
	}()
	for c, p := range g {
		own, _ := r.split(p)
		if tracers[c], err = r.trace(own); err != nil {
			return nil, fmt.Errorf("%s: %w", c.name, err)
		}
	}
	time.Sleep(attachTime)
	from := time.Now()
	time.Sleep(r.idle)
	to := time.Now()

	calls := results{}
	for c, t := range tracers {
		t.stop()
		n, err := t.calls(from, to)
		if err != nil {
			return nil, err
		}
		calls.add(c, float64(n))
	}
	name := "system calls in " + r.idle.String() + " idle, "
	inLaunch := metric{name + "launch mode", pieces, calls[idle.launch]}
	rows := []row{inLaunch.below(0)}
	for _, c := range idle.launchPeers {
		rows = append(rows, inLaunch.inform(c, calls))
	}
	with := fmt.Sprintf("%d programs", r.few)
	inProduction := metric{name + with, pieces, calls[idle.production]}
	rows = append(rows, inProduction.below(0))
	for _, c := range idle.productionPeers {
		rows = append(rows, inProduction.inform(c, calls))
	}
	return append(rows, metric{name + with + ", prefix", pieces, calls[prefix]}.below(0)), nil
}
