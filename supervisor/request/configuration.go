package request

import (
	"cmp"
	"errors"
	"os"
	"slices"
	"strings"
	"time"

	"entrypoint/config"
	"entrypoint/supervisor/control"
	"entrypoint/supervisor/part"
	"entrypoint/supervisor/program"
)

// reload reads the configuration again, and answers with what that has changed; or lets
// programs read their own, and answers with a result for each.
func (d *Desk) reload(r *control.Request, c *Caller) {
	if len(r.Names) == 0 {
		d.Configuration.ReloadAll(c.changed)
		return
	}
	if d.refuses(c) {
		return
	}
	programs := d.named(r.Names, c)
	tellEach(programs, c, func(i int, tell func(Outcome)) { d.Processes.ReloadProgram(programs[i].Name, tell) })
}

// preview answers with what a reload would change.
func (d *Desk) preview(_ *control.Request, c *Caller) { d.Configuration.Preview(c.changed) }

func (d *Desk) restartAll(_ *control.Request, c *Caller) {
	d.Configuration.RestartAll(c.Of(), func(err error) {
		if err != nil {
			c.changed(nil, err)
			return
		}
		c.done()
	})
}

// changed answers a request that was about the configuration. An error without a code is
// one of the configuration.
func (c *Caller) changed(changes *control.Changes, err error) {
	said := (*control.Error)(nil)
	switch {
	case errors.As(err, &said):
		c.reply(&control.Answer{Error: said})
	case err != nil:
		c.fail(control.BadConfig, err.Error())
	default:
		c.reply(&control.Answer{Changes: changes})
		c.done()
	}
}

// addGroups starts groups of the configuration that was read last.
func (d *Desk) addGroups(r *control.Request, c *Caller) {
	for _, name := range r.Names {
		result := control.Result{Name: name, Group: name, Status: control.NoGroup, Text: "no such group"}
		if len(d.members(name)) > 0 {
			result.Status, result.Text = control.AlreadyAdded, "it is there already"
		} else if d.Configuration.AddGroup(name) {
			result.Status, result.Text = control.OK, ""
		}
		c.result(result)
	}
	c.done()
}

// removeGroups forgets groups whose programs are all at rest.
func (d *Desk) removeGroups(r *control.Request, c *Caller) {
	var wishes []part.Wish
	var results []control.Result
	for _, name := range r.Names {
		result := control.Result{Name: name, Group: name, Status: control.OK}
		members := d.members(name)
		switch {
		case len(members) == 0, slices.ContainsFunc(wishes, func(w part.Wish) bool { return w.Program == members[0].Name }):
			result.Status, result.Text = control.NoGroup, "no such group"
		case slices.ContainsFunc(members, func(p *Program) bool { return p.Live() }):
			result.Status, result.Text = control.StillRunning, "it still runs"
		default:
			for _, p := range members {
				wishes = append(wishes, part.Wish{Program: p.Name, Event: program.Event{Kind: program.Remove}})
			}
		}
		results = append(results, result)
	}
	d.Host.Wish(wishes, func() {
		for i := range results {
			c.result(results[i])
		}
		c.done()
	})
}

// members are the programs of a group that are not about to go.
func (d *Desk) members(group string) (list []*Program) {
	for p := range d.Host.Programs() {
		if p.Config.Group == group && !p.removed() {
			list = append(list, p)
		}
	}
	return list
}

// config answers with what the configuration that was read last says.
func (d *Desk) config(r *control.Request, c *Caller) {
	names := make([]control.Name, 0, len(r.Names))
	for _, name := range orAll(r.Names) {
		names = append(names, control.ParseName(name))
	}
	inUse := map[string]bool{}
	for p := range d.Host.Programs() {
		inUse[p.Config.Group] = inUse[p.Config.Group] || !p.removed()
	}
	for _, p := range d.Configuration.Written() {
		if slices.ContainsFunc(names, func(n control.Name) bool { return n.Is(p.Group, p.Name) }) {
			c.reply(&control.Answer{Config: describe(p, inUse[p.Group])})
		}
	}
	c.done()
}

// describe is what the configuration says of a program.
func describe(p *config.Program, inUse bool) *control.Config {
	d := &control.Config{
		Name: p.Name, Group: p.Group, FullName: p.FullName(), InUse: inUse, Autostart: p.Autostart,
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
