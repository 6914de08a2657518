package supervisor

import (
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"entrypoint/config"
	"entrypoint/supervisor/control"
	"entrypoint/supervisor/events"
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
	heads    map[int][]int  // of these, those whose parent is gone
	group    int            // for a test to remember one
	exits    []process.Exit
	events   []string // "0.0 start web", "1.5 web QUIT", in order
	swept    bool
	sweeps   process.Swept                        // what comes of that
	left     func(keep func(pid, group int) bool) // is called when these are told; nil: nobody looks
	leftAt   time.Duration                        // when those were told that have left the programs' groups; 0: they were not
	turns    int                                  // of the loop
	turned   func()                               // is called in each of them
	missed   int                                  // signals to processes that had ended

	sender     int  // of all signals, inside of the container; 0: they come from outside
	unkillable bool // SIGKILL does nothing, as in an uninterruptible system call

	// refuse says why a process cannot be started; nil: all can.
	refuse func(name string) error
	// neverRan says why a process that ends has never run its command; nil: it has.
	neverRan func(name string) error

	// given is called with what name is started with; nil: nobody looks at it.
	given func(name string, s *process.Spec)

	// behave is called when name starts or is signalled (0: started).
	behave func(w *world, name string, pid int, sig syscall.Signal)
}

func newWorld(t *testing.T) *world {
	return &world{
		t: t, start: time.Now(), nextPID: 100, turned: func() {},
		signals: make(chan syscall.Signal, 16), children: make(chan struct{}, 1),
		alive: map[int]string{}, members: map[int]int{},
	}
}

func (w *world) note(text string) {
	w.events = append(w.events, time.Since(w.start).Round(100*time.Millisecond).String()+" "+text)
}

func (w *world) Look(command string, _ []string, _ string) (string, error) {
	if command == "missing" {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.note("no " + command)
		return "", &process.StartError{Command: command, Code: 127, Reason: "not found"}
	}
	return command, nil
}

func (w *world) Start(s *process.Spec) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	name := s.Argv[0]
	if w.refuse != nil {
		if err := w.refuse(name); err != nil {
			return 0, &process.StartError{Command: name, Code: 126, Reason: err.Error(), Err: err}
		}
	}
	w.nextPID++
	w.alive[w.nextPID] = name
	w.note("start " + name)
	if w.given != nil {
		w.given(name, s)
	}
	w.behave(w, name, w.nextPID, 0)
	return w.nextPID, nil
}

// Heads are those of a group whose parent is gone; where there are none, a group is told
// as one.
func (w *world) Heads() map[int][]int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return maps.Clone(w.heads)
}

func (w *world) FromInside(syscall.Signal) (int, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.sender, w.sender != 0
}

// Stopped: nobody stops a process here.
func (w *world) Stopped(int) bool { return false }

func (w *world) Signal(pid int, sig syscall.Signal) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.signal(pid, sig)
}

