package main

import (
	"entrypoint/config"
	"entrypoint/supervisor/prelude"
)

// templatesStep makes files of templates.
func (a *app) templatesStep(cfg *config.Config) prelude.Step {
	return prelude.Step{Name: config.StepTemplates, Run: nothing}
}
