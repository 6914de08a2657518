package main

import (
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

const betweenSignals = 2 * time.Millisecond

// benchSignal measures how long a signal to PID 1 takes to the handler of its
// child. The inits run side by side and get their signals in turn, each after a
// pause in which all of them fall asleep.
func benchSignal(r *rig) ([]row, error) {
	ours := newContestant("ours", "", r.bin, r.helper("child"), "signal")
	peers := r.inits(r.helper("child"), "signal")
	all := append([]*contestant{ours}, peers...)
	count := map[*contestant]int{}
	for _, c := range all {
		count[c] = 1
	}
	g, err := r.startAll(count)
	if err != nil {
		return nil, err
	}
	defer g.kill()
	for _, p := range g {
		for range 2 { // its first instruction, and that it is ready
			if _, err := p.read(reportTimeout); err != nil {
				return nil, err
			}
		}
	}
	times := results{}
	err = rounds(warmupRounds, r.signals, all, func(c *contestant, counts bool) error {
		time.Sleep(betweenSignals)
		sent, err := monotonic()
		if err != nil {
			return err
		}
		if err := syscall.Kill(g[c].pid(), syscall.SIGUSR1); err != nil {
			return err
		}
		handled, err := g[c].read(reportTimeout)
		if counts && err == nil {
			times.add(c, float64(handled-sent))
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	m := metric{"signal forwarded", microseconds, times[ours]}
	var rows []row
	for _, c := range peers {
		if c.name == "tini" {
			rows = append(rows, m.holdTo(2, c, times, ""))
		} else {
			rows = append(rows, m.inform(c, times))
		}
	}
	return rows, nil
}

// monotonic reads the clock that the helpers report.
func monotonic() (uint64, error) {
	var t unix.Timespec
	err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &t)
	return uint64(t.Nano()), err
}
