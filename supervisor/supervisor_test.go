package supervisor

import (
	"net"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"entrypoint/config"
	"entrypoint/supervisor/process"
)

// world is a fake process table for the loop in fake time: behaviours instead
// of processes.
type world struct {
	t        *testing.T
	mu       sync.Mutex // the loop and the ends of processes come from two sides
	start    time.Time
	signals  chan syscall.Signal
	children chan struct{}
	nextPID  int
	alive    map[int]string // main processes
	members  map[int]int    // of their groups, beside the main process
	exits    []process.Exit
	events   []string // "0.0 start web", "1.5 web QUIT", in order
	swept    bool

	unkillable bool // SIGKILL does nothing, as in an uninterruptible system call

	// behave is called when name starts or is signalled (0: started).
	behave func(w *world, name string, pid int, sig syscall.Signal)
}

func newWorld(t *testing.T) *world {
	return &world{
		t: t, start: time.Now(), nextPID: 100,
		signals: make(chan syscall.Signal, 16), children: make(chan struct{}, 1),
		alive: map[int]string{}, members: map[int]int{},
	}
}

func (w *world) note(text string) {
	w.events = append(w.events, time.Since(w.start).Round(100*time.Millisecond).String()+" "+text)
}

func (w *world) Start(s *process.Spec) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	name := s.Argv[0]
	if name == "missing" {
		w.note("no " + name)
		return 0, &process.StartError{Command: name, Code: 127, Reason: "not found"}
	}
	w.nextPID++
	w.alive[w.nextPID] = name
	w.note("start " + name)
	w.behave(w, name, w.nextPID, 0)
	return w.nextPID, nil
}

func (w *world) Signal(pid int, sig syscall.Signal) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.signal(pid, sig)
}

func (w *world) signal(pid int, sig syscall.Signal) error {
	name, ok := w.alive[pid]
	if !ok {
		return syscall.ESRCH
	}
	w.note(name + " " + strings.TrimPrefix(process.SignalName(sig), "SIG"))
	if sig == syscall.SIGKILL && !w.unkillable {
		w.end(pid, 0, syscall.WaitStatus(9))
		return nil
	}
	w.behave(w, name, pid, sig)
	return nil
}

func (w *world) SignalGroup(group int, sig syscall.Signal) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.members[group] > 0 {
		w.note("group " + strings.TrimPrefix(process.SignalName(sig), "SIG"))
		for range w.members[group] {
			w.exits = append(w.exits, process.Exit{PID: 9000, Status: syscall.WaitStatus(sig)})
		}
		w.members[group] = 0
		w.wake()
	}
	return w.signal(group, sig)
}

func (w *world) GroupAlive(group int) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.alive[group] != "" || w.members[group] > 0
}

func (w *world) Reap(f func(process.Exit)) bool {
	w.mu.Lock()
	exits := w.exits
	w.exits = nil
	w.mu.Unlock()
	for _, e := range exits {
		f(e)
	}
	return true
}

func (w *world) Sweep(int, time.Time, func(process.Exit)) bool { w.swept = true; return false }

func (w *world) Wait(until time.Time) []syscall.Signal {
	var due <-chan time.Time
	if !until.IsZero() {
		due = time.After(time.Until(until))
	}
	select {
	case sig := <-w.signals:
		return []syscall.Signal{sig}
	case <-w.children:
	case <-due:
	}
	return nil
}

func (w *world) wake() {
	select {
	case w.children <- struct{}{}:
	default:
	}
}

// end lets a main process end after d.
func (w *world) end(pid int, d time.Duration, status syscall.WaitStatus) {
	die := func() {
		if w.alive[pid] == "" {
			return
		}
		delete(w.alive, pid)
		w.exits = append(w.exits, process.Exit{PID: pid, Status: status})
		w.wake()
	}
	if d == 0 {
		die()
		return
	}
	time.AfterFunc(d, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		die()
	})
}

func exitCode(n int) syscall.WaitStatus { return syscall.WaitStatus(n << 8) }

func named(name string, change ...func(*config.Program)) *config.Program {
	p := &config.Program{
		Name: name, Command: []string{name}, Priority: 999, Autostart: true, ExitCodes: []int{0},
		StartSecs: time.Second, StartRetries: 4,
		StopSignals: []config.StopSignal{{Signal: syscall.SIGTERM, Wait: 10 * time.Second}},
	}
	for _, f := range change {
		f(p)
	}
	return p
}

// run runs the programs in a bubble of fake time and returns the exit code and
// what the world saw.
func run(t *testing.T, programs []*config.Program, behave func(w *world, name string, pid int, sig syscall.Signal), outside func(w *world)) (code int, events []string, log string) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.behave = behave
		if outside != nil {
			go outside(w)
		}
		var lines []string
		s := New(&config.Config{Programs: programs}, Options{
			Table: w, Budget: 9 * time.Second,
			Log: func(line string) { lines = append(lines, line) },
		})
		code = s.Run()
		if !w.swept {
			t.Error("ended without sweeping")
		}
		events, log = w.events, strings.Join(lines, "\n")
	})
	return code, events, log
}

// obedient ends at once on every stop signal.
func obedient(w *world, _ string, pid int, sig syscall.Signal) {
	if sig != 0 {
		w.end(pid, 100*time.Millisecond, syscall.WaitStatus(sig))
	}
}

func stopAfter(d time.Duration) func(*world) {
	return func(w *world) {
		time.Sleep(d) // fake time
		w.signals <- syscall.SIGTERM
	}
}

