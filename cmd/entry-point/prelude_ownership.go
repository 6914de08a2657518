package main

import (
	"os"
	"time"

	"entrypoint/config"
	"entrypoint/supervisor/prelude"
	"entrypoint/supervisor/prelude/ownership"
	"entrypoint/supervisor/process"
	"entrypoint/supervisor/setup"
)

// ownershipStep gives files to those who need them.
func (a *app) ownershipStep(cfg *config.Config) prelude.Step {
	return prelude.Step{Name: config.StepOwnership, Run: func() (prelude.Outcome, error) {
		done, err := ownership.Run(a.ownershipOptions(cfg))
		out := prelude.Outcome{What: done.What}
		switch {
		case done.What != "":
			out.Did = prelude.Done
		case done.Asked:
			out.Did = prelude.Unchanged
		}
		return out, err
	}, Explain: func() []string { return ownership.Explain(a.ownershipOptions(cfg)) }}
}

func (a *app) ownershipOptions(cfg *config.Config) ownership.Options {
	return ownership.Options{
		Settings: &cfg.Container.Prelude.Ownership,
		Run:      a.launcher().Run, Executable: ownExecutable(), Pipe: a.ownLines, Ask: a.asksFor, Log: a.err.Print,
		Getenv: os.Getenv, Setenv: func(name, value string) { a.setLater(prelude.Change{Name: name, Value: value}) },
		Home: func() (home, why string) { return setup.Home(".") },
	}
}

// ownLines are what a helper process of ours prints to: its lines are lines of our log.
func (a *app) ownLines() (w *os.File, wait func(time.Duration), err error) {
	return a.err.Pipe("entry-point")
}

// ownExecutable is the file by which a helper process of ours is started, even if somebody
// has replaced the one that we were started from.
func ownExecutable() string {
	const link = "/proc/self/exe"
	if _, err := os.Lstat(link); err == nil {
		return link
	}
	return process.Executable()
}
