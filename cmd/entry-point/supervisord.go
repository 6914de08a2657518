package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/jessevdk/go-flags"

	"entrypoint/cmd/entry-point/help"
	"entrypoint/config"
	"entrypoint/supervisor/control"
	"entrypoint/supervisor/process"
	"entrypoint/supervisor/threads"
)

// codeSupervisordUsage is what supervisord exits with after a mistake on its
// command line.
const codeSupervisordUsage = 2

// calledSupervisord says whether we stand in for supervisord: a link of that name
// lets the CMD or ENTRYPOINT of an older image work as it is.
func calledSupervisord(argv0 string) bool { return filepath.Base(argv0) == "supervisord" }

// supervisordOptions is supervisord's command line. Those of its options that the
// configuration has a key for stand above the file.
type supervisordOptions struct {
	Configuration string `short:"c" long:"configuration" value-name:"FILE" description:"configuration file"`
	Nodaemon      bool   `short:"n" long:"nodaemon" description:"stay in the foreground; this is always so"`
	Silent        bool   `short:"s" long:"silent" description:"accepted"`
	Help          bool   `short:"h" long:"help" description:"print this help"`
	Version       bool   `short:"v" long:"version" description:"print the version"`
	User          string `short:"u" long:"user" value-name:"USER" description:"user of the programs that have none of their own"`
	Umask         string `short:"m" long:"umask" value-name:"UMASK" description:"umask of the programs that have none of their own"`
	Directory     string `short:"d" long:"directory" value-name:"DIR" description:"working directory"`
	Logfile       string `short:"l" long:"logfile" value-name:"FILE" description:"log file"`
	LogMaxbytes   string `short:"y" long:"logfile_maxbytes" value-name:"BYTES" description:"size at which the log file is rotated"`
	LogBackups    string `short:"z" long:"logfile_backups" value-name:"N" description:"rotated log files that are kept"`
	Loglevel      string `short:"e" long:"loglevel" value-name:"LEVEL" description:"least level of the log file's lines"`
	Pidfile       string `short:"j" long:"pidfile" value-name:"FILE" description:"file for our process id"`
	Identifier    string `short:"i" long:"identifier" value-name:"NAME" description:"name of this instance"`
	Childlogdir   string `short:"q" long:"childlogdir" value-name:"DIR" description:"directory of AUTO log files"`
	Nocleanup     bool   `short:"k" long:"nocleanup" description:"keep the AUTO log files of the last time"`
	Minfds        string `short:"a" long:"minfds" value-name:"N" description:"least limit of open files"`
	StripANSI     bool   `short:"t" long:"strip_ansi" description:"take escape sequences out of log files"`
	Minprocs      string `long:"minprocs" value-name:"N" description:"least limit of processes"`
	Profile       string `long:"profile_options" value-name:"LIST" description:"accepted"`
}

// settings are the keys of [supervisord] that the command line gives.
func (o *supervisordOptions) settings() (list []config.Setting) {
	flag := func(on bool) string {
		if on {
			return "true"
		}
		return ""
	}
	for _, s := range [...]config.Setting{
		{Key: "user", Value: o.User},
		{Key: "umask", Value: o.Umask},
		{Key: "directory", Value: o.Directory},
		{Key: "logfile", Value: o.Logfile},
		{Key: "logfile_maxbytes", Value: o.LogMaxbytes},
		{Key: "logfile_backups", Value: o.LogBackups},
		{Key: "loglevel", Value: o.Loglevel},
		{Key: "pidfile", Value: o.Pidfile},
		{Key: "identifier", Value: o.Identifier},
		{Key: "childlogdir", Value: o.Childlogdir},
		{Key: "nocleanup", Value: flag(o.Nocleanup)},
		{Key: "strip_ansi", Value: flag(o.StripANSI)},
		{Key: "minfds", Value: o.Minfds},
		{Key: "minprocs", Value: o.Minprocs},
	} {
		if s.Value != "" {
			list = append(list, s)
		}
	}
	return list
}

func newSupervisordParser(name string, o *supervisordOptions) *flags.Parser {
	p := flags.NewNamedParser(name, flags.PassDoubleDash)
	p.Usage = "[OPTIONS]"
	p.LongDescription = "entry-point in the place of supervisord: runs the programs of a supervisord.conf, in the foreground."
	if _, err := p.AddGroup("Options", "", o); err != nil {
		panic(err) // a mistake in the struct tags, found by every test
	}
	return p
}

