package check

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"entrypoint/config"
	"entrypoint/supervisor/part"
	"entrypoint/supervisor/program"
)

var t0 = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// world is a loop in invented time: it steps programs, and answers probes as the test
// says.
type world struct {
	t        *testing.T
	part     *Part
	now      time.Time
	programs map[string]program.Program
	gone     map[string]bool // their process has ended, and they do not know that yet
	pid      int
	wishes   []part.Wish
	asked    []*inFlight // oldest first
	forgot   int
	atOnce   map[string]error // probes that are answered before Ask returns
	refused  bool             // no program may be started again
	settled  int
	lines    []string // what was told, with the time
}

// inFlight is a probe that the fake Asker has been given.
type inFlight struct {
	name, probe string
	limit       time.Duration
	answer      func(error, time.Time)
}

func newWorld(t *testing.T, programs ...*config.Program) *world {
	w := &world{t: t, now: t0, programs: map[string]program.Program{}, gone: map[string]bool{}, pid: 100}
	w.part = New(w, w)
	for _, c := range programs {
		w.programs[c.Name] = program.Program{Config: c}
		w.changed(c.Name, program.Program{})
		w.start(c.Name)
	}
	t.Cleanup(func() { // when nothing is up, nothing is due, asked or remembered
		for name := range w.programs {
			w.die(name)
		}
		if due := w.part.Due(); !due.IsZero() || len(w.part.entries) > 0 || len(w.part.order) > 0 {
			t.Errorf("at the end: due at %v, entries %v", due, w.part.entries)
		}
		for _, q := range w.asked {
			q.answer(nil, w.now)
		}
		if w.grant(); len(w.wishes) > 0 {
			t.Errorf("a late answer was heard: %v", w.wishes)
		}
	})
	return w
}

// changed tells the part of a step of a program.
func (w *world) changed(name string, before program.Program) {
	v := w.view(name)
	w.part.Changed(&v, &before, w.now)
}

func (w *world) view(name string) part.View {
	v := part.View{Name: name, Program: w.programs[name]}
	if w.gone[name] {
		v.PID = 0
	}
	return v
}

func (w *world) Want(wish part.Wish)         { w.wishes = append(w.wishes, wish) }
func (w *world) Grants(program.Kind) bool    { return !w.refused }
func (w *world) Settled()                    { w.settled++ }
func (w *world) Log(name, text string)       { w.note(name + ": " + text) }
func (w *world) note(line string)            { w.lines = append(w.lines, w.now.Sub(t0).String()+" "+line) }
func (w *world) Forget(string)               { w.forgot++ }
func (w *world) Holds(string, []string) bool { return true }
func (w *world) Note(name, text string, now time.Time) {
	if now != w.now {
		w.t.Errorf("%s at %v, it is %v", text, now, w.now)
	}
	w.note(name + ": " + text)
}

func (w *world) Program(name string) *part.View {
	if _, ok := w.programs[name]; !ok {
		return nil
	}
	v := w.view(name)
	return &v
}

func (w *world) Ask(of Process, p *config.Probe, limit time.Duration, now time.Time, answer func(error, time.Time)) {
	if now != w.now || of.PID != w.programs[of.Name].PID {
		w.t.Errorf("%v was asked at %v, it is %v", of, now, w.now)
	}
	if err, ok := w.atOnce[p.String()]; ok {
		answer(err, now)
		return
	}
	w.asked = append(w.asked, &inFlight{of.Name, p.String(), limit, answer})
}

// step tells a program of an event, as the loop does.
func (w *world) step(name string, e program.Event) {
	before := w.programs[name]
	after, _ := program.Step(before, w.now, e)
	w.programs[name] = after
	w.changed(name, before)
	w.grant()
}

// grant lets the wishes come true, and notes those that mean the end of a process.
func (w *world) grant() {
	wishes := w.wishes
	w.wishes = nil
	for _, wish := range wishes {
		if wish.Blame != "" {
			w.note(fmt.Sprintf("%s: event %d, because %s", wish.Program, wish.Event.Kind, wish.Blame))
		}
		w.step(wish.Program, wish.Event)
	}
}

// start starts a process of a program that is at rest, and die ends it.
func (w *world) start(name string) {
	w.pid++
	w.step(name, program.Event{Kind: program.Start})
	w.step(name, program.Event{Kind: program.Spawned, PID: w.pid})
}

func (w *world) die(name string) {
	w.gone[name] = false
	w.step(name, program.Event{Kind: program.Stop})
	w.step(name, program.Event{Kind: program.Died})
}

// pass lets time go on to a moment, with a turn of the loop whenever something is due.
func (w *world) pass(at time.Duration) {
	w.t.Helper()
	for turns := 0; ; turns++ {
		due := w.part.Due()
		if due.IsZero() || due.After(t0.Add(at)) {
			break
		}
		if turns > 1000 {
			w.t.Fatalf("due at %v again and again", due)
		}
		if due.After(w.now) {
			w.now = due
		}
		w.part.Tick(w.now)
		w.grant()
	}
	w.now = t0.Add(at)
	w.part.Tick(w.now)
	w.grant()
}

// answer answers the oldest probe in flight.
func (w *world) answer(name, probe string, err error) {
	w.t.Helper()
	if len(w.asked) == 0 || w.asked[0].name != name || w.asked[0].probe != probe {
		w.t.Fatalf("%v: no %s of %s is in flight, but %d others", w.now.Sub(t0), probe, name, len(w.asked))
	}
	q := w.asked[0]
	w.asked = w.asked[1:]
	q.answer(err, w.now)
	w.grant()
}

// quiet says that nothing is in flight.
func (w *world) quiet() {
	w.t.Helper()
	if len(w.asked) > 0 {
		w.t.Errorf("%v: %s of %s is in flight", w.now.Sub(t0), w.asked[0].probe, w.asked[0].name)
	}
}

func (w *world) want(lines ...string) {
	w.t.Helper()
	if !slices.Equal(w.lines, lines) {
		w.t.Errorf("told\n\t%s\nwant\n\t%s", strings.Join(w.lines, "\n\t"), strings.Join(lines, "\n\t"))
	}
	w.lines = nil
}

func (w *world) is(name string, state program.State, ready bool) {
	w.t.Helper()
	if p := w.programs[name]; p.State != state || p.Ready != ready {
		w.t.Errorf("%v: %s is %v, ready %v; want %v, %v", w.now.Sub(t0), name, p.State, p.Ready, state, ready)
	}
}

func named(name string, change ...func(*config.Program)) *config.Program {
	c := &config.Program{
		Name: name, StartSecs: time.Second, StartRetries: 3, RestartMax: time.Minute, KillAsGroup: true,
		StopSignals: []config.StopSignal{{Signal: syscall.SIGTERM, Wait: 10 * time.Second}},
	}
	for _, f := range change {
		f(c)
	}
	return c
}

func ready(kind config.ProbeKind, written string) func(*config.Program) {
	return func(c *config.Program) {
		c.Ready = config.Probe{Kind: kind, Written: written, Delay: 3 * time.Second, Address: "127.0.0.1:80"}
	}
}

func live(kind config.ProbeKind, written string) func(*config.Program) {
	return func(c *config.Program) {
		c.Live = config.Probe{Kind: kind, Written: written}
		c.LiveEvery, c.LiveTimeout, c.Failures = 2*time.Second, time.Second, 3
	}
}

func within(limit time.Duration, late config.Late) func(*config.Program) {
	return func(c *config.Program) { c.Timeout, c.Late = limit, late }
}

var errRefused = errors.New("connection refused")
