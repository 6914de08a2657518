package main

import (
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

const orphanTimeout = 2 * time.Minute

// benchOrphans measures how an init copes with orphans that come as fast as one
// process can make them.
func benchOrphans(r *rig) ([]row, error) {
	ours := newContestant("ours", "", r.bin, r.helper("orphans"), strconv.Itoa(r.orphans))
	peers := r.inits(ours.argv[1:]...)
	elapsed, cpu, peak := results{}, results{}, results{}
	err := rounds(1, r.rounds, append([]*contestant{ours}, peers...), func(c *contestant, counts bool) error {
		p, err := r.spawn("/", c.argv...)
		if err != nil {
			return err
		}
		defer p.kill()
		var reports [3]uint64
		for i := range reports {
			if reports[i], err = p.read(orphanTimeout); err != nil {
				return err
			}
		}
		used, err := cpuTime(p.pid())
		if counts && err == nil {
			elapsed.add(c, float64(reports[1]-reports[0]))
			peak.add(c, float64(reports[2]))
			cpu.add(c, used)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	name := strconv.Itoa(r.orphans) + " orphans, "
	var rows []row
	reaped := metric{name + "all reaped", seconds, elapsed[ours]}
	for _, c := range peers {
		if c.name == "tini" {
			rows = append(rows, reaped.holdTo(1, c, elapsed, ""))
		} else {
			rows = append(rows, reaped.inform(c, elapsed))
		}
	}
	for _, c := range peers {
		rows = append(rows, metric{name + "CPU of the init", seconds, cpu[ours]}.inform(c, cpu))
	}
	for _, c := range peers {
		rows = append(rows, metric{name + "most at once", pieces, peak[ours]}.inform(c, peak))
	}
	return rows, nil
}

// cpuTime returns the nanoseconds of CPU that a process and its threads have
// used. The id of its clock is what clock_getcpuclockid(3) computes: the
// inverted pid, and CPUCLOCK_SCHED below it.
func cpuTime(pid int) (float64, error) {
	const schedClock = 2
	var t unix.Timespec
	err := unix.ClockGettime(int32(^pid<<3|schedClock), &t)
	return float64(t.Nano()), err
}
