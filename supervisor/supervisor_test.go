package supervisor

import (
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"entrypoint/config"
	"entrypoint/supervisor/notice"
	"entrypoint/supervisor/program"
)

func TestStopInPhases(t *testing.T) {
	programs := []*config.Program{
		named("front", func(p *config.Program) {
			p.Priority = 20
			p.DependsOn = []config.Dependency{{Name: "app"}}
			p.StopSignals[0].Signal = syscall.SIGQUIT
		}),
		named("app", func(p *config.Program) { p.Priority = 10 }),
		named("side", func(p *config.Program) { p.Priority = 20 }),
	}
	code, events, log := run(t, programs, func(w *world, name string, pid int, sig syscall.Signal) {
		if sig == syscall.SIGQUIT {
			w.end(pid, 3*time.Second, 0) // it drains
			return
		}
		obedient(w, name, pid, sig)
	}, stopAfter(5*time.Second))
	if code != 0 {
		t.Errorf("exit code %d; log:\n%s", code, log)
	}
	want(t, events, "0s start app", "0s start side", "1s start front",
		"5s side TERM", "5s front QUIT", "8s app TERM")
}

// TestBudget: a first phase that will not end leaves the second its time. Nothing is
// killed while there is budget left, and then all is.
func TestBudget(t *testing.T) {
	programs := []*config.Program{
		named("front", func(p *config.Program) { p.Priority = 20; p.StopSignals[0].Wait = time.Minute }),
		named("app", func(p *config.Program) { p.Priority = 10; p.StopSignals[0].Wait = time.Minute }),
	}
	code, events, log := run(t, programs, func(*world, string, int, syscall.Signal) {}, stopAfter(2*time.Second))
	if _, e := log.end(); code != 137 || !e.Killed {
		t.Errorf("exit code %d; log:\n%s", code, log)
	}
	want(t, events, "0s start app", "0s start front",
		"2s front TERM", "10s app TERM", "11s app KILL", "11s front KILL")
}

// TestChainOfTen: there are more phases than seconds; each gets its part, what it does
// not need goes to the others, and nothing is killed.
func TestChainOfTen(t *testing.T) {
	var programs []*config.Program
	var lines []string
	for i := range 10 {
		programs = append(programs, named("p"+strconv.Itoa(i), func(p *config.Program) {
			p.StartSecs = 0
			if i > 0 {
				p.DependsOn = []config.Dependency{{Name: "p" + strconv.Itoa(i-1)}}
			}
		}))
		lines = append(lines, "0s start p"+strconv.Itoa(i))
	}
	for i := range 10 {
		lines = append(lines, (2*time.Second+time.Duration(i)*100*time.Millisecond).String()+" p"+strconv.Itoa(9-i)+" TERM")
	}
	code, events, log := run(t, programs, obedient, stopAfter(2*time.Second))
	if _, e := log.end(); code != 0 || e.Took != "1s" {
		t.Errorf("exit code %d; log:\n%s", code, log)
	}
	want(t, events, lines...)
}

// TestLayers: programs that each depend on all of the layer below are started and
// stopped without a look at every way from one to another.
func TestLayers(t *testing.T) {
	const layers, width = 30, 20
	var programs []*config.Program
	for i := range layers * width {
		programs = append(programs, named("p"+strconv.Itoa(i), func(p *config.Program) {
			p.StartSecs = 0
			for k := range width {
				if below := i/width - 1; below >= 0 {
					p.DependsOn = append(p.DependsOn, config.Dependency{Name: "p" + strconv.Itoa(below*width+k)})
				}
			}
		}))
	}
	code, events, log := run(t, programs, obedient, stopAfter(2*time.Second))
	if _, e := log.end(); code != 0 || len(events) != 2*layers*width || e.Took != "3s" {
		t.Errorf("exit code %d, %d events; log:\n%s", code, len(events), log)
	}
}

// TestLadderInBudget: a ladder that is longer than the budget comes to its last signal
// in time, and what comes in a later phase has its time.
func TestLadderInBudget(t *testing.T) {
	minute := func(p *config.Program) {
		p.Priority = 20
		p.StopSignals = []config.StopSignal{{Signal: syscall.SIGTERM, Wait: time.Minute}, {Signal: syscall.SIGQUIT, Wait: time.Minute}}
	}
	code, events, log := run(t, []*config.Program{named("worker", minute), named("app", func(p *config.Program) { p.Priority = 10 })},
		func(w *world, name string, pid int, sig syscall.Signal) {
			if name == "worker" && sig != syscall.SIGQUIT {
				return
			}
			obedient(w, name, pid, sig)
		}, stopAfter(2*time.Second))
	if code != 0 {
		t.Errorf("exit code %d; log:\n%s", code, log)
	}
	want(t, events, "0s start app", "0s start worker", "2s worker TERM", "6s worker QUIT", "6.1s app TERM")
}

