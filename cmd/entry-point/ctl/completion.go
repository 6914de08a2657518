package ctl

import (
	_ "embed" // the scripts
	"fmt"
	"strings"

	"github.com/jessevdk/go-flags"
)

//go:embed completion/bash.sh
var bashScript string

//go:embed completion/zsh.sh
var zshScript string

//go:embed completion/fish.sh
var fishScript string

// acting are the commands that want names of programs, showing those that may
// have them.
const (
	acting  = "start stop restart clear"
	showing = "status logs tail pid top reload"
)

// completion prints a shell's script. Commands and options are filled in from
// their tables; the names of programs the script asks of a server that runs.
func (c *cli) completion(words []string) error {
	var script, separator, options string
	switch words[0] {
	case "bash":
		script, separator, options = bashScript, "|*:", "candidates='%s'"
	case "zsh":
		script, separator, options = zshScript, "|", "compadd -- %s"
	case "fish":
		script, separator = fishScript, " "
	default:
		return usageError{fmt.Sprintf("no completion for shell %q: there is bash, zsh and fish", words[0])}
	}
	var long strings.Builder // fish has a line for each option
	for _, opt := range ctlOptions() {
		who := "__entry_point_ctl"
		if by := takers(opt.LongName); len(by) < len(commands()) {
			who = "'__entry_point_at 0; or __entry_point_at any " + strings.Join(by, " ") + "'"
		}
		fmt.Fprintf(&long, "complete -c entry-point -n %s -l %s", who, opt.LongName)
		if opt.ShortName != 0 {
			fmt.Fprintf(&long, " -s %c", opt.ShortName)
		}
		switch {
		case opt.LongName == "socket":
			long.WriteString(" -r -F")
		case opt.LongName == "stream":
			long.WriteString(" -x -a 'stdout stderr'")
		case opt.ValueName != "":
			long.WriteString(" -x")
		}
		fmt.Fprintf(&long, " -d '%s'\n", opt.Description)
	}
	_, err := strings.NewReplacer(
		"@COMMANDS@", strings.Join(Names(), " "), "@OPTIONS@", optionCases(options),
		"@SIGNALS@", "HUP INT QUIT KILL USR1 USR2 TERM CONT STOP WINCH",
		"@ACTING@", strings.ReplaceAll(acting, " ", separator), "@SHOWING@", strings.ReplaceAll(showing, " ", separator),
	).WriteString(c.out, script)
	if err == nil && words[0] == "fish" {
		_, err = c.out.WriteString(long.String())
	}
	return err
}

func ctlOptions() []*flags.Option { return newParser(&options{}).Groups()[0].Options() }

// takers are the commands that take an option.
func takers(option string) (names []string) {
	for _, known := range commands() {
		if known.accepts(option) {
			names = append(names, known.name)
		}
	}
	return names
}

// optionCases are the branches of a shell's case over the command, which is empty while
// none is written: those options, worded as offer, that it takes.
func optionCases(offer string) string {
	var cases []string
	branch := func(pattern string, accepts func(option string) bool) {
		var words []string
		for _, opt := range ctlOptions() {
			if !accepts(opt.LongName) {
				continue
			}
			words = append(words, "--"+opt.LongName)
			if opt.ShortName != 0 {
				words = append(words, "-"+string(opt.ShortName))
			}
		}
		cases = append(cases, "        "+pattern+") "+fmt.Sprintf(offer, strings.Join(words, " "))+" ;;")
	}
	branch("''", func(string) bool { return true })
	for _, known := range commands() {
		branch(known.name, known.accepts)
	}
	return strings.Join(cases, "\n")
}
