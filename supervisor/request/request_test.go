package request

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"entrypoint/config"
	"entrypoint/supervisor/control"
	"entrypoint/supervisor/program"
)

// TestTable: every operation is answered but the one that is a client's, and no request is
// left without an end.
func TestTable(t *testing.T) {
	for o := control.DoNothing; o <= control.DoCtl+1; o++ {
		w := newWorld(t, up("web", 7))
		w.desk.Logs, w.desk.MainLog, w.desk.History = programLogs{&printed{}}, mainLog{&printed{}}, nowhere{}
		a := w.ask(&control.Request{Do: o, Names: []string{"web"}, Signal: "HUP"})
		got := a.results()
		known := o > control.DoNothing && o < control.DoCtl
		if known == (got == control.BadRequest) || !strings.HasSuffix(got, "done") && known && o != control.DoReread {
			t.Errorf("%s: %s", o, got)
		}
	}
}

type nowhere struct{}

func (nowhere) Events() []control.Event                    { return nil }
func (nowhere) Follow(func(control.Event)) (cancel func()) { return func() {} }

// TestRefused: what changes something is refused when nothing may be changed.
func TestRefused(t *testing.T) {
	changes := "start stop restart signal add remove reload"
	for o := control.DoInfo; o < control.DoCtl; o++ {
		w := newWorld(t, up("web", 7))
		w.refusal = &control.Error{Code: control.ShuttingDown, Message: "the container is stopping"}
		w.desk.Logs, w.desk.MainLog, w.desk.History = programLogs{&printed{}}, mainLog{&printed{}}, nowhere{}
		got := w.ask(&control.Request{Do: o, Names: []string{"web"}, Signal: "HUP"}).results()
		refused := strings.Contains(" "+changes+" ", " "+o.String()+" ") || o == control.DoUpdate
		if (got == control.ShuttingDown) != refused || refused && len(w.wishes)+len(w.did) > 0 {
			t.Errorf("%s: %s; %v %v", o, got, w.wishes, w.did)
		}
	}
}

// TestNames: whom a name means, each once, and what is answered for one that means nobody.
func TestNames(t *testing.T) {
	gone := made("gone", program.Running, program.Event{Kind: program.Remove})
	w := newWorld(t, up("web", 7), up("work:w0", 8), up("work:w1", 9), gone)
	for names, want := range map[string]string{
		"web":          "web",
		"web:web":      "web",
		"web:*":        "web",
		"work:*":       "work:w0 work:w1",
		"work:w1 all":  "work:w1 web work:w0",
		"all all":      "web work:w0 work:w1",
		"web web":      "web",
		"gone":         "",
		"gone:*":       "",
		"nobody":       "no-such-program nobody:nobody",
		"work:":        "no-such-program work:",
		"w0":           "no-such-program w0:w0",
		"work:w2":      "no-such-program work:w2",
		"nobody:*":     "no-such-group nobody:nobody",
		"nobody:* web": "no-such-group nobody:nobody web",
	} {
		var got []string
		c := &Caller{reply: func(a *control.Answer) {
			got = append(got, a.Result.Status+" "+a.Result.Group+":"+a.Result.Name)
		}}
		for _, p := range w.desk.named(strings.Fields(names), c) {
			got = append(got, p.Name)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %q, want %q", names, got, want)
		}
	}
}

