package help

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"entrypoint/config"
	"entrypoint/config/vocabulary"
)

// sample is a book with a command line of two options and one command.
func sample() *Book {
	table := func(name string, words ...vocabulary.Word) vocabulary.Table {
		return vocabulary.Table{Name: name, Title: "Options", Groups: []vocabulary.Group{{Words: words}}}
	}
	return New("[OPTIONS]", "About it.", []vocabulary.Table{
		table("options", vocabulary.Word{Name: "--debug", Aliases: []string{"-d"}, Type: vocabulary.Boolean, Variable: "ENTRYPOINT_DEBUG", Help: "debug mode"}),
		table("launch-options", vocabulary.Word{Name: "--rewrite", Aliases: []string{"-r"}, Metavar: "FROM:TO", Help: "forward a signal as another one", Example: "entry-point -r 15:3 CMD"}),
		table("commands", vocabulary.Word{Name: "logs", Metavar: "[NAME...]", Help: "what programs have printed"}),
		table("supervisord-options", vocabulary.Word{Name: "--nodaemon", Aliases: []string{"-n"}, Help: "stay in the foreground"}),
		table("ctl-options", vocabulary.Word{Name: "--json", Help: "print objects"}),
	})
}

func ask(t *testing.T, words ...string) string {
	t.Helper()
	var out strings.Builder
	if err := Run(sample(), words, &out); err != nil {
		t.Fatalf("help %v: %v", words, err)
	}
	return out.String()
}

