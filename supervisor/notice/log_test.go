package notice

import (
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"entrypoint/config"
	"entrypoint/supervisor/control"
	"entrypoint/supervisor/events"
	"entrypoint/supervisor/program"
	"entrypoint/supervisor/verdict"
)

var (
	start = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	now   = start.Add(200 * time.Second) // of every notice
)

// web is a program that listens to nobody.
var web = &config.Program{
	Name: "web", Group: "front", ExitCodes: []int{0}, StartSecs: time.Second,
	StopSignals: []config.StopSignal{{Signal: syscall.SIGTERM}}, StopExitCodes: []int{143},
}

// job is a program with a schedule.
var job = &config.Program{Name: "job", Group: "job", ExitCodes: []int{0}, StartSecs: time.Second, Schedule: &config.Schedule{}}

// is is a program in a state, 200 s after the start of its process.
func is(c *config.Program, s program.State, change ...func(*program.Program)) program.Program {
	p := program.Program{Config: c, State: s, PID: 41, StartedAt: start}
	for _, f := range change {
		f(&p)
	}
	return p
}

func ended(status syscall.WaitStatus) func(*program.Program) {
	return func(p *program.Program) {
		p.Status, p.Code = status, status.ExitStatus()
		if status.Signaled() {
			p.Code = 128 + int(status.Signal())
		}
	}
}

func asked(p *program.Program) { p.StopRequested = true }

var (
	bad    = verdict.Verdict{How: "exit code 3 after 3 min 20 s", Why: "out of luck", Last: "last line: no"}
	record = &verdict.Record{Program: "front:web", ExitCode: 3}
)

// changes are the changes of state that are worth a line, in our words.
var changes = []struct {
	program string
	change  Changed
	line    string
	verdict bool // belongs to it
	trace   bool // it is for -v
}{
	{"front:web", Changed{Before: is(web, program.Starting), After: is(web, program.Running)}, "front:web: running, up for 1s", false, false},
	{"job", Changed{Before: is(job, program.Starting), After: is(job, program.Running)}, "job: running, up for 1s", false, true},
	{"front:web", Changed{Before: is(web, program.Stopped), After: is(web, program.Starting)}, "", false, false},
	{"front:web", Changed{Before: is(web, program.Running), After: is(web, program.Stopping, asked), Order: "on request"}, "front:web: stopping with SIGTERM, on request", false, false},
	{"front:web", Changed{Before: is(web, program.Running), After: is(web, program.Stopping, asked), Order: "on request", Ending: true}, "front:web: stopping with SIGTERM", false, false},
	{"front:web", Changed{Before: is(web, program.Stopping), After: is(web, program.Stopping, asked)}, "", false, false},
	{
		"front:web",
		Changed{Before: is(web, program.Running), After: is(web, program.Stopping, ended(3<<8)), Verdict: bad},
		"front:web: exit code 3: out of luck; ending the rest of its process group", false, false,
	},
	{
		"front:web",
		Changed{Before: is(web, program.Stopping), After: is(web, program.Stopped, ended(15)), StopSince: now.Add(-3 * time.Second)},
		"front:web: stopped after 3s", true, false,
	},
	{
		"front:web",
		Changed{Before: is(web, program.Stopping), After: is(web, program.Stopped, ended(143<<8)), StopSince: now.Add(-3 * time.Second)},
		"front:web: stopped after 3s", true, false,
	},
	{
		"front:web",
		Changed{Before: is(web, program.Stopping), After: is(web, program.Stopped, ended(9))},
		"front:web: stopped after an unknown time (killed by SIGKILL)", true, false,
	},
	{"front:web", Changed{Before: is(web, program.Starting), After: is(web, program.Stopped)}, "front:web: not started: it was to be stopped before that could be done", true, false},
	{
		"front:web",
		Changed{Before: is(web, program.Running), After: is(web, program.Starting, ended(3<<8)), Verdict: bad},
		"front:web: exit code 3 after 3 min 20 s: out of luck; starting it again; last line: no", true, false,
	},
	{
		"front:web",
		Changed{
			Before: is(web, program.Running), Verdict: bad,
			After: is(web, program.Backoff, ended(3<<8), func(p *program.Program) { p.Deadline = now.Add(2 * time.Second) }),
		},
		"front:web: exit code 3 after 3 min 20 s: out of luck; next start in 2s; last line: no", true, false,
	},
	{
		"front:web",
		Changed{
			Before: is(web, program.Starting, func(p *program.Program) { p.PID = 0 }),
			After:  is(web, program.Fatal, func(p *program.Program) { p.Failures = 1 }),
		},
		"front:web: could not be started; given up after 1 try", true, false,
	},
	{
		"front:web",
		Changed{Before: is(web, program.Running), Verdict: bad, After: is(web, program.Fatal, ended(3<<8), func(p *program.Program) { p.Failures = 4 })},
		"front:web: exit code 3 after 3 min 20 s: out of luck; given up after 4 tries; last line: no", true, false,
	},
	{"front:web", Changed{Before: is(web, program.Backoff), After: is(web, program.Fatal)}, "front:web: not started again, the container ends", true, false},
	{"front:web", Changed{Before: is(web, program.Running), After: is(web, program.Exited, ended(0))}, "front:web: ended: exit code 0 after 3 min 20 s", true, false},
	{
		"front:web",
		Changed{Before: is(web, program.Stopped), After: is(web, program.Exited, func(p *program.Program) { p.Skipped = true }), Skipped: "has run before, so it is not started"},
		"front:web: has run before, so it is not started", true, false,
	},
	{"front:web", Changed{Before: is(web, program.Stopping, asked), After: is(web, program.Unknown)}, "front:web: cannot be signalled, so it is left to itself", false, false},
}

