package ctl

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"entrypoint/cmd/entry-point/commandline"

	"entrypoint/config/environ"
	"github.com/jessevdk/go-flags"
)

// options are those of the command line, before or behind the command.
type options struct {
	Socket  string   `short:"s" long:"socket" value-name:"PATH" description:"control socket [ENTRYPOINT_SOCKET] (default: wherever the entry-point of this container listens)"`
	JSON    bool     `long:"json" description:"print the answers as JSON objects, one a line"`
	Follow  bool     `short:"f" long:"follow" description:"logs, events: go on with what comes"`
	Lines   int      `short:"n" long:"lines" value-name:"N" description:"logs: how many of the last lines (default 10)"`
	Stream  string   `long:"stream" value-name:"NAME" description:"logs: stdout or stderr only"`
	Main    bool     `long:"main" description:"logs: the log of entry-point itself, in the format of supervisord"`
	NoWait  bool     `long:"no-wait" description:"start, stop, restart: do not wait for the result"`
	Timeout duration `long:"timeout" value-name:"TIME" description:"give up after this time without an answer (default 5s; none for what waits or follows)"`
	NoColor bool     `long:"no-color" description:"no colours on a terminal [NO_COLOR]"`
	Help    bool     `short:"h" long:"help" description:"print this help"`

	given []string // the long names of those that stood on the command line
}

func newParser(o *options) *flags.Parser {
	p := flags.NewNamedParser("entry-point ctl", flags.PassDoubleDash)
	if _, err := p.AddGroup("Options", "", o); err != nil {
		panic(err) // a mistake in the struct tags, found by every test
	}
	return p
}

// parse reads the command line and returns its words without options.
func (c *cli) parse(args []string) ([]string, error) {
	p := newParser(&c.options)
	words, err := p.ParseArgs(args)
	switch {
	case err != nil:
		return nil, usageError{commandline.Reason(p, err, nil)}
	case p.FindOptionByLongName("lines").IsSet() && c.Lines < 1:
		return nil, usageError{"option --lines wants a number above 0"}
	case c.Stream != "" && c.Stream != "stdout" && c.Stream != "stderr":
		return nil, usageError{fmt.Sprintf("option --stream: %q is neither stdout nor stderr", c.Stream)}
	}
	for _, opt := range p.Groups()[0].Options() {
		if opt.IsSet() {
			c.given = append(c.given, opt.LongName)
		}
	}
	c.color = c.tty && !c.NoColor && environ.Value(c.env, "NO_COLOR") == "" && environ.Value(c.env, "TERM") != "dumb"
	c.socket = socketPath(c.Socket, c.env)
	return words, nil
}

// duration is a time in Go's form ("9s", "1m30s") or in plain seconds; 0: not given.
type duration time.Duration

// UnmarshalFlag is how go-flags reads one.
func (d *duration) UnmarshalFlag(value string) error {
	parsed, err := commandline.Duration(value)
	if err == nil {
		*d = duration(parsed)
	}
	return err
}

// ignored is an option of the command line that a command does not take, as it was
// written for people; "": there is none.
func (c *cli) ignored(by *command) string {
	for _, name := range c.given {
		if !by.accepts(name) {
			return "--" + name
		}
	}
	return ""
}

// accepts says whether a command takes an option.
func (c *command) accepts(option string) bool {
	return slices.Contains(strings.Fields(general+" "+c.takes), option)
}

// help prints what there is, or one command's line.
func (c *cli) help(words []string) error {
	if len(words) == 1 {
		found, err := findCommand(words[0])
		if err != nil {
			return err
		}
		fmt.Fprintf(c.out, "entry-point ctl %s: %s\n", strings.TrimRight(found.name+" "+found.args, " "), found.about)
		if found.takes != "" {
			fmt.Fprintf(c.out, "Options beside those of every command: --%s\n", strings.ReplaceAll(found.takes, " ", ", --"))
		}
		return nil
	}
	fmt.Fprint(c.out, "Usage:\n  entry-point ctl COMMAND [OPTIONS] [NAME...]\n\nCommands:\n")
	for _, known := range commands() {
		fmt.Fprintf(c.out, "  %-25s %s\n", known.name+" "+known.args, known.about)
	}
	fmt.Fprint(c.out, "\nA NAME is that of a program, GROUP:* for all programs of a group, or all.\n\nOptions:\n")
	for _, opt := range newParser(&options{}).Groups()[0].Options() {
		label := "    --" + opt.LongName
		if opt.ShortName != 0 {
			label = "-" + string(opt.ShortName) + ", --" + opt.LongName
		}
		if opt.ValueName != "" {
			label += " " + opt.ValueName
		}
		fmt.Fprintf(c.out, "  %-25s %s\n", label, opt.Description)
	}
	fmt.Fprint(c.out, "\nExit codes: 0 done; 1 failed, or not ready; 2 usage; 3 a program is not up (status);\n4 no server, or no such program (status); 7 not running.\n")
	return nil
}