// TestUnkillable: a process that survives SIGKILL does not keep the container.
func TestUnkillable(t *testing.T) {
	code, events, log := run(t, []*config.Program{named("app")}, func(*world, string, int, syscall.Signal) {}, func(w *world) {
		w.mu.Lock()
		w.unkillable = true
		w.mu.Unlock()
		stopAfter(2 * time.Second)(w)
	})
	if code != 137 || log.remarks("processes that survive SIGKILL are left to the kernel") != 1 {
		t.Errorf("exit code %d; log:\n%s", code, log)
	}
	want(t, events, "0s start app", "2s app TERM", "11s app KILL", "12s app KILL")
}

func TestSecondTermForces(t *testing.T) {
	code, events, _ := run(t, []*config.Program{named("app")}, func(*world, string, int, syscall.Signal) {}, func(w *world) {
		stopAfter(2 * time.Second)(w)
		stopAfter(400 * time.Millisecond)(w) // the same request, twice
		stopAfter(600 * time.Millisecond)(w)
	})
	if code != 137 {
		t.Errorf("exit code %d", code)
	}
	want(t, events, "0s start app", "2s app TERM", "3s app KILL")
}

// TestSignalFromInside: a program that signals its supervisor whenever it hears of an
// end, as event listeners do, kills nothing, however often it does so.
func TestSignalFromInside(t *testing.T) {
	programs := []*config.Program{named("quick"), named("slow")}
	code, events, log := run(t, programs, func(w *world, name string, pid int, sig syscall.Signal) {
		if sig != 0 {
			w.end(pid, map[string]time.Duration{"quick": 1500 * time.Millisecond, "slow": 4 * time.Second}[name], 0)
		}
	}, func(w *world) {
		stopAfter(2 * time.Second)(w)
		time.Sleep(1500 * time.Millisecond)
		w.mu.Lock()
		w.sender = 37
		w.mu.Unlock()
		w.signals <- syscall.SIGQUIT
		stopAfter(time.Second)(w)
	})
	if _, e := log.end(); code != 0 || e.Took != "4s" {
		t.Errorf("exit code %d; log:\n%s", code, log)
	}
	want(t, events, "0s start quick", "0s start slow", "2s slow TERM", "2s quick TERM")
}

// TestForceReachesLaterPhases: what was to be stopped afterwards is killed, too.
func TestForceReachesLaterPhases(t *testing.T) {
	programs := []*config.Program{
		named("front", func(p *config.Program) { p.Priority = 20 }),
		named("app", func(p *config.Program) { p.Priority = 10 }),
	}
	code, events, _ := run(t, programs, func(*world, string, int, syscall.Signal) {}, func(w *world) {
		stopAfter(2 * time.Second)(w)
		stopAfter(time.Second)(w)
	})
	if code != 137 {
		t.Errorf("exit code %d", code)
	}
	want(t, events, "0s start app", "0s start front", "2s front TERM", "3s front KILL", "3s app TERM", "3s app KILL")
}

// TestGivenUp: five tries, then the others stop in order and the container ends
// with the code of the program that could not be kept up.
func TestGivenUp(t *testing.T) {
	programs := []*config.Program{named("bad", func(p *config.Program) { p.Priority = 5 }), named("good")}
	code, events, log := run(t, programs, func(w *world, name string, pid int, sig syscall.Signal) {
		if name == "bad" {
			w.end(pid, 500*time.Millisecond, exitCode(42))
			return
		}
		obedient(w, name, pid, sig)
	}, nil)
	if code != 42 {
		t.Errorf("exit code %d, want 42; log:\n%s", code, log)
	}
	want(t, untimed(events), "start bad", "start good", "start bad", "start bad", "start bad", "start bad", "good TERM")
	if ends := log.became("bad", program.Fatal); len(ends) != 1 || ends[0].After.Code != 42 || ends[0].After.Failures != 5 {
		t.Errorf("log:\n%s", log)
	}
}

func TestNotFound(t *testing.T) {
	code, _, log := run(t, []*config.Program{named("missing", func(p *config.Program) { p.StartRetries = 0 })}, obedient, nil)
	if ends := log.became("missing", program.Fatal); code != 127 || len(ends) != 1 || ends[0].After.Failures != 1 {
		t.Errorf("exit code %d; log:\n%s", code, log)
	}
}

// TestRestart: a program that dies after a while is there again at once.
func TestRestart(t *testing.T) {
	first := true
	code, events, log := run(t, []*config.Program{named("app")}, func(w *world, name string, pid int, sig syscall.Signal) {
		if sig == 0 && first {
			first = false
			w.end(pid, 20*time.Second, syscall.WaitStatus(9))
		}
		obedient(w, name, pid, sig)
	}, stopAfter(30*time.Second))
	starts := log.became("app", program.Starting)
	if code != 0 || len(starts) != 2 || starts[1].Verdict.How != "killed by SIGKILL after 20s" || !strings.HasPrefix(starts[1].Verdict.Why, "not sent by entry-point") {
		t.Errorf("exit code %d; log:\n%s", code, log)
	}
	want(t, events, "0s start app", "20s start app", "30s app TERM")
}

