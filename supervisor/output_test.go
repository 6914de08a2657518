package supervisor

import (
	"errors"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"entrypoint/config"
	"entrypoint/supervisor/program"
)

// printing is a program whose output makes events, and of whose output sections are
// captured.
func printing(name string) *config.Program {
	return named(name, func(c *config.Program) {
		c.Group, c.Autorestart = name, config.RestartNever
		c.Stdout.Events, c.Stderr.Events, c.Stdout.Capture = true, true, 1000
	})
}

// TestOutputEvents: event listeners hear of what a program prints, and of the last of it
// before they hear of its end.
func TestOutputEvents(t *testing.T) {
	e := ear{screen: screen{drain: 100 * time.Millisecond}}
	e.others = []*config.Program{printing("web")}
	e.behave = func(w *world, name string, pid int, sig syscall.Signal) {
		if sig != 0 {
			obedient(w, name, pid, sig)
			return
		}
		if name == "web" {
			w.end(pid, 3*time.Second, exitCode(0))
			time.AfterFunc(2*time.Second, func() {
				e.print("web", "stdout", "hello\n")
				e.captured("web", "stdout", "between tags")
				e.print("web", "stderr", "careful\n")
			})
			time.AfterFunc(3050*time.Millisecond, func() { e.print("web", "stdout", "last words\n") }) // the process has ended
		}
	}
	e.hears(t, 6*time.Second, []string{"PROCESS_LOG", "PROCESS_COMMUNICATION", "PROCESS_STATE_EXITED"}, "OK")
	const of = "processname:web groupname:web "
	want := []string{
		"2s PROCESS_LOG_STDOUT " + of + "pid:102 channel:stdout\nhello\n",
		"2s PROCESS_COMMUNICATION_STDOUT " + of + "pid:102\nbetween tags",
		"2s PROCESS_LOG_STDERR " + of + "pid:102 channel:stderr\ncareful\n",
		"3s PROCESS_LOG_STDOUT " + of + "pid:102 channel:stdout\nlast words\n",
		"3s PROCESS_STATE_EXITED " + of + "from_state:RUNNING expected:1 pid:102",
	}
	if !slices.Equal(e.heard, want) {
		t.Errorf("heard\n\t%q\nwant\n\t%q", e.heard, want)
	}
}

// TestPrintedBeforeReported: what a process prints before the loop knows that it runs is
// not lost.
func TestPrintedBeforeReported(t *testing.T) {
	e := ear{}
	e.others = []*config.Program{printing("web")}
	e.behave = func(w *world, name string, pid int, sig syscall.Signal) {
		if name == "web" && sig == 0 {
			e.print("web", "stdout", "at once\n")
		}
		obedient(w, name, pid, sig)
	}
	e.hears(t, 3*time.Second, []string{"PROCESS_LOG_STDOUT"}, "OK")
	if len(e.heard) != 1 || !strings.HasSuffix(e.heard[0], "pid:102 channel:stdout\nat once\n") {
		t.Errorf("heard %q", e.heard)
	}
}

