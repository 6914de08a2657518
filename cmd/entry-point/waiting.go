package main

import (
	"os"
	"strings"
	"time"

	"entrypoint/config"
	"entrypoint/supervisor/door"
	"entrypoint/supervisor/launch"
	"entrypoint/supervisor/process"
)

// waitFor waits for the servers that the configuration (nil: none) or the
// environment names; 0: they answer, or there are none. The gateway's binary asks
// them (supervisor/waitfor): it may link what PID 1 may not.
func (a *app) waitFor(cfg *config.Config) int {
	targets, limit := os.Getenv(config.WaitFor), os.Getenv(config.WaitTimeout)
	if cfg != nil {
		targets = strings.Join(cfg.Container.WaitFor, " ")
		if limit = ""; cfg.Container.WaitTimeout > 0 {
			limit = cfg.Container.WaitTimeout.String()
		}
	}
	if strings.TrimSpace(targets) == "" {
		return 0
	}
	file, err := door.Find(os.Environ())
	if err != nil {
		a.lastWords("cannot wait for other servers: " + err.Error())
		return process.CodeNotFound
	}
	env := config.SetVariable(os.Environ(), config.WaitFor, targets)
	result, err := a.launcher().Run(launch.Command{
		Argv: []string{file, "wait-for"}, Env: config.SetVariable(env, config.WaitTimeout, limit), KillAfter: time.Second,
	})
	switch {
	case err != nil:
		a.lastWords(err.Error())
	case result.Stopped != 0:
		a.err.Print("the wait for other servers ended by " + process.SignalName(result.Stopped))
		return process.CodeSignal + int(result.Stopped)
	}
	return result.Code
}
