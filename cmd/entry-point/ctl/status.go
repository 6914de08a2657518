package ctl

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"time"

	"entrypoint/supervisor/control"
	"entrypoint/supervisor/phrase"
	"entrypoint/supervisor/visible"
)

// down says whether a program in this state is neither up nor on its way there;
// the LSB's "not running".
func down(state string) bool {
	switch state {
	case "STOPPED", "EXITED", "FATAL", "UNKNOWN":
		return true
	}
	return false
}

// isDown says whether a program does not do what it is for: one that has done its work,
// or waits for the next time of its schedule, does.
func isDown(p *control.Program) bool {
	waits := (p.State == "STOPPED" || p.State == "EXITED") && !p.NextStart.IsZero()
	return down(p.State) && !p.Done && !waits
}

// programs asks for the state of programs; names that there are none of are
// said and counted.
func (c *cli) programs(names []string, each func(*control.Program) error) (unknown int, err error) {
	err = c.ask(&control.Request{Do: control.DoStatus, Names: names}, func(a *control.Answer) error {
		switch {
		case a.Program != nil:
			return each(a.Program)
		case a.Result != nil && a.Result.Status != control.OK:
			unknown++
			c.refused(a.Result)
		}
		return nil
	})
	if refused, ok := err.(*control.Error); ok && isNoName(refused.Code) {
		unknown++
		c.complain(refused.Message)
		err = nil
	}
	return unknown, err
}

func isNoName(code string) bool { return code == control.NoProgram || code == control.NoGroup }

// status prints the state of programs, and why.
func (c *cli) status(names []string) error {
	var list []*control.Program
	known, anyDown := false, false
	unknown, err := c.programs(names, func(p *control.Program) error {
		anyDown = anyDown || isDown(p)
		if c.JSON {
			return c.writeJSON(p)
		}
		list = append(list, p)
		known = known || p.Profile != ""
		return nil
	})
	if err != nil {
		return err
	}
	c.writeStatus(list, known, len(names) > 0)
	switch {
	case anyDown:
		c.code = codeDown
	case unknown > 0:
		c.code = codeNoServer
	}
	return nil
}

// writeStatus writes a table, with what the programs are known as if any of them
// is. A sentence that says why may be long (it may quote a PATH): a table of many
// programs has the beginning of it, one of programs that were asked for has it whole.
func (c *cli) writeStatus(list []*control.Program, known, whole bool) {
	if len(list) == 0 {
		return
	}
	t := table{right: []bool{false, false, false, true}, whole: whole}
	row := func(name, state, ready, restarts, profile, why string) {
		cells := []string{name, state, ready, restarts}
		if known {
			cells = append(cells, profile)
		}
		t.add(append(cells, why)...)
	}
	row("NAME", "STATE", "READY", "RESTARTS", "PROFILE", "WHY")
	for _, p := range list {
		row(p.FullName, p.State, readiness(p), strconv.Itoa(p.Restarts), cmp.Or(p.Profile, "-"), p.Why)
	}
	t.write(c)
}

func readiness(p *control.Program) string {
	switch {
	case p.Ready:
		return "yes"
	case p.Done:
		return "done"
	case down(p.State):
		return "-"
	}
	return "no"
}

// pid prints entry-point's process id, or those of programs.
func (c *cli) pid(names []string) error {
	if len(names) == 0 {
		return c.ask(&control.Request{Do: control.DoInfo}, func(a *control.Answer) error {
			switch {
			case a.Info == nil:
				return nil
			case c.JSON:
				return c.writeJSON(a.Info)
			}
			_, err := fmt.Fprintln(c.out, a.Info.PID)
			return err
		})
	}
	idle := false
	unknown, err := c.programs(names, func(p *control.Program) error {
		idle = idle || p.PID == 0
		if c.JSON {
			return c.writeJSON(p)
		}
		_, err := fmt.Fprintln(c.out, p.PID)
		return err
	})
	switch {
	case err != nil:
		return err
	case unknown > 0:
		c.code = codeFailed
	case idle:
		c.code = codeNotRunning
	}
	return nil
}

// info prints who entry-point is, how it is, and what its prelude has done.
func (c *cli) info([]string) error {
	return c.ask(&control.Request{Do: control.DoInfo}, func(a *control.Answer) error {
		i := a.Info
		switch {
		case i == nil:
			return nil
		case c.JSON:
			return c.writeJSON(i)
		}
		about := "entry-point " + i.Version + ", process " + strconv.Itoa(i.PID) + ": " + i.State + " since " + i.Started.UTC().Format("2006-01-02 15:04:05") + " UTC"
		if i.Source != "" {
			about += "; " + i.Source + ", " + phrase.Count(i.Programs, "program", "programs")
		}
		if err := c.say(about); err != nil {
			return err
		}
		t := table{whole: true}
		t.add("STEP", "TIME", "RESULT")
		for _, step := range i.Setup {
			t.add(step.Name, phrase.Span(time.Duration(step.Seconds*float64(time.Second))), step.Result)
		}
		if len(i.Setup) > 0 {
			t.write(c)
		}
		return nil
	})
}

// health says whether everything is ready, by words and by the exit code.
func (c *cli) health([]string) error {
	c.code = codeFailed // until we know
	return c.ask(&control.Request{Do: control.DoHealth}, func(a *control.Answer) error {
		h := a.Health
		if h == nil {
			return nil
		}
		if h.Ready {
			c.code = codeOK
		}
		switch {
		case c.JSON:
			return c.writeJSON(h)
		case h.Ready:
			return c.say("ready")
		case h.Stopping:
			return c.say("not ready: the container is stopping")
		case len(h.Waiting) == 0:
			return c.say("not ready")
		}
		return c.say("not ready: waiting for " + strings.Join(h.Waiting, ", "))
	})
}

// say writes one line for people.
func (c *cli) say(text string) error {
	_, err := c.out.WriteString(c.shown(text) + "\n")
	return err
}

// shown is a text as the output may have it, whoever reads that: a pipe may end at
// a terminal, too.
func (c *cli) shown(text string) string { return visible.Line(text) }
