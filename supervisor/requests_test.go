package supervisor

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"entrypoint/config"
	"entrypoint/supervisor/control"
	"entrypoint/supervisor/notice"
)

// answers are those to one request, as "web ok", "program web RUNNING", "done" ...
type answers struct {
	mu    sync.Mutex
	lines []string
	last  chan struct{}
}

// ask sends a request to the loop and waits for the last answer.
func ask(h control.Handler, r *control.Request) []string {
	a := &answers{last: make(chan struct{})}
	h.Handle(r, a.reply)
	<-a.last
	return a.lines
}

func (a *answers) reply(x *control.Answer) {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case x.Result != nil:
		a.lines = append(a.lines, x.Result.Name+" "+x.Result.Status)
	case x.Program != nil:
		a.lines = append(a.lines, x.Program.FullName+" "+x.Program.State+": "+x.Program.Why)
	case x.Health != nil && x.Health.Ready:
		a.lines = append(a.lines, "ready")
	case x.Health != nil:
		a.lines = append(a.lines, x.Health.Waiting...)
	case x.Changes != nil:
		a.lines = append(a.lines, slices.Concat(x.Changes.Added, []string{"/"}, x.Changes.Changed, []string{"/"}, x.Changes.Removed)...)
	case x.Error != nil:
		a.lines = append(a.lines, x.Error.Code)
		close(a.last)
	case x.Done:
		close(a.last)
	}
}

func do(what string, names ...string) *control.Request {
	operation, known := control.OperationOf(what)
	if !known {
		panic("no operation is called " + what)
	}
	return &control.Request{Do: operation, Names: names, Wait: true}
}

// TestRequests: what can be asked of the loop while it runs, in fake time.
func TestRequests(t *testing.T) {
	never := config.Container{ExitOn: config.ExitOnNever}
	steps := []struct {
		request *control.Request
		want    []string
	}{
		{do("status", "web"), []string{"web RUNNING: pid 101, up for 2s"}},
		{do("status", "nobody", "none:*"), []string{"nobody no-such-program", "none no-such-group"}},
		{do("start", "web"), []string{"web already-started"}},
		{do("start", "off"), []string{"off ok"}},
		{do("stop", "off", "web"), []string{"web ok", "off ok"}},
		{do("stop", "web"), []string{"web not-running"}},
		{do("health"), []string{"web", "off"}},
		{do("start", "all"), []string{"web ok", "off ok"}},
		{do("health"), []string{"ready"}},
		{do("restart", "web"), []string{"web ok"}},
		{&control.Request{Do: control.DoSignal, Names: []string{"off"}, Signal: "USR1"}, []string{"off ok"}},
		{&control.Request{Do: control.DoSignal, Names: []string{"off"}, Signal: "NONSENSE"}, []string{"bad-signal"}},
		{do("stop"), []string{"bad-request"}},
		{do("reread"), []string{"new", "/", "/", "off"}},
		{do("status", "off"), []string{"off RUNNING: pid 104, up for 2.1s; the one before: killed by SIGTERM, stopped on request"}},
		{do("reload"), []string{"new", "/", "/", "off"}},
		{do("ctl"), []string{"bad-request"}},
	}
	var h control.Handler
	served := make(chan struct{})
	scenario{
		programs:  []*config.Program{named("sleep", called("web")), named("sleep", called("off"), func(p *config.Program) { p.Autostart = false })},
		container: never,
		behave: func(w *world, _ string, pid int, sig syscall.Signal) {
			if sig != 0 && sig != syscall.SIGUSR1 {
				w.end(pid, 100*time.Millisecond, syscall.WaitStatus(sig))
			}
		},
		load: func() (*config.Config, error) {
			return &config.Config{Container: never, Programs: []*config.Program{named("sleep", called("web")), named("sleep", called("new"))}}, nil
		},
		serve: func(handler control.Handler) func() {
			h = handler
			close(served)
			return func() {}
		},
		outside: func(w *world) {
			<-served
			time.Sleep(2 * time.Second)
			for _, s := range steps {
				got := ask(h, s.request)
				slices.Sort(got) // programs of one rank are ready in any order
				slices.Sort(s.want)
				if !slices.Equal(got, s.want) {
					t.Errorf("%s %v: %q, want %q", s.request.Do, s.request.Names, got, s.want)
				}
			}
			if got := ask(h, &control.Request{Do: control.DoShutdown}); len(got) != 0 {
				t.Errorf("shutdown: %q", got)
			}
		},
	}.run(t)
}

// called gives a program a name that is not its command.
func called(name string) func(*config.Program) {
	return func(p *config.Program) { p.Name = name }
}

// TestStartsThatFail: whoever waits for a start learns that its first try failed,
// while others may follow.
func TestStartsThatFail(t *testing.T) {
	var h control.Handler
	served := make(chan struct{})
	scenario{
		programs: []*config.Program{
			named("sh", called("short"), func(p *config.Program) { p.Autostart = false }),
			named("missing", func(p *config.Program) { p.Autostart = false }),
		},
		container: config.Container{ExitOn: config.ExitOnNever},
		behave: func(w *world, _ string, pid int, _ syscall.Signal) {
			w.end(pid, 300*time.Millisecond, exitCode(3))
		},
		serve: func(handler control.Handler) func() { h = handler; close(served); return func() {} },
		outside: func(w *world) {
			<-served
			for _, s := range []struct {
				name string
				want []string
			}{
				{"short", []string{"short ended-too-early"}},
				{"missing", []string{"missing no-file"}},
			} {
				if got := ask(h, do("start", s.name)); !slices.Equal(got, s.want) {
					t.Errorf("start %s: %q, want %q", s.name, got, s.want)
				}
			}
			if got := ask(h, do("status", "short")); len(got) != 1 || got[0][:13] != "short BACKOFF" {
				t.Errorf("status: %q", got)
			}
			w.signals <- syscall.SIGTERM
		},
	}.run(t)
}

