package supervisor

import (
	"errors"
	"syscall"
	"testing"
	"time"

	"entrypoint/config"
	"entrypoint/supervisor/control"
	"entrypoint/supervisor/notice"
)

// hupAfter sends HUP after each of some times, and TERM a while after the last.
func hupAfter(times ...time.Duration) func(*world) {
	return func(w *world) {
		for _, d := range times {
			time.Sleep(d)
			w.signals <- syscall.SIGHUP
		}
		stopAfter(20 * time.Second)(w)
	}
}

func environment(entry string) func(*config.Program) {
	return func(p *config.Program) { p.Environment = []string{entry} }
}

// TestReload: programs that were added, removed and changed are dealt with, and
// the others are not touched.
func TestReload(t *testing.T) {
	code, events, log := scenario{
		programs: []*config.Program{named("same"), named("old"), named("changed"), named("resting", func(p *config.Program) { p.Autostart = false })},
		behave:   obedient,
		outside:  hupAfter(5 * time.Second),
		load: func() (*config.Config, error) {
			return &config.Config{Warnings: []string{"a.conf:3: odd"}, Container: config.Container{Identifier: "other"}, Programs: []*config.Program{
				named("same", func(p *config.Program) { p.Source = "elsewhere:1" }),
				named("changed", environment("A=1")),
				named("new"),
				named("resting", environment("B=1")),
			}}, nil
		},
	}.run(t)
	if code != 0 || !log.says("", notice.ConfigRead{Added: []string{"new"}, Changed: []string{"changed", "resting"}, Removed: []string{"old"}}) {
		t.Errorf("exit code %d; log:\n%s", code, log)
	}
	if !log.says("old", notice.Removed{}) || log.remarks("a.conf:3: odd") != 1 ||
		log.remarks("identifier= has changed; it counts from the next start of the container") != 1 {
		t.Errorf("not everything is told; log:\n%s", log)
	}
	want(t, events, "0s start same", "0s start old", "0s start changed",
		"5s changed TERM", "5s old TERM", "5s start new", "5s start resting", "5.1s start changed",
		"25s resting TERM", "25s new TERM", "25s changed TERM", "25s same TERM")
}

// TestReloadBad: a bad file changes nothing, and is said.
func TestReloadBad(t *testing.T) {
	code, events, log := scenario{
		programs: []*config.Program{named("app")},
		behave:   obedient,
		outside:  hupAfter(5 * time.Second),
		load: func() (*config.Config, error) {
			return nil, config.Errors{errors.New("a.conf:1: bad"), errors.New("a.conf:2: worse")}
		},
	}.run(t)
	if code != 0 || !log.says("", notice.ConfigBad{Errors: []string{"a.conf:1: bad", "a.conf:2: worse"}}) {
		t.Errorf("exit code %d; log:\n%s", code, log)
	}
	want(t, events, "0s start app", "25s app TERM")
}

// TestReloadTwice: a program that comes back while it is still being removed, and
// one that changes again while it stops, end up as the last file says.
func TestReloadTwice(t *testing.T) {
	loads := 0
	_, events, log := scenario{
		programs: []*config.Program{named("slow"), named("other")},
		behave: func(w *world, name string, pid int, sig syscall.Signal) {
			if sig != 0 && name == "slow" {
				w.end(pid, 3*time.Second, 0)
				return
			}
			obedient(w, name, pid, sig)
		},
		outside: hupAfter(5*time.Second, time.Second, time.Second),
		load: func() (*config.Config, error) {
			loads++
			programs := []*config.Program{named("other")}
			switch loads {
			case 2:
				programs = append(programs, named("slow", environment("A=2")))
			case 3:
				programs = append(programs, named("slow", environment("A=3")))
			}
			return &config.Config{Programs: programs}, nil
		},
	}.run(t)
	if loads != 3 {
		t.Errorf("%d loads; log:\n%s", loads, log)
	}
	want(t, events, "0s start slow", "0s start other", "5s slow TERM", "8s start slow", "27s slow TERM", "27s other TERM")
}

// TestReloadDuringStop: the container's end is not interrupted.
func TestReloadDuringStop(t *testing.T) {
	_, _, log := scenario{
		programs: []*config.Program{named("app")},
		behave: func(w *world, _ string, pid int, sig syscall.Signal) {
			if sig != 0 {
				w.end(pid, 3*time.Second, 0)
			}
		},
		outside: func(w *world) {
			stopAfter(2 * time.Second)(w)
			time.Sleep(time.Second)
			w.signals <- syscall.SIGHUP
		},
		load: func() (*config.Config, error) { t.Error("read again"); return nil, errors.New("no") },
	}.run(t)
	if log.remarks("not read again: the container is stopping") != 1 {
		t.Errorf("log:\n%s", log)
	}
}

