package help

import (
	"slices"
	"strconv"
	"strings"

	"entrypoint/config/nearest"
	"entrypoint/config/vocabulary"
)

// Found is a word and the table that it stands in.
type Found struct {
	*vocabulary.Word
	Table *vocabulary.Table
}

// Find returns all words of a name, whatever tables they stand in: "user" is a key of
// programs and one of [supervisord]. Case and leading dashes do not matter, nor does SIG
// before a signal.
func (b *Book) Find(name string) (found []Found) {
	asked := simple(name)
	for i := range b.Tables {
		t := &b.Tables[i]
		t.Each(func(w *vocabulary.Word) {
			is := simple(w.Name) == asked || t.Name == "signals" && simple(w.Name) == strings.TrimPrefix(asked, "sig") || t.Name == "exit-codes" && meansCode(w.Name, name)
			for _, alias := range w.Aliases {
				is = is || alias == name
			}
			if is {
				found = append(found, Found{w, t})
			}
		})
	}
	return found
}

// simple is how names are compared.
func simple(name string) string {
	name = strings.ToLower(strings.TrimLeft(name, "-"))
	return strings.TrimSuffix(strings.TrimPrefix(name, "["), "]")
}

// Names are all that somebody may ask for, each once: topics, and then words, but options.
func (b *Book) Names() (names []string) {
	add := func(name string) {
		if !strings.HasPrefix(name, "-") && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	for i := range b.Topics {
		add(b.Topics[i].Name)
	}
	for i := range b.Tables {
		b.Tables[i].Each(func(w *vocabulary.Word) { add(w.Name) })
	}
	return names
}

// Unknown is a word that nothing is known about.
type Unknown struct{ word, hint string }

func (e Unknown) Error() string {
	return "there is no help on " + strconv.Quote(e.word) + e.hint + "; entry-point help lists what there is"
}

// unknown says which word was probably meant.
func (b *Book) unknown(word string) error {
	names := b.Names()
	for _, t := range []string{"options", "launch-options", "ctl-options", "supervisord-options"} {
		b.Table(t).Each(func(w *vocabulary.Word) { names = append(names, strings.TrimLeft(w.Name, "-")) })
	}
	hint := nearest.Hint(simple(word), names)
	if hint == "" {
		hint = nearest.Hint(strings.ToUpper(word), names)
	}
	return Unknown{word, hint}
}
