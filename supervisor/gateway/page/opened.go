package page

import (
	"context"
	"slices"

	"entrypoint/supervisor/control"
	"entrypoint/supervisor/gateway/setting"
)

// opened is the program that is shown beside the list.
type opened struct {
	Name     string // as it was asked for
	Program  *row   // nil: there is no such program
	Events   []*control.Event
	Verdicts []*control.Event // those of them that are ends that were not wanted
	Detail   *control.Detail  // nil: who looks may not see it, or Problem
	Settings []setting.Setting
	Defaults []setting.Default
	Problem  string // why there is no detail, as a sentence without its end
	Signals  []string
	May      bool
}

const unknown = "Settings are not known: "

// open finds out what is shown of one program.
func (p *page) open(ctx context.Context, v *view, name string, events []*control.Event) *opened {
	o := &opened{Name: name, Signals: signals[:], May: v.May}
	i := slices.IndexFunc(v.All, func(r *row) bool { return r.FullName == name })
	if i < 0 {
		return o
	}
	o.Program = v.All[i]
	for _, e := range slices.Backward(events) {
		if e.Program != name {
			continue
		}
		o.Events = append(o.Events, e)
		if e.Bad {
			o.Verdicts = append(o.Verdicts, e)
		}
	}
	if !v.May {
		o.Problem = "This login may only read: settings, environment, probes and log, which may hold passwords, are for the other one"
		return o
	}
	err := p.asker.Do(ctx, &control.Request{Do: control.DoDetail, Names: []string{name}}, func(a *control.Answer) error {
		if a.Detail != nil {
			o.Detail = a.Detail
		}
		return nil
	})
	switch {
	case err != nil:
		o.Problem = unknown + err.Error()
	case o.Detail != nil:
		setting.MaskProbes(o.Detail.Probes)
		o.Settings, o.Defaults = setting.Parse(o.Detail.Settings)
		if o.Detail.Problem != "" {
			o.Problem = unknown + o.Detail.Problem
		}
	}
	return o
}
