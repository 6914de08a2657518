package main

import "fmt"

// benchMassStart measures how long many programs take to start: from the execve
// of the init to the first instruction of the last program.
func benchMassStart(r *rig) (rows []row, err error) {
	for _, count := range []int{r.few, r.many} {
		m, err := r.newMass(count, "hold", "")
		if err != nil {
			return nil, err
		}
		defer m.reports.Close()
		times := results{}
		err = rounds(1, r.rounds, m.all(), func(c *contestant, counts bool) error {
			p, last, err := m.start(c)
			if err != nil {
				return err
			}
			if counts {
				times.add(c, float64(last-p.started))
			}
			p.kill()
			return nil
		})
		if err != nil {
			return nil, err
		}
		started := metric{fmt.Sprintf("%d programs started", count), milliseconds, times[m.ours]}
		rows = append(rows, started.holdToFastest(0.5, m.peers, times)...)
	}
	return rows, nil
}
