package main

import (
	"os"
	"slices"

	"entrypoint/config"
	"entrypoint/supervisor/prelude"
	"entrypoint/supervisor/prelude/variables"
)

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
