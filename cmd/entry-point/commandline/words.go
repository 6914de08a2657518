package commandline

import (
	"strings"

	"github.com/jessevdk/go-flags"

	"entrypoint/config/vocabulary"
)

// Words are the options of a group for readers. What go-flags has no place for stands in
// two tags more: values, with blanks between them, and example.
func Words(name string, g *flags.Group) vocabulary.Table {
	t := vocabulary.Table{Name: name, Title: g.ShortDescription, Groups: []vocabulary.Group{{}}}
	for _, opt := range g.Options() {
		tag := opt.Field().Tag
		w := vocabulary.Word{
			Name: "--" + opt.LongName, Metavar: opt.ValueName, Default: strings.Join(opt.Default, ","), Variable: opt.EnvDefaultKey,
			Help: opt.Description, Example: tag.Get("example"),
		}
		if opt.ShortName != 0 {
			w.Aliases = []string{"-" + string(opt.ShortName)}
		}
		if values := tag.Get("values"); values != "" {
			w.Type, w.Values = vocabulary.Choice, strings.Fields(values)
		} else if _, is := opt.Value().(bool); is {
			w.Type = vocabulary.Boolean
		}
		t.Groups[0].Words = append(t.Groups[0].Words, w)
	}
	return t
}
