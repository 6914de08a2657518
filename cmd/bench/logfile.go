package main

import (
	"path/filepath"
	"strconv"
)

const (
	rotations = 20   // in what one run prints
	backups   = "30" // so nobody removes any of it
	// svlogd is so slow that it gets only this part of the lines.
	svlogdPart = 16
)

// benchLogFile measures how fast a program's lines come into a file that is
// rotated, and whether the files hold all of them at the end. With s6 and runit it
// is a logger of theirs that writes it. In the first round each line is looked at.
func benchLogFile(r *rig) ([]row, error) {
	w, err := r.newPrinter(r.logSize)
	if err != nil {
		return nil, err
	}
	defer w.reports.Close()
	part, err := r.newPrinter(r.logSize / svlogdPart)
	if err != nil {
		return nil, err
	}
	defer part.reports.Close()
	writers, dirs, err := r.fileWriters(w, part)
	if err != nil {
		return nil, err
	}
	rates, lost := results{}, results{}
	err = rounds(1, r.rounds, writers, func(c *contestant, counts bool) error {
		p, err := dirs[c].pass(c, !counts)
		if err != nil {
			return err
		}
		lost.add(c, p.lost)
		if counts {
			rates.add(c, dirs[c].rate(p))
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	ours, supervisord, s6, runit := writers[0], writers[1], writers[2], writers[3]
	name := megabytes.whole(w.size()) + " to files"
	whole := metric{name + ": bytes lost", pieces, lost.all(ours)}
	rows := []row{whole.below(0)}
	for _, c := range writers[1:] {
		rows = append(rows, whole.inform(c, results{c: lost.all(c)}))
	}
	fast := metric{name, perSecond, rates[ours]}
	return append(rows,
		fast.holdToLeast(1, supervisord, rates),
		fast.holdToLeast(4, s6, rates),
		fast.inform(runit, rates),
	), nil
}

// fileWriters are ours, supervisord, s6-log and svlogd, each with the directory
// that it writes to. All rotate at the same size.
func (r *rig) fileWriters(w, part *printer) (all []*contestant, dirs map[*contestant]*logDir, err error) {
	limit := strconv.Itoa(w.size() / rotations)
	dirs = map[*contestant]*logDir{}
	for _, of := range []struct {
		name    string
		printer *printer
		logger  string // its command, before the directory
		config  string
		prepare func([]program) (*contestant, error)
	}{
		{"ours", w, "", "", func(p []program) (*contestant, error) { return r.ours("ours", "", p) }},
		{"supervisord", w, "", "", r.supervisord},
		{"s6-log", w, "s6-log n" + backups + " s" + limit, "", r.s6},
		{"svlogd", part, "svlogd", "s" + limit + "\nn" + backups + "\n", r.runit},
	} {
		d := &logDir{printer: of.printer, config: of.config}
		if d.dir, err = r.emptyDir(); err != nil {
			return nil, nil, err
		}
		keys, logger := "stdout_logfile = "+filepath.Join(d.dir, "log")+
			"\nstdout_logfile_maxbytes = "+limit+"\nstdout_logfile_backups = "+backups+"\n", ""
		if of.logger != "" {
			keys, logger = "", of.logger+" "+d.dir
		}
		c, err := of.prepare(d.program(keys, logger))
		if err != nil {
			return nil, nil, err
		}
		c.name = of.name
		dirs[c] = d
		all = append(all, c)
	}
	return all, dirs, nil
}
