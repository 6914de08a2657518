package main

import (
	"fmt"
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

// check is -t: it says what is made of the configuration.
func (a *app) check() int {
	process.NoInit() // it is nobody's init: Ctrl-C ends it
	cfg, code := a.configuration(final)
	if err := setup.CheckImage("."); err != nil {
		a.printLines(err.Error())
		code = codeConfig
	}
	if cfg == nil || code != 0 {
		return code
	}
	programs := cfg.Programs[:min(shownPrograms, len(cfg.Programs))]
	var rows [][]string
	for _, p := range programs {
		rows = append(rows, row(p))
	}
	a.err.Print("configuration " + cfg.Source + " is good")
	for _, line := range aligned(rows) {
		a.err.Print(line)
	}
	if more := len(cfg.Programs) - len(programs); more > 0 {
		a.err.Print("  and " + strconv.Itoa(more) + " more")
	}
	if a.options.Verbose {
		a.variants(cfg, programs)
	}
	return 0
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
