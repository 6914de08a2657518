package supervisor

import (
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"

	"entrypoint/config"
	"entrypoint/supervisor/control"
	"entrypoint/supervisor/notice"
)

// TestSocketOfTheStopped: the socket that a program inherits is there across its
// restarts, however it ends, and for as long as another one has it; when nobody is to
// come back, a client is refused.
func TestSocketOfTheStopped(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	listens := func() bool {
		fd, err := syscall.Socket(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_NONBLOCK, 0)
		if err != nil {
			t.Error(err)
			return false
		}
		defer syscall.Close(fd)
		return syscall.Connect(fd, &syscall.SockaddrUnix{Name: path}) == nil
	}
	fcgi := func(c *config.Program) {
		c.Socket, c.Group = &config.Socket{URL: "unix://" + path, Mode: 0o700}, "g"
		c.StartRetries = 0
	}
	ends := map[string]time.Duration{} // of the next processes, soon after their start
	var h control.Handler
	served := make(chan struct{})
	_, _, log := scenario{
		programs:  []*config.Program{named("a", fcgi), named("b", fcgi)},
		container: config.Container{ExitOn: config.ExitOnNever},
		behave: func(w *world, name string, pid int, sig syscall.Signal) {
			if after := ends[name]; sig == 0 && after > 0 {
				delete(ends, name)
				w.end(pid, after, exitCode(3))
			}
			obedient(w, name, pid, sig)
		},
		serve: func(handler control.Handler) func() { h = handler; close(served); return func() {} },
		outside: func(w *world) {
			<-served
			time.Sleep(2 * time.Second)
			for _, s := range []struct {
				what string
				do   *control.Request
				ends string
				want bool
			}{
				{"both run", &control.Request{}, "", true},
				{"one is stopped", do("stop", "g:a"), "", true},
				{"both are", do("stop", "g:b"), "", false},
				{"one is started", do("start", "g:a"), "", true},
				{"it is started again", do("restart", "g:a"), "", true},
				{"it crashes and comes back", do("restart", "g:a"), "a", true},
				{"it is stopped", do("stop", "g:a"), "", false},
				{"the other one is given up", do("start", "g:b"), "b", false},
			} {
				w.mu.Lock()
				if s.ends != "" {
					ends[s.ends] = 1500 * time.Millisecond
					if s.ends == "b" {
						ends[s.ends] = 500 * time.Millisecond
					}
				}
				w.mu.Unlock()
				if s.do.Do != control.DoNothing {
					ask(h, s.do)
				}
				for range 40 { // also while it waits for its next start
					time.Sleep(100 * time.Millisecond)
					if got := listens(); got != s.want {
						t.Errorf("%s: listens: %v", s.what, got)
						break
					}
				}
			}
			w.signals <- syscall.SIGTERM
		},
	}.run(t)
	opened, closed := notice.Socket{URL: "unix://" + path, Opened: true}, notice.Socket{URL: "unix://" + path}
	if told := facts[notice.Socket](log, ""); !slices.Equal(told, []notice.Socket{opened, closed, opened, closed, opened, closed}) {
		t.Errorf("told of the socket: %+v", told)
	}
}

// TestStartsOfGroups: a group starts in the order of the priorities of its programs, and
// stops backwards.
func TestStartsOfGroups(t *testing.T) {
	var h control.Handler
	served := make(chan struct{})
	with := func(priority int) func(*config.Program) {
		return func(c *config.Program) { c.Priority, c.Group, c.Autostart = priority, "g", false }
	}
	_, events, _ := scenario{
		programs:  []*config.Program{named("a", with(3)), named("b", with(1)), named("c", with(2))},
		container: config.Container{ExitOn: config.ExitOnNever},
		behave:    obedient,
		serve:     func(handler control.Handler) func() { h = handler; close(served); return func() {} },
		outside: func(w *world) {
			<-served
			ask(h, do("start", "g:*"))
			ask(h, do("stop", "g:b", "g:c", "g:a")) // as the gateway names them
			w.signals <- syscall.SIGTERM
		},
	}.run(t)
	if want := []string{"start b", "start c", "start a", "a TERM", "c TERM", "b TERM"}; !slices.Equal(untimed(events), want) {
		t.Errorf("%q, want %q", events, want)
	}
}
