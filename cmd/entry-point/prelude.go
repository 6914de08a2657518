package main

import (
	"errors"
	"sync/atomic"
	"syscall"
	"time"

	"entrypoint/config"
	"entrypoint/supervisor/control"
	"entrypoint/supervisor/prelude"
	"entrypoint/supervisor/prelude/variables"
	"entrypoint/supervisor/process"
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
//     up for ever is run by a.beside (files.go), which a stop signal ends.
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

// budget is how long a process of a step may take to end once it was told to stop.
func (a *app) budget() time.Duration { return a.options.StopBudget.or(a.prelude.keys.Budget) }