// parseSupervisord reads supervisord's command line (without the program's
// name) as its getopt does: a long option may be shortened as long as it is clear,
// and there are no arguments.
func parseSupervisord(name string, args []string) (*supervisordOptions, error) {
	o := &supervisordOptions{}
	p := newSupervisordParser(name, o)
	words, err := unabbreviated(p, args)
	if err != nil {
		return nil, err
	}
	rest, err := p.ParseArgs(words)
	switch {
	case err != nil:
		return nil, usageError{flagReason(p, err)}
	case len(rest) > 0:
		return nil, usageError{fmt.Sprintf("unexpected argument %q", rest[0])}
	}
	return o, nil
}

// unabbreviated writes long options out.
func unabbreviated(p *flags.Parser, args []string) (words []string, err error) {
	for i, arg := range args {
		long, ok := strings.CutPrefix(arg, "--")
		if !ok || long == "" || i > 0 && wantsValue(p, args[i-1]) {
			words = append(words, arg)
			continue
		}
		name, value, hasValue := strings.Cut(long, "=")
		var found []string
		for _, opt := range p.Groups()[0].Options() {
			if opt.LongName == name {
				found = []string{name}
				break
			}
			if strings.HasPrefix(opt.LongName, name) {
				found = append(found, opt.LongName)
			}
		}
		if len(found) > 1 {
			return nil, usageError{"option --" + name + " is not clear: " + strings.Join(found, ", ")}
		}
		if len(found) == 1 {
			arg = "--" + found[0]
			if hasValue {
				arg += "=" + value
			}
		}
		words = append(words, arg)
	}
	return words, nil
}

// wantsValue says whether the next argument is the value of this one.
func wantsValue(p *flags.Parser, arg string) bool {
	if strings.HasPrefix(arg, "--") {
		opt := p.FindOptionByLongName(arg[2:])
		return opt != nil && takesValue(opt)
	}
	for i, c := range strings.TrimPrefix(arg, "-") {
		if opt := p.FindOptionByShortName(c); opt != nil && takesValue(opt) {
			return i+2 == len(arg) // else the rest is its value
		}
	}
	return false
}

// called is how we were called, as supervisord.
type called struct {
	argv0    string
	settings []config.Setting
}

// runSupervisord is run under the name of supervisord: no setup, no modes.
func (a *app) runSupervisord(args []string) int {
	o, err := parseSupervisord(filepath.Base(os.Args[0]), args)
	if err != nil {
		a.err.Print(err.Error())
		return codeSupervisordUsage
	}
	switch {
	case o.Help:
		writeSupervisordHelp(os.Stdout, o)
		return 0
	case o.Version:
		fmt.Println(control.Number(version)) // scripts compare it
		return 0
	}
	if again, _ := strconv.ParseBool(os.Getenv("ENTRYPOINT_AGAIN")); !a.alone(again) {
		return codeSupervisordUsage
	}
	argv0 := os.Args[0]
	if file, err := process.Look(argv0, os.Environ(), ""); err == nil {
		argv0 = file // the search for a configuration begins beside it
	}
	a.options = &options{Config: o.Configuration, supervisord: &called{argv0, o.settings()}}
	if said := os.Getenv("ENTRYPOINT_STOP_BUDGET"); said != "" {
		if err := a.options.StopBudget.UnmarshalFlag(said); err != nil {
			a.err.Print("ENTRYPOINT_STOP_BUDGET: " + err.Error())
			return codeSupervisordUsage
		}
	}
	return a.asInit(func() int {
		a.held = process.KeepInherited()
		a.reserve(threads.Supervise())
		a.threads.Begin()
		return a.supervise(func() (*config.Config, int) { return a.configuration(final) })
	})
}

func writeSupervisordHelp(w io.Writer, o *supervisordOptions) {
	p := newSupervisordParser("supervisord", o)
	_, _ = io.WriteString(w, "Usage:\n  "+p.Name+" "+p.Usage+"\n\n"+help.Wrap(p.LongDescription, "")+groupHelp(p.Groups()[0]))
}
