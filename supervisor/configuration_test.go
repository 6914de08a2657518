package supervisor

import (
	"errors"
	"strings"
	"syscall"
	"testing"
	"time"

	"entrypoint/config"
	"entrypoint/supervisor/control"
	"entrypoint/supervisor/program"
)

// TestConfigurationReads: of what is asked for while a reload reads, one more reading
// comes of it, and whoever asked is told of what is read last.
func TestConfigurationReads(t *testing.T) {
	var c configuration
	if !c.begin() {
		t.Fatal("the first reload does not read")
	}
	first := 0
	c.waiting = append(c.waiting, func(*control.Changes, error) { first++ })
	for range 2 {
		if c.begin() {
			t.Error("reads beside itself")
		}
	}
	if told, again := c.end(); told != nil || !again || c.reloading {
		t.Errorf("after the first reading: %d told, again: %t", len(told), again)
	}
	if !c.begin() {
		t.Error("does not read again")
	}
	told, again := c.end()
	if again || len(told) != 1 || c.waiting != nil || c.reloading {
		t.Errorf("after the second reading: %d told, again: %t", len(told), again)
	}
	if told[0](nil, nil); first != 1 {
		t.Error("told somebody else")
	}
}

// TestReloadAtTheEnd: whoever waits for a reload is told that the container stops, and is
// not left waiting, also when the file was to be read once more.
func TestReloadAtTheEnd(t *testing.T) {
	loop := make(chan *Supervisor, 1)
	var told []string
	code, _, log := scenario{
		programs: []*config.Program{named("app")},
		behave: func(w *world, _ string, pid int, sig syscall.Signal) {
			if sig != 0 {
				w.end(pid, 3*time.Second, 0)
			}
		},
		made: func(s *Supervisor) { loop <- s },
		load: func() (*config.Config, error) {
			time.Sleep(1500 * time.Millisecond) // the stop has begun by then
			return nil, errors.New("not read")
		},
		outside: func(w *world) {
			s := <-loop
			time.Sleep(time.Second)
			for _, who := range []string{"first", "second"} {
				s.post(func() {
					s.reloadConfiguration(func(_ *control.Changes, err error) { told = append(told, who+": "+err.Error()) })
				})
			}
			stopAfter(time.Second)(w)
		},
	}.run(t)
	if got := strings.Join(told, ", "); code != 0 || got != "first: the container is stopping, second: the container is stopping" {
		t.Errorf("exit code %d, told %q; log:\n%s", code, got, log)
	}
}

// TestDifference: what a configuration would change, by name, before anything is done.
func TestDifference(t *testing.T) {
	in := func(group string) func(*config.Program) { return func(p *config.Program) { p.Group = group } }
	r := register(named("same"), named("old", in("old")), named("web", in("front")), named("stays", in("front")), named("back", in("back")))
	r.step("back", program.Event{Kind: program.Start})
	r.step("back", program.Event{Kind: program.Spawned, PID: 7})
	r.step("back", program.Event{Kind: program.Remove}) // it stops still
	next := func(programs ...*config.Program) *control.Changes {
		cfg := &config.Config{Programs: programs}
		return r.compare(cfg).changes(r, cfg)
	}
	c := next(named("same"), named("web", in("front"), environment("A=1")), named("stays", in("front")), named("new", in("new")), named("back", in("back")))
	names := strings.Join(c.Added, " ") + " / " + strings.Join(c.Changed, " ") + " / " + strings.Join(c.Removed, " ")
	if names != "new / front:web back / old" {
		t.Errorf("programs: %s", names)
	}
	groups := strings.Join(c.AddedGroups, " ") + " / " + strings.Join(c.ChangedGroups, " ") + " / " + strings.Join(c.RemovedGroups, " ")
	if groups != "back new / front / old" {
		t.Errorf("groups: %s", groups)
	}
	r.step("front:web", program.Event{Kind: program.Configure, Config: named("web", in("front"), environment("A=1"))})
	same := next(named("same"), named("old", in("old")), named("web", in("front"), environment("A=1")), named("stays", in("front")))
	if len(same.Added)+len(same.Changed)+len(same.Removed) > 0 {
		t.Errorf("what is to come counts as a change: %v", same)
	}
}
