package main

import (
	"entrypoint/config"
	"entrypoint/supervisor/prelude"
)

// ownershipStep gives files to those who need them.
func (a *app) ownershipStep(cfg *config.Config) prelude.Step {
	return prelude.Step{Name: config.StepOwnership, Run: nothing}
}
