package help

import (
	"strconv"

	"entrypoint/config"
	"entrypoint/config/vocabulary"
)

// Book is all that there is help on.
type Book struct {
	Usage  string // of the command line, behind the program's name
	About  string // in a sentence or two
	Tables []vocabulary.Table
	Topics []Topic
}

// New makes a book. command are the tables that the command line has: "options",
// "launch-options", "supervisord-options", "commands" and "ctl-options".
func New(usage, about string, command []vocabulary.Table) *Book {
	b := &Book{Usage: usage, About: about, Tables: command, Topics: topics()}
	variables := vocabulary.Table{Name: "option-variables", Title: "Variables of options", Groups: []vocabulary.Group{{Title: "Options"}}}
	for i := range command {
		command[i].Each(func(w *vocabulary.Word) {
			if w.Variable != "" {
				v := *w
				v.Name, v.Aliases, v.Variable, v.Default, v.Unset, v.Example = w.Variable, nil, "", "", "", ""
				v.Help = "The same as `" + w.Name + "`: " + w.Help + "."
				variables.Groups[0].Words = append(variables.Groups[0].Words, v)
			}
		})
	}
	b.Tables = append(b.Tables, variables)
	b.Tables = append(b.Tables, config.Vocabulary()...)
	b.Tables = append(b.Tables, exitCodeWords())
	return b
}

// Table finds a table by its name; nil: there is none.
func (b *Book) Table(name string) *vocabulary.Table {
	for i := range b.Tables {
		if b.Tables[i].Name == name {
			return &b.Tables[i]
		}
	}
	return nil
}

// Topic finds a topic by its name; nil: there is none.
func (b *Book) Topic(name string) *Topic {
	for i := range b.Topics {
		if b.Topics[i].Name == name {
			return &b.Topics[i]
		}
	}
	return nil
}

// exitCodes are those of entry-point itself. The table is never written.
var exitCodes = [...]struct{ name, help string }{
	{"0", "The command or program has ended with 0, or production mode was asked to stop and all ended in time."},
	{"64", "A wrong option or word on the command line, or an entry-point runs in this container already."},
	{"70", "A bug of entry-point's own."},
	{"75", "Something was waited for in vain: servers of `wait_for`, or a lock that somebody holds who gives no sign of life."},
	{"78", "The configuration is wrong; the lines above say where and why."},
	{"126", "The command is there and cannot be executed; the message says why."},
	{"127", "The command is not found."},
	{"128+N", "Signal N has ended the command or program: 143 for TERM, 139 for SEGV."},
	{"137", "A program had to be killed: it was not done when the stop budget ended, or memory ran out."},
	{"others", "The command's own, that of the program whose end was the container's, or that of a tool of the setup."},
}

func exitCodeWords() vocabulary.Table {
	words := make([]vocabulary.Word, 0, len(exitCodes))
	for _, c := range exitCodes {
		words = append(words, vocabulary.Word{Name: c.name, Help: c.help})
	}
	return vocabulary.Table{Name: "exit-codes", Title: "Exit codes", Groups: []vocabulary.Group{{Words: words}}}
}

// meansCode says whether a word of the table of exit codes is about a number: 143 is
// one of "128+N".
func meansCode(word, asked string) bool {
	n, err := strconv.Atoi(asked)
	return err == nil && word == "128+N" && n > 128 && n < 193
}
