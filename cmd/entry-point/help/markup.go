package help

import "strings"

// Kind is what a Block of a topic is.
type Kind int

// The kinds of block.
const (
	Paragraph Kind = iota // Text
	Heading               // Text, behind "## "
	Item                  // Text, behind "- "
	Code                  // Lines, between lines of three backquotes
	Rows                  // "| a | b |" lines; the head is left out
	Words                 // "@words TABLE": Text is its name
)

// Block is a part of a topic that stands on its own.
type Block struct {
	Kind     Kind
	Text     string
	Language string // of Code, as in "```ini"
	Lines    []string
	Head     [2]string
	Rows     [][2]string
}

// Parse reads the Markdown of a topic.
func Parse(text string) (blocks []Block) {
	lines := strings.Split(text, "\n")
	for i := 0; i < len(lines); i++ {
		line := lines[i]
		switch {
		case line == "":
		case strings.HasPrefix(line, "## "):
			blocks = append(blocks, Block{Kind: Heading, Text: line[3:]})
		case strings.HasPrefix(line, "- "):
			blocks = append(blocks, Block{Kind: Item, Text: line[2:]})
		case strings.HasPrefix(line, "@words "):
			blocks = append(blocks, Block{Kind: Words, Text: line[7:]})
		case strings.HasPrefix(line, "```"):
			code := Block{Kind: Code, Language: line[3:]}
			for i++; i < len(lines) && lines[i] != "```"; i++ {
				code.Lines = append(code.Lines, lines[i])
			}
			blocks = append(blocks, code)
		case strings.HasPrefix(line, "| "):
			rows := Block{Kind: Rows, Head: cells(line)}
			for i += 2; i < len(lines) && strings.HasPrefix(lines[i], "| "); i++ {
				rows.Rows = append(rows.Rows, cells(lines[i]))
			}
			i--
			blocks = append(blocks, rows)
		default:
			blocks = append(blocks, Block{Kind: Paragraph, Text: line})
		}
	}
	return blocks
}

// cells are both of a line of a table, where "\|" is a bar.
func cells(line string) (pair [2]string) {
	const bar = "\x00"
	line = strings.Trim(strings.ReplaceAll(line, `\|`, bar), "| ")
	left, right, _ := strings.Cut(line, " | ")
	return [2]string{strings.ReplaceAll(left, bar, "|"), strings.ReplaceAll(right, bar, "|")}
}

// Span is a piece of text that is typed as it is, or not.
type Span struct {
	Text    string
	Literal bool
}

// Spans cuts a text at its backquotes.
func Spans(text string) (spans []Span) {
	for i, piece := range strings.Split(text, "`") {
		if piece != "" {
			spans = append(spans, Span{piece, i%2 == 1})
		}
	}
	return spans
}

// Plain is a text without its backquotes.
func Plain(text string) string { return strings.ReplaceAll(text, "`", "") }

// Sentence is the first sentence of a help text.
func Sentence(text string) string {
	for i := 0; i < len(text); i++ {
		if end := i + 1; text[i] == '.' && (end == len(text) || text[end] == ' ' && end+1 < len(text) && text[end+1] >= 'A' && text[end+1] <= 'Z') {
			return text[:end]
		}
	}
	return text
}
