package config

import (
	"cmp"
	"syscall"

	"entrypoint/config/profile"
)

// adapt makes a program of a known kind run well under supervision. What the
// file itself says is left alone.
func (b *build) adapt() {
	b.stopSignals, b.insist, b.insistGroup, b.quick = []syscall.Signal{syscall.SIGTERM}, false, false, false
	if len(b.moved) > 0 {
		b.redirect()
	}
	if b.p.Profile == noProfile {
		b.p.Profile = ""
		return
	}
	known := profile.Of(profile.Command{
		Argv: b.p.Command, Dir: b.workDir(), Env: [2][]string{b.p.Inherited(b.env), b.p.Environment},
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
		b.stopSignals, b.insist, b.quick = known.Stop, known.Insist, known.Quick
	}
	if !b.explicit("stopasgroup") {
		b.p.StopAsGroup, b.insistGroup = known.Group, known.InsistGroup
	}
	if !b.explicit("ready") {
		b.p.Ready = Probe{Kind: map[string]ProbeKind{"unix": ProbeUnix, "tcp": ProbeTCP}[known.Network], Address: known.Address}
	}
	if !b.explicit("reload_signal") {
		b.p.ReloadSignal, b.p.ReloadCaught, b.p.NoReload = known.Reload, known.Reloads, known.NoReload
	}
	if !b.explicit("pause_signal") {
		b.p.PauseSignal = known.Pause
	}
	if !b.explicit("reopen_signal") {
		b.p.ReopenSignal = known.Reopen
	}
	if !b.explicit("reload_check") {
		b.p.ReloadCheck = known.Check
	}
	for _, f := range known.Findings {
		b.found(f)
	}
}

// redirect lets the commands name files that are not where they say.
func (b *build) redirect() {
	for _, argv := range [...]*[]string{&b.p.Command, &b.p.ReloadCheck} {
		if len(*argv) > 0 {
			*argv, _ = profile.Redirect(profile.Command{Argv: *argv, Dir: b.workDir(), Env: [2][]string{b.env, b.p.Environment}}, b.moved)
		}
	}
}

// found reports what the profile has found in the command and its files. A file
// that is missing is no mistake yet, but the built-in set is of no use without it.
func (b *build) found(f *profile.Finding) {
	command, _ := b.lookup("command")
	e := &Error{File: command.File, Line: command.Line, Section: command.section, Key: command.Name, Reason: f.Reason}
	list := &b.warnings
	if f.Severity == profile.Refusal {
		b.failed = true
		list = &b.errs
	}
	switch {
	case f.Severity == profile.Missing && b.renders(profile.Under(b.workDir(), f.File)):
		return
	case f.Severity == profile.Missing:
		e.absent = true
		if e.Reason = cannotRead(f.File, f.Unread).Error(); b.source == BuiltIn {
			list = &b.errs
			e = &Error{Reason: e.Reason + "; write it, or name a configuration file with -c FILE, or give a command to run, or -d for debug mode"}
		}
	case f.File != "":
		e.File, e.Line, e.Section, e.Key = f.File, f.Line, cmp.Or(f.InSection, e.Section), f.Key
	}
	*list = append(*list, e)
}

// workDir is where a program runs, and its relative paths begin.
func (b *build) workDir() string {
	if b.p.Directory == "" {
		return b.dir
	}
	return profile.Under(b.dir, b.p.Directory)
}
