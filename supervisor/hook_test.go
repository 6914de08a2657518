package supervisor

import (
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"entrypoint/config"
	"entrypoint/supervisor/part"
	"entrypoint/supervisor/process"
	"entrypoint/supervisor/program"
)

// hooked is a program with hooks of the names that their commands have.
func hooked(name string, hooks string, change ...func(*config.Program)) *config.Program {
	h := &config.Hooks{Timeout: 30 * time.Second}
	for word := range strings.FieldsSeq(hooks) {
		argv := []string{word}
		switch word {
		case "pre_start":
			h.PreStart = argv
		case "post_start":
			h.PostStart = argv
		case "pre_stop":
			h.PreStop = argv
		case "post_stop":
			h.PostStop = argv
		}
	}
	return named(name, append([]func(*config.Program){func(p *config.Program) { p.Hooks = h }}, change...)...)
}

// isHook says whether a process is a hook.
func isHook(name string) bool {
	return strings.HasPrefix(name, "pre_") || strings.HasPrefix(name, "post_")
}

// behaving is a world in which hooks take as long as it says (negative: for ever), with an
// exit code, and programs are obedient.
func behaving(took map[string]time.Duration, codes map[string]int) func(*world, string, int, syscall.Signal) {
	return func(w *world, name string, pid int, sig syscall.Signal) {
		switch {
		case !isHook(name):
			obedient(w, name, pid, sig)
		case sig != 0:
		case took[name] >= 0:
			w.end(pid, took[name], exitCode(codes[name]))
		}
	}
}

// hookCase is one scenario with hooks.
type hookCase struct {
	hooks    string
	change   []func(*config.Program)
	others   []*config.Program // beside web
	took     map[string]time.Duration
	codes    map[string]int
	programs func(w *world, name string, pid int, sig syscall.Signal) // what programs do; nil: obedient
	ask      func(s *Supervisor, at func(time.Duration))
	refuse   func(w *world, name string) error // why a process cannot be started; nil: each can
	insist   bool                              // who has asked for the end asks again a second later
	stop     time.Duration                     // when the container is asked to end; 0: never
	want     []string
	code     int
	log      []string
}

const hookSecond = time.Second

