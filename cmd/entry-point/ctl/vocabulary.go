package ctl

import (
	"entrypoint/cmd/entry-point/commandline"
	"entrypoint/config/vocabulary"
)

// Vocabulary is the commands and options of entry-point ctl, for readers.
func Vocabulary() []vocabulary.Table {
	words := make([]vocabulary.Word, 0, len(commands()))
	for _, known := range commands() {
		words = append(words, vocabulary.Word{Name: known.name, Metavar: known.args, Help: known.about})
	}
	return []vocabulary.Table{
		{Name: "commands", Title: "Commands of entry-point ctl", Groups: []vocabulary.Group{{Words: words}}},
		commandline.Words("ctl-options", newParser(&options{}).Groups()[0]),
	}
}
