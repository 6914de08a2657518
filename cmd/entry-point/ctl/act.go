package ctl

import (
	"cmp"
	"strings"

	"entrypoint/supervisor/control"
)

func (c *cli) start(names []string) error {
	return c.act(&control.Request{Do: control.DoStart, Names: names, Wait: !c.NoWait}, "started", "starting", control.AlreadyStarted)
}

func (c *cli) stop(names []string) error {
	return c.act(&control.Request{Do: control.DoStop, Names: names, Wait: !c.NoWait}, "stopped", "stopping", control.NotRunning)
}

func (c *cli) restart(names []string) error {
	return c.act(&control.Request{Do: control.DoRestart, Names: names, Wait: !c.NoWait}, "restarted", "restarting", "")
}

func (c *cli) signal(words []string) error {
	return c.act(&control.Request{Do: control.DoSignal, Names: words[1:], Signal: words[0]}, "signalled", "signalled", "")
}

func (c *cli) clear(names []string) error {
	return c.act(&control.Request{Do: control.DoClear, Names: names}, "cleared", "cleared", "")
}

// act carries an action out and prints what became of it, by program. harmless
// is the result that is no failure: what was asked for was so already.
func (c *cli) act(r *control.Request, done, begun, harmless string) error {
	word := done
	if !r.Wait {
		word = begun
	}
	return c.ask(r, func(a *control.Answer) error {
		result := a.Result
		if result == nil {
			return nil
		}
		c.count(result.Status, harmless)
		c.noteUnknown(result)
		text := fullName(result) + ": "
		switch {
		case c.JSON:
			if err := c.writeJSON(result); err != nil {
				return err
			}
			return c.out.Flush()
		case result.Status == control.OK:
			text += word
		default:
			why := reason(result.Status)
			if text += why; result.Text != "" && result.Text != result.Status && result.Text != why {
				text += ": " + result.Text
			}
		}
		if err := c.say(text); err != nil {
			return err
		}
		return c.out.Flush() // the next one may take its time
	})
}

// count makes a result the exit code. A later success does not take it back.
func (c *cli) count(status, harmless string) {
	switch status {
	case control.OK, harmless:
	case control.NotRunning, control.SpawnError, control.Abnormal:
		c.code = codeNotRunning
	default:
		c.code = codeFailed
	}
}

// fullName is a result's name as requests take it.
func fullName(r *control.Result) string { return namespec(r.Group, r.Name) }

func namespec(group, name string) string {
	switch {
	case group == "" || group == name:
		return name
	case name == "":
		return group + ":*"
	case strings.HasPrefix(name, group+":"):
		return name // it came as a full name
	}
	return group + ":" + name
}

// reasons are codes in words. The table is never written.
var reasons = [...]struct{ code, words string }{
	{control.NoProgram, "no such program"},
	{control.NoGroup, "no such group"},
	{control.BadSignal, "no such signal"},
	{control.NoFile, "its command does not exist"},
	{control.NotExecutable, "its command is not executable"},
	{control.Failed, "failed"},
	{control.Abnormal, "ended too early"},
	{control.SpawnError, "cannot be started"},
	{control.AlreadyStarted, "already started"},
	{control.NotRunning, "not running"},
	{control.ShuttingDown, "entry-point is shutting down"},
	{control.NoLog, "has no log"},
}

func reason(code string) string {
	for i := range reasons {
		if reasons[i].code == code {
			return reasons[i].words
		}
	}
	return cmp.Or(code, "failed")
}

func (c *cli) reread([]string) error {
	return c.changes(control.DoReread, "would be added", "would be restarted", "would be removed")
}

// reload is for programs. Without a name it once was update, and still is, with a
// line that says so.
func (c *cli) reload(names []string) error {
	if len(names) > 0 {
		return c.act(&control.Request{Do: control.DoReload, Names: names, Wait: true}, "reloaded", "", "")
	}
	c.complain("reload is for programs (reload NAME...); entry-point's own configuration is read again by update, which is done now")
	return c.update(nil)
}

func (c *cli) update([]string) error {
	return c.changes(control.DoReload, "added", "changed", "removed")
}

// changes asks for a reload, or what it would do.
func (c *cli) changes(do control.Operation, added, changed, removed string) error {
	// A reload waits for programs to stop.
	return c.ask(&control.Request{Do: do, Wait: do == control.DoReload}, func(a *control.Answer) error {
		switch {
		case a.Changes == nil:
			return nil
		case c.JSON:
			return c.writeJSON(a.Changes)
		}
		lists := [...]struct {
			names []string
			what  string
		}{{a.Changes.Added, added}, {a.Changes.Changed, changed}, {a.Changes.Removed, removed}, {a.Changes.Rendered, "templates have made its files anew"}}
		any := false
		for _, list := range lists {
			for _, name := range list.names {
				any = true
				if err := c.say(name + ": " + list.what); err != nil {
					return err
				}
			}
		}
		if !any {
			return c.say("no program has changed")
		}
		return nil
	})
}

func (c *cli) shutdown([]string) error {
	if err := c.ask(&control.Request{Do: control.DoShutdown}, func(*control.Answer) error { return nil }); err != nil {
		return err
	}
	if c.JSON {
		return nil
	}
	return c.say("shutting down")
}