func hookCases(t *testing.T) map[string]hookCase {
	const never = -1
	wait := func(rungs ...config.StopSignal) func(*config.Program) {
		return func(p *config.Program) { p.StopSignals = rungs }
	}
	wish := func(do string) func(s *Supervisor, at func(time.Duration)) {
		kinds := map[string]program.Kind{"stop": program.Stop, "restart": program.Restart, "remove": program.Remove, "start": program.Start}
		return func(s *Supervisor, at func(time.Duration)) {
			for word := range strings.FieldsSeq(do) {
				kind, when, _ := strings.Cut(word, "@")
				d, _ := time.ParseDuration(when)
				at(d)
				s.post(func() {
					(&host{s}).Want(part.Wish{Program: "web", Event: program.Event{Kind: kinds[kind]}, Order: "on request"})
				})
			}
		}
	}
	failing := func(w *world, name string, pid int, sig syscall.Signal) {
		if sig != 0 {
			obedient(w, name, pid, sig)
		} else {
			w.end(pid, 2*hookSecond, exitCode(3))
		}
	}
	once := func(p *config.Program) { p.Autorestart = config.RestartNever }
	retries := func(n int) func(*config.Program) { return func(p *config.Program) { p.StartRetries = n } }
	return map[string]hookCase{
		"each at its moment": {
			hooks: "pre_start post_start pre_stop post_stop", stop: 5 * hookSecond,
			took: map[string]time.Duration{"pre_start": hookSecond, "post_start": hookSecond, "pre_stop": hookSecond, "post_stop": hookSecond},
			want: []string{"0s start pre_start", "1s start web", "2s start post_start", "5s start pre_stop", "6s web TERM", "6.1s start post_stop"},
			log:  []string{"web: running pre_stop, then stopping with SIGTERM", "web: stopped after 2.1s"},
		},
		"pre_start fails": {
			hooks: "pre_start post_stop", codes: map[string]int{"pre_start": 3}, change: []func(*config.Program){retries(1), func(p *config.Program) { p.RestartMax = hookSecond }},
			want: []string{"0s start pre_start", "0s start post_stop", "1s start pre_start", "1s start post_stop"},
			code: 3,
			log: []string{
				"web: pre_start exited with code 3", "web: could not be started; running post_stop", "web: could not be started; next start in 1",
				"web: could not be started; given up after 2 tries",
			},
		},
		"pre_start is not there": {
			hooks: "pre_start", change: []func(*config.Program){retries(0), func(p *config.Program) { p.Hooks.PreStart = []string{"missing"} }},
			want: []string{"0s no missing"}, code: 127,
			log: []string{`web: pre_start: cannot run "missing": not found`},
		},
		"pre_start takes too long": {
			hooks: "pre_start", took: map[string]time.Duration{"pre_start": never}, change: []func(*config.Program){retries(0)},
			want: []string{"0s start pre_start", "30s pre_start TERM", "32s pre_start KILL"}, code: 137,
			log: []string{"web: pre_start did not end within 30s (hook_timeout)", "given up after 1 try"},
		},
		"pre_start of the Go port fails": {
			hooks: "pre_start", codes: map[string]int{"pre_start": 3}, change: []func(*config.Program){func(p *config.Program) { p.Hooks.Lenient = true }}, stop: 3 * hookSecond,
			want: []string{"0s start pre_start", "0s start web", "3s web TERM"},
			log:  []string{"web: pre_start exited with code 3"},
		},
		"a stop during pre_start": {
			hooks: "pre_start post_stop", took: map[string]time.Duration{"pre_start": never}, ask: wish("stop@1s"), stop: 9 * hookSecond,
			want: []string{"0s start pre_start", "1s pre_start TERM", "3s pre_start KILL", "3s start post_stop"},
			log:  []string{"web: stopping, while pre_start runs, on request", "web: not started: it was to be stopped before that could be done"},
		},
		"a restart during pre_start": {
			hooks: "pre_start", took: map[string]time.Duration{"pre_start": never}, ask: wish("restart@1s"), stop: 5 * hookSecond,
			want: []string{"0s start pre_start", "1s pre_start TERM", "3s pre_start KILL", "3s start pre_start", "5s pre_start TERM", "7s pre_start KILL"},
		},
		"removed during pre_start": {
			hooks: "pre_start post_stop", took: map[string]time.Duration{"pre_start": never, "post_stop": hookSecond}, ask: wish("remove@1s"), stop: 9 * hookSecond,
			others: []*config.Program{named("other")},
			want:   []string{"0s start pre_start", "0s start other", "1s pre_start TERM", "3s pre_start KILL", "3s start post_stop", "9s other TERM"},
			log:    []string{"web: removed"},
		},
		"the container stops during pre_start": {
			hooks: "pre_start post_stop", took: map[string]time.Duration{"pre_start": never}, stop: hookSecond,
			want: []string{"0s start pre_start", "1s pre_start TERM", "3s pre_start KILL", "3s start post_stop"},
		},
		"another start during post_stop": {
			hooks: "pre_start post_stop", took: map[string]time.Duration{"post_stop": 3 * hookSecond}, ask: wish("stop@2s start@3s"), stop: 8 * hookSecond,
			want: []string{"0s start pre_start", "0s start web", "2s web TERM", "2.1s start post_stop", "5.1s start pre_start", "5.1s start web", "8s web TERM", "8.1s start post_stop"},
		},
		"post_stop takes too long": {
			hooks: "post_stop", took: map[string]time.Duration{"post_stop": never}, ask: wish("stop@2s"), stop: 60 * hookSecond,
			others: []*config.Program{named("other")},
			want:   []string{"0s start web", "0s start other", "2s web TERM", "2.1s start post_stop", "32.1s post_stop TERM", "34.1s post_stop KILL", "1m0s other TERM"},
			log:    []string{"web: post_stop did not end within 30s (hook_timeout)"},
		},
		"a crash": {
			hooks: "pre_stop post_stop", programs: failing, change: []func(*config.Program){once},
			want: []string{"0s start web", "2s start post_stop"}, code: 3,
			log: []string{"web: exit code 3; running post_stop", "web: ended: exit code 3 after 2s"},
		},
		"a hook that is only logged": {
			hooks: "post_start pre_stop post_stop", codes: map[string]int{"post_start": 4, "pre_stop": 5, "post_stop": 6}, stop: 3 * hookSecond,
			want: []string{"0s start web", "1s start post_start", "3s start pre_stop", "3s web TERM", "3.1s start post_stop"},
			log:  []string{"web: post_start exited with code 4", "web: pre_stop exited with code 5", "web: post_stop exited with code 6"},
		},
		"post_start takes too long": {
			hooks: "post_start", took: map[string]time.Duration{"post_start": never}, stop: 60 * hookSecond,
			want: []string{"0s start web", "1s start post_start", "31s post_start KILL", "1m0s web TERM"},
			log:  []string{"web: post_start did not end within 30s (hook_timeout)"},
		},
		"post_start when the program stops": {
			hooks: "post_start", took: map[string]time.Duration{"post_start": never}, stop: 2 * hookSecond,
			want: []string{"0s start web", "1s start post_start", "2s post_start KILL", "2s web TERM"},
		},
		"post_start of a oneshot": {
			hooks: "post_start", change: []func(*config.Program){once, func(p *config.Program) { p.Oneshot, p.StartSecs = true, 0 }},
			programs: failing, code: 3,
			want: []string{"0s start web", "0s start post_start"},
		},
		// The whole stop has 9s. What the ladder needs is left to it.
		"pre_stop for ever": {
			hooks: "pre_stop", took: map[string]time.Duration{"pre_stop": never}, stop: 2 * hookSecond,
			change: []func(*config.Program){wait(config.StopSignal{Signal: syscall.SIGTERM, Wait: 3 * hookSecond})},
			want:   []string{"0s start web", "2s start pre_stop", "8s pre_stop KILL", "8s web TERM"},
			log:    []string{"web: pre_stop was killed after 6s, because its time was up"},
		},
		"pre_stop for ever, of a program that does not end": {
			hooks: "pre_stop post_stop", took: map[string]time.Duration{"pre_stop": never, "post_stop": never}, stop: 2 * hookSecond, code: 137,
			change: []func(*config.Program){wait(config.StopSignal{Signal: syscall.SIGTERM, Wait: 10 * hookSecond})}, programs: func(*world, string, int, syscall.Signal) {},
			want: []string{"0s start web", "2s start pre_stop", "6s pre_stop KILL", "6s web TERM", "10s web KILL", "10s start post_stop", "11s post_stop KILL"},
		},
		"pre_stop of a stop by ctl": {
			hooks: "pre_stop", took: map[string]time.Duration{"pre_stop": never}, ask: wish("stop@2s"), stop: 40 * hookSecond,
			others: []*config.Program{named("other")},
			want:   []string{"0s start web", "0s start other", "2s start pre_stop", "32s pre_stop KILL", "32s web TERM", "40s other TERM"},
			log:    []string{"web: pre_stop did not end within 30s (hook_timeout)"},
		},
		"the container stops during pre_stop": {
			hooks: "pre_stop", took: map[string]time.Duration{"pre_stop": never}, ask: wish("stop@2s"), stop: 10 * hookSecond,
			change: []func(*config.Program){wait(config.StopSignal{Signal: syscall.SIGTERM, Wait: 3 * hookSecond})},
			others: []*config.Program{named("other")},
			want:   []string{"0s start web", "0s start other", "2s start pre_stop", "10s other TERM", "16s pre_stop KILL", "16s web TERM"},
		},
		"somebody insists during pre_stop": {
			hooks: "pre_stop post_stop", took: map[string]time.Duration{"pre_stop": never}, stop: 2 * hookSecond, insist: true, code: 137,
			want: []string{"0s start web", "2s start pre_stop", "3s pre_stop KILL", "3s web KILL"},
			log:  []string{"web: pre_stop was killed after 1s, because its time was up", "web: post_stop does not run: the stop has no time left for it"},
		},
		"somebody insists during post_stop": {
			hooks: "post_stop", took: map[string]time.Duration{"post_stop": never}, stop: 2*hookSecond + hookSecond/2, insist: true,
			want: []string{"0s start web", "2.5s web TERM", "2.6s start post_stop", "3.5s post_stop KILL"},
			log:  []string{"web: post_stop was killed after 900ms, because its time was up"},
		},
		// The one that needs it has taken all of the time but two seconds.
		"no time is left for hooks": {
			hooks: "pre_stop post_stop", took: map[string]time.Duration{"pre_stop": never}, stop: 2 * hookSecond,
			others: []*config.Program{named("other", on(config.Dependency{Name: "web"}))}, code: 137,
			programs: func(*world, string, int, syscall.Signal) {},
			want:     []string{"0s start web", "1s start other", "2s other TERM", "10s start pre_stop", "10.5s pre_stop KILL", "10.5s web TERM", "11s web KILL", "11s other KILL"},
			log:      []string{"web: post_stop does not run: the stop has no time left for it"},
		},
		"somebody insists during pre_start": {
			hooks: "pre_start post_stop", took: map[string]time.Duration{"pre_start": never}, stop: 2 * hookSecond, insist: true,
			want: []string{"0s start pre_start", "2s pre_start TERM", "3s pre_start KILL"},
			log:  []string{"web: post_stop does not run: the stop has no time left for it"},
		},
		"no room for pre_start": {
			hooks: "pre_start", stop: 5 * hookSecond, refuse: func(w *world, name string) error {
				if name == "pre_start" && time.Since(w.start) < 2*hookSecond {
					return syscall.EAGAIN
				}
				return nil
			},
			want: []string{"2.7s start pre_start", "2.7s start web", "5s web TERM"},
		},
		"no room for the process, and a stop": {
			hooks: "pre_start post_stop", ask: wish("stop@4s"), stop: 5 * hookSecond, refuse: func(_ *world, name string) error {
				if name == "web" {
					return syscall.EAGAIN
				}
				return nil
			},
			want: []string{"0s start pre_start", "4s start post_stop"},
		},
		"another configuration during pre_start": {
			hooks: "pre_start post_stop", took: map[string]time.Duration{"pre_start": never}, stop: 6 * hookSecond,
			ask: func(s *Supervisor, at func(time.Duration)) {
				at(hookSecond)
				s.post(func() {
					(&host{s}).Want(part.Wish{Program: "web", Event: program.Event{Kind: program.Configure, Config: hooked("web", "post_start")}})
				})
			},
			want: []string{"0s start pre_start", "1s pre_start TERM", "3s pre_start KILL", "3s start post_stop", "3s start web", "4s start post_start", "6s web TERM"},
		},
		"others wait for it": {
			hooks: "pre_start post_start post_stop", took: map[string]time.Duration{"pre_start": 2 * hookSecond, "post_start": 5 * hookSecond, "post_stop": 2 * hookSecond}, stop: 9 * hookSecond,
			others: []*config.Program{named("other", func(p *config.Program) {
				p.DependsOn = []config.Dependency{{Name: "web"}}
			})},
			want: []string{"0s start pre_start", "2s start web", "3s start post_start", "3s start other", "9s other TERM", "9.1s web TERM", "9.2s start post_stop"},
		},
		"each run of a schedule": {
			hooks: "pre_start post_stop", change: []func(*config.Program){once, func(p *config.Program) {
				p.Autostart, p.Schedule, p.StartSecs = false, scheduled(t, "schedule = @every 2s\n").Schedule, 0
			}},
			programs: func(w *world, _ string, pid int, sig syscall.Signal) { w.end(pid, hookSecond/2, 0) }, stop: 5 * hookSecond,
			want: []string{"2s start pre_start", "2s start web", "2.5s start post_stop", "4s start pre_start", "4s start web", "4.5s start post_stop"},
		},
		"it ends during its pre_stop": {
			hooks: "pre_stop post_stop", took: map[string]time.Duration{"pre_stop": 3 * hookSecond}, stop: 2 * hookSecond, programs: func(w *world, _ string, pid int, sig syscall.Signal) {
				if sig == 0 {
					w.end(pid, 3*hookSecond, 0)
				}
			},
			want: []string{"0s start web", "2s start pre_stop", "5s start post_stop"},
		},
	}
}

