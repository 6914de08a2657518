package main

import (
	"cmp"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jessevdk/go-flags"

	"entrypoint/cmd/entry-point/commandline"
	"entrypoint/config"
	"entrypoint/supervisor/setup"
)

// options is the command line and its environment.
type options struct {
	Debug      bool   `short:"d" long:"debug" env:"ENTRYPOINT_DEBUG" description:"debug mode: no nginx or uWSGI, launches 'python3 app/app.py', or CMD after --; a WORD after -d means nothing, and a line says so" example:"entry-point -d -- flask run --debug"`
	Production bool   `long:"production" env:"ENTRYPOINT_PRODUCTION" description:"production mode, even if marker debug1 asks for debug mode; removes that marker" example:"entry-point --production"`
	Config     string `short:"c" long:"config" value-name:"FILE" env:"ENTRYPOINT_CONFIG" description:"configuration file of production mode, in supervisord's format" example:"entry-point -c /srv/entry-point.conf"`
	Check      bool   `short:"t" long:"check" description:"check the configuration, its commands and the image, and exit: 0 if all is good, else 78" example:"entry-point -t"`
	Strict     bool   `long:"strict" description:"warnings about the configuration are errors; with -t that is so for an entry-point.conf without it, too [ENTRYPOINT_STRICT]" example:"entry-point -t --strict"`
	SetupOnly  bool   `long:"setup" description:"run the setup steps and exit, for a RUN line of a Dockerfile" example:"entry-point --setup"`
	Policy     policy `long:"setup-policy" value-name:"WHEN" env:"ENTRYPOINT_SETUP" default:"changed" description:"when setup steps run: off (never), first (only if there is no marker), changed (when their files have changed), always, or offline (without a network: goes on if what is installed satisfies the files)" example:"entry-point --setup-policy offline" values:"off first changed always offline"`
	LockTime   budget `long:"lock-timeout" value-name:"TIME" env:"ENTRYPOINT_LOCK_TIMEOUT" description:"how long the setup waits for a process that has locked the working directory and gives no sign of life (default 1m); then it exits with 75" example:"entry-point --lock-timeout 5m"`
	StopBudget budget `long:"stop-budget" value-name:"TIME" env:"ENTRYPOINT_STOP_BUDGET" description:"time in which a stop must be over; keep it below docker stop's -t, which is 10 s (default stop_budget of the configuration, else 9s)" example:"entry-point --stop-budget 25s"`
	Again      bool   `long:"again" env:"ENTRYPOINT_AGAIN" description:"start although another entry-point runs production, setup or debug mode in this container" example:"entry-point --again"`
	Verbose    bool   `short:"v" long:"verbose" env:"ENTRYPOINT_VERBOSE" description:"say what is started, forwarded and reaped, and show the output of setup steps" example:"entry-point -v"`
	Version    bool   `short:"V" long:"version" description:"print version, commit and Go version"`
	Help       bool   `short:"h" long:"help" description:"print this help, or with words what entry-point help says of them" example:"entry-point -h stopsignal"`

	Launch launchOptions `group:"Launch mode (debug, or a command given)"`

	// Command is CMD ARG..., nil when none was given.
	Command []string `no-flag:"true"`

	word        string  // behind -d, where the tutorial has "debug": it means nothing; "": none, or that one
	supervisord *called // as supervisord; nil: by our own name
}

// launchOptions are what people use of tini and dumb-init.
type launchOptions struct {
	Group     bool       `short:"g" long:"group" env:"ENTRYPOINT_GROUP" description:"forward signals to the command's whole process group" example:"entry-point -g -- CMD"`
	Rewrite   []rewrite  `short:"r" long:"rewrite" value-name:"FROM:TO" env:"ENTRYPOINT_REWRITE" env-delim:"," description:"forward signal FROM as TO, by number or name; to 0 drops it (repeatable)" example:"entry-point -r 15:3 -r HUP:0 -- CMD"`
	RemapExit []exitCode `short:"e" long:"remap-exit" value-name:"CODE" env:"ENTRYPOINT_REMAP_EXIT" env-delim:"," description:"exit with 0 when the command's exit code is CODE (repeatable)" example:"entry-point -e 143 -- CMD"`
	User      string     `short:"u" long:"user" value-name:"USER" env:"ENTRYPOINT_USER" description:"run the command as USER or USER:GROUP, by name or number, as gosu does; entry-point itself stays root; in production mode it is the user of every program without user=" example:"entry-point -u app -- flask db upgrade"`
	Pdeathsig sig        `short:"p" long:"pdeathsig" value-name:"SIG" env:"ENTRYPOINT_PDEATHSIG" description:"receive, and forward, SIG when our own parent ends" example:"entry-point -p TERM -- CMD"`
}

