package main

import (
	"errors"
	"os"
	"slices"
	"sync/atomic"
	"syscall"
	"time"

	"entrypoint/config"
	"entrypoint/supervisor/control"
	"entrypoint/supervisor/prelude"
	"entrypoint/supervisor/prelude/variables"
	"entrypoint/supervisor/process"
	"entrypoint/supervisor/setup"
	"entrypoint/supervisor/verdict"
)

// This file puts the steps of the prelude together (package supervisor/prelude has their
// order and its reasons). To add or to change a step:
//
//   - Its keys are rows of the table config/keys_SUBJECT.go and fields of config.Prelude.
//   - Its package below supervisor/prelude does the work and knows nothing of this one.
//   - Its function in prelude_SUBJECT.go here returns a prelude.Step, whose Run and Explain
//     call that package. It finds the keys in making.keys or in Container.Prelude of the
//     configuration. Outcome{} says that nobody has asked for anything: no line, no record.
//   - A process is started by a.launcher().Run with KillAfter: a.budget(); its
//     Result.Stopped is what the step's error has as Stopped(). What a file system may hold
//     up for ever is run by a.beside, which a stop signal ends.
//   - A variable that a step after the environment sets is set by a.setLater, so that it
//     stays when secrets are read again.

// preludeState is the prelude of this start.
type preludeState struct {
	mode     config.PreludeFor // one of the modes
	record   prelude.Record
	keys     config.Prelude         // as the configuration was read last
	reading  atomic.Pointer[string] // the file of a secret that is being read; nil: none
	original []string               // our environment before the prelude has made it; nil: it has not
	size     *variables.Size        // of the container; nil: nobody had to look yet
	later    []prelude.Change       // what steps after that have set
	installs bool                   // the setup has something to install
	files    madeFiles              // of templates
}

// making is the environment while steps make it. A loading of the configuration has one of
// its own, because it runs beside the loop.
type making struct {
	keys config.Prelude
	env  []string // NAME=VALUE; each step replaces it
	made bool     // all steps have run

	secret []string        // the names of variables whose values come from files
	size   *variables.Size // of the container; nil: nobody had to look
	quiet  bool            // the log has been told what the steps do

	// For -t: what each would do, and why one has failed, which ends nothing there; "": none
	// has.
	explained []string
	failed    string
}

// lastSteps are those between the setup and the start of the programs, or of the command.
// In debug mode and for a command the configuration has no programs.
func (a *app) lastSteps(cfg *config.Config) []prelude.Step {
	return []prelude.Step{a.ownershipStep(cfg), a.templatesStep(cfg), a.waitStep(cfg), a.hooksStep(cfg)}
}

// nothing is what a step does that is not there.
func nothing() (prelude.Outcome, error) { return prelude.Outcome{}, nil }

// driver is what runs the steps.
func (a *app) driver(keys *config.Prelude) *prelude.Driver {
	return &prelude.Driver{Skips: keys.Skips, Log: a.err.Print, Trace: a.tracer(), Record: &a.prelude.record}
}

// runSteps runs steps, if the prelude is for this mode, and returns the exit code; 0: go
// on.
func (a *app) runSteps(steps ...prelude.Step) int {
	keys := &a.prelude.keys
	if !keys.For.In(a.prelude.mode) {
		return 0
	}
	d := a.driver(keys)
	d.Stopped = a.stopped
	return a.endPrelude(d.Run(steps))
}

// stopped is the stop signal that has arrived; 0: none.
func (a *app) stopped() syscall.Signal { return process.FirstStop(a.table.Pending()) }

// endPrelude says how the prelude has ended and returns the exit code.
func (a *app) endPrelude(err error) int {
	if err == nil {
		return 0
	}
	if aborted := (*prelude.Aborted)(nil); errors.As(err, &aborted) {
		name := process.SignalName(aborted.Signal)
		if aborted.Step == config.StepWaitFor {
			a.err.Print(name + " has ended the wait for other servers")
		} else {
			a.err.Print(aborted.Step + " aborted by " + name + "; the next start takes it up again")
		}
		return process.CodeSignal + int(aborted.Signal)
	}
	code := 1
	if failed := (*prelude.Error)(nil); errors.As(err, &failed) {
		code = failed.ExitCode()
	}
	if wait := (*waitError)(nil); errors.As(err, &wait) && wait.told {
		_ = verdict.Leave(err.Error())
		return code
	}
	a.lastWords(err.Error(), code)
	return code
}

// makingFirst is for the first loading of the configuration; nil: the environment is made.
func (a *app) makingFirst() *making {
	if a.prelude.original != nil {
		return nil
	}
	return &making{env: os.Environ()}
}

// makingAgain is for a later one: the environment is made once more of what it was at
// first, because secrets may have other values by now.
func (a *app) makingAgain() *making {
	if a.prelude.original == nil {
		return a.makingFirst()
	}
	return &making{env: slices.Clone(a.prelude.original)}
}

// makes lets a loading of the configuration make the environment.
func (a *app) makes(o *config.Options, m *making) {
	if m == nil {
		return
	}
	o.Environment = func(keys *config.Prelude, given []string) ([]string, error) {
		m.keys = *keys
		if !keys.For.In(a.prelude.mode) {
			return given, nil
		}
		if a.options.Check {
			a.tryMaking(m)
		} else if err := a.making(keys, m).Run(a.environmentSteps(m)); err != nil {
			return nil, err
		}
		m.made = true
		for _, c := range a.prelude.later {
			m.env = c.Apply(m.env)
		}
		env := a.withLogins(m.env)
		if a.options.supervisord != nil && !keys.Sizing.Auto { // whose programs have what supervisord gives them
			m.env = variables.WithoutSize(m.env, given)
		}
		return env, nil
	}
}

