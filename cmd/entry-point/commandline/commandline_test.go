package commandline

import (
	"errors"
	"reflect"
	"testing"
	"time"

	"github.com/jessevdk/go-flags"

	"entrypoint/config/vocabulary"
)

// options is a command line with an option of each type.
type options struct {
	Debug  bool     `short:"d" long:"debug" description:"run the application alone"`
	Count  int      `short:"n" long:"count" env:"T_COUNT" value-name:"N" default:"3" description:"how often" example:"--count 5"`
	Format string   `long:"format" values:"raw plain" description:"how lines look"`
	Budget stopTime `long:"stop-budget" description:"for a stop"`
}

// stopTime is a value with a reader of its own.
type stopTime time.Duration

func (s *stopTime) UnmarshalFlag(value string) error {
	d, err := Duration(value)
	*s = stopTime(d)
	return err
}

func parser(o *options) *flags.Parser {
	p := flags.NewParser(nil, flags.PassDoubleDash)
	if _, err := p.AddGroup("Options", "", o); err != nil {
		panic(err)
	}
	return p
}

// TestReason: each way in which a command line can be wrong, in one line of our words.
func TestReason(t *testing.T) {
	for _, tt := range []struct{ line, want string }{
		{"-x", "unknown option -x"},
		{"--debgu", "unknown option --debgu (did you mean --debug?)"},
		{"--xyzzy", "unknown option --xyzzy"},
		{"--count", "option --count wants a value"},
		{"--debug=yes", "option --debug takes no value"},
		{"--count=many", `option --count or T_COUNT: "many" is not a number`},
		{"-n99999999999999999999", `option --count or T_COUNT: "99999999999999999999" is too large`},
		{"--stop-budget=soon", `option --stop-budget: "soon" is not a time such as 9s or 1m30s`},
	} {
		p := parser(&options{})
		_, err := p.ParseArgs([]string{tt.line})
		if err == nil {
			t.Errorf("%s: no error", tt.line)
			continue
		}
		variable := func(name string) string {
			if name == "--count" {
				return "T_COUNT"
			}
			return ""
		}
		if got := Reason(p, err, variable); got != tt.want {
			t.Errorf("%s: %s\nwant: %s", tt.line, got, tt.want)
		}
	}
	if got := Reason(parser(&options{}), errors.New("of another kind"), nil); got != "of another kind" {
		t.Error(got)
	}
}

// TestDuration: a time is above 0 and not endless.
func TestDuration(t *testing.T) {
	for value, want := range map[string]time.Duration{"9s": 9 * time.Second, "1m30s": 90 * time.Second, "2": 2 * time.Second, "0.5": time.Second / 2} {
		if got, err := Duration(value); err != nil || got != want {
			t.Errorf("%s: %v, %v", value, got, err)
		}
	}
	for _, value := range []string{"", "0", "-1", "-3s", "soon", "nan", "inf", "-inf", "1e300", "9 s"} {
		if got, err := Duration(value); err == nil {
			t.Errorf("%q: %v", value, got)
		}
	}
}

// TestWords: what readers learn of options.
func TestWords(t *testing.T) {
	got := Words("options", parser(&options{}).Groups()[0])
	want := []vocabulary.Word{
		{Name: "--debug", Aliases: []string{"-d"}, Type: vocabulary.Boolean, Help: "run the application alone"},
		{Name: "--count", Aliases: []string{"-n"}, Metavar: "N", Default: "3", Variable: "T_COUNT", Help: "how often", Example: "--count 5"},
		{Name: "--format", Type: vocabulary.Choice, Values: []string{"raw", "plain"}, Help: "how lines look"},
		{Name: "--stop-budget", Help: "for a stop"},
	}
	if got.Name != "options" || got.Title != "Options" || len(got.Groups) != 1 || !reflect.DeepEqual(got.Groups[0].Words, want) {
		t.Errorf("%+v", got)
	}
}
