package supervisor

import (
	"slices"
	"strings"
	"testing"
	"time"

	"entrypoint/config"
	"entrypoint/supervisor/control"
	"entrypoint/supervisor/program"
)

// register makes a registry of programs in this order of the configuration.
func register(programs ...*config.Program) *registry {
	r := newRegistry()
	for _, p := range programs {
		r.insert(&unit{Program: program.New(p, 1), name: p.FullName()})
	}
	r.arrange()
	return &r
}

func (r *registry) names() string {
	var names []string
	r.each(func(u *unit) { names = append(names, u.name) })
	return strings.Join(names, " ")
}

// step makes a step of a program, as the loop does.
func (r *registry) step(name string, e program.Event) {
	u := r.byName[name]
	u.Program, _ = program.Step(u.Program, time.Now(), e)
	r.leaving = r.leaving || u.removed() && u.AtRest()
}

func priority(n int) func(*config.Program) { return func(p *config.Program) { p.Priority = n } }

func needing(names ...string) func(*config.Program) {
	return func(p *config.Program) {
		for _, name := range names {
			p.DependsOn = append(p.DependsOn, config.Dependency{Name: name})
		}
	}
}

// TestRegistryOrder: by priority, but what is needed comes before, and otherwise as in
// the configuration, also in another one.
func TestRegistryOrder(t *testing.T) {
	web, app, db, other := named("web", priority(1), needing("app")), named("app"), named("db", priority(5)), named("other")
	r := register(web, other, app, db)
	if got := r.names(); got != "db other app web" {
		t.Errorf("in the order %s", got)
	}
	r.place([]*config.Program{app, other, db, web})
	r.arrange()
	if got := r.names(); got != "db app other web" {
		t.Errorf("in the order of another configuration %s", got)
	}
	before, graph := r.units, r.graph
	if r.rearrange(); r.graph != graph {
		t.Error("arranged anew where nothing has changed")
	}
	r.outdated = true
	if r.rearrange(); r.graph == graph || &before[0] == &r.units[0] {
		t.Error("not arranged anew, or under the feet of who goes through it")
	}
}

// TestRegistryDrop: only what is to be forgotten and is at rest goes, and it is not under
// the feet of who goes through the programs.
func TestRegistryDrop(t *testing.T) {
	r := register(named("a"), named("b"), named("c"))
	if r.drop() != nil {
		t.Error("dropped something")
	}
	r.step("b", program.Event{Kind: program.Start})
	r.step("b", program.Event{Kind: program.Spawned, PID: 7})
	r.step("a", program.Event{Kind: program.Remove})
	r.step("b", program.Event{Kind: program.Remove})
	var seen []string
	r.each(func(u *unit) {
		seen = append(seen, u.name)
		for _, gone := range r.drop() {
			seen = append(seen, "without "+gone.name)
		}
	})
	if !slices.Equal(seen, []string{"a", "without a", "b", "c"}) || r.byName["a"] != nil || r.byName["b"] == nil {
		t.Errorf("saw %q", seen)
	}
	r.step("b", program.Event{Kind: program.Died})
	if gone := r.drop(); len(gone) != 1 || gone[0].name != "b" || r.names() != "c" {
		t.Errorf("dropped %d, left %s", len(gone), r.names())
	}
}

// TestRegistryWaits: what a program waits for, in words, by way of others, and that this
// has failed.
func TestRegistryWaits(t *testing.T) {
	r := register(named("db", func(p *config.Program) { p.Autostart = false }), named("app", needing("db")), named("web", needing("app")))
	web := r.byName["web"]
	if w := r.waitsFor(web); !w.Failed || w.For != "for app, which waits for db, which is not started" || !slices.Equal(w.Programs, []string{"app", "db"}) || r.needsReady(web) {
		t.Errorf("%+v", w)
	}
	r.step("db", program.Event{Kind: program.Start})
	if w := r.waitsFor(web); w.Failed || w.Kind != control.WaitsPrograms || w.For != "for app to be ready" || !slices.Equal(w.Programs, []string{"app"}) {
		t.Errorf("%+v", w)
	}
	if w := r.waitsFor(r.byName["db"]); w.Failed || w.Kind != control.WaitsTurn || w.For != "for its turn" || w.Programs != nil || !r.needsReady(r.byName["db"]) {
		t.Errorf("%+v", w)
	}
}
