package metrics

import (
	"strconv"
	"strings"
)

// text is an exposition: OpenMetrics 1.0, or Prometheus' text format 0.0.4, which
// has neither units nor some of the types, and names counters with their _total.
type text struct {
	open bool
	out  []byte
	name string // of the family that is written
}

// newText has room for what so many programs need, so that it need not grow.
func newText(open bool, programs int) *text {
	return &text{open: open, out: make([]byte, 0, 8<<10+programs*1536)}
}

// family begins a metric family. Its name ends with its unit, if it has one.
func (x *text) family(name, kind, unit, help string) {
	x.name = name
	said := name
	if !x.open {
		switch kind {
		case "counter":
			said += "_total"
		case "info":
			said, kind = name+"_info", "gauge"
		case "stateset":
			kind = "gauge"
		}
	}
	x.line("# HELP ", said, " ", help)
	x.line("# TYPE ", said, " ", kind)
	if x.open && unit != "" {
		x.line("# UNIT ", said, " ", unit)
	}
}

func (x *text) line(parts ...string) {
	for _, p := range parts {
		x.out = append(x.out, p...)
	}
	x.out = append(x.out, '\n')
}

// sample writes one value; labels are names and values in turn.
func (x *text) sample(suffix string, value float64, labels ...string) {
	x.out = append(append(x.out, x.name...), suffix...)
	for i := 0; i+1 < len(labels); i += 2 {
		sep := byte(',')
		if i == 0 {
			sep = '{'
		}
		x.out = append(append(append(x.out, sep), labels[i]...), '=', '"')
		x.out = append(append(x.out, escape(labels[i+1])...), '"')
	}
	if len(labels) > 0 {
		x.out = append(x.out, '}')
	}
	x.out = strconv.AppendFloat(append(x.out, ' '), value, 'g', -1, 64)
	x.out = append(x.out, '\n')
}

// escape makes a label's value of any text.
func escape(s string) string {
	if s = strings.ToValidUTF8(s, "\uFFFD"); !strings.ContainsAny(s, "\\\"\n") {
		return s
	}
	return strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(s)
}
