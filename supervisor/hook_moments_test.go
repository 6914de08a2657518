package supervisor

import (
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"entrypoint/config"
	"entrypoint/supervisor/part"
	"entrypoint/supervisor/process"
	"entrypoint/supervisor/program"
)

// moment is what happens to a program with all four hooks. It is up for three seconds before
// that, and the container stops after nine, if nothing else is said.
type moment struct {
	change    []func(*config.Program)
	others    []*config.Program
	container config.Container
	programs  func(w *world, name string, pid int, sig syscall.Signal) // what programs do; nil: obedient
	codes     map[string]int                                           // of hooks
	never     string                                                   // the hook that does not end
	ask       func(s *Supervisor, now time.Time)                       // at from
	start     bool                                                     // the hooks of its start are among those that are looked at
	from      time.Duration                                            // since when hooks are looked at; 0: three seconds
	stop      time.Duration                                            // when the container is asked to end; 0: after nine seconds
	insist    bool                                                     // it is asked again a second later, from when on hooks are looked at
	twice     bool                                                     // in a second container on the same volume
}

// wanted is a moment at which somebody wants something.
func wanted(e program.Event, change ...func(*config.Program)) moment {
	return moment{change: change, ask: func(s *Supervisor, _ time.Time) {
		(&host{s}).Want(part.Wish{Program: "web", Event: e, Order: "on request"})
	}}
}

// ending is a moment at which the program ends by itself, before or after it has started well.
func ending(after time.Duration, code int, change ...func(*config.Program)) moment {
	ended := false
	return moment{change: change, programs: func(w *world, name string, pid int, sig syscall.Signal) {
		if name == "web" && sig == 0 && !ended {
			ended = true
			w.end(pid, after, exitCode(code))
			return
		}
		obedient(w, name, pid, sig)
	}}
}

// starting is a moment during the start.
func (m moment) starting() moment {
	m.start = true
	return m
}

