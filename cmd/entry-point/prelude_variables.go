package main

import (
	"entrypoint/config"
	"entrypoint/supervisor/prelude"
)

// The steps that make the environment: each reads m.env and m.keys and calls m.replace.

// secretsStep gives variables the contents of files.
func (a *app) secretsStep(m *making) prelude.Step {
	return prelude.Step{Name: config.StepSecrets, Run: nothing}
}

// sizingStep says how large the container is.
func (a *app) sizingStep(m *making) prelude.Step {
	return prelude.Step{Name: config.StepSizing, Run: nothing}
}

// requireStep checks the variables that have to be there.
func (a *app) requireStep(m *making) prelude.Step {
	return prelude.Step{Name: config.StepRequire, Run: nothing}
}
