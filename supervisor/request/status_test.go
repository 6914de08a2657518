package request

import (
	"slices"
	"strings"
	"testing"
	"time"

	"entrypoint/config"
	"entrypoint/supervisor/control"
	"entrypoint/supervisor/program"
)

// TestWhy: every state says in one line how it is that a program is in it, and the parts of
// that line are members of their own.
func TestWhy(t *testing.T) {
	now := time.Now()
	ago := func(d time.Duration) time.Time { return now.Add(-d) }
	const end = "exit code 3 after 1s"
	for want, c := range map[string]struct {
		reason string
		change func(*Program)
	}{
		"pid 7, up for 3s": {"", func(p *Program) { p.State, p.PID, p.StartedAt, p.Ready = program.Running, 7, ago(3*time.Second), true }},
		"pid 7, up for 3s, not ready yet (no answer); the one before: " + end: {"no answer", func(p *Program) {
			p.Name, p.State, p.PID, p.StartedAt = "ended", program.Running, 7, ago(3*time.Second)
		}},
		"pid 7, up for 3s, ready for 1s": {"", func(p *Program) {
			p.State, p.PID, p.StartedAt, p.Ready, p.ReadySince = program.Running, 7, ago(3*time.Second), true, ago(time.Second)
			p.Config.Ready = config.Probe{Kind: config.ProbeDelay}
		}},
		"cannot be started yet, next try in 2s: no memory": {"no memory", func(p *Program) {
			p.State, p.Deadline, p.Lack.What = program.Starting, now.Add(2*time.Second), "no memory"
		}},
		"next start in 4s: " + end: {"", func(p *Program) { p.Name, p.State, p.Deadline = "ended", program.Backoff, now.Add(4*time.Second) }},
		"pid 7, stopping for 2s, on request": {"on request", func(p *Program) {
			p.State, p.PID, p.StopAt, p.Order, p.StopRequested = program.Stopping, 7, ago(2*time.Second), "on request", true
		}},
		"pre_start runs, for at most another 3s; the one before: " + end: {"pre_start runs", func(p *Program) {
			p.Name, p.State, p.Hook, p.Deadline = "ended", program.Starting, program.PreStart, now.Add(3*time.Second)
		}},
		"pid 7, stopping for 2s, pre_stop runs, on request": {"pre_stop runs, on request", func(p *Program) {
			p.State, p.PID, p.StopAt, p.Hook, p.Order, p.StopRequested = program.Stopping, 7, ago(2*time.Second), program.PreStop, "on request", true
		}},
		"stopping for 2s, post_stop runs": {"post_stop runs", func(p *Program) {
			p.State, p.StopAt, p.Hook = program.Stopping, ago(2*time.Second), program.PostStop
		}},
		"given up: " + end: {"", func(p *Program) { p.Name, p.State = "ended", program.Fatal }},
		"not started":      {"", func(p *Program) {}},
		"waits for another container that runs it": {"for another container that runs it", func(p *Program) {
			p.Name, p.Program = "elsewhere", program.New(&config.Program{Autostart: true}, 1)
		}},
		"waits for its turn": {"for its turn", func(p *Program) { p.Program = program.New(&config.Program{Autostart: true}, 1) }},
		"waits for db, which has failed": {"for db, which has failed", func(p *Program) {
			p.Name, p.Program = "needy", program.New(&config.Program{Autostart: true}, 1)
		}},
		"has run before": {"has run before", func(p *Program) { p.Program.Skipped, p.Skipped = true, "has run before" }},
		end + ", 5s ago": {"", func(p *Program) {
			p.Name, p.State, p.Starts, p.EndedAt = "ended", program.Exited, 1, ago(5*time.Second)
		}},
		"next run in 1 h":                 {"", func(p *Program) { p.Name = "nightly" }},
		"next run in 1 h, last one: done": {"", func(p *Program) { p.Name, p.Starts = "daily", 1 }},
	} {
		p := made("web", program.Stopped, program.Event{})
		c.change(p)
		w := newWorld(t, p)
		w.ends["ended"], w.ends["daily"] = End{Whole: end}, End{Whole: "done"}
		w.next["nightly"], w.next["daily"] = now.Add(time.Hour), now.Add(time.Hour)
		w.failed["needy"] = "for db, which has failed"
		s := w.desk.Snapshot(p, now)
		if got := s.Why; !strings.HasPrefix(got, want) || strings.HasSuffix(want, "s") && got != want {
			t.Errorf("%q, want %q", got, want)
		}
		if s.Reason != c.reason || s.LastEnd != w.ends[p.Name].Whole {
			t.Errorf("%q: its parts are %q and %q", want, s.Reason, s.LastEnd)
		}
		waiting := map[string]string{"waits for another container that runs it": "container", "waits for its turn": "turn", "waits for db, which has failed": "programs"}[want]
		if s.Waiting != waiting || !slices.Equal(s.WaitingFor, w.WaitsFor(p.Name).Programs) || strings.HasPrefix(want, "pre_start") != s.HookEnds.Equal(now.Add(3*time.Second)) {
			t.Errorf("%q: waiting %q for %q, the hook ends at %v", want, s.Waiting, s.WaitingFor, s.HookEnds)
		}
	}
}