// taken is what the sink that is tested has made of a notice.
type taken struct {
	lines  []string
	record *verdict.Record
}

func (t *taken) print(line string)                   { t.lines = append(t.lines, line) }
func (t *taken) trace(line string)                   { t.lines = append(t.lines, "-v "+line) }
func (t *taken) tell(line string, r *verdict.Record) { t.lines, t.record = append(t.lines, line), r }

// TestLogOfChanges: our log has one line for each change of state, the history has the
// same words, and a bad end has its facts beside it.
func TestLogOfChanges(t *testing.T) {
	for _, c := range changes {
		var got taken
		n := Notice{Time: now, Program: c.program, Config: c.change.After.Config, Verdict: record, Fact: &c.change}
		(&Log{Print: got.print, Tell: got.tell, Trace: got.trace}).Take(&n)
		want := []string{c.line}
		switch {
		case c.line == "":
			want = nil
		case c.trace:
			want[0] = "-v " + c.line
		}
		if !slices.Equal(got.lines, want) || (got.record != nil) != c.verdict {
			t.Errorf("%s to %s: %q with %v, want %q", c.change.Before.State, c.change.After.State, got.lines, got.record, want)
		}
		var h History
		h.Take(&n)
		if c.change.Before.State == c.change.After.State {
			if h.Events() != nil {
				t.Errorf("the history has what is no change: %v", h.Events())
			}
			continue
		}
		text := ""
		if c.line != "" {
			text = c.line[len(c.program)+2:]
		}
		event := control.Event{Time: now, Program: c.program, From: c.change.Before.State.String(), To: c.change.After.State.String(), Text: text, Bad: c.verdict && c.line != ""}
		if !slices.Equal(h.Events(), []control.Event{event}) {
			t.Errorf("the history has %v, want %v", h.Events(), event)
		}
		n.Verdict = nil
		if h.Take(&n); h.Events()[1].Bad {
			t.Errorf("%s to %s: nothing went wrong, and the history has a bad end", c.change.Before.State, c.change.After.State)
		}
	}
}

