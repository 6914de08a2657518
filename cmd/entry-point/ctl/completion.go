package ctl

import (
	_ "embed" // the scripts
	"fmt"
	"strings"
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
	var script, separator string
	switch words[0] {
	case "bash":
		script, separator = bashScript, "|*:"
	case "zsh":
		script, separator = zshScript, "|"
	case "fish":
		script, separator = fishScript, " "
	default:
		return usageError{fmt.Sprintf("no completion for shell %q: there is bash, zsh and fish", words[0])}
	}
	var names, flags []string
	for _, known := range commands() {
		names = append(names, known.name)
	}
	var long strings.Builder // fish has a line for each option
	for _, opt := range newParser(&options{}).Groups()[0].Options() {
		flags = append(flags, "--"+opt.LongName)
		fmt.Fprintf(&long, "complete -c entry-point -n __entry_point_ctl -l %s", opt.LongName)
		if opt.ShortName != 0 {
			flags = append(flags, "-"+string(opt.ShortName))
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
		"@COMMANDS@", strings.Join(names, " "), "@OPTIONS@", strings.Join(flags, " "),
		"@SIGNALS@", "HUP INT QUIT KILL USR1 USR2 TERM CONT STOP WINCH",
		"@ACTING@", strings.ReplaceAll(acting, " ", separator), "@SHOWING@", strings.ReplaceAll(showing, " ", separator),
	).WriteString(c.out, script)
	if err == nil && words[0] == "fish" {
		_, err = c.out.WriteString(long.String())
	}
	return err
}
