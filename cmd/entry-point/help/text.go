package help

import (
	"strings"

	"entrypoint/config/vocabulary"
)

// Width is how long a line of help may be, and Column where a description begins that
// stands behind a name.
const (
	Width  = 100
	Column = 28
)

// output is a text while it is written. A call of its own for each piece keeps the program
// small: help is not read often.
type output struct{ strings.Builder }

//go:noinline
func (o *output) put(pieces ...string) {
	for _, piece := range pieces {
		o.WriteString(piece)
	}
}

// Wrap writes text in lines of at most Width; the first begins with label, the others
// are indented as far as label is long.
func Wrap(text, label string) string {
	var out output
	line, indent := label, strings.Repeat(" ", len(label))
	empty := true
	for _, word := range strings.Fields(text) {
		if !empty && len(line)+1+len(word) > Width {
			out.put(strings.TrimRight(line, " "), "\n")
			line, empty = indent, true
		}
		if !empty {
			line += " "
		}
		line, empty = line+word, false
	}
	out.put(strings.TrimRight(line, " "), "\n")
	return out.String()
}

// Row is a name with what it means, in two columns.
func Row(name, text string) string {
	label := "  " + name + "  "
	if len(label) > Column {
		return "  " + name + "\n" + Wrap(text, strings.Repeat(" ", Column))
	}
	return Wrap(text, label+strings.Repeat(" ", Column-len(label)))
}

// text is a topic as a terminal shows it.
func (b *Book) text(t *Topic) string {
	var out output
	out.put(t.Title, "\n")
	last := Heading
	for _, block := range Parse(t.Text) {
		if block.Kind != Item || last != Item {
			out.put("\n")
		}
		last = block.Kind
		switch block.Kind {
		case Paragraph:
			out.put(Wrap(Plain(block.Text), ""))
		case Heading:
			out.put(block.Text, "\n")
		case Item:
			out.put(Wrap(Plain(block.Text), "  - "))
		case Code:
			for _, line := range block.Lines {
				out.put(strings.TrimRight("    "+line, " "), "\n")
			}
		case Rows:
			for _, row := range block.Rows {
				out.put(Row(Plain(row[0]), Plain(row[1])))
			}
		case Words:
			out.put(List(b.Table(block.Text)))
		}
	}
	return out.String()
}

// List is the words of a table, each with its help.
func List(t *vocabulary.Table) string {
	var out output
	for i := range t.Groups {
		g := &t.Groups[i]
		if i > 0 {
			out.put("\n")
		}
		if g.Title != "" {
			out.put(g.Title, ":\n")
		}
		for j := range g.Words {
			w := &g.Words[j]
			out.put(Row(Label(w), Plain(w.Help)+remark(w)))
		}
	}
	return out.String()
}

// Label is a word with its short form before it and what stands for its value behind it.
func Label(w *vocabulary.Word) string {
	label := w.Name
	if strings.HasPrefix(label, "--") {
		short := "    "
		for _, alias := range w.Aliases {
			short = alias + ", "
		}
		label = short + label
	}
	if w.Metavar != "" {
		label += " " + w.Metavar
	}
	return label
}

// remark is the default of a word, and its variable, behind its help.
func remark(w *vocabulary.Word) (text string) {
	switch {
	case w.Default != "":
		text = " (default " + w.Default + ")"
	case w.Unset != "":
		text = " (default: " + Plain(w.Unset) + ")"
	}
	if w.Variable != "" {
		text += " [" + w.Variable + "]"
	}
	return text
}

// Where says what a word is.
func Where(w *vocabulary.Word, t *vocabulary.Table) string {
	switch t.Name {
	case "options", "launch-options":
		return "an option"
	case "supervisord-options":
		return "an option under the name supervisord"
	case "commands":
		return "a command of entry-point ctl"
	case "ctl-options":
		return "an option of entry-point ctl"
	case "option-variables", "variables":
		return "an environment variable"
	case "events":
		return "an event type"
	case "profiles":
		return "a profile"
	case "signals":
		return "a signal to process 1, in production mode"
	case "exit-codes":
		return "an exit code"
	}
	if w.Sections == nil {
		return "a key of " + t.Title
	}
	var sections []string
	for _, s := range w.Sections {
		sections = append(sections, "["+s+":x]")
	}
	if last := len(sections) - 1; last > 0 {
		return "a key of " + strings.Join(sections[:last], ", ") + " and " + sections[last]
	}
	return "a key of " + sections[0]
}

// entry is all about one word.
func entry(f Found) string {
	var out output
	w := f.Word
	out.put(strings.TrimSpace(Label(w)), ": ", Where(w, f.Table), "\n\n")
	if w.Unsupported {
		out.put(Wrap("It has no effect here. "+Plain(w.Help), "  "))
		return out.String()
	}
	out.put(Wrap(Plain(w.Help), "  "))
	var facts []string
	if looks := w.Type.Looks(); looks != "" {
		facts = append(facts, Wrap(looks, "  Value:    "))
	}
	if w.Values != nil {
		facts = append(facts, Wrap("one of "+strings.Join(w.Values, ", "), "  Value:    "))
	}
	switch {
	case w.Default != "":
		facts = append(facts, Wrap(w.Default, "  Default:  "))
	case w.Unset != "":
		facts = append(facts, Wrap(Plain(w.Unset), "  Default:  "))
	}
	if w.Variable != "" {
		facts = append(facts, Wrap(w.Variable, "  Variable: "))
	}
	if facts != nil {
		out.put("\n", strings.Join(facts, ""))
	}
	if w.Example != "" {
		out.put("\n  Example:\n\n")
		for _, line := range strings.Split(w.Example, "\n") {
			out.put("    ", line, "\n")
		}
	}
	return out.String()
}
