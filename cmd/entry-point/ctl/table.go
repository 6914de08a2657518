package ctl

import (
	"strings"
	"unicode/utf8"
)

// table is rows of cells in aligned columns, the first row being the head.
type table struct {
	rows  [][]string
	right []bool // columns of numbers
	whole bool   // long texts of the last column are not shortened
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
	if last := len(widths) - 1; last >= 0 && !t.whole {
		most := c.room(widths[:last])
		for _, row := range t.rows {
			if last < len(row) {
				row[last] = shortened(row[last], most)
			}
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

// What the last column of a table may take where nobody knows how wide the reader's
// window is, and what it takes at least in a narrow one.
const (
	usualWidth = 100
	leastWidth = 40
)

// room is how many characters are left for the last column beside the others.
func (c *cli) room(others []int) int {
	fd, is := terminal(c.screen)
	if !is {
		return usualWidth
	}
	_, columns := windowSize(fd)
	for _, width := range others {
		columns -= width + len(gap)
	}
	return max(leastWidth, columns)
}

// shortened is the beginning of a text of more than most characters.
func shortened(text string, most int) string {
	if utf8.RuneCountInString(text) <= most {
		return text
	}
	const more = "..."
	return strings.TrimRight(string([]rune(text)[:most-len(more)]), " ") + more
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