// TestGroupIsCleared: what a dead main process leaves in its group is ended
// before the next incarnation starts.
func TestGroupIsCleared(t *testing.T) {
	first := true
	_, events, log := run(t, []*config.Program{named("app")}, func(w *world, name string, pid int, sig syscall.Signal) {
		if sig == 0 && first {
			first = false
			w.members[pid] = 3
			w.end(pid, 20*time.Second, exitCode(30))
		}
		obedient(w, name, pid, sig)
	}, stopAfter(30*time.Second))
	want(t, events, "0s start app", "20s group TERM", "20s start app", "30s app TERM")
	orphans := facts[notice.Orphan](log, "")
	if rests := log.became("app", program.Stopping); len(rests) != 2 || rests[0].After.StopRequested || len(orphans) != 3 {
		t.Errorf("log:\n%s", log)
	}
}

// TestRestIsTold: when a shell has died of its stop signal, the master that it had
// started gets one, too, and that one's workers get none, until their parent is gone.
func TestRestIsTold(t *testing.T) {
	const master, worker = 501, 502
	_, events, log := run(t, []*config.Program{named("shell")}, func(w *world, name string, pid int, sig syscall.Signal) {
		switch {
		case name == "shell" && sig == 0:
			w.members[pid] = 2
		case name == "shell": // the kernel makes the master our child
			w.heads = map[int][]int{pid: {master}}
			w.alive[master], w.group = "master", pid
			w.end(pid, 0, syscall.WaitStatus(sig))
		case name == "master":
			time.AfterFunc(3*time.Second, func() { // its workers were to end before it, and one has not
				w.mu.Lock()
				defer w.mu.Unlock()
				w.end(master, 0, 0)
				w.members[w.group]--
				w.heads[w.group], w.alive[worker] = []int{worker}, "worker"
			})
		case name == "worker":
			w.members[w.group]--
			w.end(worker, 0, syscall.WaitStatus(sig))
		}
	}, stopAfter(2*time.Second))
	want(t, events, "0s start shell", "2s shell TERM", "2s master TERM", "5s worker TERM")
	if _, e := log.end(); e.Took != "3s" {
		t.Errorf("log:\n%s", log)
	}
}

// TestAllEnded: programs that are not restarted end the container with the
// worst of their codes.
func TestAllEnded(t *testing.T) {
	never := func(p *config.Program) { p.Autorestart = config.RestartNever }
	codes := map[string]int{"a": 0, "b": 5, "c": 3}
	code, _, log := run(t, []*config.Program{named("a", never), named("b", never), named("c", never), named("d", on(config.Dependency{Name: "b", Until: config.UntilExited}))},
		func(w *world, name string, pid int, _ syscall.Signal) {
			w.end(pid, 2*time.Second, exitCode(codes[name]))
		}, nil)
	if code != 5 || !log.says("", notice.AllEnded{Code: 5}) || !log.says("d", notice.NeverStarted{}) {
		t.Errorf("exit code %d; log:\n%s", code, log)
	}
}

func TestDependencyOrder(t *testing.T) {
	// Priorities say one thing, depends_on another: depends_on wins.
	programs := []*config.Program{
		named("front", func(p *config.Program) { p.Priority = 1; p.DependsOn = []config.Dependency{{Name: "app"}} }),
		named("app", func(p *config.Program) { p.Priority = 50 }),
	}
	code, events, _ := run(t, programs, obedient, stopAfter(4*time.Second))
	if code != 0 {
		t.Errorf("exit code %d", code)
	}
	want(t, events, "0s start app", "1s start front", "4s front TERM", "4.1s app TERM")
}

// TestLeftGrace: what has left the programs' groups is asked to end before the budget
// ends, where programs use that up, and the programs go on beside it; else nobody is.
func TestLeftGrace(t *testing.T) {
	var leftAt time.Duration
	remember := func(w *world) {
		stopAfter(2 * time.Second)(w)
		time.Sleep(20 * time.Second)
		w.mu.Lock() // the loop tells it
		leftAt = w.leftAt
		w.mu.Unlock()
	}
	deaf := func(*world, string, int, syscall.Signal) {}
	long := func(p *config.Program) { p.StopSignals[0].Wait = time.Minute }
	_, events, _ := run(t, []*config.Program{named("app", long)}, deaf, remember)
	want(t, events, "0s start app", "2s app TERM", "11s app KILL")
	if leftAt != 10*time.Second {
		t.Errorf("told after %v, want 10 s", leftAt)
	}
	if run(t, []*config.Program{named("app")}, obedient, remember); leftAt != 0 {
		t.Errorf("told after %v, although all had ended", leftAt)
	}
}
