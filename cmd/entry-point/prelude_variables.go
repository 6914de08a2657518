package main

import (
	"strconv"

	"entrypoint/config"
	"entrypoint/config/environ"
	"entrypoint/supervisor/prelude"
	"entrypoint/supervisor/prelude/variables"
)

// variablesStep is a step that makes the environment: it reads m.env and m.keys and
// replaces m.env.
type variablesStep struct {
	name    string
	run     func(variables.Options) (variables.Result, error)
	explain func(variables.Options) []string
}

// environmentSteps are those that make the environment, before the configuration is
// expanded: they give variables the contents of files, say how large the container is, and
// check the variables that have to be there.
func (a *app) environmentSteps(m *making) (steps []prelude.Step) {
	for _, s := range [...]variablesStep{
		{config.StepSecrets, variables.Secrets, variables.ExplainSecrets},
		{config.StepSizing, variables.Sizing, variables.ExplainSizing},
		{config.StepRequire, variables.Require, variables.ExplainRequire},
	} {
		steps = append(steps, a.variablesStep(m, s))
	}
	return steps
}

func (a *app) variablesStep(m *making, s variablesStep) prelude.Step {
	options := func() variables.Options {
		return variables.Options{Keys: &m.keys, Env: m.env, Secret: m.secret, Read: a.readSecret}
	}
	return prelude.Step{
		Name: s.name,
		Run: func() (out prelude.Outcome, err error) {
			r, err := s.run(options())
			if s.name == config.StepSecrets && r.Names != nil {
				m.secret = r.Names
				var values []string
				for _, secret := range r.Names {
					values = append(values, environ.Value(r.Env, secret))
				}
				a.secrets.Learn(values, nil)
			}
			if !a.options.Check {
				for _, note := range r.Notes {
					a.err.Print(s.name + ": " + note)
				}
			}
			if r.What != "" {
				out = prelude.Outcome{Did: prelude.Done, What: r.What}
				if s.name == config.StepSizing { // what it says ends with a number, and the time follows
					out.What += "; done"
				}
			}
			m.env = r.Env
			return out, err
		},
		Explain: func() []string { return s.explain(options()) },
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