// TestLog: the words of our log for everything else.
func TestLog(t *testing.T) {
	stops := []Stop{{"a", time.Second, false}, {"b", 3 * time.Second, true}, {"c", 0, false}, {"d", 0, false}, {"e", 0, false}, {"f", 0, false}, {"g", 0, false}}
	for _, c := range []struct {
		program string
		fact    Fact
		want    []string
	}{
		{"front:web", Remark{Text: "ready"}, []string{"front:web: ready"}},
		{"", Remark{Text: "there is memory again"}, []string{"there is memory again"}},
		{"front:web", Line{Text: "removed"}, []string{"front:web: removed"}},
		{"front:web", Trace{Text: "sent SIGTERM"}, []string{"-v front:web: sent SIGTERM"}},
		{"", Complaint{Level: "WARN", Text: "ear: event was rejected"}, []string{"ear: event was rejected"}},
		{"", Serving{PID: 1}, nil},
		{"", Socket{URL: "tcp://:80", Opened: true}, nil},
		{"front:web", Started{PID: 41}, []string{"front:web: started as process 41"}},
		{"job", Started{PID: 41}, []string{"-v job: started as process 41"}},
		{"front:web", Killing{PID: 41}, []string{"front:web: has not ended in time, killing it"}},
		{"", Orphan{PID: 41, Status: 3 << 8}, []string{"-v reaped an orphan: exit code 3"}},
		{"", Signalled{Name: "SIGHUP", For: Reload}, []string{"received SIGHUP: reading the configuration again"}},
		{"", Signalled{Name: "SIGUSR2", For: Reopen}, []string{"received SIGUSR2: opening the log files again"}},
		{"", EndAsked{By: "SIGTERM"}, []string{"received SIGTERM: stopping"}},
		{"", EndAsked{By: "SIGTERM", Then: Draining, Drain: 3 * time.Second}, []string{"received SIGTERM: not ready any more, stopping in 3s"}},
		{"", EndAsked{By: "SIGTERM", Again: true}, []string{"received SIGTERM again: stopping now"}},
		{"", EndAsked{By: "a request of root (ctl) to end", Again: true, Then: KillAll}, []string{"received a request of root (ctl) to end again: killing what is left"}},
		{"front:web", SignalSent{Signal: syscall.SIGHUP, By: " of root (ctl)"}, []string{"front:web: sent SIGHUP on request of root (ctl)"}},
		{"front:web", ReopenSent{Signal: syscall.SIGUSR1}, []string{"front:web: sent SIGUSR1, to open its own log files again"}},
		{"front:web", Blocked{By: "migrate", Why: "has failed: exit code 3"}, []string{"front:web: not started, because migrate, which it depends on, has failed: exit code 3"}},
		{"front:web", NeverStarted{}, []string{"front:web: never started, what it depends on has ended"}},
		{"front:web", Removed{}, []string{"front:web: removed"}},
		{"", Forwarded{Name: "SIGUSR1", Signal: syscall.SIGUSR2, To: []string{"front:web", "job"}}, []string{"received SIGUSR1: sent SIGUSR2 to front:web, job"}},
		{"", Forwarded{Name: "SIGUSR1", Signal: syscall.SIGUSR2}, []string{"received SIGUSR1: no program runs that it is for"}},
		{"", DrainOver{}, []string{"stopping"}},
		{"migrate", Failing{Code: 5, Why: "has failed"}, []string{"stopping the container with exit code 5, because migrate has failed"}},
		{"", AllEnded{Code: 3}, []string{"every program has ended: exit code 3"}},
		{"", WorkAwaited{Programs: []string{"a", "b"}, Limit: 6 * time.Second}, []string{"waiting for the end of a, b, for at most 6s, before everything is stopped"}},
		{"", ConfigRead{}, []string{"configuration read again: nothing has changed"}},
		{
			"",
			ConfigRead{Added: []string{"a"}, Changed: []string{"b", "c"}, Removed: []string{"d"}},
			[]string{"configuration read again: added a; changed b, c; removed d"},
		},
		{"", ConfigBad{Errors: []string{"a.conf:1: bad", "a.conf:2: worse"}}, []string{"a.conf:1: bad", "a.conf:2: worse", "the configuration is bad, so everything stays as it is"}},
		{"", RestartAsked{By: " of root (ctl)"}, []string{"stopping everything, to start anew, on request of root (ctl)"}},
		{"", Restarted{}, nil},
		{"", Ending{Waiting: []string{"web"}}, nil},
		{"", Ended{Requested: true, Took: "1s", Budget: 9 * time.Second}, []string{"stopped after 1s of 9s"}},
		{
			"",
			Ended{Requested: true, Took: "4s", Budget: 9 * time.Second, Drained: 3 * time.Second, Stops: stops[:2], Wrote: 200 * time.Millisecond},
			[]string{"stopped after 4s of 9s: drain 3s, b 3s and SIGKILL, a 1s, output 200ms"},
		},
		{
			"",
			Ended{Requested: true, Killed: true, Code: 137, Took: "9s", Budget: 9 * time.Second, Stops: stops},
			[]string{"stopped, but not every program within its time: exit code 137 after 9s of 9s: b 3s and SIGKILL, a 1s, c 0s, d 0s, e 0s and 2 more"},
		},
		{"front:web", Ended{Code: 3, Why: "exit code 3: no"}, []string{"front:web: exit code 3: no"}},
		{"front:web", Ended{Why: "exit code 3: no"}, nil}, // which was not bad
		{"", Ended{Code: 3}, nil},
		{"", Ended{Requested: true, Code: 3}, nil},
	} {
		var got taken
		config := web
		if c.program == "job" {
			config = job
		}
		(&Log{Print: got.print, Trace: got.trace}).Take(&Notice{Time: now, Program: c.program, Config: config, Fact: c.fact})
		if !slices.Equal(got.lines, c.want) {
			t.Errorf("%+v: %q, want %q", c.fact, got.lines, c.want)
		}
	}
}

