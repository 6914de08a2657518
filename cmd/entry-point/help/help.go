package help

import (
	"encoding/json"
	"io"
	"slices"
	"strings"

	"entrypoint/config/vocabulary"
)

// Run answers "entry-point help WORDS". The error is an Unknown, or that of the writer.
func Run(b *Book, words []string, w io.Writer) error {
	var text string
	switch {
	case slices.Contains(words, "--json"):
		return b.writeJSON(w)
	case len(words) == 0:
		text = b.contents()
	case len(words) == 1 && (words[0] == "-h" || words[0] == "--help"):
		text = b.contents()
	default:
		parts := make([]string, 0, len(words))
		for _, word := range words {
			part, err := b.about(word)
			if err != nil {
				return err
			}
			parts = append(parts, part)
		}
		text = strings.Join(parts, "\n")
	}
	_, err := io.WriteString(w, text)
	return err
}

// about is all that there is on one word: what stands in tables, and then the topic.
func (b *Book) about(word string) (string, error) {
	var parts []string
	for _, f := range b.Find(word) {
		parts = append(parts, entry(f))
	}
	name := simple(word)
	if strings.HasPrefix(word, "-") {
		name = "" // an option
	}
	if t := b.Topic(name); t != nil {
		parts = append(parts, b.text(t))
	}
	if parts == nil {
		return "", b.unknown(word)
	}
	return strings.Join(parts, "\n"), nil
}

// contents lists what there is help on.
func (b *Book) contents() string {
	var out output
	out.put("Usage:\n  entry-point help [WORD...]   WORD: a topic, key, option, variable, event type, profile, signal or exit code\n", "  entry-point help --json      all of it as JSON, for editors and checkers\n", "  entry-point -h               the command line\n\nTopics:\n")
	for i := range b.Topics {
		out.put(Row(b.Topics[i].Name, b.Topics[i].Title))
	}
	out.put("\nFor instance: entry-point help probes, entry-point help stopsignal, entry-point help 78\n")
	return out.String()
}

// Summary is the help of the command line, which "entry-point -h" prints.
func (b *Book) Summary() string {
	var out output
	out.put("Usage:\n  entry-point ", b.Usage, "\n\n", Wrap(b.About, ""))
	for _, name := range []string{"options", "launch-options"} {
		t := b.Table(name)
		out.put("\n", t.Title, ":\n", List(t))
	}
	out.put("\nModes:\n")
	for _, block := range Parse(b.Topic("modes").Text) {
		if block.Kind == Rows {
			for _, row := range block.Rows {
				out.put(Row(Plain(row[0]), Plain(row[1])))
			}
		}
	}
	out.put("\nConfiguration: -c FILE, else entry-point.conf, supervisord.conf (also in /etc) or a Procfile, else\n", "  nginx and uWSGI. Called as supervisord, it takes supervisord's command line and configuration.\n\n", "Environment, beside the variables in [BRACKETS] of options (where the command line wins):\n")
	variables := b.Table("variables")
	for i := range variables.Groups[:2] {
		for j := range variables.Groups[i].Words {
			w := &variables.Groups[i].Words[j]
			_, text, same := strings.Cut(w.Help, ", and wins. ")
			if !same {
				text = w.Help
			}
			out.put(Row(w.Name, Plain(Sentence(text))+remark(w)))
		}
	}
	out.put("\nSignals in production mode (signal_map in [entrypoint] can say otherwise):\n", short(b.Table("signals")))
	out.put("\nExit codes:\n", short(b.Table("exit-codes")))
	out.put("\nControl of a running container: entry-point ctl status, start, stop, logs, events, reload NAME,\n  update ... (entry-point ctl help)\n\n")
	names := make([]string, 0, len(b.Topics))
	for i := range b.Topics {
		names = append(names, b.Topics[i].Name)
	}
	out.put(Wrap("More: entry-point help WORD, for a key of the configuration, an option, a variable, or one of the topics "+strings.Join(names, ", ")+".", ""))
	return out.String()
}

// short is the words of a table with the first sentence of each.
func short(t *vocabulary.Table) string {
	var out output
	t.Each(func(w *vocabulary.Word) { out.put(Row(w.Name, Plain(Sentence(w.Help)))) })
	return out.String()
}

// document is the shape of "help --json".
type document struct {
	Tables []vocabulary.Table `json:"tables"`
	Topics []Topic            `json:"topics"`
}

func (b *Book) writeJSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	return e.Encode(document{b.Tables, b.Topics})
}