func (w *world) signal(pid int, sig syscall.Signal) error {
	name, ok := w.alive[pid]
	if sig == syscall.SIGCONT {
		return nil // nobody is stopped here
	}
	if !ok {
		w.missed++
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
	if w.members[group] > 0 && sig != syscall.SIGCONT {
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

func (w *world) Sweep(int, time.Time, func(process.Exit)) process.Swept {
	w.swept = true
	return w.sweeps
}

// TellLeft: nobody has left a group here.
func (w *world) TellLeft(keep func(pid, group int) bool) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.leftAt = time.Since(w.start)
	if w.left != nil {
		w.left(keep)
	}
	return 0
}

func (w *world) Wait(until time.Time) []syscall.Signal {
	w.turns++
	w.turned()
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

func (w *world) Wake() { w.wake() }

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
		var err error
		if w.neverRan != nil {
			err = w.neverRan(w.alive[pid])
		}
		delete(w.alive, pid)
		w.exits = append(w.exits, process.Exit{PID: pid, Status: status, Err: err})
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
		StartSecs: time.Second, StartRetries: 4, RestartMax: time.Minute, KillAsGroup: true,
		StopSignals: []config.StopSignal{{Signal: syscall.SIGTERM, Wait: 10 * time.Second}},
	}
	for _, f := range change {
		f(p)
	}
	return p
}

// run runs the programs in a bubble of fake time and returns the exit code and
// what the world saw.
func run(t *testing.T, programs []*config.Program, behave func(w *world, name string, pid int, sig syscall.Signal), outside func(w *world)) (code int, events []string, log told) {
	t.Helper()
	return scenario{programs: programs, behave: behave, outside: outside}.run(t)
}

// scenario is run with everything that can be said.
type scenario struct {
	programs   []*config.Program
	container  config.Container
	behave     func(w *world, name string, pid int, sig syscall.Signal)
	refuse     func(w *world, name string) error // nil: every process can be started
	neverRan   func(w *world, name string) error // nil: every process has run
	outside    func(w *world)                    // beside the loop
	given      func(name string, s *process.Spec)
	output     *screen      // nil: nothing is printed
	ended      func(*world) // the loop has ended
	executable string       // path of our own, beside which the gateway lies
	journal    func(stream int, line string)
	load       func() (*config.Config, error)
	serve      func(control.Handler) (end func())
	made       func(*Supervisor) // is called before it runs
}

func (c scenario) run(t *testing.T) (code int, events []string, log told) {
	t.Helper()
	open := openFiles(t)
	defer func() {
		if now := openFiles(t); now > open {
			t.Errorf("%d files are open, and %d were before", now, open)
		}
	}()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.behave, w.given = c.behave, c.given
		if c.output == nil {
			c.output = &screen{}
		}
		if c.refuse != nil {
			w.refuse = func(name string) error { return c.refuse(w, name) }
		}
		if c.neverRan != nil {
			w.neverRan = func(name string) error { return c.neverRan(w, name) }
		}
		outside := make(chan struct{})
		go func() {
			defer close(outside)
			if c.outside != nil {
				c.outside(w)
			}
		}()
		const budget = 9 * time.Second
		c.container.StopBudget = budget
		s := New(&config.Config{Programs: c.programs, Container: c.container}, Options{
			Table: w, Output: c.output, Executable: c.executable, Journal: c.journal, Serve: c.serve, Load: c.reload(budget),
			Log: func(string) {},
		})
		if c.made != nil {
			c.made(s)
		}
		s.notices.Sinks = append(s.notices.Sinks, &log)
		w.turned = func() { s.incarnationsOpen(t) }
		code = s.Run()
		if c.ended != nil {
			c.ended(w)
		}
		<-outside
		if !w.swept {
			t.Error("ended without sweeping")
		}
		s.nothingLeft(t)
		c.output.closed(t)
		events = w.events
	})
	return code, events, log
}

// incarnationsOpen fails the test if a program has an incarnation and no process, or the
// other way round.
func (s *Supervisor) incarnationsOpen(t *testing.T) {
	t.Helper()
	for _, u := range s.units {
		if (u.process != nil) != (u.PID != 0) {
			t.Errorf("%s, in state %v, has process %d; that it has an incarnation is %v", u.name, u.State, u.PID, u.process != nil)
		}
	}
}

// nothingLeft fails the test if a program still has something of a process that has
// ended, or if something is still due for one.
func (s *Supervisor) nothingLeft(t *testing.T) {
	t.Helper()
	for _, u := range s.units {
		if u.process != nil {
			t.Errorf("%s has no process, and an incarnation is open", u.name)
		}
		if u.PID != 0 {
			continue // it survives SIGKILL
		}
		if !u.Deadline.IsZero() {
			t.Errorf("%s: something is due at %v", u.name, u.Deadline)
		}
	}
	for _, p := range s.parts.all {
		if _, ticks := p.(events.Part); ticks {
			continue // those go on as long as there are listeners
		}
		if at := p.Due(); !at.IsZero() {
			t.Errorf("a part, %T, has something to do %v after the end", p, time.Until(at))
		}
	}
	if at := s.parts.helpers.Due(); !at.IsZero() {
		t.Errorf("a helper process is to be killed %v after the end", time.Until(at))
	}
	for pid := range s.parts.helpers.PIDs() {
		t.Errorf("helper process %d is left", pid)
	}
}

// openFiles counts our descriptors.
func openFiles(t *testing.T) int {
	t.Helper()
	list, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(list)
}

// reload is load with the stop budget that the command line gives.
func (c scenario) reload(budget time.Duration) func() (*config.Config, error) {
	if c.load == nil {
		return nil
	}
	return func() (*config.Config, error) {
		cfg, err := c.load()
		if cfg != nil {
			cfg.Container.StopBudget = budget
		}
		return cfg, err
	}
}

// untimed takes the times off events.
func untimed(events []string) (plain []string) {
	for _, e := range events {
		_, what, _ := strings.Cut(e, " ")
		plain = append(plain, what)
	}
	return plain
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