// moments are all that the table of the help has, by its words.
func moments(t *testing.T) map[string]moment {
	const all = "pre_start post_start pre_stop post_stop"
	noRetries := func(p *config.Program) { p.StartRetries = 0 }
	stays := func(p *config.Program) { p.Autorestart = config.RestartNever }
	comesBack := func(p *config.Program) { p.Autorestart = config.RestartAlways }
	unready := ready(config.Probe{Kind: config.ProbeDelay, Delay: time.Minute})
	late := wanted(program.Event{Kind: program.Late}, unready, noRetries).starting()
	away := wanted(program.Event{Kind: program.Stop})
	away.ask, away.from = func(s *Supervisor, _ time.Time) {
		(&host{s}).Want(part.Wish{Program: "web", Event: program.Event{Kind: program.Start}})
	}, 5*time.Second
	backoff := ending(3*time.Second, 3, func(p *config.Program) { p.Autorestart, p.RestartPause = config.RestartAlways, 20*time.Second })
	backoff.ask, backoff.from = wanted(program.Event{Kind: program.Stop}).ask, 5*time.Second
	volume := t.TempDir()
	return map[string]moment{
		"it starts": moment{}.starting(),
		"`ctl start`": {
			change: []func(*config.Program){func(p *config.Program) { p.Autostart = false }}, others: []*config.Program{named("other")}, start: true,
			ask: func(s *Supervisor, _ time.Time) {
				(&host{s}).Want(part.Wish{Program: "web", Event: program.Event{Kind: program.Start}})
			},
		},
		"its `schedule` comes round": {
			change: []func(*config.Program){stays, func(p *config.Program) {
				p.Autostart, p.Schedule = false, scheduled(t, "schedule = @every 4s\n").Schedule
			}}, start: true,
		},
		"the container stops":               {stop: 3 * time.Second},
		"another program ends it":           {others: []*config.Program{named("other", stays)}, container: config.Container{ExitOn: config.ExitOnAny}, programs: ends(map[string]time.Duration{"other": 4 * time.Second}, nil)},
		"`ctl stop`":                        wanted(program.Event{Kind: program.Stop}),
		"it is gone from the configuration": wanted(program.Event{Kind: program.Remove}),
		"`ctl restart`":                     wanted(program.Event{Kind: program.Restart}),
		"it gets another configuration":     wanted(program.Event{Kind: program.Configure, Config: hooked("web", all)}),
		"its `live` fails":                  wanted(program.Event{Kind: program.Sick}),
		"its `max_lifetime` is over":        {change: []func(*config.Program){recycled(6 * time.Second)}},
		"it ends by itself, and stays down": ending(4*time.Second, 0, stays),
		"it is given up": ending(4*time.Second, 3, func(p *config.Program) {
			p.RestartLimit = config.RestartLimit{Count: 0, Within: time.Minute}
			p.Autorestart = config.RestartNever
		}),
		"it ends by itself, and is started again": ending(4*time.Second, 3, comesBack),
		"it ends before its start has succeeded":  ending(time.Second/2, 3, noRetries).starting(),
		"its command cannot be started":           {change: []func(*config.Program){noRetries, func(p *config.Program) { p.Command = []string{"missing"} }}, start: true},
		"its `pre_start` fails":                   {change: []func(*config.Program){noRetries}, codes: map[string]int{"pre_start": 3}, start: true},
		"it does not become ready in time":        late,
		"it reloads": {change: []func(*config.Program){func(p *config.Program) { p.ReloadSignal = syscall.SIGUSR2 }}, ask: func(s *Supervisor, now time.Time) { s.parts.reload.Start("web", now, func(error, time.Time) {}) }, programs: func(w *world, name string, pid int, sig syscall.Signal) {
			if sig != syscall.SIGUSR2 {
				obedient(w, name, pid, sig)
			}
		}},
		"`ctl start` of one that runs":                     away,
		"`ctl stop` while it waits for its next start":     backoff,
		"its work was done `once` before":                  {change: []func(*config.Program){oneshot, func(p *config.Program) { p.Once = config.Once{Mode: config.OncePerVolume, Dir: volume} }}, others: []*config.Program{named("other")}, twice: true, start: true, programs: ends(map[string]time.Duration{"web": time.Second}, nil)},
		"it has `autostart = false`, and nobody starts it": {change: []func(*config.Program){func(p *config.Program) { p.Autostart = false }}, start: true, others: []*config.Program{named("other")}},
		"the stop is to end at once (a second TERM)":       {never: "pre_stop", stop: 3 * time.Second, insist: true},
	}
}

// run returns the names of the hooks that run then, in order.
func (m moment) run(t *testing.T) (hooks []string, log told) {
	loop := make(chan *Supervisor, 1)
	from, stop := 3*time.Second, 9*time.Second
	if m.from > 0 {
		from = m.from
	}
	if m.stop > 0 {
		stop = m.stop
	}
	took := map[string]time.Duration{}
	if m.never != "" {
		took[m.never] = -1
	}
	_, events, log := scenario{
		programs:  append([]*config.Program{hooked("web", "pre_start post_start pre_stop post_stop", m.change...)}, m.others...),
		container: m.container,
		behave: func(w *world, name string, pid int, sig syscall.Signal) {
			if !isHook(name) && m.programs != nil {
				m.programs(w, name, pid, sig)
				return
			}
			behaving(took, m.codes)(w, name, pid, sig)
		},
		made: func(s *Supervisor) { loop <- s },
		outside: func(w *world) {
			s := <-loop
			at := func(d time.Duration) { time.Sleep(time.Until(w.start.Add(d))) }
			if m.ask != nil {
				at(from)
				s.post(func() { m.ask(s, time.Now()) })
			}
			at(stop)
			w.signals <- syscall.SIGTERM
			if m.insist {
				at(stop + time.Second)
				w.signals <- syscall.SIGTERM
			}
		},
	}.run(t)
	begin, end := from, stop
	switch {
	case m.start:
		begin = 0
	case m.insist:
		begin = stop + time.Second
	}
	if m.stop > 0 {
		end = time.Hour
	}
	for _, e := range events {
		when, what, _ := strings.Cut(e, " ")
		name, is := strings.CutPrefix(what, "start ")
		if at, err := time.ParseDuration(when); err == nil && is && isHook(name) && at >= begin && at < end {
			hooks = append(hooks, name)
		}
	}
	return hooks, log
}

