package main

import (
	"entrypoint/config"
	"entrypoint/supervisor/process"
)

// supervise runs the programs of the configuration, which configured reads.
func (a *app) supervise(configured func() (*config.Config, int)) int {
	a.prelude.mode = config.PreludeProduction
	end := a.serveEarly()
	cfg, code := a.prepare(configured)
	end()
	if cfg == nil {
		if a.control != nil {
			a.control.Close()
		}
		return code
	}
	if a.options.supervisord == nil {
		a.announce("Running app in production mode!")
	}
	return a.production(cfg)
}

// prepare is the prelude of production mode. It returns the configuration, or nil and the
// exit code.
func (a *app) prepare(configured func() (*config.Config, int)) (*config.Config, int) {
	process.DropHandedSockets()
	cfg, code := configured()
	if cfg == nil {
		return nil, code
	}
	before := len(a.prelude.later)
	if code := a.runSteps(a.lastSteps(cfg)...); code != 0 {
		return nil, code
	}
	// Values may have variables that hooks have set, and programs files that were made.
	if len(a.prelude.later) > before || a.prelude.files.changed {
		return a.configuration(afterHooks)
	}
	return cfg, 0
}

// afterSetup is the configuration once the setup has run. It is read before, too: a mistake
// must not wait for an installation. Where nothing was installed that is the configuration.
func (a *app) afterSetup() (*config.Config, int) {
	cfg, code := a.configuration(beforeSetup)
	if code != 0 {
		return nil, code
	}
	before := len(a.prelude.later)
	if code := a.runSteps(a.setupStep()); code != 0 {
		return nil, code
	}
	if cfg == nil || a.setupHasChanged(before) {
		return a.configuration(final)
	}
	return a.withWarnings(cfg)
}

// announce prints the mode before anything that the mode starts can print.
func (a *app) announce(mode string) { a.out.PrintNow(mode) }
