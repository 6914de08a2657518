package config

import (
	"strings"

	"entrypoint/config/profile"
	"entrypoint/config/vocabulary"
)

// Vocabulary is every table of this package, for readers: the keys of each section, the
// environment variables, the event types, the profiles and the signals. It is built when
// somebody asks for it.
func Vocabulary() []vocabulary.Table {
	return []vocabulary.Table{
		ProgramWords(),
		table("entrypoint", "[entrypoint]", entrypointWords()),
		table("supervisord", "[supervisord]", containerWords(supervisordKeys[:])),
		table("group", "[group:x]", wordsOf(groupKeys[:])),
		table("include", "[include]", wordsOf(includeKeys[:])),
		table("unix_http_server", "[unix_http_server]", wordsOf(unixServerKeys[:])),
		table("inet_http_server", "[inet_http_server]", wordsOf(inetServerKeys[:])),
		table("supervisorctl", "[supervisorctl]", wordsOf(supervisorctlKeys[:])),
		variableWords(),
		table("events", "Event types", eventWords()),
		table("profiles", "Profiles", profile.Words()),
		table("signals", "Signals", signalWords()),
	}
}

//go:noinline
func table(name, title string, words []vocabulary.Word) vocabulary.Table {
	return vocabulary.Table{Name: name, Title: title, Groups: []vocabulary.Group{{Words: words}}}
}

// ProgramWords are the keys of programs, each with the sections where it has a meaning.
func ProgramWords() vocabulary.Table {
	t := vocabulary.Table{Name: "program", Title: "[program:x], [fcgi-program:x], [eventlistener:x] and [program-default]"}
	for i := range programKeys {
		g := vocabulary.Group{Title: programKeys[i].title}
		for j := range programKeys[i].keys {
			key := &programKeys[i].keys[j]
			w := key.Word()
			w.Sections = key.kinds.names()
			g.Words = append(g.Words, w)
		}
		t.Groups = append(t.Groups, g)
	}
	return t
}

// containerWords are keys of [entrypoint] or of [supervisord].
func containerWords(keys []containerKey) []vocabulary.Word {
	words := make([]vocabulary.Word, len(keys))
	for i := range keys {
		words[i] = keys[i].Word()
	}
	return words
}

// entrypointWords are the keys of [entrypoint], which are variables as well.
func entrypointWords() (words []vocabulary.Word) {
	for _, t := range entrypointTables {
		words = append(words, containerWords(t)...)
	}
	for i := range words {
		words[i].Variable = variableOf(words[i].Name)
	}
	return words
}

// variableWords are the environment variables but those of options, which the command
// line knows.
func variableWords() vocabulary.Table {
	keys := entrypointWords()
	for i := range keys {
		w := &keys[i]
		w.Help = "The same as `" + w.Name + "` in [entrypoint], and wins. " + w.Help
		_, value, _ := strings.Cut(w.Example, " = ")
		w.Name, w.Variable = w.Variable, ""
		w.Example = "docker run -e " + w.Name + "=" + quotedWord(value) + " IMAGE"
	}
	return vocabulary.Table{Name: "variables", Title: "Environment variables", Groups: []vocabulary.Group{
		{Title: "Keys of [entrypoint]", Words: keys},
		{Title: "Others", Words: wordsOf(otherVariables[:])},
		{Title: "What programs find", Words: wordsOf(programVariables[:])},
	}}
}

// quotedWord is a value as a shell takes it.
func quotedWord(value string) string {
	if strings.ContainsAny(value, " *;&") {
		return `"` + value + `"`
	}
	return value
}

// wordsOf are rows for readers.
//
//go:noinline
func wordsOf(rows []row) []vocabulary.Word {
	words := make([]vocabulary.Word, len(rows))
	for i := range rows {
		words[i] = rows[i].Word()
	}
	return words
}

// namesOf are the names of rows.
func namesOf(rows []row) []string {
	names := make([]string, len(rows))
	for i := range rows {
		names[i] = rows[i].Name
	}
	return names
}

// names are the sections of a kind, as the file has them before the colon.
func (k kind) names() (names []string) {
	for i, name := range [...]string{"program", "fcgi-program", "eventlistener"} {
		if k&(1<<i) != 0 {
			names = append(names, name)
		}
	}
	return names
}
