package main

import (
	"fmt"
	"math/rand/v2"
	"os/exec"
)

// contestant is one way to start something.
type contestant struct {
	name    string
	argv    []string
	missing string // why it takes no part; "": it does
}

// newContestant looks for argv[0]; pkg is the Debian package that has it.
func newContestant(name, pkg string, argv ...string) *contestant {
	c := &contestant{name: name, argv: argv}
	if _, err := exec.LookPath(argv[0]); err != nil {
		c.missing = "not installed"
		if pkg != "" {
			c.missing += " (apt-get install " + pkg + ")"
		}
	}
	return c
}

// before is the name of the contestant that is an earlier build of ours (-before).
const before = "before"

// regressionBar is how much worse than before ours may be.
const regressionBar = 1.03

// inits are the peers of launch mode, each set to run command.
func (r *rig) inits(command ...string) []*contestant {
	with := func(argv ...string) []string { return append(argv, command...) }
	if r.before != "" {
		return []*contestant{newContestant(before, "", with(r.before)...)}
	}
	return []*contestant{
		newContestant("tini", "tini", with("tini", "--")...),
		newContestant("tini-static", "tini", with("tini-static", "--")...),
		newContestant("dumb-init", "dumb-init", with("dumb-init")...),
		newContestant("catatonit", "catatonit", with("catatonit", "--")...),
	}
}

// results keeps the sample of each contestant.
type results map[*contestant]sample

func (r results) add(c *contestant, value float64) { r[c] = append(r[c], value) }

// all is what a contestant showed in all its runs together.
func (r results) all(c *contestant) sample {
	sum := 0.0
	for _, v := range r[c] {
		sum += v
	}
	return sample{sum}
}

// rounds lets every contestant do f once in each round, in an order that is
// drawn anew for each round, so that whatever else happens on the machine meets
// all of them alike, and so does what the kernel still has to clear away of the
// contestant before. The first rounds only warm up.
func rounds(warmup, counted int, all []*contestant, f func(c *contestant, counts bool) error) error {
	for round := range warmup + counted {
		for _, i := range rand.Perm(len(all)) {
			c := all[i]
			if c.missing != "" {
				continue
			}
			if err := f(c, round >= warmup); err != nil {
				return fmt.Errorf("%s: %w", c.name, err)
			}
		}
	}
	return nil
}

// inform is the comparison with a contestant without a bar.
func (m metric) inform(c *contestant, r results) row {
	if c.missing != "" {
		return m.absent(c.name, c.missing)
	}
	if c.name == before {
		return m.atMost(regressionBar, c.name, r[c], "")
	}
	return m.against(c.name, r[c])
}

// holdTo is the comparison with a contestant, with a bar, which is another one for
// an earlier build of ours.
func (m metric) holdTo(limit float64, c *contestant, r results, note string) row {
	if c.missing != "" || c.name == before {
		return m.inform(c, r)
	}
	return m.atMost(limit, c.name, r[c], note)
}

// holdToLeast is the comparison with a contestant, with a bar that ours is to
// reach.
func (m metric) holdToLeast(limit float64, c *contestant, r results) row {
	if c.missing != "" {
		return m.absent(c.name, c.missing)
	}
	return m.atLeast(limit, c.name, r[c])
}
