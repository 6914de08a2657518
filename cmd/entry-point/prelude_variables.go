package main

import (
	"strconv"

	"entrypoint/config"
	"entrypoint/config/environ"
	"entrypoint/supervisor/prelude"
	"entrypoint/supervisor/prelude/variables"
)

// The steps that make the environment: each reads m.env and m.keys and replaces m.env.

// secretsStep gives variables the contents of files.
func (a *app) secretsStep(m *making) prelude.Step {
	return a.variablesStep(m, config.StepSecrets, variables.Secrets, variables.ExplainSecrets)
}

// sizingStep says how large the container is.
func (a *app) sizingStep(m *making) prelude.Step {
	return a.variablesStep(m, config.StepSizing, variables.Sizing, variables.ExplainSizing)
}

// requireStep checks the variables that have to be there.
func (a *app) requireStep(m *making) prelude.Step {
	return a.variablesStep(m, config.StepRequire, variables.Require, variables.ExplainRequire)
}

// variablesStep is one of them.
func (a *app) variablesStep(m *making, name string, run func(variables.Options) (variables.Result, error), explain func(variables.Options) []string) prelude.Step {
	options := func() variables.Options {
		return variables.Options{Keys: &m.keys, Env: m.env, Secret: m.secret, Read: a.readSecret}
	}
	return prelude.Step{
		Name: name,
		Run: func() (out prelude.Outcome, err error) {
			r, err := run(options())
			if name == config.StepSecrets && r.Names != nil {
				m.secret = r.Names
				var values []string
				for _, secret := range r.Names {
					values = append(values, environ.Value(r.Env, secret))
				}
				a.secrets.Learn(values, nil)
			}
			if !a.options.Check {
				for _, note := range r.Notes {
					a.err.Print(name + ": " + note)
				}
			}
			if r.What != "" {
				out = prelude.Outcome{Did: prelude.Done, What: r.What}
				if name == config.StepSizing { // what it says ends with a number, and the time follows
					out.What += "; done"
				}
			}
			m.env = r.Env
			return out, err
		},
		Explain: func() []string { return explain(options()) },
	}
}

// readSecret is variables.ReadFile, and notes which file it waits for.
func (a *app) readSecret(path string, limit int) ([]byte, error) {
	a.prelude.reading.Store(&path)
	defer a.prelude.reading.Store(nil)
	return variables.ReadFile(path, limit)
}

// tellReading says which file does not answer, where it is one of a secret.
func (a *app) tellReading() {
	if path := a.prelude.reading.Load(); path != nil && (*path)[0] == '/' { // else it may be the secret itself
		a.err.Print("secrets: waiting for " + strconv.Quote(*path) + ": its file system does not answer")
	}
}