// TestSignalMap: a signal goes on as another one to a program or a group, stops,
// or does nothing.
func TestSignalMap(t *testing.T) {
	grouped := func(p *config.Program) { p.Group = "front" }
	code, events, log := scenario{
		programs: []*config.Program{named("nginx", grouped), named("cache", grouped), named("app")},
		container: config.Container{SignalMap: map[syscall.Signal]config.SignalAction{
			syscall.SIGHUP:   {Action: config.ActionForward, Programs: []string{"nginx"}, Signal: syscall.SIGHUP},
			syscall.SIGUSR1:  {Action: config.ActionForward, Programs: []string{"front"}, Signal: syscall.SIGUSR2},
			syscall.SIGUSR2:  {Action: config.ActionForward, Programs: []string{"gone"}, Signal: syscall.SIGUSR2},
			syscall.SIGQUIT:  {Action: config.ActionIgnore},
			syscall.SIGWINCH: {Action: config.ActionStop},
		}},
		behave: func(w *world, name string, pid int, sig syscall.Signal) {
			if sig == syscall.SIGTERM {
				obedient(w, name, pid, sig)
			}
		},
		outside: func(w *world) {
			for _, sig := range []syscall.Signal{syscall.SIGHUP, syscall.SIGUSR1, syscall.SIGUSR2, syscall.SIGQUIT, syscall.SIGWINCH} {
				time.Sleep(5 * time.Second)
				w.signals <- sig
			}
		},
	}.run(t)
	if code != 0 || !log.says("", notice.Forwarded{Name: "SIGUSR1", Signal: syscall.SIGUSR2, To: []string{"front:nginx", "front:cache"}}) ||
		!log.says("", notice.Forwarded{Name: "SIGUSR2", Signal: syscall.SIGUSR2, To: []string{}}) {
		t.Errorf("exit code %d; log:\n%s", code, log)
	}
	want(t, events, "0s start nginx", "0s start cache", "0s start app", "5s nginx HUP", "10s nginx USR2", "10s cache USR2",
		"25s app TERM", "25s cache TERM", "25s nginx TERM")
}

// TestReopenPrograms: USR2 is passed on to the programs that open logs of their
// own again, but not to one that may not know the signal yet.
func TestReopenPrograms(t *testing.T) {
	reopens := func(p *config.Program) { p.ReopenSignal = syscall.SIGUSR1 }
	starting := func(p *config.Program) {
		reopens(p)
		p.Ready = config.Probe{Kind: config.ProbeUnix, Address: "/nonexistent/socket"}
	}
	_, events, log := scenario{
		programs: []*config.Program{named("nginx", reopens), named("late", starting), named("app")},
		behave: func(w *world, name string, pid int, sig syscall.Signal) {
			if sig == syscall.SIGTERM {
				obedient(w, name, pid, sig)
			}
		},
		outside: func(w *world) {
			time.Sleep(5 * time.Second)
			w.signals <- syscall.SIGUSR2
			time.Sleep(time.Second)
			w.signals <- syscall.SIGTERM
		},
	}.run(t)
	want(t, events, "0s start nginx", "0s start late", "0s start app", "5s nginx USR1", "6s app TERM", "6s late TERM", "6s nginx TERM")
	if !log.says("nginx", notice.ReopenSent{Signal: syscall.SIGUSR1}) {
		t.Errorf("log:\n%s", log)
	}
}

// TestReloadedDependencies: what a program depends on by its new configuration counts
// as soon as it has that, although it had to be stopped first.
func TestReloadedDependencies(t *testing.T) {
	never := func(p *config.Program) { p.Autostart = false }
	front := named("front", func(p *config.Program) {
		p.Priority, p.DependsOn = 1000, []config.Dependency{{Name: "db"}}
	})
	code, events, log := scenario{
		programs: []*config.Program{named("app"), named("db", never), named("front")},
		load: func() (*config.Config, error) {
			return &config.Config{Programs: []*config.Program{named("app"), named("db", never), front}}, nil
		},
		behave: obedient,
		outside: func(w *world) {
			time.Sleep(2 * time.Second)
			w.signals <- syscall.SIGHUP
			stopAfter(time.Second)(w)
		},
	}.run(t)
	if code != 0 {
		t.Errorf("exit code %d; log:\n%s", code, log)
	}
	want(t, events, "0s start app", "0s start front", "2s front TERM", "3s app TERM")
}

// TestRestartAll: while everything stops to be started anew, no program is started with
// its old configuration, whatever its liveness check or its schedule say.
func TestRestartAll(t *testing.T) {
	slow := named("slow", func(c *config.Program) { c.Priority, c.StartSecs = 2000, 0 })
	app := named("app", func(c *config.Program) {
		c.StartSecs, c.Live, c.LiveEvery, c.LiveTimeout, c.Failures = 0, execCheck, 2*time.Second, time.Second, 1
	})
	job := scheduled(t, "schedule = @every 3s\n")
	var h control.Handler
	served := make(chan struct{})
	_, events, log := scenario{
		programs: []*config.Program{slow, app, job},
		behave: func(w *world, name string, pid int, sig syscall.Signal) {
			switch {
			case name == "slow" && sig == syscall.SIGTERM:
				w.end(pid, 5*time.Second, 0)
			case name == "report" && sig == 0:
				w.end(pid, time.Millisecond, 0)
			default:
				checking(0, time.Millisecond)(w, name, pid, sig) // bad from the first answer on
			}
		},
		load: func() (*config.Config, error) {
			return &config.Config{Programs: []*config.Program{named("new", func(c *config.Program) { c.StartSecs = 0 })}}, nil
		},
		serve: func(handler control.Handler) func() { h = handler; close(served); return func() {} },
		outside: func(w *world) {
			<-served
			time.Sleep(time.Second)
			ask(h, &control.Request{Do: control.DoRenew, By: &control.By{Way: "ctl", User: "root"}})
			stopAfter(10 * time.Second)(w)
		},
	}.run(t)
	if !log.says("", notice.RestartAsked{By: " of root (ctl)"}) || !log.says("", notice.Restarted{}) {
		t.Errorf("it is not told; log:\n%s", log)
	}
	want(t, without(events, "check"), "0s start app", "0s start slow", "1s slow TERM", "6s app TERM", "6.1s start new", "11s new TERM")
}
