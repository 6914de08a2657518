package ctl

import (
	"strings"
	"unicode/utf8"
)

// table is rows of cells in aligned columns, the first row being the head.
type table struct {
	rows  [][]string
	right []bool // columns of numbers
}

func (t *table) add(cells ...string) { t.rows = append(t.rows, cells) }

const gap = "  "

// lines are the rows, aligned. Cells are escaped where a terminal would obey them.
func (t *table) lines(c *cli) []string {
	var widths []int
	for _, row := range t.rows {
		for i := range row {
			row[i] = c.shown(row[i])
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], utf8.RuneCountInString(row[i]))
		}
	}
	lines := make([]string, 0, len(t.rows))
	for n, row := range t.rows {
		var b strings.Builder
		for i, cell := range row {
			pad := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell))
			right := i < len(t.right) && t.right[i]
			if i > 0 {
				b.WriteString(gap)
			}
			if right {
				b.WriteString(pad)
			}
			b.WriteString(c.painted(cell, n > 0))
			if !right && i < len(row)-1 {
				b.WriteString(pad)
			}
		}
		lines = append(lines, strings.TrimRight(b.String(), " "))
	}
	return lines
}

func (t *table) write(c *cli) {
	for _, line := range t.lines(c) {
		_, _ = c.out.WriteString(line + "\n") // the last Flush has the error
	}
}

// painted is a cell in the colour of the state that it names; heads are bold.
func (c *cli) painted(cell string, body bool) string {
	if !c.color || cell == "" {
		return cell
	}
	style := ""
	switch {
	case !body:
		style = "1"
	case cell == "RUNNING":
		style = "32"
	case cell == "STARTING" || cell == "STOPPING" || cell == "BACKOFF":
		style = "33"
	case cell == "FATAL" || cell == "UNKNOWN":
		style = "31"
	case cell == "STOPPED" || cell == "EXITED":
		style = "2"
	default:
		return cell
	}
	return "\x1b[" + style + "m" + cell + "\x1b[0m"
}