// optionVariables are the names of the variables that options can be given by, less their
// ENTRYPOINT_. Other variables of ours concern the configuration or the prelude.
var optionVariables = [...]string{
	"DEBUG", "PRODUCTION", "CONFIG", "SETUP", "LOCK_TIMEOUT", "STOP_BUDGET", "AGAIN", "VERBOSE",
	"GROUP", "REWRITE", "REMAP_EXIT", "USER", "PDEATHSIG",
}

// usageError is a mistake on the command line or in the environment that stands
// for it: exit 64.
type usageError struct{ reason string }

func (e usageError) Error() string { return e.reason + " (see entry-point -h)" }

const (
	usage = "[-d [WORD]] [-c FILE] [OPTIONS] [[--] CMD ARG...]"
	about = `Container init for web applications: installs what requirements_os.txt, requirements.txt, package.json and their like declare, then runs nginx and uWSGI under supervision (no CMD), or launches one command as PID 1 (-d, or CMD).`
)

func newParser(o *options) *flags.Parser {
	// PassAfterNonOption: the first word that is no option begins CMD, whose
	// own options are its own.
	p := flags.NewNamedParser("entry-point", flags.PassDoubleDash|flags.PassAfterNonOption)
	p.Usage = usage
	p.LongDescription = about
	if _, err := p.AddGroup("Options", "", o); err != nil {
		panic(err) // a mistake in the struct tags, found by every test
	}
	return p
}

// plain reads the command lines that nearly every container starts with, and
// that have no option but -c FILE and -d, in this order: nothing, CMD ARG..., -d, -d WORD,
// -d -- CMD ARG...; else nil. They need no parser, whose reflection costs more than all else that
// happens before the fork.
func plain(args, env []string) *options {
	for _, entry := range env {
		if strings.HasPrefix(entry, "GO_FLAGS_") {
			return nil
		}
		if name, is := strings.CutPrefix(entry, "ENTRYPOINT_"); is {
			if name, _, _ = strings.Cut(name, "="); slices.Contains(optionVariables[:], name) {
				return nil
			}
		}
	}
	o := &options{Policy: policy{setup.Changed}}
	if len(args) > 1 && args[0] == "-c" && isWord(args, 1) && args[1] != "" {
		o.Config, args = args[1], args[2:]
	}
	if len(args) > 0 && args[0] == "-d" {
		o.Debug = true
		switch {
		case len(args) == 1:
			return o
		case len(args) == 2 && isWord(args, 1):
			o.dropped(args[1])
			return o
		case args[1] == "--":
			args = args[2:]
		default:
			return nil
		}
	}
	if len(args) > 0 {
		if strings.HasPrefix(args[0], "-") && !o.Debug {
			return nil
		}
		o.Command = args
	}
	return o
}

// parseOptions reads args (without the program's name) and the environment.
func parseOptions(args []string) (*options, error) {
	if o := plain(args, os.Environ()); o != nil {
		return o, nil
	}
	return parseFlags(args)
}

// parseFlags is parseOptions for every command line.
func parseFlags(args []string) (*options, error) {
	o := &options{}
	p := newParser(o)
	words, command := o.debugWords(p, args)
	rest, err := p.ParseArgs(words)
	if err != nil {
		return nil, usageError{flagReason(p, err)}
	}
	switch {
	case command != nil && len(rest) > 0:
		// With -- in sight, what stands before it is a mistake.
		return nil, usageError{fmt.Sprintf("unexpected argument %q before --", rest[0])}
	case len(rest) > 0 && o.Debug && given(p, "debug"):
		return nil, usageError{fmt.Sprintf("unexpected argument %q: write -d -- CMD ARG... to choose the debug command", rest[0])}
	case len(rest) > 0:
		o.Command = rest
	case len(command) > 0:
		o.Command = command
	}
	switch {
	case o.Check && o.Command != nil:
		return nil, usageError{fmt.Sprintf("unexpected argument %q: -t checks, and launches nothing", o.Command[0])}
	case o.SetupOnly && o.Command != nil:
		return nil, usageError{fmt.Sprintf("unexpected argument %q: --setup installs, and launches nothing", o.Command[0])}
	}
	if o.Debug && o.Production {
		if given(p, "debug") && given(p, "production") {
			return nil, usageError{"-d and --production exclude each other"}
		}
		// A flag is closer than the environment.
		o.Debug, o.Production = given(p, "debug"), given(p, "production")
		if o.Debug == o.Production {
			return nil, usageError{"ENTRYPOINT_DEBUG and ENTRYPOINT_PRODUCTION exclude each other"}
		}
	}
	return o, nil
}

// given says whether an option stood on the command line, not in the environment.
func given(p *flags.Parser, long string) bool {
	opt := p.FindOptionByLongName(long)
	return opt.IsSet() && !opt.IsSetDefault()
}

