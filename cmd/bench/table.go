package main

import (
	"fmt"
	"io"
	"strconv"
	"text/tabwriter"
)

// unit is how the numbers of a metric are shown.
type unit struct {
	name   string
	scale  float64 // what one of it is in the sample's numbers
	digits int
}

// Times are measured in nanoseconds, memory and files in bytes. A megabyte has
// 1024 kB here, as in /proc.
var (
	microseconds = unit{"us", 1e3, 0}
	milliseconds = unit{"ms", 1e6, 2}
	seconds      = unit{"s", 1e9, 2}
	megabytes    = unit{"MB", 1 << 20, 2}
	perSecond    = unit{"MB/s", 1 << 20, 0}
	pieces       = unit{"", 1, 0}
)

func (u unit) number(v float64) string { return strconv.FormatFloat(v/u.scale, 'f', u.digits, 64) }

func (u unit) value(v float64) string {
	if u.name == "" {
		return u.number(v)
	}
	return u.number(v) + " " + u.name
}

// whole is a value without decimals.
func (u unit) whole(v int) string { return unit{u.name, u.scale, 0}.value(float64(v)) }

// show is the median, and the spread if there is one.
func (u unit) show(s sample) string {
	text := u.value(s.median())
	if low, high := s.spread(); u.number(low) != u.number(high) {
		text += " (" + u.number(low) + "-" + u.number(high) + ")"
	}
	return text
}

// row is one line of the table.
type row struct{ metric, ours, peer, ratio, bar, verdict string }

// metric is what is compared, and our part of it.
type metric struct {
	name string
	unit unit
	ours sample
}

// against compares with a peer, for the reader's information.
func (m metric) against(peer string, s sample) row {
	r := row{metric: m.name, ours: m.unit.show(m.ours), peer: peer + " " + m.unit.show(s)}
	if s.median() > 0 {
		r.ratio = decimal(m.ours.median() / s.median())
	}
	return r
}

// atMost compares with a peer, of whose median ours may be limit times as much.
func (m metric) atMost(limit float64, peer string, s sample, note string) row {
	r := m.against(peer, s)
	r.bar = "<= " + strconv.FormatFloat(limit, 'g', -1, 64) + "x" + note
	r.verdict = verdict(m.ours.median(), limit*s.median(), func(float64) string { return "" })
	if r.verdict != met && m.ours.overlaps(sample{limit * s.quantile(0.1), limit * s.quantile(0.9)}) {
		r.verdict += ", within the spread"
	}
	return r
}

// atLeast compares with a peer, of whose median ours is to reach limit times as
// much: a rate.
func (m metric) atLeast(limit float64, peer string, s sample) row {
	r := m.against(peer, s)
	r.bar = ">= " + strconv.FormatFloat(limit, 'g', -1, 64) + "x"
	r.verdict = met
	if ours, wanted := m.ours.median(), limit*s.median(); ours < wanted {
		r.verdict = fmt.Sprintf("missed by %.0f%%", max(1, 100*(1-ours/wanted)))
		if m.ours.overlaps(sample{limit * s.quantile(0.1), limit * s.quantile(0.9)}) {
			r.verdict += ", within the spread"
		}
	}
	return r
}

// below holds ours against a fixed limit.
func (m metric) below(limit float64) row {
	return row{
		metric: m.name, ours: m.unit.show(m.ours), bar: "<= " + m.unit.value(limit),
		verdict: verdict(m.ours.median(), limit, m.unit.value),
	}
}

// absent is the row of a peer that was not measured.
func (m metric) absent(peer, reason string) row {
	return row{metric: m.name, ours: m.unit.show(m.ours), peer: peer + ": " + reason}
}

const met = "met"

// verdict says by how much a limit was missed: in per cent, or in absolute terms
// where the limit is zero.
func verdict(value, limit float64, show func(float64) string) string {
	switch {
	case value <= limit:
		return met
	case limit == 0:
		return "missed by " + show(value)
	}
	return fmt.Sprintf("missed by %.0f%%", max(1, 100*(value/limit-1)))
}

func decimal(v float64) string { return strconv.FormatFloat(v, 'f', 2, 64) }

// write prints rows as an aligned table.
func write(w io.Writer, rows []row) error {
	t := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	fmt.Fprintln(t, "METRIC\tOURS\tPEER\tRATIO\tBAR\tVERDICT")
	last := ""
	for _, r := range rows {
		name, ours := r.metric, r.ours
		if r.metric == last {
			name, ours = "", "" // ours is the same in all rows of a metric
		}
		last = r.metric
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\n", name, ours, r.peer, r.ratio, r.bar, r.verdict)
	}
	return t.Flush()
}
