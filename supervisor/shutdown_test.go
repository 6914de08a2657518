package supervisor

import (
	"strings"
	"testing"
	"time"

	"entrypoint/supervisor/program"
)

// TestShutdown: who is told when, without the loop: those that need others first, each
// once, one that has been started again once more, and all again from the new graph when
// the programs have changed meanwhile.
func TestShutdown(t *testing.T) {
	now := time.Now()
	deadline := now.Add(9 * time.Second)
	r := register(named("db"), named("app", needing("db")), named("web", needing("app")))
	up := func(names ...string) {
		for i, name := range names {
			r.step(name, program.Event{Kind: program.Start})
			r.step(name, program.Event{Kind: program.Spawned, PID: 100 + i})
		}
	}
	end := func(name string) {
		r.step(name, program.Event{Kind: program.Stop})
		r.step(name, program.Event{Kind: program.Died})
	}
	var d shutdown
	next := func() string {
		var names []string
		for _, o := range d.next(r, deadline, now) {
			if o.by.IsZero() || o.by.After(deadline) {
				t.Errorf("%s: its share ends at %v", o.name, o.by)
			}
			names = append(names, o.name)
		}
		return strings.Join(names, " ")
	}
	expect := func(want string) {
		t.Helper()
		if got := next(); got != want {
			t.Errorf("told %q, want %q", got, want)
		}
	}
	up("db", "app", "web")
	if !d.due().IsZero() {
		t.Error("something is due before the stop")
	}
	expect("web")
	expect("") // it has been told
	end("web")
	expect("app")
	up("web") // nobody has forbidden it
	expect("web")
	end("web")
	expect("")
	if due := d.due(); due.Before(now) || due.After(deadline) {
		t.Errorf("the next share is over at %v", due)
	}
	r.arrange() // another graph
	expect("")
	end("app")
	expect("db")
	now, deadline = now.Add(time.Second), now.Add(time.Second)
	d.hurry(now)
	expect("")
	if got := d.told[r.byName["db"]]; got != now {
		t.Errorf("after the order to hurry, the share of db ends at %v", got)
	}
	end("db")
	expect("")
	if d.end(); d.stop != nil || !d.due().IsZero() {
		t.Error("something is left of it")
	}
	up("web")
	expect("web") // a new one
}
