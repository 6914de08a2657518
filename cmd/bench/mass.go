package main

import (
	"fmt"
	"time"
)

// massTimeout is for the slowest peer with all programs on a slow machine.
const massTimeout = 2 * time.Minute

// mass is a number of equal programs under ours and each peer, which report to
// one FIFO: only one of the inits runs at a time.
type mass struct {
	*rig
	count   int
	ours    *contestant
	peers   []*contestant
	reports reports
}

// newMass prepares count programs that do what the child helper calls mode.
func (r *rig) newMass(count int, mode, keys string) (*mass, error) {
	m := &mass{rig: r, count: count}
	var err error
	if m.reports, err = r.fifo(); err != nil {
		return nil, err
	}
	command := r.helper("child") + " " + mode + " " + m.reports.Name()
	m.ours, m.peers, err = r.supervisors(equal(count, command, keys))
	return m, err
}

func (m *mass) all() []*contestant { return append([]*contestant{m.ours}, m.peers...) }

// start starts a contestant, and returns when each program has executed its
// first instruction, and when the last one did.
func (m *mass) start(c *contestant) (p *pid1, last uint64, err error) {
	m.reports.pending() // of programs that were killed
	dir, err := m.emptyDir()
	if err != nil {
		return nil, 0, err
	}
	if p, err = m.spawn(dir, c.argv...); err != nil {
		return nil, 0, err
	}
	if last, err = m.reports.last(m.count, massTimeout); err != nil {
		defer p.kill()
		return nil, 0, fmt.Errorf("it has not started %d programs in %v: %w; it said: %s", m.count, massTimeout, err, p.said())
	}
	return p, last, nil
}

// fastest is the peer with the smallest median; nil when none was measured.
func fastest(peers []*contestant, r results) (best *contestant) {
	for _, c := range peers {
		if len(r[c]) > 0 && (best == nil || r[c].median() < r[best].median()) {
			best = c
		}
	}
	return best
}

// holdToFastest compares with all peers, with a bar for the fastest of them.
func (m metric) holdToFastest(limit float64, peers []*contestant, r results) (rows []row) {
	best := fastest(peers, r)
	for _, c := range peers {
		if c == best {
			rows = append(rows, m.holdTo(limit, c, r, ""))
		} else {
			rows = append(rows, m.inform(c, r))
		}
	}
	return rows
}