// making is the driver of the steps that make an environment.
func (a *app) making(keys *config.Prelude, m *making) *prelude.Driver {
	d := a.driver(keys)
	if m.quiet {
		d.Log = func(string) {}
	}
	return d
}

// adopt makes the environment ours, that was made while the configuration was read.
func (a *app) adopt(m *making) {
	if m == nil {
		return
	}
	a.prelude.keys = m.keys
	if !m.made {
		return
	}
	if a.prelude.original == nil {
		a.prelude.original = os.Environ()
	}
	if m.size != nil {
		a.prelude.size = m.size
	}
	a.setAll(prelude.Changes(os.Environ(), m.env))
}

// adoptAgain is adopt when a configuration that was read again is carried out.
func (a *app) adoptAgain(cfg *config.Config) {
	if cfg.Environment != nil {
		a.setAll(prelude.Changes(os.Environ(), cfg.Environment))
	}
}

// setLater sets variables after the environment was made.
func (a *app) setLater(changes ...prelude.Change) {
	a.prelude.later = append(a.prelude.later, changes...)
	a.setAll(changes)
}

// setAll changes our own environment, which is what everything inherits.
func (a *app) setAll(changes []prelude.Change) {
	var set []string
	for _, c := range changes { // they fail for a wrong name only
		if c.Unset {
			_ = os.Unsetenv(c.Name)
		} else {
			_ = os.Setenv(c.Name, c.Value)
			set = append(set, c.Name+"="+c.Value)
		}
	}
	a.learnVariables(set)
}

// tryMaking makes the environment for -t. An image that is built has no secrets, so that
// a failure ends nothing.
func (a *app) tryMaking(m *making) {
	d := a.driver(&m.keys)
	d.Log, d.Trace = func(string) {}, nil
	for _, step := range a.environmentSteps(m) {
		m.explained = append(m.explained, d.Explain([]prelude.Step{step})...)
		if err := d.Run([]prelude.Step{step}); err != nil && m.failed == "" {
			m.failed = err.Error()
		}
	}
}

// explain says what the steps of the prelude would do in production mode; m is what the
// loading of the configuration has made.
func (a *app) explain(cfg *config.Config, m *making) {
	keys := &cfg.Container.Prelude
	if !keys.For.In(config.PreludeProduction) {
		return
	}
	later := a.driver(keys).Explain(append([]prelude.Step{a.setupStep()}, a.lastSteps(cfg)...))
	for _, line := range append(m.explained, later...) {
		a.err.Print("before the start: " + line)
	}
}

// steps are what the prelude has done, for those who ask.
func (a *app) steps() []control.Step { return a.prelude.record.Steps() }

// preludeOnly is the prelude of debug mode and of a command: it needs nothing of the
// configuration but what concerns the prelude. What else is wrong with it keeps nobody
// from debugging.
func (a *app) preludeOnly(mode config.PreludeFor) int {
	a.prelude.mode = mode
	read := a.loadPrelude()
	if read.cfg == nil {
		return a.unusable(&read)
	}
	before := len(a.prelude.later)
	if code := a.runSteps(a.setupStep()); code != 0 {
		return code
	}
	if read.err != nil || a.setupHasChanged(before) {
		read = a.loadPrelude()
	}
	switch {
	case read.cfg == nil || read.err != nil:
		return a.unusable(&read)
	case read.unread != nil:
		a.printLines(read.unread.Error())
	}
	return a.runSteps(a.lastSteps(read.cfg)...)
}

// setupHasChanged says whether the configuration may be another one after the setup: what
// was missing may be there, and values may have variables that it has set. before is how
// many changes there were then.
func (a *app) setupHasChanged(before int) bool {
	return a.prelude.installs || len(a.prelude.later) > before
}

// preludeConfig is what the configuration says of the prelude.
type preludeConfig struct {
	cfg    *config.Config // nil: nothing that can be used
	unread error          // why the file says nothing; nil: it does, or there is none
	err    error          // what is wrong; with a cfg the setup may mend it
	stop   syscall.Signal // that has ended the reading
}

// loadPrelude reads what the configuration says of the prelude.
func (a *app) loadPrelude() (read preludeConfig) {
	m := a.makingFirst()
	read.cfg, read.stop, read.err = a.loadFirst(func() (cfg *config.Config, err error) {
		o := a.sources(".")
		a.makes(&o, m)
		cfg, read.unread, err = config.LoadPrelude(o)
		return cfg, err
	})
	a.printNote()
	if read.cfg != nil {
		a.adopt(m)
		a.prelude.keys = read.cfg.Container.Prelude
	}
	return read
}

// unusable says why the start ends with a configuration, and returns the exit code.
func (a *app) unusable(read *preludeConfig) int {
	if read.stop != 0 {
		return a.unread(read.stop)
	}
	code := codeConfig
	if failed := (*prelude.Error)(nil); errors.As(read.err, &failed) {
		code = failed.ExitCode()
	}
	a.lastWords(read.err.Error(), code)
	return code
}

// setupStep installs what the application declares.
func (a *app) setupStep() prelude.Step {
	return prelude.Step{Name: config.StepSetup, Tells: true, Run: a.setup, Explain: func() []string {
		if !setup.Pending(a.setupOptions()) {
			return nil
		}
		return []string{"installs what is declared and not installed yet"}
	}}
}

// budget is how long a process of a step may take to end once it was told to stop.
func (a *app) budget() time.Duration { return a.options.StopBudget.or(a.prelude.keys.Budget) }
