package ctl

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"time"

	"entrypoint/supervisor/control"
)

// refresh is how long top shows one table.
const refresh = 2 * time.Second

// sample is what a program had used at a time.
type sample struct {
	name string
	pid  int
	at   time.Time
	cpu  float64 // seconds
}

// row is one line of top.
type row struct {
	program control.Program
	usage   control.Usage
	percent float64 // of one CPU
	alive   bool
}

// top shows what programs use: again and again on a terminal, else once.
func (c *cli) top(names []string) error {
	out, isTerminal := terminal(c.screen)
	keys, hasKeys := terminal(c.in)
	if !isTerminal || !hasKeys || c.JSON {
		rows, _, err := c.measure(names, nil)
		if err != nil {
			return err
		}
		return c.writeTop(rows)
	}
	undo, err := listen(keys)
	if err != nil {
		return fmt.Errorf("cannot read keys: %w", err)
	}
	defer undo()
	// The alternate screen, with no cursor: the shell's text comes back behind it.
	_, _ = c.out.WriteString("\x1b[?1049h\x1b[?25l")
	defer func() { _, _ = c.out.WriteString("\x1b[?25h\x1b[?1049l") }()
	var before []sample
	for {
		rows, samples, err := c.measure(names, before)
		if err != nil {
			return err
		}
		before = samples
		height, width := windowSize(out)
		c.draw(rows, height, width)
		if err := c.out.Flush(); err != nil {
			return err
		}
		if quits(keys, int(refresh.Milliseconds())) {
			return nil
		}
	}
}

// measure asks what programs use. The CPU share is since the samples before,
// for a process that is not among them since its start.
func (c *cli) measure(names []string, before []sample) (rows []*row, samples []sample, err error) {
	unknown, err := c.programs(names, func(p *control.Program) error {
		rows = append(rows, &row{program: *p})
		return nil
	})
	if err != nil {
		return nil, nil, err
	}
	if unknown > 0 {
		c.code = codeFailed
	}
	used := map[string]control.Usage{}
	if err := c.ask(&control.Request{Do: control.DoUsage, Names: names}, func(a *control.Answer) error {
		if a.Usage != nil {
			used[a.Usage.Name] = *a.Usage
		}
		return nil
	}); err != nil {
		return nil, nil, err
	}
	now := c.now()
	for _, r := range rows {
		u, ok := used[r.program.FullName]
		if !ok || u.PID != r.program.PID || u.Processes == 0 {
			continue // it is not up, or not what it was
		}
		r.usage, r.alive = u, true
		s := sample{name: u.Name, pid: u.PID, at: now, cpu: u.CPU}
		samples = append(samples, s)
		last := sample{at: r.program.Started}
		if n := slices.IndexFunc(before, func(b sample) bool { return b.name == s.name && b.pid == s.pid }); n >= 0 {
			last = before[n]
		}
		if span := s.at.Sub(last.at).Seconds(); span > 0 {
			r.percent = max(0, 100*(s.cpu-last.cpu)/span)
		}
	}
	slices.SortStableFunc(rows, func(a, b *row) int { return cmp.Compare(b.percent, a.percent) })
	return rows, samples, nil
}

// topRow is what --json has of a program.
type topRow struct {
	Name      string  `json:"name"`
	State     string  `json:"state"`
	PID       int     `json:"pid"`
	CPU       float64 `json:"cpu_percent"`
	RSS       int64   `json:"rss_bytes"`
	Processes int     `json:"processes"`
	Files     int     `json:"open_files"` // -1: not allowed to see
	Restarts  int     `json:"restarts"`
}

func (c *cli) writeTop(rows []*row) error {
	if !c.JSON {
		t := topTable(rows)
		t.write(c)
		return nil
	}
	for _, r := range rows {
		p := &r.program
		if err := c.writeJSON(topRow{
			p.FullName, p.State, p.PID, r.percent, r.usage.Memory, r.usage.Processes, r.usage.Descriptors, p.Restarts,
		}); err != nil {
			return err
		}
	}
	return nil
}

func topTable(rows []*row) table {
	t := table{right: []bool{false, false, true, true, true, true, true, true}}
	t.add("NAME", "STATE", "PID", "CPU%", "RSS", "PROCS", "FILES", "RESTARTS")
	for _, r := range rows {
		p := &r.program
		if !r.alive {
			t.add(p.FullName, p.State, "-", "-", "-", "-", "-", strconv.Itoa(p.Restarts))
			continue
		}
		files := "-"
		if r.usage.Descriptors >= 0 {
			files = strconv.Itoa(r.usage.Descriptors)
		}
		t.add(p.FullName, p.State, strconv.Itoa(p.PID), strconv.FormatFloat(r.percent, 'f', 1, 64), size(r.usage.Memory),
			strconv.Itoa(r.usage.Processes), files, strconv.Itoa(p.Restarts))
	}
	return t
}

// draw fills the screen with as many rows as fit.
func (c *cli) draw(rows []*row, height, width int) {
	head := fmt.Sprintf("entry-point top  %s  %d programs  (q quits)", c.now().Format(time.TimeOnly), len(rows))
	t := topTable(rows)
	lines := append([]string{head}, t.lines(c)...)
	_, _ = c.out.WriteString("\x1b[H")
	for i, line := range lines[:min(len(lines), height)] {
		if i > 0 {
			_, _ = c.out.WriteString("\r\n")
		}
		_, _ = c.out.WriteString(clip(line, width) + "\x1b[K") // K: the rest of an older line
	}
	_, _ = c.out.WriteString("\x1b[J")
}

// clip cuts a line where the screen ends; colours have no width.
func clip(line string, width int) string {
	n := 0
	for i := 0; i < len(line); {
		if skip := sgr([]byte(line[i:])); skip > 0 {
			i += skip
			continue
		}
		if line[i]&0xc0 != 0x80 { // the begin of a character
			if n == width {
				return line[:i] + "\x1b[0m"
			}
			n++
		}
		i++
	}
	return line
}

// size is a number of bytes for people.
func size(bytes int64) string {
	switch {
	case bytes >= 1<<30:
		return strconv.FormatFloat(float64(bytes)/(1<<30), 'f', 1, 64) + "G"
	case bytes >= 1<<20:
		return strconv.FormatFloat(float64(bytes)/(1<<20), 'f', 1, 64) + "M"
	}
	return strconv.FormatInt(bytes>>10, 10) + "K"
}
