package main

import "fmt"

// What supervisord is at most, of ours: most programs print line by line, each in a
// write of its own.
const (
	lineRate = 1.2 // throughput
	lineCPU  = 0.7 // CPU of PID 1 for the same bytes
	tickCPU  = 0.5 // CPU of PID 1 for programs that print now and then
)

// benchLogLines is benchLogStdout and benchLogFile for a program that prints each line
// in a write of its own. In the first round each line is looked at.
func benchLogLines(r *rig) ([]row, error) {
	w, err := r.newPrinter(r.logSize / 8)
	if err != nil {
		return nil, err
	}
	defer w.reports.Close()
	w.block = lineSize
	lines := w.program("stdout_logfile = /dev/stdout\nstdout_logfile_maxbytes = 0\n", "")
	supervisord, err := r.supervisord(lines)
	if err != nil {
		return nil, err
	}
	all := []*contestant{supervisord}
	ours := map[string]*contestant{}
	for _, format := range []string{"plain", "prefix", "json"} {
		if ours[format], err = r.ours("ours, "+format, "log_format = "+format, lines); err != nil {
			return nil, err
		}
		all = append(all, ours[format])
	}
	writers, dirs, err := r.fileWriters(w, w)
	if err != nil {
		return nil, err
	}
	writers = writers[:2] // ours and supervisord
	rates, cpu, lost := results{}, results{}, results{}
	wanted := map[*contestant]int{}
	err = rounds(1, r.rounds, append(all, writers...), func(c *contestant, counts bool) (err error) {
		var p passage
		if d := dirs[c]; d != nil {
			p, err = d.pass(c, !counts)
		} else {
			var s seen
			p, s, err = w.toStdout(c, wanted[c])
			wanted[c] = s.lines
		}
		if err != nil {
			return err
		}
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
	var rows []row
	name := megabytes.whole(w.size()) + " line by line to "
	add := func(where string, c, peer *contestant) {
		rows = append(rows,
			metric{name + where + ": bytes lost", pieces, lost.all(c)}.below(0),
			metric{name + where, perSecond, rates[c]}.holdToLeast(lineRate, peer, rates),
			metric{name + where + ": CPU of PID 1", milliseconds, cpu[c]}.holdTo(lineCPU, peer, cpu, ""),
		)
	}
	for _, format := range []string{"plain", "prefix", "json"} {
		add("stdout, "+format, ours[format], supervisord)
	}
	add("files", writers[0], writers[1])
	return rows, nil
}

// tickEvery is how many milliseconds are between two lines of a program.
const tickEvery = "100"

// benchLogTicks measures what many programs cost that print ten lines a second each:
// lines that come one by one, and far from each other.
func benchLogTicks(r *rig) ([]row, error) {
	programs := equal(r.few, r.helper("ticks")+" "+tickEvery, "stdout_logfile = /dev/stdout\nstdout_logfile_maxbytes = 0\n")
	supervisord, err := r.supervisord(programs)
	if err != nil {
		return nil, err
	}
	count := map[*contestant]int{supervisord: r.few}
	ours := map[string]*contestant{}
	for _, format := range []string{"plain", "json"} {
		if ours[format], err = r.ours("ours, "+format, "log_format = "+format, programs); err != nil {
			return nil, err
		}
		count[ours[format]] = r.few
	}
	g, err := r.startAll(count)
	if err != nil {
		return nil, err
	}
	defer g.kill()
	cpu := results{}
	for range max(1, r.rounds) {
		for c, p := range g {
			used, err := r.idleCPU(p, p.pid())
			if err != nil {
				return nil, err
			}
			cpu.add(c, used)
		}
	}
	name := fmt.Sprintf("%d programs with a line each %s ms, ", r.few, tickEvery)
	var rows []row
	for _, format := range []string{"plain", "json"} {
		m := metric{name + format + ": CPU of PID 1 in " + r.idle.String(), milliseconds, cpu[ours[format]]}
		rows = append(rows, m.holdTo(tickCPU, supervisord, cpu, ""))
	}
	return rows, nil
}