// TestHooks: what happens to programs with hooks, and when.
func TestHooks(t *testing.T) {
	for name, c := range hookCases(t) {
		t.Run(name, func(t *testing.T) {
			loop := make(chan *Supervisor, 1)
			code, events, log := scenario{
				programs: append([]*config.Program{hooked("web", c.hooks, c.change...)}, c.others...),
				behave: func(w *world, name string, pid int, sig syscall.Signal) {
					if !isHook(name) && c.programs != nil {
						c.programs(w, name, pid, sig)
						return
					}
					behaving(c.took, c.codes)(w, name, pid, sig)
				},
				refuse: c.refuse,
				made:   func(s *Supervisor) { loop <- s },
				outside: func(w *world) {
					s := <-loop
					at := func(d time.Duration) { time.Sleep(time.Until(w.start.Add(d))) }
					if c.ask != nil {
						c.ask(s, at)
					}
					if c.stop > 0 {
						at(c.stop)
						w.signals <- syscall.SIGTERM
					}
					if c.insist {
						at(c.stop + hookSecond)
						w.signals <- syscall.SIGTERM
					}
				},
			}.run(t)
			want(t, events, c.want...)
			if code != c.code {
				t.Errorf("exit code %d, want %d", code, c.code)
			}
			for _, line := range c.log {
				if !strings.Contains(log.String(), line) {
					t.Errorf("the log does not say %q", line)
				}
			}
			if t.Failed() {
				t.Logf("log:\n%s", log)
			}
		})
	}
}

