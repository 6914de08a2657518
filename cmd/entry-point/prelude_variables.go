package main

import (
	"entrypoint/config"
	"entrypoint/config/environ"
	"entrypoint/supervisor/prelude"
	"entrypoint/supervisor/prelude/variables"
)

// The steps that make the environment: each reads m.env and m.keys and calls m.replace.

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
	options := func() variables.Options { return variables.Options{Keys: &m.keys, Env: m.env, Secret: m.secret} }
	return prelude.Step{
		Name: name,
		Run: func() (out prelude.Outcome, err error) {
			r, err := run(options())
			if name == config.StepSecrets && r.Names != nil {
				m.secret = r.Names
				a.secrets.Learn(valuesOf(r.Names, r.Env))
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
			m.replace(r.Env)
			return out, err
		},
		Explain: func() []string { return explain(options()) },
	}
}

// valuesOf are the values of variables.
func valuesOf(names, env []string) (values []string) {
	for _, name := range names {
		values = append(values, environ.Value(env, name))
	}
	return values
}
