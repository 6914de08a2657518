package main

import (
	"errors"
	"io"
	"os"
	"strconv"
	"strings"
	"sync"
	"syscall"

	"entrypoint/config"
	"entrypoint/config/environ"
	"entrypoint/config/profile"
	"entrypoint/supervisor"
	"entrypoint/supervisor/export"
	"entrypoint/supervisor/incarnation"
	"entrypoint/supervisor/launch"
	"entrypoint/supervisor/prelude"
	"entrypoint/supervisor/prelude/templates"
	"entrypoint/supervisor/process"
)

// templatesStep makes files of templates.
func (a *app) templatesStep(cfg *config.Config) prelude.Step {
	return prelude.Step{
		Name: config.StepTemplates,
		Run: func() (prelude.Outcome, error) {
			if o := a.templates(cfg); o != nil {
				return a.makeFiles(&cfg.Container, o)
			}
			return nothing()
		},
		Explain: func() []string {
			if o := a.templates(cfg); o != nil {
				return templates.Explain(*o)
			}
			return nil
		},
	}
}

// madeFiles is what is known of the files that were made of templates.
type madeFiles struct {
	changed bool // a step may have changed files that the configuration is about

	making sync.Mutex // held while files are made
	mu     sync.Mutex // over what follows
	some   bool       // there are templates
	moved  []profile.Moved
}

// Moved are the files whose own place cannot be written. It may be called from any
// goroutine.
func (f *madeFiles) Moved() []profile.Moved {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.moved
}

// set notes whether there are templates, and which of their files have moved.
func (f *madeFiles) set(some bool, moved []profile.Moved) {
	f.mu.Lock()
	f.some, f.moved = some, moved
	f.mu.Unlock()
}

// any says whether there were templates when files were made last.
func (f *madeFiles) any() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.some
}

// templateOptions say what files are made of, for programs that run in dir. cfg must not know of files that have moved
// (config.Options.Moved): its commands name the places where they should be.
func (a *app) templateOptions(cfg *config.Config, dir string) *templates.Options {
	o := &templates.Options{Templates: cfg.Container.Prelude.Templates, Env: cfg.Environment, Programs: cfg.Programs}
	if o.Env == nil {
		o.Env = os.Environ()
	}
	for i := range cfg.Container.Prelude.Require {
		o.Declared = append(o.Declared, cfg.Container.Prelude.Require[i].Name)
	}
	o.Dir = profile.Under(dir, cfg.Container.Directory)
	if a.prelude.mode != config.PreludeProduction {
		p := &config.Program{Name: "command", Group: "command", Command: a.launched()}
		if known := profile.Of(profile.Command{Argv: p.Command, Dir: o.Dir}); known != nil {
			p.Profile = known.Name
		}
		o.Programs, o.Lenient = []*config.Program{p}, true
	}
	return o
}

// workDir is our working directory; "/" where it is gone.
func (a *app) workDir() string {
	dir, err := os.Getwd()
	if err != nil {
		return "/"
	}
	return dir
}

// templates are the templates at the start; nil: there are none. That costs nothing where
// there is no nginx either.
func (a *app) templates(cfg *config.Config) *templates.Options {
	if len(cfg.Container.Prelude.Templates) == 0 && a.prelude.mode == config.PreludeProduction && !templates.WantsFolder(os.Getenv, cfg.Programs) {
		return nil
	}
	if o := a.templateOptions(cfg, a.workDir()); a.hasTemplates(o) {
		return o
	}
	return nil
}

// templateMistakes are what is written wrongly in templates, for -t.
func (a *app) templateMistakes(cfg *config.Config) []string {
	if o := a.templates(cfg); o != nil {
		return templates.Mistakes(*o)
	}
	return nil
}

// hasTemplates says whether there are templates.
func (a *app) hasTemplates(o *templates.Options) bool {
	getenv := func(name string) string { return environ.Value(o.Env, name) }
	return len(o.Templates) > 0 || templates.WantsFolder(getenv, o.Programs) && a.isDirectory(templates.Folder(o.Env))
}

// makeFiles is the step.
func (a *app) makeFiles(c *config.Container, o *templates.Options) (done prelude.Outcome, err error) {
	o.Beside = func(f func()) error {
		stop, err := a.beside("make files of templates", func() error { f(); return nil })
		if stop != 0 {
			err = &stopError{stop}
		}
		return err
	}
	o.Check = func(p *config.Program, argv []string) error { return a.checkFile(c, p, argv) }
	r, err := templates.Run(*o)
	if stop := (*stopError)(nil); errors.As(err, &stop) {
		return done, stop
	}
	if err != nil {
		return done, err
	}
	a.prelude.files.set(true, r.Moved)
	a.prelude.files.changed = r.Changed > 0 || len(r.Moved) > 0
	for _, text := range append(r.Notes, movedNotes(r.Moved)...) {
		a.err.Print("templates: " + text)
	}
	if r.Changed == 0 {
		return prelude.Outcome{Did: prelude.Unchanged}, nil
	}
	return prelude.Outcome{Did: prelude.Done, What: "made " + plural(r.Changed, "file")}, nil
}

