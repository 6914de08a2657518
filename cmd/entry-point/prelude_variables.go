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
	note    func(*app, *making, *variables.Result) // what else is to be kept of a result; nil: nothing
}

// environmentSteps are those that make the environment, before the configuration is
// expanded: they give variables the contents of files, say how large the container is, and
// check the variables that have to be there.
func (a *app) environmentSteps(m *making) (steps []prelude.Step) {
	for _, s := range [...]variablesStep{
		{config.StepSecrets, variables.Secrets, variables.ExplainSecrets, (*app).noteSecrets},
		{config.StepSizing, variables.Sizing, variables.ExplainSizing, (*app).noteSize},
		{config.StepRequire, variables.Require, variables.ExplainRequire, nil},
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
			if s.note != nil {
				s.note(a, m, &r)
			}
			if !a.options.Check {
				for _, note := range r.Notes {
					a.err.Print(s.name + ": " + note)
				}
			}
			if r.What != "" {
				out = prelude.Outcome{Did: prelude.Done, What: r.What}
			}
			m.env = r.Env
			return out, err
		},
		Explain: func() []string { return s.explain(options()) },
	}
}

// noteSecrets keeps which variables have secrets now, and the secrets out of what we print.
func (a *app) noteSecrets(m *making, r *variables.Result) {
	if r.Names == nil {
		return
	}
	m.secret = r.Names
	var values []string
	for _, name := range r.Names {
		values = append(values, environ.Value(r.Env, name))
	}
	a.secrets.Learn(values, nil)
}

// noteSize keeps how large the container is.
func (a *app) noteSize(m *making, r *variables.Result) {
	m.size = r.Size
	if r.What != "" { // it ends with a number, and the time follows
		r.What += "; done"
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
