package supervisor

import (
	"strings"

	"entrypoint/config"
	"entrypoint/supervisor/check"
	"entrypoint/supervisor/control"
)

// Detail fills in what is known of a program beyond its state. The files are read for it:
// we keep no line of theirs.
func (d *desk) Detail(name string, a *control.Detail, told func()) {
	u := d.s.byName[name]
	a.Settings, a.Probes = []string{}, []*control.Probe{}
	a.Environment, a.Inherited = variables(u.Config.Environment), variables(d.s.inherited.environ)
	ready, live := d.s.parts.check.Answers(name)
	addProbe(a, "ready", &u.Config.Ready, ready)
	addProbe(a, "live", &u.Config.Live, live)
	d.s.readConfiguration(d.s.Keys, func(c *config.Config, err error) {
		if err != nil {
			a.Problem = err.Error()
		} else if p, keys := c.Written(name); p != nil {
			a.Settings, a.Outdated = keys, !u.Config.Same(p)
		}
		told()
	})
}

// addProbe adds a probe that a program has.
func addProbe(a *control.Detail, kind string, p *config.Probe, last check.Answer) {
	if !p.None() {
		a.Probes = append(a.Probes, &control.Probe{Kind: kind, Probe: p.String(), Time: last.At, Answer: last.Wrong})
	}
}

// variables are the names of those of an environment.
func variables(environment []string) []string {
	list := make([]string, len(environment))
	for i, kv := range environment {
		list[i], _, _ = strings.Cut(kv, "=")
	}
	return list
}
