package main

import (
	"fmt"
	"syscall"
	"time"
)

// restarted are the keys of a program that is started again whenever it ends.
const restarted = "autorestart = true\nstartsecs = 0\n"

// benchCrash measures how long a program that was up and is killed takes to the
// first instruction of its next incarnation.
//
// Every supervisor waits before it starts a program that crashes again and again,
// and none but supervisord and s6 before the first time. So each init has a
// program for each crash, which crashes once, after all have been up for longer
// than runit and s6 want to see (a second). The inits run side by side and have
// their crashes in turn.
func benchCrash(r *rig) ([]row, error) {
	const warmup = 1
	m, err := r.newMass(warmup+r.crashes, "hold", restarted)
	if err != nil {
		return nil, err
	}
	defer m.reports.Close()
	g := group{}
	defer g.kill()
	programs := map[*contestant][]int{}
	for _, c := range m.all() {
		if c.missing != "" {
			continue
		}
		if g[c], _, err = m.start(c); err != nil {
			return nil, fmt.Errorf("%s: %w", c.name, err)
		}
		_, programs[c] = r.split(g[c])
	}
	time.Sleep(max(r.settle, stableForPeers))

	times := results{}
	err = rounds(warmup, r.crashes, m.all(), func(c *contestant, counts bool) error {
		time.Sleep(betweenSignals) // it falls asleep
		victim := programs[c][0]
		programs[c] = programs[c][1:]
		killed, err := monotonic()
		if err != nil {
			return err
		}
		if err := syscall.Kill(victim, syscall.SIGKILL); err != nil {
			return err
		}
		first, err := m.reports.next(reportTimeout)
		if err != nil {
			return fmt.Errorf("it does not start its program again: %w; it said: %s", err, g[c].said())
		}
		if counts {
			times.add(c, float64(first-killed))
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	again := metric{"crash to next start", milliseconds, times[m.ours]}
	var rows []row
	for _, c := range m.peers {
		if c.name == "runsvdir" {
			rows = append(rows, again.holdTo(2, c, times, ""))
		} else {
			rows = append(rows, again.inform(c, times))
		}
	}
	return rows, nil
}

// stableForPeers is more than the second that s6 and runit leave between two
// starts of a program.
const stableForPeers = 1200 * time.Millisecond
