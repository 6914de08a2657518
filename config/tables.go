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
		programWords(), containerWords("entrypoint", entrypointKeys[:]), containerWords("supervisord", supervisordKeys[:]),
		sectionWords("group", "[group:x]", groupKeys[:]), sectionWords("include", "[include]", includeKeys[:]),
		sectionWords("unix_http_server", "[unix_http_server]", unixServerKeys[:]),
		sectionWords("inet_http_server", "[inet_http_server]", inetServerKeys[:]),
		sectionWords("supervisorctl", "[supervisorctl]", supervisorctlKeys[:]),
		variableWords(), eventWords(),
		{Name: "profiles", Title: "Profiles", Groups: []vocabulary.Group{{Words: profile.Words()}}},
		signalWords(),
	}
}

// programWords are the keys of programs, each with the sections where it has a meaning.
func programWords() vocabulary.Table {
	t := vocabulary.Table{Name: "program", Title: "[program:x], [fcgi-program:x], [eventlistener:x] and [program-default]"}
	for i := range programKeys {
		g := vocabulary.Group{Title: programKeys[i].title}
		for j := range programKeys[i].keys {
			key := &programKeys[i].keys[j]
			w := key.word
			w.Sections = key.kinds.names()
			g.Words = append(g.Words, w)
		}
		t.Groups = append(t.Groups, g)
	}
	return t
}

// containerWords are the keys of [entrypoint], which are variables as well, or of
// [supervisord].
func containerWords(section string, keys []containerKey) vocabulary.Table {
	words := make([]word, 0, len(keys))
	for i := range keys {
		w := keys[i].word
		if section == "entrypoint" {
			w.Variable = variableOf(w.Name)
		}
		words = append(words, w)
	}
	return sectionWords(section, "["+section+"]", words)
}

func sectionWords(name, title string, words []word) vocabulary.Table {
	return vocabulary.Table{Name: name, Title: title, Groups: []vocabulary.Group{{Words: words}}}
}

// variableWords are the environment variables but those of options, which the command
// line knows.
func variableWords() vocabulary.Table {
	keys := make([]word, 0, len(entrypointKeys))
	for i := range entrypointKeys {
		w := entrypointKeys[i].word
		w.Name, w.Help = variableOf(w.Name), "The same as `"+w.Name+"` in [entrypoint], and wins. "+w.Help
		_, value, _ := strings.Cut(w.Example, " = ")
		w.Example = "docker run -e " + w.Name + "=" + quotedWord(value) + " IMAGE"
		keys = append(keys, w)
	}
	return vocabulary.Table{Name: "variables", Title: "Environment variables", Groups: []vocabulary.Group{
		{Title: "Keys of [entrypoint]", Words: keys},
		{Title: "Others", Words: otherVariables[:]},
		{Title: "What programs find", Words: programVariables[:]},
	}}
}

// quotedWord is a value as a shell takes it.
func quotedWord(value string) string {
	if strings.ContainsAny(value, " *;&") {
		return `"` + value + `"`
	}
	return value
}

// namesOf are the names of words.
func namesOf(words []word) []string {
	names := make([]string, len(words))
	for i := range words {
		names[i] = words[i].Name
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
