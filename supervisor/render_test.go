package supervisor

import (
	"errors"
	"slices"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"entrypoint/config"
	"entrypoint/supervisor/control"
)

// TestRender: the files of templates are made again before a program reloads, and when the
// configuration is read, beside the loop, which runs the checks for it; a program that uses
// what has changed reloads then, and what is refused changes nothing.
func TestRender(t *testing.T) {
	handler := make(chan control.Handler, 1)
	programs := []*config.Program{
		named("web", func(p *config.Program) { p.ReloadSignal = syscall.SIGHUP }),
		named("plain"),
	}
	var bad atomic.Bool
	rendered := make(chan string, 10)
	_, events, log := scenario{
		programs: programs,
		behave: func(w *world, name string, pid int, sig syscall.Signal) {
			switch {
			case name == "judge" && sig == 0:
				code := 0
				if bad.Load() {
					code = 1
				}
				w.end(pid, time.Second, exitCode(code))
			case sig != syscall.SIGHUP:
				obedient(w, name, pid, sig)
			}
		},
		load: func() (*config.Config, error) { return &config.Config{Programs: programs}, nil },
		made: func(s *Supervisor) {
			s.Render = func(cfg *config.Config, program string, check Checker) (*config.Config, []string, error) {
				rendered <- program
				if err := check(programs[0], []string{"judge"}); err != nil {
					return nil, nil, errors.New("refused: " + err.Error())
				}
				return cfg, []string{"web", "plain", "nobody"}, nil
			}
		},
		serve: func(h control.Handler) func() { handler <- h; return func() {} },
		outside: func(w *world) {
			h := <-handler
			time.Sleep(2 * time.Second)
			if got := ask(h, do("reload", "web")); !slices.Equal(got, []string{"web ok"}) {
				t.Errorf("results %q", got)
			}
			w.signals <- syscall.SIGHUP
			time.Sleep(5 * time.Second)
			bad.Store(true)
			if got := ask(h, do("reload", "web")); !slices.Equal(got, []string{"web failed"}) {
				t.Errorf("results %q", got)
			}
			w.signals <- syscall.SIGHUP
			stopAfter(5 * time.Second)(w)
		},
	}.run(t)
	hups := 0
	for _, e := range untimed(events) {
		if e == "web HUP" {
			hups++
		}
	}
	if hups != 2 { // for the program, and after the configuration was read
		t.Errorf("the world saw %q", events)
	}
	close(rendered)
	if got, want := all(rendered), []string{"web", "", "web", "web", ""}; !slices.Equal(got, want) {
		t.Errorf("rendered for %q, want %q", got, want)
	}
	for _, line := range []string{
		"web: not reloaded: its templates are bad, nothing has changed: refused: exit code 1",
		"plain: a file that it uses has changed, and it has not reloaded: it is not known how it reloads",
	} {
		if log.remarks(line) != 1 {
			t.Errorf("%q is not told once in\n%s", line, log)
		}
	}
}

// all is what has come into a channel that is closed.
func all(c chan string) (list []string) {
	for s := range c {
		list = append(list, s)
	}
	return list
}
