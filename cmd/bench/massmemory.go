package main

import (
	"fmt"
	"time"
)

// eachProgram is what one more program may cost, over what PID 1 needs for two.
const eachProgram = 8 << 10

// benchMassMemory measures what many programs cost a PID 1 that is at rest: its
// resident set. The peers s6 and runit keep a process for each program; so the
// proportional sets of all processes of an init are added up as well.
func benchMassMemory(r *rig) ([]row, error) {
	m, err := r.newMass(r.many, "hold", "")
	if err != nil {
		return nil, err
	}
	defer m.reports.Close()
	resident, proportional := results{}, results{}
	err = rounds(0, r.rounds, m.all(), func(c *contestant, _ bool) error {
		p, _, err := m.start(c)
		if err != nil {
			return err
		}
		defer p.kill()
		time.Sleep(r.settle)
		rss, pss, err := r.memory(p)
		if err == nil {
			resident.add(c, rss)
			proportional.add(c, pss)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	name := fmt.Sprintf("with %d programs", m.count)
	rss := metric{"RSS, " + name, megabytes, resident[m.ours]}
	pss := metric{"PSS and helpers' PSS, " + name, megabytes, proportional[m.ours]}
	rows := []row{rss.below(productionMemoryBar + float64(m.count*eachProgram))}
	for _, c := range m.peers {
		rows = append(rows, rss.inform(c, resident))
	}
	for _, c := range m.peers {
		rows = append(rows, pss.inform(c, proportional))
	}
	return rows, nil
}
