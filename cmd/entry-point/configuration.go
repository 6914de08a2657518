package main

import (
	"errors"
	"os"
	"strings"
	"syscall"
	"time"

	"entrypoint/config"
	"entrypoint/supervisor/deps"
	"entrypoint/supervisor/offload"
	"entrypoint/supervisor/process"
	"entrypoint/supervisor/setup"
	"entrypoint/supervisor/stopping"
)

// moment is when the configuration is read.
type moment int

const (
	beforeSetup moment = iota // what setup installs may be missing
	final
	afterHooks // that have set variables: what there is to say of it has been said
)

// configuration loads the configuration, or prints what is wrong with it and
// returns nil and the exit code. Before the setup it prints no warning, and what
// the machine lacks is no mistake yet (nil, 0): the package that a program comes in
// often brings its user and its directories.
func (a *app) configuration(when moment) (*config.Config, int) {
	return a.configurationMaking(when, a.makingFirst())
}

// configurationMaking is configuration, which makes the environment (m is nil: it is made).
func (a *app) configurationMaking(when moment, m *making) (*config.Config, int) {
	cfg, stop, err := a.loadFirst(func() (*config.Config, error) { return a.load(".", m) })
	a.printNote()
	if stop != 0 {
		return nil, a.unread(stop)
	}
	if late := (*offload.LateError)(nil); !errors.As(err, &late) { // else it is still being made
		a.adopt(m)
		if cfg != nil {
			cfg.Environment = nil // it is ours now
		}
	}
	if err != nil {
		if when == beforeSetup && config.OnlyAbsent(err) {
			return nil, 0
		}
		switch {
		case a.options.Check && config.OnlyAbsent(err) && setup.Pending(a.setupOptions()):
			a.printLines(err.Error())
			a.err.Print("the setup, which is still to run here, may bring what is missing; the configuration can be checked after it")
			return nil, 0
		case a.options.Check:
			a.printLines(err.Error())
		default:
			a.lastWords(err.Error(), codeConfig)
		}
		return nil, codeConfig
	}
	if when != final || a.options.Check {
		return cfg, 0
	}
	return a.withWarnings(cfg)
}

// withWarnings prints the warnings about a configuration, which may be errors: then it
// returns nil and the exit code.
func (a *app) withWarnings(cfg *config.Config) (*config.Config, int) {
	if a.strict(cfg) && len(cfg.Warnings) > 0 {
		a.lastWords(strings.Join(append(cfg.Warnings, "warnings are errors here (--strict, or strict = on)"), "\n"), codeConfig)
		return nil, codeConfig
	}
	for _, text := range append(cfg.Warnings, cfg.Notes...) {
		a.err.Print(text)
	}
	return cfg, 0
}

// loadTime is when we give up a configuration that does not answer.
const loadTime = 30 * time.Second

// loadFirst reads the configuration before anything runs, by load. It may be on a
// file system that does not answer: a stop signal ends the wait, and so does time.
func (a *app) loadFirst(load func() (*config.Config, error)) (cfg *config.Config, stop syscall.Signal, err error) {
	told := false
	for begin := time.Now(); ; {
		cfg, err = offload.Do(a.files, offload.Call{Key: "configuration", What: "read the configuration", Wait: time.Second}, load, nil)
		if late := (*offload.LateError)(nil); !errors.As(err, &late) || time.Since(begin) >= loadTime {
			return cfg, 0, err
		}
		if !told {
			told = true
			a.tellReading()
		}
		if sig := a.lookForStop(); sig != 0 {
			return nil, sig, nil
		}
	}
}

// unread is the exit code where a signal has come while the configuration did not
// answer.
func (a *app) unread(stop syscall.Signal) int {
	a.err.Print("received " + process.SignalName(stop) + ": the configuration has not been read")
	return process.CodeSignal + int(stop)
}

// load reads the configuration, as seen from dir, and makes the environment meanwhile (m
// is nil: it is made). What the command line says of it wins.
func (a *app) load(dir string, m *making) (*config.Config, error) {
	return a.loadFrom(a.sources(dir), m)
}

// loadFrom is load of some sources.
func (a *app) loadFrom(o *config.Options, m *making) (*config.Config, error) {
	a.makes(o, m)
	cfg, err := config.Load(o)
	if err != nil {
		return nil, err
	}
	a.learn(cfg)
	if m != nil && m.made {
		cfg.Environment = m.env
	}
	c := &cfg.Container
	c.StopBudget = a.stopBudget(cfg)
	if c.Drain > 0 && c.Drain >= c.StopBudget {
		return nil, errors.New("a drain of " + c.Drain.String() + " leaves no time to stop: the budget of the whole stop is " + c.StopBudget.String() +
			"; raise stop_budget, and with it docker stop's -t or terminationGracePeriodSeconds")
	}
	cfg.FitStops(c.StopBudget - c.Drain)
	return cfg, nil
}

// loadStrictly is load, where warnings may be errors.
func (a *app) loadStrictly(dir string) (*config.Config, error) {
	cfg, err := a.load(dir, a.makingAgain())
	if err == nil && a.strict(cfg) && len(cfg.Warnings) > 0 {
		return nil, errors.New(strings.Join(cfg.Warnings, "\n"))
	}
	return cfg, err
}

// strict says whether warnings about a configuration are errors.
func (a *app) strict(cfg *config.Config) bool {
	return a.options.Strict || cfg.Container.Strict == config.StrictOn || a.options.Check && cfg.Container.Strict == config.StrictCheck
}

// sources are where the configuration is, as seen from dir.
func (a *app) sources(dir string) *config.Options {
	o := &config.Options{File: a.options.Config, Env: os.Environ(), Dir: dir, IsDirectory: a.isDirectory, Check: a.options.Check, StopBudget: time.Duration(a.options.StopBudget)}
	o.Moved = a.prelude.files.Moved()
	o.Pending = o.Check && setup.Pending(a.setupOptions())
	o.Env = a.withLogins(o.Env)
	if !a.running && !a.options.Check {
		o.Logs = a.setStyle
	}
	if user := a.options.Launch.User; user != "" {
		o.Supervisord = []config.Setting{{Key: "user", Value: user}}
	}
	if s := a.options.supervisord; s != nil {
		o.Program, o.RequireFile, o.Supervisord = s.argv0, true, s.settings
	}
	return o
}

// stopBudget is the time for the whole stop. Who has called us supervisord knows of no
// budget: there it is what the file lets its programs take, one phase after the other,
// unless something is said.
func (a *app) stopBudget(cfg *config.Config) time.Duration {
	said := time.Duration(a.options.StopBudget)
	if said == 0 {
		said = cfg.Container.StopBudget
	}
	if said > 0 || a.options.supervisord == nil {
		return a.options.StopBudget.or(cfg.Container.StopBudget)
	}
	programs := make([]deps.Program, len(cfg.Programs))
	waits := make([]time.Duration, len(programs))
	for i, p := range cfg.Programs {
		programs[i] = deps.Program{Name: p.FullName(), Rank: deps.Rank{Group: p.GroupPriority, Own: p.Priority}, Needs: p.DependsOn}
		for _, rung := range p.StopSignals {
			waits[i] += rung.Wait
		}
		waits[i] += p.Hooks.StopTime()
	}
	return max(defaultBudget, cfg.Container.Drain+stopping.Span(deps.New(programs), waits))
}
