package main

import (
	"os"
	"time"

	"entrypoint/config"
	"entrypoint/supervisor/lock"
	"entrypoint/supervisor/prelude"
	"entrypoint/supervisor/setup"
)

// setupStep installs what the application declares.
func (a *app) setupStep() prelude.Step {
	return prelude.Step{Name: config.StepSetup, Tells: true, Run: a.setup, Explain: func() []string {
		if !setup.Pending(a.setupOptions()) {
			return nil
		}
		return []string{"installs what is declared and not installed yet"}
	}}
}

// setup runs the setup steps.
func (a *app) setup() (prelude.Outcome, error) {
	l := a.launcher()
	output, end := a.output()
	defer end()
	o := a.setupOptions()
	o.Run, o.Sleep, o.Log, o.Output = l.Run, l.Sleep, a.err.Print, output
	o.Budget, o.LockTimeout = l.Budget, a.options.LockTime.or(lock.DefaultLimit)
	o.Acts = func() { a.prelude.installs = true }
	o.Setenv = func(key, value string) { a.setLater(prelude.Change{Name: key, Value: value}) }
	o.Done = func(step string, done bool, took time.Duration) {
		result := "unchanged"
		if done {
			result = "done"
		}
		a.prelude.record.Set(step, result, took)
	}
	return prelude.Outcome{}, setup.Run(o)
}

// setupOptions say what the setup is for; how it runs its steps is not in them.
func (a *app) setupOptions() *setup.Options {
	return &setup.Options{Dir: ".", Policy: a.options.Policy.Policy, Image: a.options.SetupOnly, Env: os.Environ()}
}

// setupOnly is --setup.
func (a *app) setupOnly() int {
	if a.options.Policy.Policy == setup.Off {
		a.err.Print("--setup runs no step, because the setup policy is off")
	}
	if err := setup.CheckImage("."); err != nil {
		a.lastWords(err.Error(), codeConfig)
		return codeConfig
	}
	a.prelude.mode = config.PreludeProduction
	return a.runSteps(a.setupStep())
}

// setupHasChanged says whether the configuration may be another one after the setup: what
// was missing may be there, and values may have variables that it has set. before is how
// many changes there were then.
func (a *app) setupHasChanged(before int) bool {
	return a.prelude.installs || len(a.prelude.later) > before
}

// output is where -v shows what the tools of the setup print; nil without it. What they
// print is no line of ours, unless all lines are to be objects. end is for a last line
// without an end.
func (a *app) output() (write func([]byte), end func()) {
	switch {
	case !a.options.Verbose:
		return nil, func() {}
	case !a.out.Style().JSON:
		return a.out.Write, func() {}
	}
	lines := a.out.Relay("setup")
	return lines.Write, lines.Close
}
