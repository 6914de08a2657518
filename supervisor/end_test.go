package supervisor

import (
	"slices"
	"syscall"
	"testing"
	"time"

	"entrypoint/config"
	"entrypoint/supervisor/notice"
)

// TestExitOn: when the end of a program is the end of the container, and with
// which code. "good" stays up until it is stopped.
func TestExitOn(t *testing.T) {
	const (
		fatal  = "fatal"  // ends at once, with 42
		once   = "once"   // is up for 2 s, ends with 7 and is not started again
		crash  = "crash"  // is up for 20 s, ends with 9 and would be started again
		nobody = "nobody" // ends because it is told to
	)
	for name, c := range map[string]struct {
		on       config.ExitOn
		critical config.Critical
		program  string
		code     int
		alone    bool // without "good"
	}{
		"fatal: FATAL":                  {on: config.ExitOnFatal, program: fatal, code: 42},
		"fatal: EXITED":                 {on: config.ExitOnFatal, program: once, code: 0},
		"fatal: EXITED, critical":       {on: config.ExitOnFatal, program: once, code: 7, critical: config.CriticalYes},
		"fatal: EXITED, alone":          {on: config.ExitOnFatal, program: once, code: 7, alone: true},
		"fatal: FATAL, not critical":    {on: config.ExitOnFatal, program: fatal, code: 0, critical: config.CriticalNo},
		"fatal: restart":                {on: config.ExitOnFatal, program: crash, code: 0},
		"any-exit: FATAL":               {on: config.ExitOnAny, program: fatal, code: 42},
		"any-exit: EXITED":              {on: config.ExitOnAny, program: once, code: 7},
		"any-exit: restart":             {on: config.ExitOnAny, program: crash, code: 9},
		"any-exit: not critical":        {on: config.ExitOnAny, program: crash, code: 0, critical: config.CriticalNo},
		"all-exit: FATAL":               {on: config.ExitOnAll, program: fatal, code: 0},
		"all-exit: FATAL, critical":     {on: config.ExitOnAll, program: fatal, code: 42, critical: config.CriticalYes},
		"all-exit: FATAL, alone":        {on: config.ExitOnAll, program: fatal, code: 42, alone: true},
		"all-exit: EXITED, alone":       {on: config.ExitOnAll, program: once, code: 7, alone: true},
		"never: FATAL, alone":           {on: config.ExitOnNever, program: fatal, code: 0, alone: true},
		"never: EXITED, critical":       {on: config.ExitOnNever, program: once, code: 7, critical: config.CriticalYes},
		"all of no importance have end": {on: config.ExitOnFatal, program: fatal, code: 0, critical: config.CriticalNo, alone: true},
	} {
		t.Run(name, func(t *testing.T) {
			programs := []*config.Program{named(c.program, func(p *config.Program) {
				p.Critical, p.StartRetries = c.critical, 1
				if c.program == once {
					p.Autorestart = config.RestartNever
				}
			})}
			if !c.alone {
				programs = append(programs, named(nobody))
			}
			code, events, log := scenario{
				programs: programs, container: config.Container{ExitOn: c.on},
				behave: func(w *world, name string, pid int, sig syscall.Signal) {
					switch {
					case sig == 0 && name == fatal:
						w.end(pid, 100*time.Millisecond, exitCode(42))
					case sig == 0 && name == once:
						w.end(pid, 2*time.Second, exitCode(7))
					case sig == 0 && name == crash:
						w.end(pid, 20*time.Second, exitCode(9))
					default:
						obedient(w, name, pid, sig)
					}
				},
				outside: stopAfter(time.Minute),
			}.run(t)
			if code != c.code {
				t.Errorf("exit code %d, want %d; log:\n%s", code, c.code, log)
			}
			byItself := c.code != 0 || c.alone && c.on != config.ExitOnNever
			if stopped := log.says("", notice.EndAsked{By: "SIGTERM"}); stopped == byItself {
				t.Errorf("asked to stop: %v; log:\n%s", stopped, log)
			}
			if c.on == config.ExitOnAny && c.code == 9 && slices.Contains(events[1:], "20s start crash") {
				t.Error("started again although the container ends")
			}
		})
	}
}

// TestListenersKeepNoContainer: event listeners alone are stopped, after the rest.
func TestListenersKeepNoContainer(t *testing.T) {
	programs := []*config.Program{
		named("listener", func(p *config.Program) {
			p.Pool, p.GroupPriority = &config.Pool{Name: "listener", BufferSize: 10}, -1
		}),
		named("job", func(p *config.Program) { p.Autorestart = config.RestartNever }),
	}
	code, events, log := run(t, programs, func(w *world, name string, pid int, sig syscall.Signal) {
		if name == "job" && sig == 0 {
			w.end(pid, 3*time.Second, exitCode(4))
		}
		obedient(w, name, pid, sig)
	}, nil)
	if code != 4 {
		t.Errorf("exit code %d; log:\n%s", code, log)
	}
	want(t, events, "0s start listener", "0s start job", "3s listener TERM")
}

// TestNothingStartsAtTheEnd: what dies before its turn to stop has come is not
// started again.
func TestNothingStartsAtTheEnd(t *testing.T) {
	programs := []*config.Program{
		named("front", func(p *config.Program) { p.Priority = 20 }),
		named("app", func(p *config.Program) { p.Priority = 10; p.Autorestart = config.RestartAlways }),
	}
	code, events, log := run(t, programs, func(w *world, name string, pid int, sig syscall.Signal) {
		switch {
		case name == "front" && sig != 0:
			w.end(pid, 3*time.Second, 0)
		case name == "app" && sig == 0:
			w.end(pid, 12*time.Second, exitCode(5))
		}
	}, stopAfter(11*time.Second))
	if code != 0 {
		t.Errorf("exit code %d; log:\n%s", code, log)
	}
	want(t, events, "0s start app", "0s start front", "11s front TERM")
}
