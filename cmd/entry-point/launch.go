package main

import (
	"os"
	"strings"
	"syscall"

	"entrypoint/cmd/entry-point/ctl"
	"entrypoint/config"
	"entrypoint/config/nearest"
	"entrypoint/config/profile"
	"entrypoint/supervisor/launch"
	"entrypoint/supervisor/process"
)

// launch runs one command in our place.
func (a *app) launch(argv []string) int {
	o := &a.options.Launch
	if moved := a.prelude.files.Moved(); len(moved) > 0 {
		argv, _ = profile.Redirect(profile.Command{Argv: argv, Dir: a.workDir(), Env: [2][]string{os.Environ()}}, moved)
	}
	command := &launch.Command{Argv: argv, Terminal: true, Group: o.Group}
	if len(o.Rewrite) > 0 {
		command.Rewrite = map[syscall.Signal]syscall.Signal{}
		for _, r := range o.Rewrite {
			command.Rewrite[r.from] = r.to
		}
	}
	command.Inherited = a.held
	if n, names := process.HandedSockets(); n > 0 {
		// The announcement names our process id, and has to name the command's.
		if a.held == nil {
			command.Inherited = process.KeepInherited()
		}
		command.Handed = n
		if names != "" {
			command.HandedNames = strings.Split(names, ":")
		}
	}
	protect, err := config.ParseOOMProtect(os.Getenv(config.OOMProtect))
	if err != nil {
		a.err.Print("environment variable " + config.OOMProtect + ": " + err.Error())
	}
	if protect || err != nil {
		a.table.Protect(nil)
	}
	restore, code := a.become(command)
	if code != 0 {
		return code
	}
	result, err := a.launcher().Run(command)
	restore()
	for _, code := range o.RemapExit {
		if result.Code == int(code) { // it is how a good end looks
			result.Code, result.Verdict = 0, ""
		}
	}
	if err != nil && a.mayNot(err) {
		result.Code = codeConfig
	}
	switch {
	case err != nil:
		a.lastWords(err.Error()+clientMeant(argv[0], result.Code), result.Code)
	case result.Verdict != "":
		a.leave(result.Verdict, result.Record)
	}
	return result.Code
}

// clientMeant is the end of a message about a command that does not exist, where a
// command of the control client has such a name: the word ctl was forgotten.
func clientMeant(command string, code int) string {
	name := nearest.Name(command, ctl.Names())
	if code != process.CodeNotFound || name == "" {
		return ""
	}
	return `; did you mean "entry-point ctl ` + name + `"?`
}

func (a *app) launcher() *launch.Launcher {
	return &launch.Launcher{
		Table: a.table, Budget: a.budget(),
		Log: a.err.Print, Trace: a.tracer(), Started: a.threads.Wait, Files: a.files,
	}
}

// tracer is where -v writes; nil without it.
func (a *app) tracer() func(string) {
	if a.options.Verbose {
		return a.err.Print
	}
	return nil
}
