package main

import (
	"entrypoint/config"
	"entrypoint/supervisor/prelude"
)

// hooksStep runs the scripts of the image.
func (a *app) hooksStep(cfg *config.Config) prelude.Step {
	return prelude.Step{Name: config.StepHooks, Run: nothing}
}