// TestWhichHooks: at each moment that the table of the help has, those hooks run that it says,
// in its order; and it has them all.
func TestWhichHooks(t *testing.T) {
	text, err := os.ReadFile("../cmd/entry-point/help/topics/hooks.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, found := strings.Cut(string(text), "| what happens | hooks that run, in order |\n|---|---|\n")
	if !found {
		t.Fatal("the help has no such table")
	}
	all := moments(t)
	left := maps.Clone(all)
	for line := range strings.Lines(table) {
		cells := strings.Split(strings.TrimSpace(line), " | ")
		if len(cells) != 2 {
			break
		}
		want := []string{}
		for i, word := range strings.Split(cells[1], "`") {
			if i%2 == 1 {
				want = append(want, word)
			}
		}
		for what := range strings.SplitSeq(strings.TrimPrefix(cells[0], "| "), "; ") {
			m, is := all[what]
			if !is {
				t.Errorf("no test for %q", what)
			}
			delete(left, what)
			t.Run(what, func(t *testing.T) {
				if m.twice {
					m.run(t)
				}
				if hooks, log := m.run(t); !slices.Equal(hooks, want) {
					t.Errorf("%q ran, and the help says %q; log:\n%s", hooks, want, log)
				}
			})
		}
	}
	for what := range left {
		t.Errorf("the help does not say what runs when: %s", what)
	}
}

// TestHooksOfEveryKind: each process of a program has hooks of its own, whatever the program
// is: one of several, in a group, on a socket, an event listener. What only its main process
// has (the socket, the protocol, its output without a reader) hooks do not have.
func TestHooksOfEveryKind(t *testing.T) {
	ran := map[string][]string{}
	inGroup := func(group string, change ...func(*config.Program)) []func(*config.Program) {
		return append([]func(*config.Program){func(p *config.Program) { p.Group, p.StartSecs = group, 0 }}, change...)
	}
	onSocket := func(p *config.Program) { p.Socket = &config.Socket{URL: "unix://" + t.TempDir() + "/s", Mode: 0o700} }
	listener := func(p *config.Program) {
		p.Pool = &config.Pool{Name: "ear", Events: []string{"TICK_60"}, BufferSize: 10}
		p.Stderr.Targets = []config.Target{{Kind: config.TargetStderr}}
	}
	const all = "pre_start post_start pre_stop post_stop"
	inputs := map[string]bool{}
	out := &screen{through: true}
	_, events, log := scenario{
		programs: []*config.Program{
			hooked("php_0", all, inGroup("php", onSocket)...),
			hooked("php_1", all, inGroup("php", onSocket)...),
			hooked("ear", all, inGroup("ear", listener)...),
		},
		output: out,
		given: func(name string, s *process.Spec) {
			program := name
			for _, entry := range s.Env {
				if value, is := strings.CutPrefix(entry, "ENTRYPOINT_PROGRAM="); is {
					program = value
				}
			}
			if isHook(name) {
				ran[program] = append(ran[program], name)
				if len(s.Listen) > 0 {
					t.Errorf("%s of %s is given a socket", name, program)
				}
				to, _ := os.Readlink("/proc/self/fd/" + strconv.Itoa(int(s.Stdin.Fd())))
				inputs[to] = true
			}
		},
		behave:  behaving(nil, nil),
		outside: stopAfter(3 * time.Second),
	}.run(t)
	for _, name := range []string{"php:php_0", "php:php_1", "ear"} {
		if got := strings.Join(ran[name], " "); got != all {
			t.Errorf("hooks of %s: %s", name, got)
		}
	}
	for to := range inputs {
		if len(inputs) != 1 || !strings.HasPrefix(to, "pipe:") {
			t.Errorf("a hook has standard input %s", to)
		}
	}
	lost := 0
	for _, s := range out.streams {
		if s.spec.Program == "ear" && len(s.spec.Targets) == 0 {
			lost++
		}
	}
	if lost != 1 { // the answers of the listener itself
		t.Errorf("what is printed on %d streams of the listener and its hooks is lost", lost)
	}
	if t.Failed() {
		t.Logf("the world saw\n\t%s\nlog:\n%s", strings.Join(events, "\n\t"), log)
	}
}