// TestHistory: the history keeps the last of what happened, and tells who follows it.
func TestHistory(t *testing.T) {
	var h History
	var heard []string
	cancel := h.Follow(func(e control.Event) {
		heard = append(heard, strings.TrimSuffix(e.Program+" "+e.From+" "+e.To+" "+e.Text+" by "+e.By, " by "))
	})
	tell := func(program string, f Fact) { h.Take(&Notice{Time: now, Program: program, Fact: f}) }
	tell("front:web", Remark{State: program.Running, Text: "ready"})
	tell("", Remark{Text: "there is memory again"})
	tell("", EndAsked{By: "SIGTERM"}) // what the programs do says it
	tell("", EndAsked{By: "SIGTERM", Then: Draining, Drain: 3 * time.Second})
	tell("", Restarted{})
	tell("front:web", Line{Text: "removed"})
	tell("front:web", SignalSent{Signal: syscall.SIGHUP, By: " of root (ctl)"})
	tell("", RestartAsked{By: " of admin (page)"})
	tell("", ConfigRead{Added: []string{strings.Repeat("x", 1000)}})
	stopping := Changed{Order: "on request of root (ctl)"}
	stopping.Before.Config, stopping.After.Config = &config.Program{}, &config.Program{StopSignals: []config.StopSignal{{Signal: syscall.SIGTERM}}}
	stopping.After.State, stopping.After.StopRequested = program.Stopping, true
	tell("front:web", &stopping)
	want := []string{
		"front:web RUNNING RUNNING ready", "   there is memory again",
		"   received SIGTERM: not ready any more, stopping in 3s", "   started anew",
		"front:web   sent SIGHUP by root (ctl)", "   stopping everything, to start anew by admin (page)",
		"   configuration read again: added " + strings.Repeat("x", longestText-len("configuration read again: added ")) + "...",
		"front:web STOPPED STOPPING stopping with SIGTERM, on request of root (ctl) by root (ctl)",
	}
	if !slices.Equal(heard, want) {
		t.Errorf("heard %q, want %q", heard, want)
	}
	cancel()
	for range 1000 {
		tell("", Remark{Text: "once more"})
	}
	if len(heard) != len(want) {
		t.Error("who follows no longer hears of it")
	}
	if n := len(h.Events()); n > historySize || n < historySize/2 {
		t.Errorf("%d events are kept", n)
	}
}

// TestEvents: supervisord's events, with what supervisord tells in them.
func TestEvents(t *testing.T) {
	bus := events.NewBus(events.Options{})
	var heard []string
	bus.Subscribe(func(e events.Event) { heard = append(heard, e.Type+" "+e.Payload) })
	tell := func(f Fact) { Events{bus}.Take(&Notice{Time: now, Program: "front:web", Config: web, Fact: f}) }
	tell(Serving{})
	tell(&Changed{Before: is(web, program.Stopped), After: is(web, program.Starting)})
	tell(&Changed{Before: is(web, program.Starting), After: is(web, program.Running), PID: 41})
	tell(&Changed{Before: is(web, program.Running), After: is(web, program.Starting, ended(3<<8)), PID: 41})
	tell(&Changed{Before: is(web, program.Backoff), After: is(web, program.Stopped, ended(3<<8)), PID: 41})
	tell(Ending{})
	tell(Remark{Text: "ready"})
	const of = "processname:web groupname:front from_state:"
	want := []string{
		"SUPERVISOR_STATE_CHANGE_RUNNING ",
		"PROCESS_STATE_STARTING " + of + "STOPPED tries:0",
		"PROCESS_STATE_RUNNING " + of + "STARTING pid:41",
		"PROCESS_STATE_EXITED " + of + "RUNNING expected:0 pid:41",
		"PROCESS_STATE_STARTING " + of + "EXITED tries:0",
		"PROCESS_STATE_STOPPED " + of + "BACKOFF pid:0",
		"SUPERVISOR_STATE_CHANGE_STOPPING ",
	}
	if !slices.Equal(heard, want) {
		t.Errorf("heard %q, want %q", heard, want)
	}
}

// TestStops: the last line names the stops of the container's end, and no others.
func TestStops(t *testing.T) {
	var s Stops
	for _, c := range []Changed{
		{Before: is(web, program.Stopping, asked), After: is(web, program.Stopped, asked), StopSince: start},
		{Before: is(web, program.Running), After: is(web, program.Exited), StopSince: start, Ending: true},
		{Before: is(web, program.Running), After: is(web, program.Stopping, asked), StopSince: start, Ending: true},
		{Before: is(web, program.Stopping, asked), After: is(web, program.Stopped, asked, func(p *program.Program) { p.Killed = true }), StopSince: start, Ending: true},
	} {
		s.Take(&Notice{Time: now, Program: "front:web", Fact: &c})
	}
	if want := []Stop{{"front:web", 200 * time.Second, true}}; !slices.Equal(s.All, want) {
		t.Errorf("%v, want %v", s.All, want)
	}
}