// renderer makes files of templates while programs run; see supervisor.Options. dir is
// where the configuration is.
func (a *app) renderer(dir string) func(*config.Config, string, supervisor.Checker) (*config.Config, []string, error) {
	files := &a.prelude.files
	beside := func(f func()) error { return a.files.Run("make files of templates", f) }
	return func(cfg *config.Config, program string, check supervisor.Checker) (*config.Config, []string, error) {
		files.making.Lock()
		defer files.making.Unlock()
		if cfg == nil && !files.any() {
			return nil, nil, nil
		}
		given := cfg
		if cfg == nil || len(files.Moved()) > 0 {
			var err error
			if failed := beside(func() { cfg, err = a.loadUnmoved(dir) }); failed != nil || err != nil {
				return nil, nil, errors.Join(failed, err)
			}
		}
		keys := &cfg.Container.Prelude
		o := a.templateOptions(cfg, dir)
		if !keys.For.In(a.prelude.mode) || keys.Skips(config.StepTemplates) || !a.hasTemplates(o) {
			if program == "" {
				files.set(false, nil)
			}
			return cfg, nil, nil
		}
		o.Beside, o.Check, o.For = beside, check, program
		r, err := templates.Run(*o)
		if err != nil {
			return nil, nil, err
		}
		for _, note := range r.Notes {
			a.err.Print("templates: " + note)
		}
		if r.Changed > 0 {
			a.err.Print("templates: made " + plural(r.Changed, "file") + " again")
		}
		if program != "" {
			return nil, r.Programs, nil
		}
		files.set(true, r.Moved)
		if len(r.Moved) > 0 || r.Changed > 0 {
			if failed := beside(func() { given, err = a.loadStrictly(dir) }); failed != nil {
				err = failed
			}
		}
		return given, r.Programs, err
	}
}

// loadUnmoved reads the configuration as it is written: its commands name the places where
// files should be.
func (a *app) loadUnmoved(dir string) (*config.Config, error) {
	o := a.sources(dir)
	o.Moved = nil
	m := a.makingAgain()
	m.quiet = true
	return a.loadFrom(o, m)
}

// movedNotes say where files are that cannot be where they should be.
func movedNotes(moved []profile.Moved) (notes []string) {
	for _, m := range moved {
		notes = append(notes, "nothing may be written at "+m.From+"; the command line names "+m.To+" instead")
	}
	return notes
}

// stopError is a stop signal that has ended a step.
type stopError struct{ signal syscall.Signal }

func (e *stopError) Error() string { return "stopped by " + process.SignalName(e.signal) }

// Stopped is the signal.
func (e *stopError) Stopped() syscall.Signal { return e.signal }

// maxChecked is how much of what a check prints is told, in bytes.
const maxChecked = 4 << 10

// checkFile runs the check of a program (reload_check) with other words, as the program
// will be run: the container's own directory, umask and limits are not ours yet. What it
// cannot find out, such as without its binary, is no failure: the start of the program says
// more of that.
func (a *app) checkFile(c *config.Container, p *config.Program, argv []string) error {
	spec := supervisor.Given(p, c, os.Environ(), nil)
	spec.Dir = profile.Under(profile.Under(a.workDir(), c.Directory), spec.Dir)
	if c.Umask >= 0 && spec.Settings.Umask == nil {
		spec.Settings.Umask = &c.Umask
	}
	if spec.Settings.NoFile == nil {
		spec.Settings.NoFile = process.NoFile(uint64(c.MinFDs))
	}
	silence := incarnation.Silence{}
	defer silence.Close()
	stdin, err := silence.File()
	if err != nil {
		return err
	}
	command := &launch.Command{
		Argv: argv, Dir: spec.Dir, Env: spec.Env, Credential: spec.Credential, Settings: spec.Settings,
		Stdin: stdin, KillAfter: a.budget(), Limit: supervisor.CheckTime,
	}
	if f, err := export.Memory("check"); err == nil { // else it prints where we do
		defer f.Close()
		command.Stdout, command.Stderr = f, f
	}
	result, err := a.launcher().Run(command)
	switch {
	case result.Stopped != 0:
		return &stopError{result.Stopped}
	case err != nil:
		a.err.Print("templates: the new files for " + p.FullName() + " are not checked: " + err.Error())
		return nil
	case result.Late:
		return errors.New("no answer within " + supervisor.CheckTime.String())
	case result.Code == 0:
		return nil
	}
	text := make([]byte, maxChecked)
	n := 0
	if command.Stdout != nil {
		n, _ = io.ReadFull(io.NewSectionReader(command.Stdout, 0, maxChecked), text)
	}
	if said := strings.TrimSpace(string(text[:n])); said != "" {
		return errors.New(strings.ReplaceAll(said, "\n", "; "))
	}
	return errors.New("its reload_check has ended with exit code " + strconv.Itoa(result.Code))
}