// TestLastWords: the diagnosis of a bad end waits for what the process has printed last,
// but not for ever: somebody else may hold the pipe.
func TestLastWords(t *testing.T) {
	for name, c := range map[string]struct {
		drain time.Duration
		code  int
		said  bool // in the diagnosis
		after time.Duration
	}{
		"read in time":   {50 * time.Millisecond, 3, true, 2050 * time.Millisecond},
		"never read":     {-1, 3, false, 2200 * time.Millisecond},
		"a good end":     {-1, 0, false, 2 * time.Second},
		"read at once":   {0, 3, true, 2 * time.Second},
		"read too late":  {time.Second, 3, false, 2200 * time.Millisecond},
		"just in time":   {200 * time.Millisecond, 3, true, 2200 * time.Millisecond},
		"good, and late": {time.Second, 0, false, 2 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			out := &screen{through: true, drain: c.drain}
			var ended time.Duration
			_, _, log := scenario{
				programs: []*config.Program{named("web", func(p *config.Program) { p.Autorestart = config.RestartNever })},
				output:   out,
				behave: func(w *world, _ string, pid int, _ syscall.Signal) {
					w.end(pid, 2*time.Second, exitCode(c.code))
					time.AfterFunc(2*time.Second+c.drain/2-time.Millisecond, func() {
						if c.drain >= 0 {
							out.print("web", "stderr", "ModuleNotFoundError: No module named 'flask'\n")
						}
					})
				},
				ended: func(w *world) { ended = time.Since(w.start) },
			}.run(t)
			ends := log.became("web", program.Exited)
			if len(ends) != 1 || strings.Contains(ends[0].Verdict.Why, "no module flask") != c.said {
				t.Errorf("the last words are told: %v, want %v\n%s", !c.said, c.said, log)
			}
			if ended != c.after {
				t.Errorf("ended after %v, want %v", ended, c.after)
			}
		})
	}
}

// TestSignalOfPending: a process whose end is known is not signalled: its pid may be
// another's by then.
func TestSignalOfPending(t *testing.T) {
	out := &screen{through: true, drain: -1}
	missed := 0
	_, events, _ := scenario{
		programs: []*config.Program{named("web")}, output: out,
		ended: func(w *world) { missed = w.missed },
		behave: func(w *world, _ string, pid int, sig syscall.Signal) {
			if sig == 0 {
				w.end(pid, 2*time.Second, exitCode(3))
			}
		},
		outside: stopAfter(2100 * time.Millisecond),
	}.run(t)
	want(t, events, "0s start web")
	if missed != 0 {
		t.Errorf("%d signals were sent to what had ended", missed)
	}
}

// TestDrainedTooLate: the output of a process that is read to its end when the next one
// runs already is no end of that.
func TestDrainedTooLate(t *testing.T) {
	_, events, _ := scenario{
		programs: []*config.Program{named("web")}, output: &screen{through: true, drain: 5 * time.Second},
		behave: func(w *world, _ string, pid int, sig syscall.Signal) {
			if sig == 0 && pid == 101 {
				w.end(pid, 2*time.Second, exitCode(3))
				return
			}
			obedient(w, "web", pid, sig)
		},
		outside: stopAfter(20 * time.Second),
	}.run(t)
	want(t, events, "0s start web", "2.2s start web", "20s web TERM")
}

// TestNothingOpened: what was opened for a process that cannot be started is closed
// again, whatever it is that fails.
func TestNothingOpened(t *testing.T) {
	for name, c := range map[string]struct {
		program *config.Program
		refuse  error // of the process
		streams error // of the second stream
		log     string
	}{
		"no process":     {program: printing("web"), refuse: errors.New("no process"), log: "web: cannot run \"web\": no process"},
		"not found":      {program: printing("missing"), log: "missing: cannot run \"missing\": not found"},
		"no second pipe": {program: printing("web"), streams: errors.New("no second pipe"), log: "web: no second pipe"},
	} {
		t.Run(name, func(t *testing.T) {
			c.program.StartRetries = 0
			out := &screen{through: true, refuse: func(s *screen) error {
				if c.streams != nil && len(s.streams)%2 == 1 {
					return c.streams
				}
				return nil
			}}
			_, _, log := scenario{
				programs: []*config.Program{c.program}, output: out, behave: obedient,
				container: config.Container{Servers: []config.Server{{Network: "unix", Address: t.TempDir() + "/s"}}},
				refuse:    func(*world, string) error { return c.refuse },
			}.run(t)
			if log.remarks(c.log) != 1 {
				t.Errorf("log %s\nwant %s", log, c.log)
			}
			if len(out.streams) == 0 {
				t.Error("no stream was opened, so none was closed")
			}
			for _, f := range out.streams {
				if !slices.Equal(f.ends, []string{"aborted"}) {
					t.Errorf("%s: %q, want aborted", f.spec.Stream, f.ends)
				}
			}
		})
	}
}