// TestStart: a start is answered when it is known how it goes, one without wait at once;
// of two that are started together, neither is said to wait in vain for the other.
func TestStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first, second := made("first", program.Stopped, program.Event{}), made("second", program.Stopped, program.Event{})
		w := newWorld(t, first, second)
		if got := w.ask(&control.Request{Do: control.DoStart, Names: []string{"first"}}).results(); got != "first:first ok, done" || first.State != program.Starting {
			t.Errorf("without wait: %s, %s", got, first.State)
		}
		both := w.ask(&control.Request{Do: control.DoStart, Names: []string{"first", "second"}, Wait: true})
		if got := both.results(); got != "first:first already-started" {
			t.Errorf("at once: %s", got)
		}
		second.PID, second.Starts = 9, 1
		w.desk.Look("second")
		if got := both.results(); got != "first:first already-started" {
			t.Errorf("it starts: %s", got)
		}
		second.State = program.Running
		w.desk.Look("first")
		w.desk.Look("second")
		w.desk.Look("second")
		if got := both.results(); got != "first:first already-started, second:second ok, done" {
			t.Errorf("it runs: %s", got)
		}
		if len(w.desk.waiters) != 0 {
			t.Errorf("somebody still waits: %v", w.desk.waiters)
		}
	})
}

// TestStartFails: in which ways a start fails, and in which words.
func TestStartFails(t *testing.T) {
	for what, c := range map[string]struct {
		becomes func(*world, *Program)
		want    string
	}{
		"gone": {func(w *world, _ *Program) { w.programs = nil }, "ended-too-early it was stopped before it was started"},
		"stopped before": {func(_ *world, p *Program) {
			p.Program = made("p", program.Stopped, program.Event{}).Program
		}, "ended-too-early it was stopped before it was started"},
		"too early": {func(w *world, p *Program) {
			p.State, p.Starts = program.Backoff, 1
			w.ends["p"] = End{How: "exit code 3"}
		}, "ended-too-early exit code 3"},
		"not spawned": {func(w *world, p *Program) {
			p.State, p.SpawnErr = program.Backoff, "spawn error"
			w.ends["p"] = End{Reason: "no such interpreter"}
		}, "cannot-start no such interpreter"},
		"lack": {func(_ *world, p *Program) {
			p.Lack = Lack{What: "no memory", Since: time.Now().Add(-lackPatience)}
		}, "cannot-start no memory; it is tried again until that can be done"},
		"lack of a moment": {func(_ *world, p *Program) { p.Lack = Lack{What: "no memory", Since: time.Now()} }, ""},
		"in vain": {func(w *world, p *Program) {
			p.Program = program.New(&config.Program{Name: "p", Autostart: true}, 1)
			w.failed["p"] = "for db, which has failed"
		}, "cannot-start waits for db, which has failed"},
	} {
		synctest.Test(t, func(t *testing.T) {
			p := made("p", program.Stopped, program.Event{})
			w := newWorld(t, p)
			a := w.ask(&control.Request{Do: control.DoStart, Names: []string{"p"}, Wait: true})
			c.becomes(w, p)
			w.desk.Look("p")
			got := ""
			for _, answer := range a.all {
				if answer.Result != nil {
					got = answer.Result.Status + " " + answer.Result.Text
				}
			}
			if got != c.want {
				t.Errorf("%s: %q, want %q", what, got, c.want)
			}
		})
	}
	w := newWorld(t, made("missing", program.Stopped, program.Event{}))
	a := w.ask(&control.Request{Do: control.DoStart, Names: []string{"missing"}, Wait: true})
	if r := a.all[0].Result; r == nil || r.Status != control.NoFile || r.SpawnErr != "can't find command 'missing'" || len(w.wishes) != 0 {
		t.Errorf("no such command: %v, %v", a.lines, w.wishes)
	}
}

