package ctl

import (
	_ "embed" // the scripts
	"fmt"
	"strings"

	"github.com/jessevdk/go-flags"

	"entrypoint/config/vocabulary"
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

// signals are those that people send.
const signals = "HUP INT QUIT KILL USR1 USR2 TERM CONT STOP WINCH"

// completion prints a shell's script. Commands and options are filled in from
// their tables; the names of programs the script asks of a server that runs.
func (c *cli) completion(words []string) error {
	var script, separator, options string
	own, help := c.main()
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
	for i := range own {
		if words[0] == "fish" {
			long.WriteString(fishOption(&own[i]))
		}
	}
	_, err := strings.NewReplacer(
		"@TOPICS@", strings.Join(help, " "), "@MAINOPTIONS@", strings.Join(spellings(own), " "),
		"@MAINVALUED@", strings.Join(valued(own), separatorOf(words[0])), "@MAINVALUES@", valueCases(own, words[0]),
		"@COMMANDS@", strings.Join(Names(), " "), "@OPTIONS@", optionCases(options),
		"@SIGNALS@", signals,
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

// Main is what there is to complete beside ctl: the options of entry-point itself, and the
// words that it has help on.
type Main func() (options []vocabulary.Word, help []string)

// valued are the spellings of those options that take a value.
func valued(options []vocabulary.Word) (all []string) {
	for i := range options {
		if options[i].Metavar != "" {
			all = append(all, spellings(options[i:i+1])...)
		}
	}
	return all
}

// spellings are the long and short forms of options.
func spellings(options []vocabulary.Word) (all []string) {
	for i := range options {
		all = append(append(all, options[i].Aliases...), options[i].Name)
	}
	return all
}

// separatorOf is what stands between the patterns of a shell's case.
func separatorOf(shell string) string {
	if shell == "fish" {
		return " "
	}
	return " | "
}

// candidates are the values that an option can have, as far as they can be told.
func candidates(w *vocabulary.Word) string {
	if w.Metavar == "SIG" {
		return signals
	}
	return strings.Join(w.Values, " ")
}

// valueCases are the branches of a shell's case over an option, where its value is to be
// completed.
func valueCases(options []vocabulary.Word, shell string) string {
	files, offer, nothing := `COMPREPLY=($(compgen -f -- "$word")); return`, "candidates='%s'", "return"
	if shell == "zsh" {
		files, offer = "_files; return", "compadd -- %s; return"
	}
	var cases []string
	for i := range options {
		w := &options[i]
		branch := nothing
		switch {
		case w.Metavar == "":
			continue
		case w.Metavar == "FILE":
			branch = files
		case candidates(w) != "":
			branch = fmt.Sprintf(offer, candidates(w))
		}
		cases = append(cases, "        "+strings.Join(spellings(options[i:i+1]), " | ")+") "+branch+" ;;")
	}
	return strings.Join(cases, "\n")
}

// fishOption is the line of an option of entry-point itself.
func fishOption(w *vocabulary.Word) string {
	line := "complete -c entry-point -n __entry_point_main -l " + strings.TrimPrefix(w.Name, "--")
	for _, short := range w.Aliases {
		line += " -s " + strings.TrimPrefix(short, "-")
	}
	switch {
	case w.Metavar == "FILE":
		line += " -r -F"
	case candidates(w) != "":
		line += " -x -a '" + candidates(w) + "'"
	case w.Metavar != "":
		line += " -x"
	}
	return line + " -d '" + strings.ReplaceAll(w.Help, "'", `\'`) + "'\n"
}