// TestStatus: numbers of a status that are not those of the program's value.
func TestStatus(t *testing.T) {
	web := up("work:web", 7)
	web.Starts, web.Exits, web.EndedAt = 3, []control.Exits{{Code: 137, Signal: "SIGKILL", Count: 2}}, time.Now()
	web.Code, web.Status = 137, 9
	w := newWorld(t, web)
	w.ends["work:web"] = End{SpawnErr: "Exited too quickly", Verdict: "work:web: out of memory"}
	w.desk.Logs = programLogs{&printed{auto: "/tmp/web.log"}}
	web.Config.Stdout.Targets, web.Config.Stderr.Targets = []config.Target{{Kind: config.TargetAuto}}, []config.Target{{Kind: config.TargetFile, Path: "/err"}}
	a := w.ask(&control.Request{Do: control.DoStatus})
	p := a.all[0].Program
	if p == nil || p.Name != "web" || p.Group != "work" || p.FullName != "work:web" || p.PID != 7 || p.Restarts != 2 || p.ExitCode != 137 || p.Signal != 9 ||
		p.SpawnErr != "Exited too quickly" || p.Verdict != "work:web: out of memory" || !p.Critical || p.StdoutLog != "/tmp/web.log" || p.StderrLog != "/err" {
		t.Errorf("%+v", p)
	}
	a = w.ask(&control.Request{Do: control.DoUsage, Names: []string{"work:*"}})
	if len(a.all) != 3 || a.all[1].Usage.Name != "work:web" || a.all[1].Usage.Processes != 2 {
		t.Errorf("usage: %v", a.lines)
	}
}

// TestHealth: what the container waits for before it is ready.
func TestHealth(t *testing.T) {
	unready := up("unready", 8)
	unready.Ready = false
	minor := made("minor", program.Fatal, program.Event{})
	minor.Config.Critical = config.CriticalNo
	nightly := made("nightly", program.Stopped, program.Event{})
	nightly.Config.Schedule = &config.Schedule{}
	done := made("done", program.Exited, program.Event{})
	done.Config.ExitCodes = []int{0}
	w := newWorld(t, up("web", 7), minor, nightly, done, made("off", program.Stopped, program.Event{}))
	if h := w.desk.Health(); !h.Ready || len(h.Waiting) != 0 || h.Stopping {
		t.Errorf("%+v", h)
	}
	w.programs = append(w.programs, unready, made("late", program.Starting, program.Event{}))
	if h := w.desk.Health(); h.Ready || !slices.Equal(h.Waiting, []string{"unready", "late"}) {
		t.Errorf("%+v", h)
	}
	w.programs, w.ending = w.programs[:1], true
	if h := w.desk.Health(); h.Ready || !h.Stopping || len(h.Waiting) != 0 {
		t.Errorf("%+v", h)
	}
}

// TestConfig: what the configuration says, of whom it was asked for.
func TestConfig(t *testing.T) {
	w := newWorld(t, up("work:w0", 7))
	for _, name := range []string{"w0", "w1"} {
		w.written = append(w.written, &config.Program{Name: name, Group: "work", StopSignals: []config.StopSignal{{Wait: time.Second}, {Wait: time.Second}}})
	}
	w.written = append(w.written, &config.Program{Name: "web", Group: "web", StopSignals: []config.StopSignal{{}}})
	for names, want := range map[string]string{"": "work:w0 work:w1 web", "all": "work:w0 work:w1 web", "work:*": "work:w0 work:w1", "web": "web", "work:w1": "work:w1", "nobody": ""} {
		var got []string
		for _, a := range w.ask(&control.Request{Do: control.DoConfig, Names: strings.Fields(names)}).all {
			if c := a.Config; c != nil {
				got = append(got, c.FullName)
				if c.InUse != (c.Group == "work") || c.Group == "work" && c.StopWaitSecs != 2 {
					t.Errorf("%+v", c)
				}
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%q: %q, want %q", names, got, want)
		}
	}
}
