package main

import (
	"fmt"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

const (
	statusCount   = 200
	statusSpacing = 5 // milliseconds between the ends of two programs
	statusTimeout = 2 * time.Minute
)

// benchStatuses counts the exit statuses that get lost while 20,000 orphans are
// reaped: of 200 programs, each with a code of its own, that end meanwhile.
// Beside ours runs hashicorp/go-reap, the way its documentation shows: a reaper
// in the same process as os/exec (./goreap).
func benchStatuses(r *rig) ([]row, error) {
	comparator := r.path("goreap")
	if out, err := exec.Command("go", "build", "-o", comparator, "./cmd/bench/goreap").CombinedOutput(); err != nil {
		return nil, fmt.Errorf("cannot build the comparator: %w\n%s", err, out)
	}
	orphans := r.helper("orphans") + " " + strconv.Itoa(orphanCount)
	programs := []program{{"orphans", orphans}}
	for i := range statusCount {
		programs = append(programs, program{"exit-" + strconv.Itoa(i), fmt.Sprintf("%s exit %d %d", r.helper("child"), statusCode(i), i*statusSpacing)})
	}
	ours, _, err := r.supervisors(programs)
	if err != nil {
		return nil, err
	}
	goReap := newContestant("go-reap beside os/exec", "", comparator, r.helper("orphans"), strconv.Itoa(orphanCount),
		r.helper("child"), strconv.Itoa(statusCount), strconv.Itoa(statusSpacing))

	lost := results{}
	err = rounds(0, max(1, r.runs/orphanRoundsPart), []*contestant{ours, goReap}, func(c *contestant, _ bool) error {
		count := r.lostByLog
		if c == goReap {
			count = r.lostByReport
		}
		n, err := count(c)
		lost.add(c, float64(n))
		return err
	})
	if err != nil {
		return nil, err
	}
	m := metric{fmt.Sprintf("exit statuses lost, of %d, beside 20,000 orphans", statusCount), pieces, lost[ours]}
	return []row{m.below(0), m.inform(goReap, lost)}, nil
}

// statusCode is the exit code of program i: never 0, which a lost status looks
// like to many a caller.
func statusCode(i int) int { return 1 + i%250 }

// lostByLog runs ours and counts the programs whose end, with its code, is not
// in the log when all of them are gone.
func (r *rig) lostByLog(c *contestant) (int, error) {
	dir, err := r.emptyDir()
	if err != nil {
		return 0, err
	}
	p, err := r.spawn(dir, c.argv...)
	if err != nil {
		return 0, err
	}
	defer p.kill()
	lost := statusCount
	for deadline := time.Now().Add(statusTimeout); ; time.Sleep(pollInterval) {
		if lost = unseen(p.said()); lost == 0 {
			return 0, nil
		}
		if _, programs := r.split(p); len(programs) == 1 && time.Since(deadline) > -statusTimeout+reportTimeout {
			break // only the maker of orphans is left
		}
		if time.Now().After(deadline) {
			return 0, fmt.Errorf("it does not come to an end; it said: %s", p.said())
		}
	}
	time.Sleep(settleTime) // what the log still owes us
	return unseen(p.said()), nil
}

// unseen counts the programs of which log does not say that they ended with
// their exit code.
func unseen(log string) int {
	seen := map[string]bool{}
	for line := range strings.Lines(log) {
		for i, words := 0, strings.Fields(line); i+2 < len(words); i++ {
			if words[i] == "exit" && words[i+1] == "code" && len(words) > 1 {
				seen[words[1]+words[i+2]] = true // "entry-point: NAME: ... exit code N"
			}
		}
	}
	n := 0
	for i := range statusCount {
		if !seen["exit-"+strconv.Itoa(i)+":"+strconv.Itoa(statusCode(i))] {
			n++
		}
	}
	return n
}

// lostByReport runs the comparator, which counts by itself.
func (r *rig) lostByReport(c *contestant) (int, error) {
	p, err := r.spawn("/", c.argv...)
	if err != nil {
		return 0, err
	}
	defer p.kill()
	n, err := p.read(statusTimeout)
	return int(n), err
}
