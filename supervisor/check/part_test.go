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
	"entrypoint/supervisor/notify"
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
	asked    []*question // probes in flight, oldest first
	forgot   int
	atOnce   map[string]error // probes that are answered before Ask returns
	refused  bool             // no program may be started again
	settled  int
	lines    []string // what was told, with the time
}

// question is a probe that the fake Asker has been given.
type question struct {
	name, probe string
	limit       time.Duration
	answer      func(error, time.Time)
}

func newWorld(t *testing.T, programs ...*config.Program) *world {
	w := &world{t: t, now: t0, programs: map[string]program.Program{}, gone: map[string]bool{}, pid: 100}
	w.part = New(w, w)
	for _, c := range programs {
		w.programs[c.Name] = program.Program{Config: c}
		w.part.Changed(w.view(c.Name), program.Program{}, w.now)
		w.start(c.Name)
	}
	t.Cleanup(func() { // when nothing is up, nothing is due, asked or remembered
		for name := range w.programs {
			w.die(name)
		}
		if due := w.part.Due(); !due.IsZero() || len(w.part.entries) > 0 {
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
func (w *world) Log(line string)             { w.note(line) }
func (w *world) note(line string)            { w.lines = append(w.lines, w.now.Sub(t0).String()+" "+line) }
func (w *world) Forget(string)               { w.forgot++ }
func (w *world) Holds(string, []string) bool { return true }
func (w *world) Note(name, text string, now time.Time) {
	if now != w.now {
		w.t.Errorf("%s at %v, it is %v", text, now, w.now)
	}
	w.note(name + ": " + text)
}

func (w *world) Program(name string) (part.View, bool) {
	_, ok := w.programs[name]
	return w.view(name), ok
}

func (w *world) Ask(v part.View, p *config.Probe, limit time.Duration, now time.Time, answer func(error, time.Time)) {
	if now != w.now || v.PID == 0 {
		w.t.Errorf("%s was asked at %v, it is %v", v.Name, now, w.now)
	}
	if err, ok := w.atOnce[p.String()]; ok {
		answer(err, now)
		return
	}
	w.asked = append(w.asked, &question{v.Name, p.String(), limit, answer})
}

// step tells a program of an event, as the loop does.
func (w *world) step(name string, e program.Event) {
	before := w.programs[name]
	after, _ := program.Step(before, w.now, e)
	w.programs[name] = after
	w.part.Changed(w.view(name), before, w.now)
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

// TestAsksOftenAtFirst: a probe of each kind is put at its own pace until it succeeds,
// and what it has answered meanwhile can be asked for.
func TestAsksOftenAtFirst(t *testing.T) {
	for _, c := range []struct {
		kind   config.ProbeKind
		every  time.Duration
		err    error
		pauses []time.Duration // in ms
		said   string
	}{
		{config.ProbeTCP, 0, errRefused, []time.Duration{5, 7, 11, 16, 25, 37, 56, 85, 128, 192, 200, 200}, "ready, accepts connections on here"},
		{config.ProbeUnix, 0, errRefused, []time.Duration{5, 7}, "ready, accepts connections on here"},
		{config.ProbeHTTP, 0, errRefused, []time.Duration{5, 7}, "ready, answers here"},
		{config.ProbeExec, 0, errRefused, []time.Duration{100, 150, 225, 337, 506, 759, 1000, 1000}, "ready"},
		{config.ProbeTCP, 0, foreignError{"here is held by nginx"}, []time.Duration{100, 150, 225}, "ready, accepts connections on here"},
		{config.ProbeTCP, 3 * time.Second, errRefused, []time.Duration{3000, 3000}, "ready, accepts connections on here"},
	} {
		w := newWorld(t, named("app", ready(c.kind, "here"), func(p *config.Program) { p.Every = c.every }))
		for i, pause := range c.pauses {
			w.pass(w.now.Sub(t0))
			w.answer("app", "here", c.err)
			got := w.part.Due().Sub(w.now)
			if got.Truncate(time.Millisecond) != pause*time.Millisecond || w.part.Why("app") != c.err.Error() {
				t.Errorf("kind %v: pause %d is %v, want %d ms; not ready because %q", c.kind, i, got, pause, w.part.Why("app"))
			}
			w.pass(w.now.Sub(t0) + got - 1)
			w.quiet()
			w.now = w.now.Add(1)
		}
		w.pass(w.now.Sub(t0))
		w.lines = nil
		w.answer("app", "here", nil)
		if want := "app: " + c.said + " after "; len(w.lines) != 1 || !strings.Contains(w.lines[0], want) || w.part.Why("app") != "" {
			t.Errorf("told %q, want %q; not ready because %q", w.lines, want, w.part.Why("app"))
		}
		if w.pass(time.Hour); !w.programs["app"].Ready {
			t.Error("not ready")
		}
		w.quiet()
	}
}

// TestNothingToAsk: a program without a probe has no entry, and one at rest has none.
func TestNothingToAsk(t *testing.T) {
	w := newWorld(t, named("plain"), named("app", ready(config.ProbeTCP, "here"), live(config.ProbeExec, "check")))
	if len(w.part.entries) != 1 {
		t.Errorf("%d entries, want one", len(w.part.entries))
	}
	if w.die("app"); len(w.part.entries) != 0 || !w.part.Due().IsZero() {
		t.Errorf("%d entries, due at %v", len(w.part.entries), w.part.Due())
	}
	w.start("app")
	w.part.Forget("plain")
	w.part.Forget("app")
	if len(w.part.entries) != 0 || w.forgot != 2 {
		t.Errorf("%d entries; the asker was told of %d ends", len(w.part.entries), w.forgot)
	}
}

// TestDelay: ready some time after the start, without a question.
func TestDelay(t *testing.T) {
	w := newWorld(t, named("app", ready(config.ProbeDelay, "")))
	w.pass(3*time.Second - 1)
	w.is("app", program.Starting, false)
	w.step("app", program.Event{Kind: program.Tick})
	w.is("app", program.Running, false)
	w.pass(3 * time.Second)
	w.is("app", program.Running, true)
	w.quiet()
	w.want("3s app: ready after 3s")
}

// TestLate: a process that does not become ready in its time is ended, given up or left
// as it is; the time in which it could not be asked does not count.
func TestLate(t *testing.T) {
	const late = "it was not ready after 4s (exec:check: exit code 3)"
	for _, c := range []struct {
		late  config.Late
		state program.State
		ended program.State
		lines []string
	}{
		{config.LateRestart, program.Stopping, program.Backoff, []string{"4s app: " + late + ": ending it, this start has failed", fmt.Sprintf("4s app: event %d, because %s", program.Late, late)}},
		{config.LateFatal, program.Stopping, program.Fatal, []string{"4s app: " + late + ": giving it up", fmt.Sprintf("4s app: event %d, because %s", program.Fail, late)}},
		{config.LateIgnore, program.Running, program.Backoff, []string{"4s app: not ready after 4s, and left as it is: " + late}},
	} {
		w := newWorld(t, named("app", ready(config.ProbeExec, "exec:check"), within(4*time.Second, c.late)))
		w.pass(0)
		w.answer("app", "exec:check", errors.New("exit code 3"))
		w.pass(time.Second)
		w.step("app", program.Event{Kind: program.Tick})
		w.pass(4*time.Second - 1)
		w.want()
		w.pass(4 * time.Second)
		w.want(c.lines...)
		w.is("app", c.state, false)
		w.pass(time.Minute)
		w.want()
		w.step("app", program.Event{Kind: program.Died})
		w.is("app", c.ended, false)
	}
	w := newWorld(t, named("app", ready(config.ProbeNotify, "notify"), within(4*time.Second, config.LateRestart)))
	w.pass(4 * time.Second)
	w.want("4s app: it was not ready after 4s (notify): ending it, this start has failed",
		fmt.Sprintf("4s app: event %d, because it was not ready after 4s (notify)", program.Late))
}

// TestUnasked: a probe that could not be put says nothing: the time for readiness is
// extended by the time until it is put again, and a health check does not count.
func TestUnasked(t *testing.T) {
	w := newWorld(t, named("app", ready(config.ProbeTCP, "here"), within(2*time.Second, config.LateRestart), func(c *config.Program) { c.Every = time.Second },
		live(config.ProbeTCP, "there")))
	w.pass(0)
	for range 5 {
		w.answer("app", "here", unaskedError{syscall.EMFILE})
		w.pass(w.now.Sub(t0) + time.Second)
	}
	w.want()
	w.answer("app", "here", nil)
	w.want("5s app: ready, accepts connections on here after 5s")
	w.pass(7 * time.Second)
	w.answer("app", "there", errRefused)
	w.pass(9 * time.Second)
	w.answer("app", "there", errRefused)
	w.pass(11 * time.Second)
	for range 3 {
		w.answer("app", "there", unaskedError{syscall.EMFILE})
		w.pass(w.now.Sub(t0) + 2*time.Second)
	}
	w.want("7s app: there: connection refused (bad answer 1 of 3)", "9s app: there: connection refused (bad answer 2 of 3)")
	w.is("app", program.Starting, true)
	w.answer("app", "there", errRefused)
	w.want("17s app: its health check failed 3 times (there: connection refused): starting it again",
		fmt.Sprintf("17s app: event %d, because its health check failed 3 times (there: connection refused)", program.Sick))
	w.is("app", program.Stopping, false)
}

// TestUnaskedSoonAgain: what could not be asked is asked again after five seconds, also
// where the configuration has longer intervals.
func TestUnaskedSoonAgain(t *testing.T) {
	w := newWorld(t, named("app", ready(config.ProbeTCP, "here"), live(config.ProbeTCP, "there"),
		func(c *config.Program) { c.Every, c.LiveEvery = time.Minute, time.Hour }))
	w.pass(0)
	w.answer("app", "here", unaskedError{syscall.EMFILE})
	w.pass(5 * time.Second)
	w.answer("app", "here", nil)
	w.pass(time.Hour + 5*time.Second)
	w.answer("app", "there", unaskedError{syscall.EMFILE})
	w.pass(time.Hour + 10*time.Second)
	w.answer("app", "there", nil)
}

// TestAnswersAtOnce: a probe may be answered in the moment in which it is put.
func TestAnswersAtOnce(t *testing.T) {
	w := newWorld(t, named("app", ready(config.ProbeTCP, "here"), live(config.ProbeTCP, "there"), func(c *config.Program) { c.Every = time.Second }))
	w.atOnce = map[string]error{"here": errRefused, "there": errRefused}
	w.pass(2500 * time.Millisecond)
	w.atOnce["here"] = nil
	w.pass(9*time.Second - 1)
	w.want("3s app: ready, accepts connections on here after 3s",
		"5s app: there: connection refused (bad answer 1 of 3)", "7s app: there: connection refused (bad answer 2 of 3)")
	w.pass(9 * time.Second)
	w.is("app", program.Stopping, false)
}

// TestNoTimeWithoutProbe: a program without a readiness probe has no time to become ready in.
func TestNoTimeWithoutProbe(t *testing.T) {
	w := newWorld(t, named("app", live(config.ProbeExec, "check"), within(500*time.Millisecond, config.LateRestart)))
	w.pass(time.Minute)
	w.want()
}

// TestLiveness: health checks begin when the process is ready, a good answer forgets the
// bad ones, and nobody is blamed while nothing may be started again.
func TestLiveness(t *testing.T) {
	w := newWorld(t, named("app", live(config.ProbeExec, "check")))
	w.pass(time.Second)
	w.quiet()
	w.step("app", program.Event{Kind: program.Tick})
	w.is("app", program.Running, true)
	w.pass(3 * time.Second)
	if len(w.asked) != 1 || w.asked[0].limit != time.Second {
		t.Fatalf("%d questions", len(w.asked))
	}
	w.pass(time.Minute) // one at a time
	for i, err := range []error{errRefused, errRefused, nil, errRefused, errRefused} {
		w.answer("app", "check", err)
		w.step("app", program.Event{Kind: program.Tick}) // which changes nothing
		w.pass(time.Minute + time.Duration(2*i+2)*time.Second)
	}
	w.refused = true
	w.answer("app", "check", errRefused)
	w.pass(2 * time.Minute)
	w.quiet()
	w.refused = false
	w.pass(2*time.Minute + 2*time.Second)
	w.answer("app", "check", errRefused)
	w.is("app", program.Stopping, false)
	for i, line := range w.lines[:4] {
		if want := fmt.Sprintf("(bad answer %d of 3)", i%2+1); !strings.HasSuffix(line, want) {
			t.Errorf("line %d is %q, want %q", i, line, want)
		}
	}
	if len(w.lines) != 6 {
		t.Errorf("told %q", w.lines)
	}
}

// TestNotifier: what the words of a process's own mean.
func TestNotifier(t *testing.T) {
	w := newWorld(t, named("app", ready(config.ProbeNotify, "notify"), live(config.ProbeNotify, "notify"), within(time.Minute, config.LateRestart)))
	say := func(text string) {
		w.part.Notified("app", notify.Parse(text), w.now)
		w.grant()
	}
	say("RELOADING=1")
	say("WATCHDOG=1") // before it is ready it is not waited for
	w.want()
	w.pass(time.Second)
	w.step("app", program.Event{Kind: program.Tick})
	say("READY=1\nSTATUS=here I am")
	say("READY=1")
	w.want("1s app: ready, by its own word after 1s")
	w.is("app", program.Running, true)
	w.pass(6 * time.Second)
	say("RELOADING=1")
	w.is("app", program.Running, false)
	say("READY=1") // from here on its word is waited for anew
	w.is("app", program.Running, true)
	w.pass(11 * time.Second)
	say("STOPPING=1\nWATCHDOG=1")
	w.is("app", program.Running, false)
	w.want("6s app: not ready any more, by its own word: it reloads", "6s app: ready, by its own word after 6s",
		"11s app: not ready any more, by its own word: it stops")
	w.pass(17*time.Second - 1)
	w.want()
	w.pass(17 * time.Second)
	w.want("17s app: it did not say WATCHDOG=1 for 6s: starting it again", fmt.Sprintf("17s app: event %d, because it did not say WATCHDOG=1 for 6s", program.Sick))
	say("READY=1") // it is being stopped
	w.want()
	w.die("app")
	say("READY=1")
	w.want()
}

// TestAliveBeforeReady: that a process says it is alive does not begin its watchdog.
func TestAliveBeforeReady(t *testing.T) {
	w := newWorld(t, named("app", ready(config.ProbeNotify, "notify"), live(config.ProbeNotify, "notify")))
	w.part.Notified("app", notify.Parse("WATCHDOG=1"), w.now)
	w.pass(time.Minute)
	w.want()
}

// TestLivenessBeginsAnew: when a process is ready once more, the bad answers of before are
// forgotten, and so is the health check in flight.
func TestLivenessBeginsAnew(t *testing.T) {
	w := newWorld(t, named("app", ready(config.ProbeNotify, "notify"), live(config.ProbeExec, "check")))
	say := func(text string) {
		w.part.Notified("app", notify.Parse(text), w.now)
		w.grant()
	}
	say("READY=1")
	for i := range 2 {
		w.pass(time.Duration(2*i+2) * time.Second)
		w.answer("app", "check", errRefused)
	}
	w.pass(6 * time.Second)
	say("RELOADING=1")
	say("READY=1")
	w.lines = nil
	w.answer("app", "check", errRefused)
	w.want()
	w.pass(8 * time.Second)
	w.answer("app", "check", errRefused)
	w.want("8s app: check: connection refused (bad answer 1 of 3)")
	w.is("app", program.Starting, true)
}

// TestWatchdogTrigger: a process may say itself that it is to be started again.
func TestWatchdogTrigger(t *testing.T) {
	w := newWorld(t, named("app", live(config.ProbeNotify, "notify")))
	w.part.Notified("app", notify.Parse("WATCHDOG=trigger"), w.now)
	w.pass(0)
	w.is("app", program.Stopping, false)
	w = newWorld(t, named("app", live(config.ProbeExec, "check"))) // not one with another health check
	w.part.Notified("app", notify.Parse("WATCHDOG=trigger\nREADY=1"), w.now)
	w.pass(0)
	w.quiet()
	w.is("app", program.Starting, false)
}

// TestOwnLines: a line on a descriptor and a line of the output make a program ready,
// and a search that has ended says why it does not.
func TestOwnLines(t *testing.T) {
	w := newWorld(t, named("fd", ready(config.ProbeFD, "fd:3")), named("log", ready(config.ProbeLog, "log:^up$")))
	w.part.Unsearched("log", errors.New("exit code 2"))
	if why := w.part.Why("log"); why != "exit code 2" {
		t.Errorf("not ready because %q", why)
	}
	w.part.Wrote("fd", w.now)
	w.part.Printed("log", w.now)
	w.part.Printed("nobody", w.now)
	w.part.Unsearched("nobody", errRefused)
	w.part.Notified("nobody", notify.Parse("READY=1"), w.now)
	w.grant()
	w.want("0s log: cannot search its output for ^up$: exit code 2", "0s fd: ready after 0s", "0s log: ready, it has printed what was waited for after 0s")
	w.is("fd", program.Starting, true)
	w.is("log", program.Starting, true)
}

// TestWordsOfTheDead: what a process has said is not heard when it has ended, also if its
// program does not know that yet.
func TestWordsOfTheDead(t *testing.T) {
	w := newWorld(t, named("app", ready(config.ProbeNotify, "notify")), named("fd", ready(config.ProbeFD, "fd:3")))
	w.gone["app"], w.gone["fd"] = true, true
	w.part.Notified("app", notify.Parse("READY=1"), w.now)
	w.part.Wrote("fd", w.now)
	w.grant()
	w.want()
}

// TestAnswerOfAnEarlierProcess: it is not heard, whether the process is being stopped,
// has ended and its program does not know that yet, or another one has taken its place.
func TestAnswerOfAnEarlierProcess(t *testing.T) {
	w := newWorld(t, named("app", ready(config.ProbeTCP, "here"), within(time.Second, config.LateRestart)))
	w.pass(0)
	w.gone["app"] = true
	w.answer("app", "here", nil)
	w.pass(time.Minute)
	w.quiet()
	w.want()
	if len(w.part.entries) != 0 {
		t.Error("an entry is left of a process that has ended")
	}
	w.die("app")
	w.start("app")
	w.pass(time.Minute)
	w.step("app", program.Event{Kind: program.Stop})
	w.step("app", program.Event{Kind: program.Died})
	w.start("app")
	w.answer("app", "here", nil)
	w.is("app", program.Starting, false)
	w.pass(time.Minute + 1)
	w.answer("app", "here", errRefused)
	w.lines = nil
	w.gone["app"] = true // what is due of it then is nothing
	w.pass(2 * time.Minute)
	w.quiet()
	w.want()
}

// TestHealthOfAnEarlierProcess: a health check of the process before blames nobody.
func TestHealthOfAnEarlierProcess(t *testing.T) {
	w := newWorld(t, named("app", ready(config.ProbeNotify, "notify"), live(config.ProbeExec, "check"), func(c *config.Program) { c.Failures = 1 }))
	w.part.Notified("app", notify.Parse("READY=1"), w.now)
	w.grant()
	w.pass(2 * time.Second)
	w.die("app")
	w.start("app")
	w.lines = nil
	w.answer("app", "check", errRefused)
	w.want()
	w.is("app", program.Starting, false)
}

// TestForeign: who has the socket is told once, in whatever answers it comes.
func TestForeign(t *testing.T) {
	w := newWorld(t, named("app", ready(config.ProbeTCP, "here"), func(c *config.Program) { c.Every = time.Second }))
	nginx, apache := foreignError{"here is held by nginx"}, foreignError{"here is held by apache"}
	for i, err := range []error{nginx, nginx, errRefused, nginx, apache} {
		w.pass(time.Duration(i) * time.Second)
		w.answer("app", "here", err)
	}
	w.want("0s app: not ready, here is held by nginx, so what is answered there does not count",
		"4s app: not ready, here is held by apache, so what is answered there does not count")
}

// TestSettled: told when the last program that is asked over a connection is ready.
func TestSettled(t *testing.T) {
	w := newWorld(t, named("one", ready(config.ProbeTCP, "1")), named("two", ready(config.ProbeHTTP, "2")), named("plain"),
		named("dead", ready(config.ProbeTCP, "3")), named("exec", ready(config.ProbeExec, "4")))
	w.pass(0)
	w.gone["dead"] = true
	w.answer("one", "1", nil)
	if w.settled != 0 {
		t.Error("settled too early")
	}
	w.answer("two", "2", nil)
	w.answer("dead", "3", nil)
	if w.answer("exec", "4", nil); w.settled != 0 {
		t.Error("settled by a program that is not asked over a connection")
	}
	w.die("one")
	w.start("one")
	w.pass(0)
	if w.answer("one", "1", nil); w.settled != 1 {
		t.Errorf("settled %d times, want once", w.settled)
	}
}

// TestOrder: of processes whose time has come at once, the one that was started first
// comes first, and the end of one is all that a Tick wishes for.
func TestOrder(t *testing.T) {
	late := within(time.Second, config.LateRestart)
	w := newWorld(t, named("c", ready(config.ProbeNotify, "notify"), late), named("b", ready(config.ProbeNotify, "notify"), late), named("a", ready(config.ProbeTCP, "here")))
	w.pass(0)
	w.answer("a", "here", errRefused)
	w.now = t0.Add(time.Minute)
	for _, name := range []string{"c", "b"} {
		w.part.Tick(w.now)
		if len(w.wishes) != 1 || w.wishes[0].Program != name {
			t.Errorf("wishes %v, want one for %s", w.wishes, name)
		}
		w.quiet()
		w.grant()
	}
	w.part.Tick(w.now)
	w.answer("a", "here", nil)
}

// TestProbe: a program is asked once for somebody else, whether it is ready or not.
func TestProbe(t *testing.T) {
	w := newWorld(t, named("app", ready(config.ProbeTCP, "here")))
	w.pass(0)
	w.answer("app", "here", nil)
	var told []error
	tell := func(err error, now time.Time) { told = append(told, err) }
	w.part.Probe("app", w.now, tell)
	w.answer("app", "here", foreignError{"here is held by nginx"})
	w.part.Probe("nobody", w.now, tell)
	if len(told) != 2 || told[0].Error() != "here is held by nginx" || told[1] != errGone {
		t.Errorf("told %v", told)
	}
	w.is("app", program.Starting, true)
	w.want("0s app: ready, accepts connections on here after 0s", "0s app: not ready, here is held by nginx, so what is answered there does not count")
}

// TestHolds: of a process that is not there, no socket is known.
func TestHolds(t *testing.T) {
	w := newWorld(t, named("app", ready(config.ProbeTCP, "here")), named("plain"))
	if !w.part.Holds("app", nil) || w.part.Holds("plain", nil) || w.part.Holds("nobody", nil) {
		t.Error("wrong")
	}
	if w.gone["app"] = true; w.part.Holds("app", nil) {
		t.Error("a process that has ended holds a socket")
	}
}