// TestEntry: a key prints what it is, its help, what it takes, its default and an
// example.
func TestEntry(t *testing.T) {
	const want = `stopwaitsecs: a key of [program:x], [fcgi-program:x] and [eventlistener:x]

  How long the program may take to end before it gets SIGKILL. When the whole container stops, all
  of it has to fit into the stop budget (9s).

  Value:    a whole number of seconds
  Default:  10

  Example:

    stopwaitsecs = 30
`
	if got := ask(t, "stopwaitsecs"); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// TestFind: a word is found in whatever table it stands, as people write it.
func TestFind(t *testing.T) {
	for word, want := range map[string]string{
		"user":                  "user: a key of [supervisord]", // and of programs
		"exit_on":               "exit_on: a key of [entrypoint]",
		"once_files":            "a key of [program:x]\n",
		"buffer_size":           "a key of [eventlistener:x]\n",
		"envFiles":              "envfiles: a key of",
		"events":                "events: a key of [eventlistener:x]",
		"ENTRYPOINT_DRAIN":      "ENTRYPOINT_DRAIN: an environment variable",
		"entrypoint_debug":      "The same as --debug: debug mode.",
		"NO_COLOR":              "NO_COLOR: an environment variable",
		"TICK_5":                "TICK_5: an event type",
		"nginx":                 "Stops with QUIT, then TERM; reloads with HUP; opens its logs again with USR1.",
		"HUP":                   "HUP: a signal to process 1",
		"SIGHUP":                "HUP: a signal to process 1",
		"78":                    "78: an exit code",
		"143":                   "128+N: an exit code",
		"137":                   "137: an exit code",
		"-d":                    "-d, --debug: an option",
		"--debug":               "-d, --debug: an option",
		"rewrite":               "-r, --rewrite FROM:TO: an option",
		"nodaemon":              "-n, --nodaemon: an option under the name supervisord",
		"logs":                  "logs [NAME...]: a command of entry-point ctl",
		"[entrypoint]":          "The section [entrypoint]",
		"liveness_check_script": "It has no effect here. Use live = exec:COMMAND.",
		"port":                  "port: a key of [inet_http_server]",
		"files":                 "files: a key of [include]",
	} {
		if got := ask(t, word); !strings.Contains(got, want) {
			t.Errorf("help %s lacks %q:\n%s", word, want, got)
		}
	}
	if got := ask(t, "environment"); !strings.Contains(got, "environment: a key of [program:x]") || !strings.Contains(got, "environment: a key of [supervisord]") ||
		!strings.Contains(got, "\nEnvironment variables\n") {
		t.Errorf("environment is a key twice, and a topic:\n%s", got)
	}
}

func TestUnknown(t *testing.T) {
	for word, want := range map[string]string{
		"stopsginal": `there is no help on "stopsginal" (did you mean stopsignal?); entry-point help lists what there is`,
		"--debgu":    `there is no help on "--debgu" (did you mean debug?); entry-point help lists what there is`,
		"probs":      `there is no help on "probs" (did you mean probes?); entry-point help lists what there is`,
		"xyzzy":      `there is no help on "xyzzy"; entry-point help lists what there is`,
	} {
		err := Run(sample(), []string{word}, &strings.Builder{})
		if err == nil {
			t.Errorf("there is help on %s", word)
		} else if err.Error() != want {
			t.Errorf("got  %s\nwant %s", err, want)
		}
	}
}

// TestTopics: the topics that are promised are there, in whole lines, and each table
// stands in one of them.
func TestTopics(t *testing.T) {
	b := sample()
	placed := map[string]int{}
	for _, name := range strings.Fields("keys entrypoint profiles probes logs setup http signals exit-codes supervisord environment") {
		if b.Topic(name) == nil {
			t.Errorf("there is no topic %s", name)
		}
	}
	contents := ask(t)
	for i := range b.Topics {
		topic := &b.Topics[i]
		if !strings.Contains(contents, "\n  "+topic.Name+" ") {
			t.Errorf("the list of topics lacks %s", topic.Name)
		}
		code := false
		for line := range strings.Lines(ask(t, topic.Name)) {
			code = strings.HasPrefix(line, "    ")
			if !code && len(strings.TrimRight(line, "\n")) > Width {
				t.Errorf("%s: a line of %d: %s", topic.Name, len(line), line)
			}
		}
		for _, block := range Parse(topic.Text) {
			texts := []string{block.Text}
			for _, row := range block.Rows {
				texts = append(texts, row[0], row[1])
				if row[0] == "" || row[1] == "" {
					t.Errorf("%s: a row has no two cells: %q", topic.Name, row)
				}
			}
			for _, text := range texts {
				if strings.Count(text, "`")%2 != 0 {
					t.Errorf("%s: a backquote is missing: %s", topic.Name, text)
				}
			}
			switch {
			case block.Kind == Words && b.Table(block.Text) == nil:
				t.Errorf("%s: there is no table %s", topic.Name, block.Text)
			case block.Kind == Words:
				placed[block.Text]++
			case block.Kind == Rows && len(block.Rows) == 0, block.Kind == Code && len(block.Lines) == 0:
				t.Errorf("%s: something is empty", topic.Name)
			case block.Kind == Paragraph && strings.ContainsAny(block.Text[:1], "|#@*"):
				t.Errorf("%s: is that prose? %s", topic.Name, block.Text)
			}
			for _, m := range regexp.MustCompile("`entry-point help ([^`]*)`").FindAllStringSubmatch(strings.Join(texts, "\n"), -1) {
				if m[1] != "WORD" && m[1] != "KEY" && b.Topic(m[1]) == nil {
					t.Errorf("%s speaks of a topic %s", topic.Name, m[1])
				}
			}
		}
	}
	for i := range b.Tables {
		name := b.Tables[i].Name
		if own := name == "options" || name == "launch-options"; placed[name] != 1 && !own { // they are -h
			t.Errorf("table %s stands in %d topics", name, placed[name])
		}
	}
}

// TestConfigurations: each configuration in a topic is one that entry-point takes.
func TestConfigurations(t *testing.T) {
	count := 0
	for _, topic := range topics() {
		for _, block := range Parse(topic.Text) {
			if block.Kind != Code || block.Language != "ini" {
				continue
			}
			count++
			text := strings.Join(block.Lines, "\n") + "\n"
			if strings.Contains(text, "nginx:HUP") || !strings.Contains(text, "command") {
				text += "[program:nginx]\ncommand = nginx\n"
			}
			dir := t.TempDir()
			file := filepath.Join(dir, "entry-point.conf")
			if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
			c, err := config.Load(&config.Options{File: file, Dir: dir, Pending: true, Env: append(os.Environ(), config.CPUs+"=2", config.MemoryMB+"=512")})
			if err != nil || len(c.Warnings) > 0 {
				t.Errorf("%s: %v %v\n%s", topic.Name, err, c, text)
			}
		}
	}
	if count < 6 {
		t.Errorf("only %d configurations", count)
	}
}

// table is a table as editors read it.
type table struct {
	Name   string
	Groups []struct {
		Words []struct {
			Name, Type, Default, Help, Example string
			Values, Sections                   []string
		}
	}
}

// TestJSON: editors and checkers find a key with all that belongs to it.
func TestJSON(t *testing.T) {
	var d struct {
		Tables []table
		Topics []Topic
	}
	if err := json.Unmarshal([]byte(ask(t, "--json")), &d); err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for _, table := range d.Tables {
		names[table.Name] = true
		for _, g := range table.Groups {
			for _, w := range g.Words {
				if table.Name == "program" && w.Name == "once" && (w.Type != "choice" || !slices.Equal(w.Values, []string{"always", "per-image", "per-volume"}) ||
					w.Default != "always" || !slices.Equal(w.Sections, []string{"program"}) || !strings.Contains(w.Example, "once = per-volume")) {
					t.Errorf("once is %+v", w)
				}
			}
		}
	}
	for _, name := range []string{"options", "commands", "program", "entrypoint", "supervisord", "variables", "events", "profiles", "signals", "exit-codes"} {
		if !names[name] {
			t.Errorf("there is no table %s", name)
		}
	}
	if len(d.Topics) < 20 || d.Topics[0].Text == "" {
		t.Errorf("%d topics", len(d.Topics))
	}
}

// TestSummary: the help of the command line names all options, variables and topics.
func TestSummary(t *testing.T) {
	b := sample()
	text := b.Summary()
	for _, want := range []string{"  -d, --debug ", "[ENTRYPOINT_DEBUG]", "  -r, --rewrite FROM:TO", "ENTRYPOINT_WAIT_FOR", "ENTRYPOINT_HTTP_LOGIN", "  TERM ", "  78 ", "exit-codes", "docker run IMAGE -d"} {
		if !strings.Contains(text, want) {
			t.Errorf("the help lacks %q", want)
		}
	}
}

func TestSentence(t *testing.T) {
	for text, want := range map[string]string{
		"One. Two.":              "One.",
		"None":                   "None",
		"As in a.b, 1.5 s. Two.": "As in a.b, 1.5 s.",
	} {
		if got := Sentence(text); got != want {
			t.Errorf("%q: got %q", text, got)
		}
	}
}

// TestVariables: each variable that the sources read by a name of ours has a word.
func TestVariables(t *testing.T) {
	internal := map[string]bool{"ENTRYPOINT_WAIT_LOCAL": true} // between entry-point and its gateway
	known := map[string]bool{}
	text, err := os.ReadFile("../options.go") // whose tags the words of options are made of
	if err != nil {
		t.Fatal(err)
	}
	name := regexp.MustCompile(`ENTRYPOINT_[A-Z_]+[A-Z]`)
	for _, v := range name.FindAllString(string(text), -1) {
		known[v] = true
	}
	b := sample()
	b.Table("variables").Each(func(w *vocabulary.Word) { known[w.Name] = true })
	read := 0
	for _, root := range []string{"../../../config", "../../../supervisor", "../../../cmd/entry-point", "../../../cmd/entry-point-gateway"} {
		err := filepath.WalkDir(root, func(path string, _ os.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			text, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			for _, v := range regexp.MustCompile(`"ENTRYPOINT_[A-Z_]+[A-Z]"`).FindAllString(string(text), -1) {
				read++
				if v = strings.Trim(v, `"`); !known[v] && !internal[v] && !strings.Contains(v, "_TEST_") {
					t.Errorf("%s reads %s, on which there is no help", path, v)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if read < 10 {
		t.Errorf("only %d variables are read", read)
	}
}