func want(t *testing.T, events []string, lines ...string) {
	t.Helper()
	if !slices.Equal(events, lines) {
		t.Errorf("the world saw\n\t%s\nwant\n\t%s", strings.Join(events, "\n\t"), strings.Join(lines, "\n\t"))
	}
}

func TestStopInPhases(t *testing.T) {
	programs := []*config.Program{
		named("front", func(p *config.Program) {
			p.Priority = 20
			p.DependsOn = []string{"app"}
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

// TestBudget: a first phase that will not end leaves the second its time, and
// everything is over before the budget is.
func TestBudget(t *testing.T) {
	programs := []*config.Program{
		named("front", func(p *config.Program) { p.Priority = 20; p.StopSignals[0].Wait = time.Minute }),
		named("app", func(p *config.Program) { p.Priority = 10; p.StopSignals[0].Wait = time.Minute }),
	}
	code, events, log := run(t, programs, func(*world, string, int, syscall.Signal) {}, stopAfter(2*time.Second))
	if code != 137 || !strings.Contains(log, "not every program within its time") {
		t.Errorf("exit code %d; log:\n%s", code, log)
	}
	want(t, events, "0s start app", "0s start front",
		"2s front TERM", "10s front KILL", "10s app TERM", "11s app KILL")
}

// TestUnkillable: a process that survives SIGKILL does not keep the container.
func TestUnkillable(t *testing.T) {
	code, events, log := run(t, []*config.Program{named("app")}, func(*world, string, int, syscall.Signal) {}, func(w *world) {
		w.mu.Lock()
		w.unkillable = true
		w.mu.Unlock()
		stopAfter(2 * time.Second)(w)
	})
	if code != 137 {
		t.Errorf("exit code %d; log:\n%s", code, log)
	}
	want(t, events, "0s start app", "2s app TERM", "11s app KILL", "12s app KILL")
}

func TestSecondTermForces(t *testing.T) {
	code, events, _ := run(t, []*config.Program{named("app")}, func(*world, string, int, syscall.Signal) {}, func(w *world) {
		stopAfter(2 * time.Second)(w)
		stopAfter(500 * time.Millisecond)(w) // the same request, twice
		stopAfter(500 * time.Millisecond)(w)
	})
	if code != 137 {
		t.Errorf("exit code %d", code)
	}
	want(t, events, "0s start app", "2s app TERM", "3s app KILL")
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
	want(t, events, "0s start bad", "0s start good", "1.5s start bad", "4s start bad", "8.5s start bad", "17s start bad", "17.5s good TERM")
	if !strings.Contains(log, "bad: exit code 42 after 500ms; given up after 5 tries") {
		t.Errorf("log:\n%s", log)
	}
}

func TestNotFound(t *testing.T) {
	code, _, log := run(t, []*config.Program{named("missing", func(p *config.Program) { p.StartRetries = 0 })}, obedient, nil)
	if code != 127 || !strings.Contains(log, "given up after 1 try") {
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
	if code != 0 || !strings.Contains(log, "app: killed by SIGKILL after 20s; starting it again") {
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
	if !strings.Contains(log, "ending the rest of its process group") {
		t.Errorf("log:\n%s", log)
	}
}

// TestAllEnded: programs that are not restarted end the container with the
// worst of their codes.
func TestAllEnded(t *testing.T) {
	never := func(p *config.Program) { p.Autorestart = config.RestartNever }
	codes := map[string]int{"a": 0, "b": 5, "c": 3}
	code, _, log := run(t, []*config.Program{named("a", never), named("b", never), named("c", never)},
		func(w *world, name string, pid int, _ syscall.Signal) {
			w.end(pid, 2*time.Second, exitCode(codes[name]))
		}, nil)
	if code != 5 {
		t.Errorf("exit code %d; log:\n%s", code, log)
	}
}

// TestReadyAddress: a program starts when the socket that it depends on accepts,
// and not before. The sockets are real, so real time passes.
func TestReadyAddress(t *testing.T) {
	for _, network := range []string{"unix", "tcp"} {
		t.Run(network, func(t *testing.T) {
			address := filepath.Join(t.TempDir(), "app.sock")
			if network == "tcp" {
				l, err := net.Listen("tcp", "127.0.0.1:0")
				if err != nil {
					t.Fatal(err)
				}
				address = l.Addr().String()
				l.Close()
			}
			probe := config.Probe{Network: network, Address: address}
			if accepts(probe) {
				t.Fatal("accepts before anybody listens")
			}
			l, err := net.Listen(network, address)
			if err != nil {
				t.Fatal(err)
			}
			if !accepts(probe) {
				t.Error("does not accept although somebody listens")
			}
			l.Close()
			if accepts(probe) {
				t.Error("accepts after the listener is gone")
			}
		})
	}
}

func TestDependencyOrder(t *testing.T) {
	// Priorities say one thing, depends_on another: depends_on wins.
	programs := []*config.Program{
		named("front", func(p *config.Program) { p.Priority = 1; p.DependsOn = []string{"app"} }),
		named("app", func(p *config.Program) { p.Priority = 50 }),
	}
	code, events, _ := run(t, programs, obedient, stopAfter(4*time.Second))
	if code != 0 {
		t.Errorf("exit code %d", code)
	}
	want(t, events, "0s start app", "1s start front", "4s front TERM", "4.1s app TERM")
}
