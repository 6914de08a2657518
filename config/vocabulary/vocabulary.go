package vocabulary

import "strings"

// Row is what a table of the configuration has of a word. There are many, and they lie in
// memory, so it holds no more than they need.
type Row struct {
	Name    string
	Type    Type
	Foreign bool      // of another program: known, and without an effect here
	Values  *[]string // of a Choice
	// Default is the value that holds where nobody says one, as one would write it, or in
	// parentheses what holds then; "": nothing does.
	Default string
	Help    string // one or two sentences
	Example string // lines of a configuration file, or a command line
}

// Word is the row for readers.
func (r *Row) Word() Word {
	w := Word{Name: r.Name, Type: r.Type, Help: r.Help, Example: r.Example, Unsupported: r.Foreign}
	if r.Values != nil {
		w.Values = *r.Values
	}
	if text, ok := strings.CutPrefix(r.Default, "("); ok {
		w.Unset = strings.TrimSuffix(text, ")")
	} else {
		w.Default = r.Default
	}
	return w
}

// Word is one word for readers, with all that may belong to it.
type Word struct {
	Name string `json:"name"`
	// Aliases are other names of the same word, such as the short form of an option.
	Aliases []string `json:"aliases,omitempty"`
	Type    Type     `json:"type,omitempty"`
	// Values are all that a Choice can be, or the usual ones of another type.
	Values []string `json:"values,omitempty"`
	// Metavar is what stands for the value in a usage line, such as FILE.
	Metavar string `json:"metavar,omitempty"`
	// Default is the value that a word has where nobody says one, as one would write
	// it; "": there is none, and Unset may say what happens then.
	Default string `json:"default,omitempty"`
	Unset   string `json:"unset,omitempty"`
	// Variable is the environment variable that says the same; "": none does.
	Variable string `json:"variable,omitempty"`
	// Sections are the kinds of section where a key has a meaning, such as
	// "fcgi-program"; nil: those of its table.
	Sections []string `json:"sections,omitempty"`
	// Help is one or two sentences.
	Help string `json:"help"`
	// Example is lines of a configuration file, or a command line.
	Example string `json:"example,omitempty"`
	// Unsupported are words of other programs that are known and have no effect.
	Unsupported bool `json:"unsupported,omitempty"`
}

// Type is what a value looks like.
type Type uint8

// The types.
const (
	Unsaid Type = iota
	Boolean
	Integer
	Octal
	Seconds
	Duration
	Size
	Signal
	Choice
	Command
	Path
	List // with commas
	Text
)

// types are the names and looks of the types, in the order of the constants. It is never
// written.
var types = [...]struct{ name, looks string }{
	Unsaid:   {"", ""},
	Boolean:  {"boolean", "true or false"},
	Integer:  {"integer", "a whole number"},
	Octal:    {"octal", "an octal number such as 022"},
	Seconds:  {"seconds", "a whole number of seconds"},
	Duration: {"duration", "seconds, or a time such as 500ms, 30s, 2m or 1h"},
	Size:     {"size", "bytes, or a size such as 512KB, 50MB or 1GB"},
	Signal:   {"signal", "a signal, by name or number"},
	Choice:   {"choice", ""},
	Command:  {"command", "a command line"},
	Path:     {"path", "a path"},
	List:     {"list", "a list with commas"},
	Text:     {"text", ""},
}

// String is the type's name.
func (t Type) String() string { return types[t].name }

// MarshalText writes the type's name into JSON.
func (t Type) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// Looks says in a few words what a value of this type looks like.
func (t Type) Looks() string { return types[t].looks }

// Table is all words of one kind.
type Table struct {
	Name   string  `json:"name"`  // one word, for "help NAME" and for anchors
	Title  string  `json:"title"` // for people, such as "[unix_http_server]"
	About  string  `json:"about,omitempty"`
	Groups []Group `json:"groups"`
}

// Group is the words of a table that have one subject.
type Group struct {
	Title string `json:"title,omitempty"`
	Words []Word `json:"words"`
}

// Each calls f for every word of the table.
func (t *Table) Each(f func(*Word)) {
	for g := range t.Groups {
		for i := range t.Groups[g].Words {
			f(&t.Groups[g].Words[i])
		}
	}
}
