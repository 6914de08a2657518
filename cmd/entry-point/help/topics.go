package help

import (
	"embed"
	"strings"
)

//go:embed topics/*.md
var files embed.FS

// Topic is a text about one subject.
type Topic struct {
	Name string `json:"name"`
	// Page is the section of the manual where it stands: 1 or 5.
	Page int `json:"-"`
	// Title says what it is about, as a heading.
	Title string `json:"title"`
	Text  string `json:"text"` // in the Markdown of markup.go, behind the title
}

// order are all topics, in the order in which somebody new would read them, each with
// its manual page. It is never written.
var order = [...]struct {
	name string
	page int
}{
	{"modes", 1},
	{"configuration", 5},
	{"keys", 5},
	{"entrypoint", 5},
	{"supervisord", 5},
	{"profiles", 5},
	{"probes", 5},
	{"restarts", 5},
	{"reload", 5},
	{"oneshots", 5},
	{"logs", 5},
	{"events", 5},
	{"sockets", 5},
	{"setup", 1},
	{"wait", 1},
	{"launch", 1},
	{"stop", 1},
	{"end", 1},
	{"signals", 1},
	{"exit-codes", 1},
	{"control", 1},
	{"http", 1},
	{"environment", 1},
	{"orchestrators", 1},
}

// topics reads all topics.
func topics() []Topic {
	list := make([]Topic, 0, len(order))
	for _, o := range order {
		text, err := files.ReadFile("topics/" + o.name + ".md")
		if err != nil {
			panic(err) // a mistake in the table above, found by every test
		}
		title, rest, _ := strings.Cut(string(text), "\n")
		list = append(list, Topic{o.name, o.page, strings.TrimPrefix(title, "# "), strings.Trim(rest, "\n")})
	}
	return list
}
