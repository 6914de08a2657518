package hook

import (
	"errors"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"entrypoint/config"
	"entrypoint/supervisor/part/parttest"
	"entrypoint/supervisor/process"
	"entrypoint/supervisor/program"
)

// world is a loop that starts hooks which are no processes.
type world struct {
	parttest.Loop
	part    *Part
	pid     int
	refused error // why no hook can be started; nil: each can
	reads   time.Duration
	exports *os.File
	closed  int
}

type fakeProcess struct {
	w   *world
	pid int
}

func (p fakeProcess) PID() int     { return p.pid }
func (p fakeProcess) Last() string { return "so it said" }
func (p fakeProcess) Close()       { p.w.closed++ }

func (p fakeProcess) Exited(_ process.Exit, now time.Time, _ func()) (until time.Time) {
	if p.w.reads > 0 {
		until = now.Add(p.w.reads)
	}
	return until
}

func (w *world) Hook(name string, argv, variables []string, exports *os.File) (Process, error) {
	if w.refused != nil {
		return nil, w.refused
	}
	w.pid++
	w.exports = exports
	w.Notes = append(w.Notes, name+": start "+argv[0]+" with "+strings.Join(variables[1:], " "))
	return fakeProcess{w, w.pid}, nil
}

func (w *world) SignalGroup(group int, sig syscall.Signal) error {
	w.Notes = append(w.Notes, strconv.Itoa(group)+": "+process.SignalName(sig))
	return nil
}

func (w *world) Ended(string) string { return "it crashed" }
func (w *world) Trace(string)        {}
func (w *world) TryAgain(_ string, err error, _ time.Time) bool {
	return errors.Is(err, syscall.EAGAIN)
}

func newWorld() *world {
	w := &world{pid: 100}
	w.Now = time.Unix(1000, 0)
	w.part = New(w)
	w.Part = w.part
	w.Add(&config.Program{Name: "web", Hooks: &config.Hooks{
		PreStart: []string{"a"}, PostStart: []string{"b"}, PreStop: []string{"c"}, PostStop: []string{"d"}, Timeout: 30 * time.Second,
	}})
	return w
}

// run lets the program wait for a hook, as the loop does.
func (w *world) run(h program.Hook) program.Event {
	v := w.Program("web")
	v.Hook = h
	e, _ := w.part.Run(v, w.Now)
	return e
}

// TestEnd: a hook that the program waits for ends, and the program hears how; what has
// been printed is read first, if it has failed.
func TestEnd(t *testing.T) {
	w := newWorld()
	if e := w.run(program.PreStart); e.Kind != program.HookStarted {
		t.Fatalf("%+v", e)
	}
	w.Expect(t, "web: start a with ENTRYPOINT_EVENT=pre_start")
	w.reads = time.Second
	if !w.part.Exited(process.Exit{PID: 101, Status: 3 << 8}, w.Now) || w.part.Exited(process.Exit{PID: 102}, w.Now) {
		t.Error("which process it is, is not known")
	}
	w.Expect(t, "101: SIGKILL")
	w.After(time.Second)
	if len(w.Wishes) != 1 || w.Wishes[0].Event != (program.Event{Kind: program.HookEnded, Code: 3}) || w.Wishes[0].Blame != "pre_start exited with code 3: so it said" {
		t.Errorf("%+v", w.Wishes)
	}
	w.Wishes = nil
	w.Expect(t, "web: pre_start exited with code 3: so it said")
	if _, err := w.exports.Stat(); err == nil || w.closed != 1 {
		t.Errorf("descriptor 3 is open (%v), %d processes are closed", err, w.closed)
	}
	w.run(program.PostStop)
	w.Expect(t, "web: start d with ENTRYPOINT_EVENT=post_stop ENTRYPOINT_VERDICT=it was stopped before it was started")
	w.part.Exited(process.Exit{PID: 102}, w.Now) // well, so nobody waits for what it has printed
	if len(w.Wishes) != 1 || w.Wishes[0].Event.Code != 0 {
		t.Errorf("%+v", w.Wishes)
	}
}

// TestRefused: what cannot be started has failed, or waits for room where it can.
func TestRefused(t *testing.T) {
	w := newWorld()
	w.refused = &process.StartError{Command: "a", Code: 127, Reason: "not found"}
	if e := w.run(program.PreStart); e != (program.Event{Kind: program.HookEnded, Code: 127}) {
		t.Errorf("%+v", e)
	}
	w.Expect(t, `web: pre_start: cannot run "a": not found`)
	w.refused = syscall.EAGAIN
	if e := w.run(program.PreStart); e.Kind != program.SpawnDelayed {
		t.Errorf("%+v", e)
	}
	if e := w.run(program.PreStop); e.Kind != program.HookEnded || e.Code == 0 {
		t.Errorf("%+v", e) // nothing waits for room while it stops
	}
	w.Expect(t, "web: pre_stop: resource temporarily unavailable")
}

// TestTooMuch: variables that are too many fail the start.
func TestTooMuch(t *testing.T) {
	w := newWorld()
	w.run(program.PreStart)
	_, _ = w.exports.WriteString(strings.Repeat("A=1\n", 1<<15))
	w.part.Exited(process.Exit{PID: 101}, w.Now)
	if len(w.Wishes) != 1 || w.Wishes[0].Event.Code != 1 || !strings.Contains(w.Wishes[0].Blame, "more than 64 kB") {
		t.Errorf("%+v", w.Wishes)
	}
}

// TestPostStart: once for each process, when it is ready, and no longer than hook_timeout
// or than the process.
func TestPostStart(t *testing.T) {
	w := newWorld()
	w.Start("web", 7)
	w.After(0)
	w.Expect(t, "web: start b with ENTRYPOINT_EVENT=post_start ENTRYPOINT_PID=7")
	w.Step("web", program.Event{Kind: program.NotReady})
	w.Step("web", program.Event{Kind: program.Ready})
	w.After(29 * time.Second)
	w.Expect(t)
	w.After(time.Second)
	w.Expect(t, "101: SIGKILL")
	w.part.Exited(process.Exit{PID: 101, Status: 9}, w.Now)
	w.Expect(t, "101: SIGKILL", "web: post_start did not end within 30s (hook_timeout)")
	w.Rest("web", program.Exited)
	w.Start("web", 8)
	w.After(0)
	w.Expect(t, "web: start b with ENTRYPOINT_EVENT=post_start ENTRYPOINT_PID=8")
	w.Rest("web", program.Exited)
	w.Expect(t, "102: SIGKILL")
	w.part.Exited(process.Exit{PID: 102, Status: 9}, w.Now)
	w.Expect(t, "102: SIGKILL")
	w.Start("web", 9)
	w.Rest("web", program.Exited) // before its turn
	w.After(time.Second)
	w.Expect(t)
	if at := w.part.Due(); !at.IsZero() || len(w.part.PIDs()) != 0 {
		t.Errorf("something is due at %v, %v run", at, w.part.PIDs())
	}
}
