package main

import (
	"os"
	"time"
)

// aTick is what the kernel's own accounting cannot tell from nothing.
const aTick = 10 * time.Millisecond

// benchLogStdout measures how fast a program's lines come through an init to the
// container's standard output, a pipe whose reader is as fast as can be, and
// whether all of them do. In the first round each line is looked at; in the
// others they are counted.
func benchLogStdout(r *rig) ([]row, error) {
	w, err := r.newPrinter(r.logSize)
	if err != nil {
		return nil, err
	}
	defer w.reports.Close()
	// What supervisord's users write in a container.
	lines := w.program("stdout_logfile = /dev/stdout\nstdout_logfile_maxbytes = 0\n", "")
	all := []*contestant{newContestant("no init", "", w.command()...)}
	supervisord, err := r.supervisord(lines)
	if err != nil {
		return nil, err
	}
	all = append(all, supervisord)
	ours := map[string]*contestant{}
	for _, format := range []string{"plain", "raw", "prefix", "json"} {
		if ours[format], err = r.ours("ours, "+format, "log_format = "+format, lines); err != nil {
			return nil, err
		}
		all = append(all, ours[format])
	}

	rates, cpu, lost := results{}, results{}, results{}
	wanted := map[*contestant]int{}
	err = rounds(1, r.rounds, all, func(c *contestant, counts bool) error {
		p, s, err := w.toStdout(c, wanted[c])
		if err != nil {
			return err
		}
		wanted[c] = s.lines
		lost.add(c, p.lost)
		if counts {
			rates.add(c, w.rate(p))
			cpu.add(c, p.cpu)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	name := megabytes.whole(w.size()) + " to stdout, "
	plain, raw, prefix, json := ours["plain"], ours["raw"], ours["prefix"], ours["json"]
	return []row{
		metric{name + "plain: bytes lost", pieces, lost.all(plain)}.below(0),
		metric{name + "raw: bytes lost", pieces, lost.all(raw)}.below(0),
		metric{name + "prefix: bytes lost", pieces, lost.all(prefix)}.below(0),
		metric{name + "prefix: bytes lost", pieces, lost.all(prefix)}.inform(supervisord, results{supervisord: lost.all(supervisord)}),
		metric{name + "json: bytes lost", pieces, lost.all(json)}.below(0),
		metric{name + "raw: CPU of PID 1", milliseconds, cpu[raw]}.below(float64(aTick)),
		metric{name + "raw", perSecond, rates[raw]}.inform(all[0], rates),
		metric{name + "plain", perSecond, rates[plain]}.holdToLeast(1, supervisord, rates),
		metric{name + "plain: CPU of PID 1", milliseconds, cpu[plain]}.inform(supervisord, cpu),
		metric{name + "prefix", perSecond, rates[prefix]}.holdToLeast(1, supervisord, rates),
		metric{name + "prefix: CPU of PID 1", milliseconds, cpu[prefix]}.inform(supervisord, cpu),
		metric{name + "json", perSecond, rates[json]}.inform(supervisord, rates),
		metric{name + "json: CPU of PID 1", milliseconds, cpu[json]}.inform(supervisord, cpu),
	}, nil
}

// toStdout passes the lines through c to its standard output. wanted is how many
// lines a run has that was looked at; 0: look at this one.
func (w *printer) toStdout(c *contestant, wanted int) (passage, seen, error) {
	in, out, err := os.Pipe()
	if err != nil {
		return passage{}, seen{}, err
	}
	defer out.Close()
	sink, err := w.sink(in, wanted, wanted == 0)
	if err != nil {
		return passage{}, seen{}, err
	}
	defer sink.Close()
	overdue := false
	p, err := w.pass(c, out, func() (uint64, error) {
		at, err := sink.arrived()
		overdue = at == 0
		return at, err
	})
	if err != nil {
		return p, seen{}, err
	}
	out.Close() // the container's are closed, too: this is the end
	if overdue {
		if _, err := sink.next(reportTimeout); err != nil {
			return p, seen{}, err
		}
	}
	s, err := sink.seen()
	if wanted == 0 {
		p.lost = float64(lineSize * distance(w.count, s.right))
	} else {
		p.lost = float64(max(w.size()-s.bytes, lineSize*(wanted-s.lines), 0)) // a line in pieces counts more than once
	}
	return p, s, err
}

func distance(a, b int) int { return max(a-b, b-a) }
