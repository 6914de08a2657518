package supervisor

import (
	"cmp"
	"os"
	"strings"
	"syscall"
	"time"

	"entrypoint/config"
	"entrypoint/supervisor/control"
	"entrypoint/supervisor/process"
)

// countExit counts how processes of u have ended.
func (u *unit) countExit(status syscall.WaitStatus) {
	e := control.Exits{Code: process.Code(status)}
	if status.Signaled() {
		e.Signal = process.SignalName(status.Signal())
	}
	for i := range u.exits {
		if u.exits[i].Code == e.Code && u.exits[i].Signal == e.Signal {
			u.exits[i].Count++
			return
		}
	}
	e.Count = 1
	u.exits = append(u.exits, e)
}

// describe answers with what the configuration that was read last says.
func (s *Supervisor) describe(r control.Request, c *caller) {
	wanted := map[string]bool{}
	for _, name := range r.Names {
		wanted[name] = true
	}
	for _, p := range s.configuration.lastRead.Programs {
		if len(wanted) == 0 || wanted["all"] || wanted[p.FullName()] || wanted[p.Group+":*"] {
			c.reply(control.Answer{Config: s.configOf(p)})
		}
	}
	c.done()
}

func (s *Supervisor) configOf(p *config.Program) *control.Config {
	d := &control.Config{
		Name: p.Name, Group: p.Group, FullName: p.FullName(), InUse: s.activeGroup(p.Group), Autostart: p.Autostart,
		Autorestart: [...]string{config.RestartUnexpected: "unexpected", config.RestartAlways: "true", config.RestartNever: "false"}[p.Autorestart],
		Command:     cmp.Or(p.Written.Command, strings.Join(p.Command, " ")), Directory: p.Directory, UID: -1, ExitCodes: append([]int{}, p.ExitCodes...),
		GroupPriority: p.GroupPriority, Priority: p.Priority, RedirectStderr: p.RedirectStderr,
		StartRetries: p.StartRetries, StartSecs: p.StartSecs.Seconds(),
		StopSignal: int(p.StopSignals[0].Signal), KillAsGroup: p.KillAsGroup,
		Stdout: streamOf(&p.Stdout), Stderr: streamOf(&p.Stderr),
	}
	wait := time.Duration(0)
	for _, rung := range p.StopSignals {
		wait += rung.Wait
	}
	d.StopWaitSecs = wait.Seconds()
	if p.User != nil {
		d.UID = int(p.User.UID)
	} else if p.Written.User { // whom we run as already
		d.UID = os.Getuid()
	}
	d.ServerURL = p.Written.ServerURL
	return d
}

func streamOf(c *config.Stream) control.ConfigStream {
	d := control.ConfigStream{MaxBytes: c.MaxBytes, Backups: c.Backups, Capture: c.Capture, Events: c.Events}
	for _, t := range c.Targets {
		switch t.Kind {
		case config.TargetFile:
			d.Logfile = t.Path
		case config.TargetAuto:
			d.Logfile = "auto"
		case config.TargetSyslog:
			d.Syslog = true
		}
	}
	return d
}

// logPath is the log file of a stream; "": it has none, or none yet.
func (s *Supervisor) logPath(u *unit, stream string) string {
	c := &u.Config.Stdout
	if stream == "stderr" {
		c = &u.Config.Stderr
		if u.Config.RedirectStderr {
			return ""
		}
	}
	for _, t := range c.Targets {
		switch t.Kind {
		case config.TargetFile:
			return t.Path
		case config.TargetAuto:
			return s.Output.AutoPath(u.name, stream)
		}
	}
	return ""
}