// TestHooksEnvironment: what hooks and the process find in their environment, and what
// pre_start hands over, which is for this incarnation only.
func TestHooksEnvironment(t *testing.T) {
	given, starts := map[string][]string{}, 0
	_, _, log := scenario{
		programs: []*config.Program{hooked("web", "pre_start post_start pre_stop post_stop", func(p *config.Program) {
			p.Group, p.Environment, p.Directory, p.User = "front", []string{"A=1", "B=2"}, "/srv", &config.User{UID: 7, GID: 8}
			p.Autorestart = config.RestartAlways
		})},
		given: func(name string, s *process.Spec) {
			if name == "pre_start" {
				if starts++; starts == 1 {
					_, _ = s.Extra.WriteString("B=3\n\nC=4 5\nnonsense\n")
				}
			}
			if s.Dir != "/srv" || s.Credential == nil || s.Credential.Uid != 7 {
				t.Errorf("%s runs in %q as %v", name, s.Dir, s.Credential)
			}
			if isHook(name) != (s.ExtraFD == 3) {
				t.Errorf("%s has descriptor %d", name, s.ExtraFD)
			}
			if starts == 1 {
				given[name] = slices.DeleteFunc(slices.Clone(s.Env), func(entry string) bool {
					name, _, _ := strings.Cut(entry, "=")
					return !strings.HasPrefix(name, "ENTRYPOINT_") && len(name) > 1 || os.Getenv(name) != ""
				})
			}
			if starts == 2 && slices.Contains(s.Env, "C=4 5") {
				t.Errorf("%s has the variables of an earlier incarnation", name)
			}
		},
		behave: func(w *world, name string, pid int, sig syscall.Signal) {
			if name == "web" && sig == 0 && starts == 1 {
				w.end(pid, 3*time.Second, syscall.WaitStatus(syscall.SIGSEGV))
				return
			}
			behaving(nil, nil)(w, name, pid, sig)
		},
		outside: stopAfter(6 * time.Second),
	}.run(t)
	for name, want := range map[string]string{
		"pre_start":  "A=1 B=2 ENTRYPOINT_PROGRAM=front:web ENTRYPOINT_EVENT=pre_start",
		"web":        "A=1 B=3 C=4 5",
		"post_start": "A=1 B=3 C=4 5 ENTRYPOINT_PROGRAM=front:web ENTRYPOINT_EVENT=post_start ENTRYPOINT_PID=102",
		"post_stop": "A=1 B=3 C=4 5 ENTRYPOINT_PROGRAM=front:web ENTRYPOINT_EVENT=post_stop ENTRYPOINT_EXIT_CODE=139 " +
			"ENTRYPOINT_VERDICT=killed by SIGSEGV after 3s: a segmentation fault, a mistake in the program or in a native library that it uses ENTRYPOINT_SIGNAL=SIGSEGV",
	} {
		if got := strings.Join(given[name], " "); got != want {
			t.Errorf("%s has\n\t%s\nwant\n\t%s", name, got, want)
		}
	}
	if log.remarks("front:web: pre_start: line 4 of what it has written to descriptor 3 is not NAME=VALUE") != 1 {
		t.Errorf("the line that is none was not told of; log:\n%s", log)
	}
}

// TestHooksAreNoStrays: what a hook has started in its process group is not told to end
// with what programs have left behind, as long as the hook runs.
func TestHooksAreNoStrays(t *testing.T) {
	looked := false
	_, events, _ := scenario{
		programs: []*config.Program{hooked("web", "post_stop"), named("slow")},
		behave: func(w *world, name string, pid int, sig syscall.Signal) {
			switch {
			case name == "web" && sig != 0:
				w.end(pid, 7*time.Second, 0)
			case name == "post_stop" && sig == 0:
				w.left = func(keep func(pid, group int) bool) {
					looked = true
					if !keep(9001, pid) || keep(9001, 9000) {
						t.Errorf("the child of a hook is told: %t", !keep(9001, pid))
					}
				}
			}
		},
		outside: stopAfter(2 * time.Second),
	}.run(t)
	if !looked {
		t.Errorf("nobody was told; the world saw\n%s", strings.Join(events, "\n"))
	}
}
