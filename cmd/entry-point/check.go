package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"entrypoint/config"
	"entrypoint/supervisor/process"
	"entrypoint/supervisor/setup"
)

// shownPrograms is how many programs -t tells of.
const shownPrograms = 20

// check is -t: it says what is made of the configuration, and what of it would not work
// here. Nothing is started.
func (a *app) check() int {
	process.NoInit() // it is nobody's init: Ctrl-C ends it
	a.prelude.mode = config.PreludeProduction
	m := a.makingFirst()
	cfg, code := a.configurationMaking(final, m)
	if err := setup.CheckImage("."); err != nil {
		a.printLines(err.Error())
		code = codeConfig
	}
	if cfg == nil {
		return code
	}
	findings := append(cfg.Warnings, a.templateMistakes(cfg)...)
	commands := commandFindings(cfg)
	if len(commands) > 0 && setup.Pending(a.setupOptions()) {
		for i := range commands {
			commands[i] += "; the setup, which is still to run here, may bring it"
		}
		cfg.Notes = append(cfg.Notes, commands...)
	} else {
		findings = append(findings, commands...)
	}
	for _, text := range append(findings, cfg.Notes...) {
		a.err.Print(text)
	}
	if m.failed != "" {
		a.printLines(m.failed + "\na start with these variables and files would end here (an error with --strict)")
		if a.options.Strict {
			return codeConfig
		}
	}
	switch count := plural(len(findings), "warning"); {
	case len(findings) > 0 && a.strict(cfg):
		a.err.Print("configuration " + cfg.Source + " is not good: " + count + ", and warnings are errors here (--strict, or a file named entry-point.conf without strict = off)")
		return codeConfig
	case code != 0:
		return code
	case len(findings) > 0:
		a.err.Print("configuration " + cfg.Source + " is good, but for " + count + " (errors with --strict)")
	default:
		a.err.Print("configuration " + cfg.Source + " is good")
	}
	a.explain(cfg, m)
	a.tell(cfg)
	return 0
}

func plural(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return strconv.Itoa(n) + " " + what
}

// tell says how the programs are supervised.
func (a *app) tell(cfg *config.Config) {
	programs := cfg.Programs[:min(shownPrograms, len(cfg.Programs))]
	var rows [][]string
	for _, p := range programs {
		rows = append(rows, row(p))
	}
	for _, line := range aligned(rows) {
		a.err.Print(line)
	}
	if more := len(cfg.Programs) - len(programs); more > 0 {
		a.err.Print("  and " + strconv.Itoa(more) + " more")
	}
	if a.options.Verbose {
		a.variants(cfg, programs)
	}
}

// commandFindings says which commands could not be started here, each with its place.
func commandFindings(cfg *config.Config) (list []string) {
	for _, p := range cfg.Programs {
		dir := filepath.Join(cfg.Container.Directory, p.Directory)
		if filepath.IsAbs(p.Directory) {
			dir = p.Directory
		}
		c := p.User.Credential()
		look := func(key string, argv []string) {
			if len(argv) == 0 {
				return
			}
			if err := process.Inspect(argv, append(p.Inherited(os.Environ()), p.Environment...), dir, c); err != nil {
				if text := cfg.Finding(p, key, err.Error()); !slices.Contains(list, text) { // other processes of the program
					list = append(list, text)
				}
			}
		}
		look("command", p.Command)
		if len(p.ReloadCheck) > 0 && p.ReloadCheck[0] != p.Command[0] {
			look("reload_check", p.ReloadCheck)
		}
		look("ready", p.Ready.Command)
		look("live", p.Live.Command)
		if h := p.Hooks; h != nil {
			look("pre_start", h.PreStart)
			look("post_start", h.PostStart)
			look("pre_stop", h.PreStop)
			look("post_stop", h.PostStop)
		}
	}
	return list
}

// row is how a program is supervised.
func row(p *config.Program) []string {
	profile, ready := p.Profile, ""
	if profile == "" {
		profile = "-"
	}
	if !p.Ready.None() {
		ready = "ready " + p.Ready.String()
	}
	return []string{
		"  " + p.FullName(), profile, "stop " + ladder(p.StopSignals),
		named("reload ", p.ReloadSignal) + named(" after ", p.PauseSignal), named("reopen ", p.ReopenSignal), ready,
	}
}

// ladder is the stop signals, each with its time; the same one several times in a
// row is one, with all of their time.
func ladder(rungs []config.StopSignal) string {
	var text []string
	for i := 0; i < len(rungs); {
		signal, wait := rungs[i].Signal, time.Duration(0)
		for ; i < len(rungs) && rungs[i].Signal == signal; i++ {
			wait += rungs[i].Wait
		}
		text = append(text, named("", signal)+" "+wait.String())
	}
	return strings.Join(text, ", ")
}

func named(what string, sig syscall.Signal) string {
	if sig == 0 {
		return ""
	}
	return what + strings.TrimPrefix(process.SignalName(sig), "SIG")
}

// aligned makes a line of each row, its cells below each other.
func aligned(rows [][]string) []string {
	var widths []int
	for _, row := range rows {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], len(cell))
		}
	}
	lines := make([]string, 0, len(rows))
	for _, row := range rows {
		line := ""
		for i, cell := range row {
			if widths[i] > 0 {
				line += fmt.Sprintf("%-*s  ", widths[i], cell)
			}
		}
		lines = append(lines, strings.TrimRight(line, " "))
	}
	return lines
}

// variants are the other commands that the profiles know: those that check what
// a program would reload, and those for a developer.
func (a *app) variants(cfg *config.Config, programs []*config.Program) {
	for _, p := range programs {
		if p.ReloadCheck != nil {
			a.err.Print(p.FullName() + ": is checked by: " + cfg.Conceal(strings.Join(p.ReloadCheck, " ")))
		}
		if p.Debug != nil {
			a.err.Print(p.FullName() + ": in debug mode: entry-point -d -- " + cfg.Conceal(strings.Join(p.Debug, " ")))
		}
	}
}
