package config

import (
	"syscall"

	"entrypoint/config/profile"
)

// adapt makes a program of a known kind run well under supervision. What the
// file itself says is left alone.
func (b *build) adapt() {
	b.stopSignals, b.insist = []syscall.Signal{syscall.SIGTERM}, false
	if b.p.Profile == noProfile {
		b.p.Profile = ""
		return
	}
	known := profile.Of(profile.Command{
		Argv: b.p.Command, Dir: b.workDir(), Env: [2][]string{b.env, b.p.Environment},
		Name: b.p.Profile, Activated: b.p.Socket != nil,
	})
	if known == nil {
		b.p.Profile = ""
		return
	}
	b.p.Profile, b.p.Command, b.p.Debug = known.Name, known.Argv, known.Debug
	b.p.Environment = merged(b.p.Environment, known.Env)
	b.p.StopExitCodes = known.ExitCodes
	if !b.explicit("stopsignal") {
		b.stopSignals, b.insist = known.Stop, known.Insist
	}
	if !b.explicit("stopasgroup") {
		b.p.StopAsGroup = known.Group
	}
	if !b.explicit("ready") {
		b.p.Ready = Probe{known.Network, known.Address}
	}
	if !b.explicit("reload_signal") {
		b.p.ReloadSignal = known.Reload
	}
	if !b.explicit("reopen_signal") {
		b.p.ReopenSignal = known.Reopen
	}
	if !b.explicit("reload_check") {
		b.p.ReloadCheck = known.Check
	}
	for i := range known.Findings {
		b.found(&known.Findings[i])
	}
}

// found reports what the profile has found in the command and its files.
func (b *build) found(f *profile.Finding) {
	command, _ := b.lookup("command")
	section := f.InSection
	if section == "" {
		section = b.unit.section.Name
	}
	e := &Error{File: f.File, Line: f.Line, Section: section, Key: f.Key, Reason: f.Reason}
	if f.File == "" {
		e = &Error{File: command.File, Line: command.Line, Section: command.section, Key: command.Name, Reason: f.Reason}
	}
	switch f.Severity {
	case profile.Refusal:
		b.failed = true
		b.errs = append(b.errs, e)
	case profile.Missing:
		b.unread(command, cannotRead(f.File, f.Unread))
	case profile.Warning:
		b.warnings = append(b.warnings, e)
	}
}

// unread reports a file that the program will not be able to read either. The
// built-in set is of no use without it.
func (b *build) unread(command setting, err error) {
	if b.source != BuiltIn {
		b.warn(command, err.Error())
		return
	}
	b.errs = append(b.errs, &Error{Reason: err.Error() +
		"; write it, or name a configuration file with -c FILE, or give a command to run, or -d for debug mode"})
}

// workDir is where a program runs, and its relative paths begin.
func (b *build) workDir() string {
	if b.p.Directory == "" {
		return b.dir
	}
	return under(b.dir, b.p.Directory)
}
