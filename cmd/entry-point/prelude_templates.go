package main

import (
	"errors"
	"io"
	"os"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"entrypoint/config"
	"entrypoint/config/profile"
	"entrypoint/supervisor/launch"
	"entrypoint/supervisor/prelude"
	"entrypoint/supervisor/prelude/templates"
	"entrypoint/supervisor/process"
)

// templatesStep makes files of templates.
func (a *app) templatesStep(cfg *config.Config) prelude.Step {
	o := a.templateOptions(cfg)
	return prelude.Step{
		Name: config.StepTemplates,
		Run: func() (prelude.Outcome, error) {
			if !a.hasTemplates(o) {
				return nothing()
			}
			return a.makeFiles(o)
		},
		Explain: func() []string {
			if !a.hasTemplates(o) {
				return nil
			}
			return templates.Explain(*o)
		},
	}
}

// templateOptions say what files are made of. cfg must not know of files that have moved
// (config.Options.Moved): its commands name the places where they should be.
func (a *app) templateOptions(cfg *config.Config) *templates.Options {
	o := &templates.Options{Templates: cfg.Container.Prelude.Templates, Env: cfg.Environment, Programs: cfg.Programs}
	if o.Env == nil {
		o.Env = os.Environ()
	}
	o.Dir = profile.Under(a.workDir(), cfg.Container.Directory)
	if a.prelude.mode != config.PreludeProduction {
		p := &config.Program{Name: "command", Group: "command", Command: a.launched()}
		if known := profile.Of(profile.Command{Argv: p.Command, Dir: o.Dir}); known != nil {
			p.Profile = known.Name
		}
		o.Programs = []*config.Program{p}
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

// hasTemplates says whether there are templates, at nearly no cost where there are none.
func (a *app) hasTemplates(o *templates.Options) bool {
	return len(o.Templates) > 0 || o.WantsFolder() && a.isDirectory(templates.Folder(o.Env))
}

// makeFiles is the step.
func (a *app) makeFiles(o *templates.Options) (done prelude.Outcome, err error) {
	o.Beside = func(f func()) error {
		stop, err := a.beside("make files of templates", func() error { f(); return nil })
		if stop != 0 {
			err = &stopError{stop}
		}
		return err
	}
	o.Check = a.checkFile
	r, err := templates.Run(*o)
	if stop := (*stopError)(nil); errors.As(err, &stop) {
		return done, stop
	}
	if err != nil {
		return done, err
	}
	a.prelude.moved, a.prelude.rendered = r.Moved, r.Changed > 0 || len(r.Moved) > 0
	for _, text := range append(r.Notes, movedNotes(r.Moved)...) {
		a.err.Print("templates: " + text)
	}
	if r.Changed == 0 {
		return prelude.Outcome{Did: prelude.Unchanged}, nil
	}
	return prelude.Outcome{Did: prelude.Done, What: "made " + plural(r.Changed, "file")}, nil
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
// is run. What it cannot find out, such as without its binary, is no failure: the start
// of the program says more of that.
func (a *app) checkFile(p *config.Program, argv []string) error {
	c := launch.Command{Argv: argv, Dir: p.Directory, Env: os.Environ(), KillAfter: a.budget()}
	for _, entry := range p.Environment {
		name, value, _ := strings.Cut(entry, "=")
		c.Env = config.SetVariable(c.Env, name, value)
	}
	if u := p.User; u != nil {
		c.Credential = &syscall.Credential{Uid: u.UID, Gid: u.GID, Groups: u.Groups}
	}
	if fd, err := unix.MemfdCreate("check", unix.MFD_CLOEXEC); err == nil { // else it prints where we do
		f := os.NewFile(uintptr(fd), "check")
		defer f.Close()
		c.Stdout, c.Stderr = f, f
	}
	result, err := a.launcher().Run(c)
	switch {
	case result.Stopped != 0:
		return &stopError{result.Stopped}
	case err != nil:
		a.err.Print("templates: the new files for " + p.FullName() + " are not checked: " + err.Error())
		return nil
	case result.Code == 0:
		return nil
	}
	text := make([]byte, maxChecked)
	n := 0
	if c.Stdout != nil {
		n, _ = io.ReadFull(io.NewSectionReader(c.Stdout, 0, maxChecked), text)
	}
	if said := strings.TrimSpace(string(text[:n])); said != "" {
		return errors.New(strings.ReplaceAll(said, "\n", "; "))
	}
	return errors.New("its reload_check has ended with exit code " + strconv.Itoa(result.Code))
}
