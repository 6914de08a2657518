package supervisor

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"entrypoint/config"
	"entrypoint/supervisor/part"
	"entrypoint/supervisor/program"
)

// notingPart notes what the loop tells a part, and wishes what a test wants.
type notingPart struct {
	*host
	notes   []string
	due     time.Time
	ticks   int
	changed func(v *part.View, before *program.Program)
}

func (p *notingPart) Due() time.Time { return p.due }

func (p *notingPart) Tick(now time.Time) {
	p.ticks++
	if !p.due.IsZero() && !now.Before(p.due) {
		p.due = time.Time{}
		p.Want(part.Wish{Program: "web", Event: program.Event{Kind: program.Restart}, Order: "because a test wants it"})
		p.Want(part.Wish{Program: "nobody", Event: program.Event{Kind: program.Restart}})
	}
}

func (p *notingPart) Changed(v *part.View, before *program.Program, _ time.Time) {
	line := "new"
	if before.Config != nil {
		line = before.State.String()
	}
	p.notes = append(p.notes, fmt.Sprintf("%s %s %s", v.Name, line, v.State))
	if p.changed != nil {
		p.changed(v, before)
	}
}

func (p *notingPart) Forget(name string) { p.notes = append(p.notes, "forget "+name) }

// TestPart: a part hears of every step in its order, is called when it is due, and what it
// wants comes after the step in which it has wanted it.
func TestPart(t *testing.T) {
	var p *notingPart
	var events []string
	var log told
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.behave = obedient
		cfg := &config.Config{Programs: []*config.Program{named("web", func(c *config.Program) { c.StartSecs = 0 })}, Container: config.Container{StopBudget: 9 * time.Second}}
		s := New(cfg, Options{Table: w, Output: &screen{}, Log: func(string) {}})
		s.notices.Sinks = append(s.notices.Sinks, &log)
		p = &notingPart{host: &host{s}, due: time.Now().Add(5 * time.Second)}
		s.parts.all, s.parts.observers = append(s.parts.all, p), append(s.parts.observers, p)
		p.changed = func(v *part.View, before *program.Program) {
			if before.State == program.Starting && v.State == program.Running && v.StartedAt.Sub(w.start) > time.Second {
				p.changed = nil
				p.Want(part.Wish{Program: "web", Event: program.Event{Kind: program.Stop}, Order: "because it has been started twice"})
				p.notes = append(p.notes, "wished")
			}
		}
		go stopAfter(10 * time.Second)(w)
		s.Run()
		events = w.events
	})
	want(t, events, "0s start web", "5s web TERM", "5.1s start web", "5.1s web TERM")
	stops := log.became("web", program.Stopping)
	if len(stops) != 2 || stops[0].Order != "because a test wants it" || stops[1].Order != "because it has been started twice" {
		t.Errorf("it is not told why it was stopped:\n%s", log)
	}
	notes := []string{
		"web STOPPED STARTING", "web STARTING RUNNING",
		"web RUNNING STOPPING", "web STOPPING STARTING", "web STARTING RUNNING", "wished",
		"web RUNNING STOPPING", "web STOPPING STOPPED", "web STOPPED STOPPED",
	}
	if !slices.Equal(p.notes, notes) {
		t.Errorf("the part has heard\n\t%s\nwant\n\t%s", strings.Join(p.notes, "\n\t"), strings.Join(notes, "\n\t"))
	}
	if p.ticks > 30 {
		t.Errorf("%d ticks in a few turns of the loop", p.ticks)
	}
}

// TestStepAllocatesNothing: a step of one of many programs costs no memory, whatever parts
// there are.
func TestStepAllocatesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var programs []*config.Program
		for i := range 1000 {
			programs = append(programs, named(fmt.Sprintf("p%d", i)))
		}
		s := New(&config.Config{Programs: programs}, Options{Table: newWorld(t), Output: &screen{}, Log: func(string) {}})
		now := time.Now()
		if n := testing.AllocsPerRun(100, func() {
			s.apply(s.units[500], now, program.Event{Kind: program.Tick})
			s.tickParts(now)
			s.partsDue()
		}); n != 0 {
			t.Errorf("%v allocations", n)
		}
	})
}