// debugWords makes -d a plain switch. The tutorial's script wants a word after
// it (getopts "hd:"), people write none: -d, -d WORD, -dWORD and --debug=WORD
// all mean the same. It returns the words up to --, and what follows it.
func (o *options) debugWords(p *flags.Parser, args []string) (words, command []string) {
	for i := 0; i < len(args); i++ {
		arg := args[i]
		switch {
		case arg == "--":
			return words, args[i+1:]
		case !strings.HasPrefix(arg, "-") || arg == "-":
			return append(words, args[i:]...), nil // CMD begins
		case arg == "--debug" || strings.HasPrefix(arg, "--debug="):
			words = append(words, "--debug")
			if word, ok := strings.CutPrefix(arg, "--debug="); ok {
				o.dropped(word)
			} else if isWord(args, i+1) {
				i++
				o.dropped(args[i])
			}
		case strings.HasPrefix(arg, "--"):
			words = append(words, arg)
			if opt := p.FindOptionByLongName(arg[2:]); opt != nil && takesValue(opt) && i+1 < len(args) {
				i++
				words = append(words, args[i])
			}
		default:
			keep, next := shortCluster(p, arg)
			words = append(words, keep)
			o.dropped(arg[len(keep):])
			if next == wordFollows && isWord(args, i+1) {
				i++
				o.dropped(args[i])
			}
			if next == valueFollows && i+1 < len(args) {
				i++
				words = append(words, args[i])
			}
		}
	}
	return words, nil
}

// dropped notes a word behind -d that nobody reads, to say so: who writes "-d bash"
// may mean "-d -- bash". The tutorial's own word is no mistake.
func (o *options) dropped(word string) {
	if word != "" && word != "debug" {
		o.word = word
	}
}

type following int

const (
	nothingFollows following = iota
	wordFollows              // -d at the end: a word may follow, to be dropped
	valueFollows             // an option at the end that takes a value
)

// shortCluster reads "-vdWORD": it cuts what is glued to d, and says what the
// next argument is.
func shortCluster(p *flags.Parser, arg string) (keep string, next following) {
	for i, c := range arg[1:] {
		end := i + 2 // behind c
		if c == 'd' {
			if end == len(arg) {
				return arg, wordFollows
			}
			return arg[:end], nothingFollows
		}
		if opt := p.FindOptionByShortName(c); opt != nil && takesValue(opt) {
			if end == len(arg) {
				return arg, valueFollows
			}
			return arg, nothingFollows
		}
	}
	return arg, nothingFollows
}

func takesValue(opt *flags.Option) bool {
	_, isSwitch := opt.Value().(bool)
	return !isSwitch
}

func isWord(args []string, i int) bool { return i < len(args) && !strings.HasPrefix(args[i], "-") }

// flagReason puts the parser's error into one line of ours.
func flagReason(p *flags.Parser, err error) string {
	return commandline.Reason(p, err, func(name string) string {
		if opt := p.FindOptionByLongName(strings.TrimLeft(name, "-")); opt != nil {
			return opt.EnvDefaultKey
		}
		return ""
	})
}

// defaultBudget is one second less than what docker stop gives.
const defaultBudget = config.UsualBudget

// budget is a duration, in Go's form ("9s", "1m30s") or as plain seconds; 0: not
// given.
type budget time.Duration

// or is b, or else what the configuration says (0: nothing), or the default.
func (b budget) or(configured time.Duration) time.Duration {
	return cmp.Or(time.Duration(b), configured, defaultBudget)
}

func (b *budget) UnmarshalFlag(value string) error {
	d, err := commandline.Duration(value)
	if err == nil {
		*b = budget(d)
	}
	return err
}

// policy is a setup policy by name.
type policy struct{ setup.Policy }

func (p *policy) UnmarshalFlag(value string) (err error) {
	p.Policy, err = setup.ParsePolicy(value)
	return err
}

// sig is a signal by name or number.
type sig syscall.Signal

func (s *sig) UnmarshalFlag(value string) error {
	number, err := config.ParseSignal(value)
	*s = sig(number)
	return err
}

// exitCode is 0 to 255.
type exitCode int

func (c *exitCode) UnmarshalFlag(value string) error {
	code, err := strconv.ParseUint(value, 10, 8)
	if err != nil {
		return fmt.Errorf("%q is not an exit code from 0 to 255", value)
	}
	*c = exitCode(code)
	return nil
}

// rewrite is FROM:TO.
type rewrite struct{ from, to syscall.Signal }

func (r *rewrite) UnmarshalFlag(value string) error {
	from, to, ok := strings.Cut(value, ":")
	if !ok {
		return fmt.Errorf("%q is not FROM:TO, such as 15:3 or TERM:QUIT", value)
	}
	var err error
	if r.from, err = config.ParseSignal(from); err != nil {
		return err
	}
	if strings.TrimSpace(to) == "0" {
		r.to = 0
		return nil
	}
	r.to, err = config.ParseSignal(to)
	return err
}