// TestStartOfWaiting: whoever starts what waits for something that has failed is
// told so, also by way of a third program, and when the failure comes later; started
// together they come up.
func TestStartOfWaiting(t *testing.T) {
	var h control.Handler
	served := make(chan struct{})
	migrations := 0
	scenario{
		programs: []*config.Program{
			named("cat", called("front"), on(config.Dependency{Name: "web"})),
			named("sleep", called("web"), on(config.Dependency{Name: "migrate", Until: config.UntilExited})),
			named("true", called("migrate"), func(c *config.Program) {
				c.Oneshot, c.Autorestart, c.StartSecs, c.Critical = true, config.RestartNever, 0, config.CriticalNo
			}),
			named("missing", func(c *config.Program) { c.StartRetries, c.Critical = 0, config.CriticalNo }),
			named("late", on(config.Dependency{Name: "missing"})),
		},
		container: config.Container{ExitOn: config.ExitOnNever},
		behave: func(w *world, name string, pid int, sig syscall.Signal) {
			if name == "true" && sig == 0 {
				w.end(pid, time.Second, exitCode([]int{3, 0}[min(migrations, 1)]))
				migrations++
				return
			}
			obedient(w, name, pid, sig)
		},
		serve: func(handler control.Handler) func() { h = handler; close(served); return func() {} },
		outside: func(w *world) {
			<-served
			time.Sleep(500 * time.Millisecond)
			for _, s := range []struct {
				request *control.Request
				want    []string
			}{
				{do("start", "front"), []string{"front cannot-start"}}, // half a second later
				{do("start", "web"), []string{"web cannot-start"}},
				{do("restart", "front"), []string{"front cannot-start"}},
				{do("status", "front", "late", "missing"), []string{
					"front STOPPED: waits for web, which waits for migrate, which has failed: exit code 3",
					`late STOPPED: waits for missing, which has failed: cannot run "missing": not found`,
					`missing FATAL: given up: cannot run "missing": not found`,
				}},
				{do("start", "front", "web", "migrate"), []string{"front ok", "migrate ok", "web ok"}},
			} {
				got := ask(h, s.request)
				slices.Sort(got)
				if !slices.Equal(got, s.want) {
					t.Errorf("%s %v: %q, want %q", s.request.Do, s.request.Names, got, s.want)
				}
			}
			w.signals <- syscall.SIGTERM
		},
	}.run(t)
}

// TestManyThatWait: who waits for whom is found out at once, however many ways there
// are from one program to another, and each is named once.
func TestManyThatWait(t *testing.T) {
	const layers, each = 12, 6
	programs := []*config.Program{named("true", called("bottom"), func(c *config.Program) {
		c.Oneshot, c.Autorestart, c.StartSecs, c.Critical = true, config.RestartNever, 0, config.CriticalNo
	})}
	below := []config.Dependency{{Name: "bottom"}}
	for l := range layers {
		var layer []config.Dependency
		for i := range each {
			name := fmt.Sprintf("p%d_%d", l, i)
			programs = append(programs, named("sleep", called(name), on(below...)))
			layer = append(layer, config.Dependency{Name: name})
		}
		below = layer
	}
	var h control.Handler
	served := make(chan struct{})
	_, _, log := scenario{
		programs:  programs,
		container: config.Container{ExitOn: config.ExitOnNever},
		behave: func(w *world, name string, pid int, sig syscall.Signal) {
			if name == "true" && sig == 0 {
				w.end(pid, time.Second, exitCode(3))
				return
			}
			obedient(w, name, pid, sig)
		},
		serve: func(handler control.Handler) func() { h = handler; close(served); return func() {} },
		outside: func(w *world) {
			<-served
			time.Sleep(500 * time.Millisecond)
			top := fmt.Sprintf("p%d_0", layers-1)
			if got := ask(h, do("status", top)); !slices.Equal(got, []string{top + " STOPPED: waits for p10_0 to be ready"}) {
				t.Errorf("%q", got)
			}
			if got := ask(h, do("start", top)); !slices.Equal(got, []string{top + " cannot-start"}) {
				t.Errorf("%q", got)
			}
			if got := ask(h, do("status", top)); len(got) != 1 || !strings.Contains(got[0], "waits for p10_0, which waits for p9_0, which") ||
				!strings.HasSuffix(got[0], "waits for bottom, which has failed: exit code 3") {
				t.Errorf("%q", got)
			}
			w.signals <- syscall.SIGTERM
		},
	}.run(t)
	n := 0
	for _, is := range log {
		if _, blocked := is.Fact.(notice.Blocked); blocked {
			n++
		}
	}
	if n != layers*each {
		t.Errorf("%d notices for %d programs", n, layers*each)
	}
}
