package request

import (
	"encoding/json"
	"fmt"
	"iter"
	"strings"
	"syscall"
	"testing"
	"time"

	"entrypoint/config"
	"entrypoint/supervisor/control"
	"entrypoint/supervisor/part"
	"entrypoint/supervisor/program"
	"entrypoint/supervisor/usage"
)

// world is a loop that does nothing by itself: a test says what becomes of its programs.
type world struct {
	t        *testing.T
	desk     *Desk
	programs []*Program
	ends     map[string]End
	failed   map[string]string // what programs wait for that has failed
	next     map[string]time.Time
	refusal  error
	ending   bool
	wishes   []part.Wish
	written  []*config.Program
	did      []string // what was asked of the loop, beside wishes
	printed  *printed // what ClearLogs is about; nil: no process has a log file open
}

func newWorld(t *testing.T, programs ...*Program) *world {
	w := &world{t: t, programs: programs, ends: map[string]End{}, failed: map[string]string{}, next: map[string]time.Time{}}
	w.desk = &Desk{Host: w, Processes: w, Configuration: w, Events: func(kind, data string) { w.note("event", kind, data) }}
	return w
}

// made is a program that is to run for good.
func made(name string, state program.State, desired program.Event) *Program {
	group, short, split := strings.Cut(name, ":")
	if !split {
		short = name
	}
	p := program.New(&config.Program{
		Name: short, Group: group, Critical: config.CriticalYes, StopSignals: []config.StopSignal{{Signal: syscall.SIGTERM, Wait: time.Second}},
	}, 1)
	p.State = state
	if desired.Kind != 0 {
		p, _ = program.Step(p, time.Time{}, desired)
	}
	return &Program{Program: p, Name: name}
}

// up is a program that runs, with a process.
func up(name string, pid int) *Program {
	p := made(name, program.Running, program.Event{})
	p.PID, p.Starts, p.Ready = pid, 1, true
	return p
}

func (w *world) note(words ...string) { w.did = append(w.did, strings.Join(words, " ")) }

func (w *world) Post(f func())                           { f() }
func (w *world) Refusal() error                          { return w.refusal }
func (w *world) Ending() bool                            { return w.ending }
func (w *world) Info() *control.Info                     { return &control.Info{State: "RUNNING"} }
func (w *world) Shutdown(by string)                      { w.note("shutdown" + by) }
func (w *world) End(name string) End                     { return w.ends[name] }
func (w *world) Unready(string) string                   { return "no answer" }
func (w *world) NextRun(n string, _ time.Time) time.Time { return w.next[n] }
func (w *world) Usage(told func(map[int]usage.Usage))    { told(map[int]usage.Usage{7: {Processes: 2}}) }
func (w *world) Written() []*config.Program              { return w.written }

func (w *world) WaitsFor(name string) Wait {
	if name == "elsewhere" {
		return Wait{Kind: control.WaitsContainer, For: "for another container that runs it"}
	}
	if why := w.failed[name]; why != "" {
		return Wait{Kind: control.WaitsPrograms, For: why, Programs: []string{"db"}, Failed: true}
	}
	return Wait{Kind: control.WaitsTurn, For: "for its turn"}
}

func (w *world) Program(name string) *Program {
	for _, p := range w.programs {
		if p.Name == name {
			seen := *p
			return &seen
		}
	}
	return nil
}

func (w *world) Programs() iter.Seq[*Program] {
	return func(yield func(*Program) bool) {
		for _, p := range w.programs {
			if seen := *p; !yield(&seen) {
				return
			}
		}
	}
}

// Wish grants by program.Step alone, one after the other.
func (w *world) Wish(wishes []part.Wish, granted func()) {
	for _, wish := range wishes {
		w.wishes = append(w.wishes, wish)
		for _, p := range w.programs {
			if p.Name == wish.Program {
				p.Program, _ = program.Step(p.Program, time.Now(), wish.Event)
				w.desk.Look(p.Name)
			}
		}
	}
	granted()
}

func (w *world) Executable(name string) Outcome {
	if name == "missing" {
		return Outcome{Status: control.NoFile, Text: "it is not there", Words: "can't find command 'missing'"}
	}
	return Outcome{}
}

func (w *world) Signal(name string, sig syscall.Signal, by, of string) error {
	w.note("signal", name, fmt.Sprint(int(sig)), by+"|"+of)
	return nil
}

func (w *world) Write(name string, data []byte) Outcome {
	w.note("write", name, string(data))
	return fine
}

func (w *world) ClearLogs(string) bool {
	if w.printed == nil {
		return false
	}
	w.printed.did = append(w.printed.did, "empty")
	return w.printed.open
}

func (w *world) ReloadProgram(name string, told func(Outcome)) {
	w.note("reload", name)
	told(fine)
}

func (w *world) ReloadAll(told func(*control.Changes, error)) {
	told(&control.Changes{Added: []string{"new"}}, nil)
}

func (w *world) Preview(told func(*control.Changes, error)) { told(nil, fmt.Errorf("a.conf:1: bad")) }

func (w *world) RestartAll(by string, told func(error)) {
	w.note("restart all" + by)
	told(nil)
}

func (w *world) Detail(name string, d *control.Detail, told func()) {
	w.note("detail", name)
	d.Problem = "a.conf:1: bad"
	told()
}

func (w *world) AddGroup(name string) bool {
	w.note("add", name)
	return name == "new"
}

// ask asks and returns the answers so far, one a line, as text.
func (w *world) ask(r *control.Request) *answers {
	a := &answers{}
	a.cancel = w.desk.Handle(r, func(answer *control.Answer) {
		text, err := json.Marshal(answer)
		if err != nil {
			w.t.Error(err)
		}
		a.lines = append(a.lines, string(text))
		a.all = append(a.all, answer)
	})
	return a
}

// answers are those to one request.
type answers struct {
	lines  []string
	all    []*control.Answer
	cancel func()
}

// results are the answers in short: "NAME STATUS", an error's code, "done".
func (a *answers) results() string {
	var list []string
	for _, answer := range a.all {
		switch {
		case answer.Result != nil:
			list = append(list, answer.Result.Group+":"+answer.Result.Name+" "+answer.Result.Status)
		case answer.Error != nil:
			list = append(list, answer.Error.Code)
		case answer.Done:
			list = append(list, "done")
		default:
			list = append(list, "answer")
		}
	}
	return strings.Join(list, ", ")
}
