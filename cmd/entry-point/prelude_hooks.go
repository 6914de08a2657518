package main

import (
	"cmp"
	"os"

	"entrypoint/config"
	"entrypoint/supervisor/logs"
	"entrypoint/supervisor/phrase"
	"entrypoint/supervisor/prelude"
	"entrypoint/supervisor/prelude/scripts"
)

// hooksStep runs the scripts of the image.
func (a *app) hooksStep(cfg *config.Config) prelude.Step {
	return prelude.Step{
		Name: config.StepHooks,
		Run: func() (out prelude.Outcome, err error) {
			o, any := a.scripts(cfg)
			if !any {
				return out, nil
			}
			write, end := a.relayed()
			o.Output = write
			r, err := scripts.Run(o)
			end()
			if err != nil || r.Ran == 0 {
				return out, err
			}
			a.setLater(prelude.Changes(os.Environ(), r.Env)...)
			a.prelude.files.changed = true // scripts may have written any file
			return prelude.Outcome{Did: prelude.Done, What: "ran " + phrase.Count(r.Ran, "script", "scripts")}, nil
		},
		Explain: func() []string {
			if o, any := a.scripts(cfg); any {
				return scripts.Explain(o)
			}
			return nil
		},
	}
}

// scripts says how the scripts of the image are run, and whether there is a directory of
// them.
func (a *app) scripts(cfg *config.Config) (o scripts.Options, any bool) {
	for _, dir := range scripts.Dirs() {
		if a.isDirectory(dir) {
			o.Dirs = append(o.Dirs, dir)
		}
	}
	if o.Dirs == nil {
		return o, false
	}
	o.Timeout, o.Budget = cmp.Or(cfg.Container.Prelude.HookTimeout, config.DefaultHookTimeout), a.budget()
	o.Run, o.Beside, o.Log, o.Trace = a.launcher().Run, a.beside, a.err.Print, a.tracer()
	return o, true
}

// relayed is where scripts print: the container's own output, whose lines are ours only
// where all of them are objects. end is for last lines without an end.
func (a *app) relayed() (write func(stderr bool, data []byte), end func()) {
	if !a.out.Style().JSON {
		return func(stderr bool, data []byte) {
			if stderr {
				a.err.Write(data)
			} else {
				a.out.Write(data)
			}
		}, func() {}
	}
	streams := [...]*logs.Relayed{a.out.Relay(config.StepHooks), a.err.Relay(config.StepHooks)}
	return func(stderr bool, data []byte) {
			if stderr {
				streams[1].Write(data)
			} else {
				streams[0].Write(data)
			}
		}, func() {
			streams[0].Close()
			streams[1].Close()
		}
}
