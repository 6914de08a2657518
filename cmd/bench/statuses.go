package main

import (
	"fmt"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

const (
	statusSpacing = 5               // milliseconds between the ends of two programs
	statusTimeout = 2 * time.Minute // for all ends to be told; what is not told then is lost
)

// benchStatuses counts the exit statuses that get lost while a storm of
// orphans is reaped: of programs, each with a code of its own, that end meanwhile.
// Beside ours runs hashicorp/go-reap, the way its documentation shows: a reaper
// in the same process as os/exec (./goreap).
func benchStatuses(r *rig) ([]row, error) {
	comparator := r.path("goreap")
	if out, err := exec.Command("go", "build", "-o", comparator, "./cmd/bench/goreap").CombinedOutput(); err != nil {
		return nil, fmt.Errorf("cannot build the comparator: %w\n%s", err, out)
	}
	orphans := r.helper("orphans") + " " + strconv.Itoa(r.orphans)
	programs := []program{{name: "orphans", command: orphans}}
	for i := range r.ends {
		programs = append(programs, program{name: "exit-" + strconv.Itoa(i), command: fmt.Sprintf("%s exit %d %d", r.helper("child"), statusCode(i), i*statusSpacing)})
	}
	ours, _, err := r.supervisors(programs)
	if err != nil {
		return nil, err
	}
	goReap := newContestant("go-reap beside os/exec", "", comparator, r.helper("orphans"), strconv.Itoa(r.orphans),
		r.helper("child"), strconv.Itoa(r.ends), strconv.Itoa(statusSpacing))

	lost := map[*contestant]float64{} // in all rounds: one is too many
	err = rounds(0, r.rounds, []*contestant{ours, goReap}, func(c *contestant, _ bool) error {
		count := func(c *contestant) (int, error) { return r.lostByLog(c, statusTimeout) }
		if c == goReap {
			count = r.lostByReport
		}
		n, err := count(c)
		lost[c] += float64(n)
		return err
	})
	if err != nil {
		return nil, err
	}
	name := fmt.Sprintf("exit statuses lost, of %d, beside %d orphans", r.rounds*r.ends, r.rounds*r.orphans)
	m := metric{name, pieces, sample{lost[ours]}}
	return []row{m.below(0), m.against(goReap.name, sample{lost[goReap]})}, nil
}

// statusCode is the exit code of program i: never 0, which a lost status looks
// like to many a caller.
func statusCode(i int) int { return 1 + i%250 }

// lostByLog runs ours until its log tells the end of each program with its exit
// code, and counts those that it has not told after patience. The ends are the only
// event to wait for: that no program is there is no sign of their end, since on a
// busy machine none has been started yet.
func (r *rig) lostByLog(c *contestant, patience time.Duration) (int, error) {
	dir, err := r.emptyDir()
	if err != nil {
		return 0, err
	}
	p, err := r.spawn(dir, c.argv...)
	if err != nil {
		return 0, err
	}
	defer p.kill()
	for deadline := time.Now().Add(patience); ; time.Sleep(pollInterval) {
		lost := unseen(p.said(), r.ends)
		if lost == 0 {
			return 0, nil
		}
		if time.Now().Before(deadline) {
			continue
		}
		if _, programs := r.split(p); len(programs) > 1 { // the maker of orphans stays
			return 0, fmt.Errorf("its programs do not come to an end; it said: %s", p.said())
		}
		return lost, nil
	}
}

// unseen counts the programs, of count, of which the log does not say that they
// ended with their exit code: "entry-point: exit-7: ended: exit code 8 after 1s".
func unseen(log string, count int) int {
	seen := map[string]bool{}
	for line := range strings.Lines(log) {
		before, after, found := strings.Cut(line, " exit code ")
		if words := strings.Fields(before); found && len(words) > 1 {
			code, _, _ := strings.Cut(strings.TrimSpace(after), " ")
			seen[words[1]+code] = true
		}
	}
	for i := range count {
		if seen["exit-"+strconv.Itoa(i)+":"+strconv.Itoa(statusCode(i))] {
			count--
		}
	}
	return count
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