// TestActions: what an action wishes for, of whom, and in which order.
func TestActions(t *testing.T) {
	by := &control.By{Way: "ctl", User: "root"}
	for _, c := range []struct {
		request       *control.Request
		want, granted string
	}{
		{&control.Request{Do: control.DoStop, Names: []string{"all"}, By: by}, "off:off not-running, web:web ok, a:a ok, done", "web: on request of root (ctl), a: on request of root (ctl)"},
		{&control.Request{Do: control.DoStop, Names: []string{"web"}}, "web:web ok, done", "web: on request"},
		{&control.Request{Do: control.DoRestart, Names: []string{"web", "off"}}, "web:web ok, off:off ok, done", "web: on request, off: on request"},
		{&control.Request{Do: control.DoSignal, Names: []string{"all"}, Signal: "USR1", By: by}, "a:a ok, web:web ok, off:off not-running, done", ""},
		{&control.Request{Do: control.DoSignal, Names: []string{"web"}, Signal: "NONSENSE"}, "bad-signal", ""},
		{&control.Request{Do: control.DoStart}, "bad-request", ""},
		{&control.Request{Do: control.DoStart, Names: []string{"nobody"}}, "nobody:nobody no-such-program, done", ""},
		{&control.Request{Do: control.DoStdin, Names: []string{"web"}, Data: []byte("hello")}, "web:web ok, done", ""},
		{&control.Request{Do: control.DoStdin, Names: []string{"a", "web"}}, "bad-request", ""},
		{&control.Request{Do: control.DoReload, Names: []string{"web", "a"}}, "web:web ok, a:a ok, done", ""},
		{&control.Request{Do: control.DoReload}, "answer, done", ""},
		{&control.Request{Do: control.DoReread}, "bad-config", ""},
	} {
		w := newWorld(t, up("a", 6), up("web", 7), made("off", program.Stopped, program.Event{}))
		if got := w.ask(c.request).results(); got != c.want {
			t.Errorf("%s %v: %s, want %s", c.request.Do, c.request.Names, got, c.want)
		}
		var granted []string
		for _, wish := range w.wishes {
			granted = append(granted, wish.Program+": "+wish.Order)
		}
		if got := strings.Join(granted, ", "); got != c.granted {
			t.Errorf("%s %v: wishes %s, want %s", c.request.Do, c.request.Names, got, c.granted)
		}
	}
	w := newWorld(t, up("web", 7))
	w.ask(&control.Request{Do: control.DoSignal, Names: []string{"web"}, Signal: "USR1", By: by})
	w.ask(&control.Request{Do: control.DoRenew, By: by})
	w.ask(&control.Request{Do: control.DoShutdown, By: by})
	w.ask(&control.Request{Do: control.DoRemoteEvent, Type: "kind", Data: []byte("data")})
	want := "signal web 10 root (ctl)| of root (ctl); restart all of root (ctl); shutdown of root (ctl); event kind data"
	if got := strings.Join(w.did, "; "); got != want {
		t.Errorf("done: %s, want %s", got, want)
	}
}

// TestStop: a stop with wait is answered when the program has come to rest.
func TestStop(t *testing.T) {
	web := up("web", 7)
	w := newWorld(t, web)
	a := w.ask(&control.Request{Do: control.DoStop, Names: []string{"web"}, Wait: true})
	if got := a.results(); got != "" || web.State != program.Stopping {
		t.Fatalf("%s, %s", got, web.State)
	}
	web.State, web.PID = program.Stopped, 0
	w.desk.Look("web")
	if got := a.results(); got != "web:web ok, done" {
		t.Error(got)
	}
}

// TestGroups: a group is added once, and removed when it is at rest.
func TestGroups(t *testing.T) {
	w := newWorld(t, up("work:w0", 7), made("work:w1", program.Stopped, program.Event{}), made("idle:i0", program.Stopped, program.Event{}))
	for _, c := range []struct {
		do    control.Operation
		names string
		want  string
	}{
		{control.DoAdd, "work", "work:work already-added, done"},
		{control.DoAdd, "new other", "new:new ok, other:other no-such-group, done"},
		{control.DoRemove, "work", "work:work still-running, done"},
		{control.DoRemove, "nobody", "nobody:nobody no-such-group, done"},
		{control.DoRemove, "idle idle", "idle:idle ok, idle:idle no-such-group, done"},
		{control.DoRemove, "idle", "idle:idle no-such-group, done"},
	} {
		if got := w.ask(&control.Request{Do: c.do, Names: strings.Fields(c.names)}).results(); got != c.want {
			t.Errorf("%s %s: %s, want %s", c.do, c.names, got, c.want)
		}
	}
}
