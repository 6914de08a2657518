package vocabulary

// Word is one row of a table, as far as it is for readers.
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
type Type string

// The types.
const (
	Boolean  Type = "boolean"
	Integer  Type = "integer"
	Octal    Type = "octal"
	Seconds  Type = "seconds"
	Duration Type = "duration"
	Size     Type = "size"
	Signal   Type = "signal"
	Choice   Type = "choice"
	Command  Type = "command"
	Path     Type = "path"
	List     Type = "list" // with commas
	Text     Type = "text"
)

// Looks says in a few words what a value of this type looks like.
func (t Type) Looks() string {
	switch t {
	case Boolean:
		return "true or false"
	case Integer:
		return "a whole number"
	case Octal:
		return "an octal number such as 022"
	case Seconds:
		return "a whole number of seconds"
	case Duration:
		return "seconds, or a time such as 500ms, 30s, 2m or 1h"
	case Size:
		return "bytes, or a size such as 512KB, 50MB or 1GB"
	case Signal:
		return "a signal, by name or number"
	case Command:
		return "a command line"
	case Path:
		return "a path"
	case List:
		return "a list with commas"
	}
	return ""
}

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
