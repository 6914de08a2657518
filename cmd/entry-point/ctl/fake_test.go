package ctl

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"entrypoint/supervisor/control"
)

// world is a server that has some programs, in every state.
type world struct {
	asked    []*control.Request
	answer   func(*control.Request) []*control.Answer // nil, or nil answers: as below
	ready    bool
	changes  control.Changes
	gone     []string // groups that were removed
	shutting bool
	closed   chan struct{}
}

var then = time.Date(2026, 11, 23, 18, 53, 0, 0, time.Local)

func programs() []control.Program {
	return []control.Program{
		{Name: "cat", Group: "cat", FullName: "cat", State: "RUNNING", PID: 1267, Ready: true, Started: then.Add(-105 * time.Second), ExitCode: 1, Exit: "exit code 1", Starts: 3, Restarts: 2, Why: "pid 1267, uptime 0:01:45; the one before: exit code 1"},
		{Name: "b_00", Group: "b", FullName: "b:b_00", State: "STOPPED", ExitCode: -1, Why: "not started"},
		{Name: "b_01", Group: "b", FullName: "b:b_01", State: "BACKOFF", Starts: 2, Restarts: 1, Started: then, Ended: then, ExitCode: 1, Exit: "exit code 1", Why: "next start in 4s: exit code 1", SpawnErr: "Exited too quickly (process log may have details)"},
		{Name: "web", Group: "web", FullName: "web", State: "STARTING", PID: 9, Started: then, Starts: 1, ExitCode: -1, Why: "pid 9, not ready yet"},
		{Name: "old", Group: "old", FullName: "old", State: "EXITED", Started: then, Ended: then, Starts: 1, Exit: "exit code 0", Why: "exit code 0"},
		{Name: "bad", Group: "bad", FullName: "bad", State: "FATAL", Started: then, Ended: then, Starts: 4, Restarts: 3, Why: "gave up after 4 starts"},
	}
}

func (w *world) Close() error {
	if w.closed != nil {
		close(w.closed)
	}
	return nil
}

func (w *world) Do(r *control.Request, each func(*control.Answer) error) error {
	w.asked = append(w.asked, r)
	var answers []*control.Answer
	if w.answer != nil {
		answers = w.answer(r)
	}
	if answers == nil {
		answers = w.usual(r)
	}
	for _, a := range answers {
		if a.Error != nil {
			return a.Error
		}
		if err := each(a); err != nil {
			return err
		}
	}
	return nil
}

func failure(code string) []*control.Answer {
	return []*control.Answer{{Error: &control.Error{Code: code, Message: "the message of " + code}}}
}

func (w *world) usual(r *control.Request) (answers []*control.Answer) {
	if w.shutting {
		return failure(control.ShuttingDown)
	}
	switch r.Do {
	case control.DoInfo:
		return []*control.Answer{{Info: &control.Info{Protocol: 1, Version: "1.2", PID: 77, Started: then}}}
	case control.DoHealth:
		h := &control.Health{Ready: w.ready}
		if !w.ready {
			h.Waiting = []string{"web", "b:b_00"}
		}
		return []*control.Answer{{Health: h}}
	case control.DoReread, control.DoReload:
		if len(r.Names) == 0 {
			return []*control.Answer{{Changes: &w.changes}}
		}
	case control.DoShutdown, control.DoRenew:
		return []*control.Answer{}
	case control.DoConfig:
		return []*control.Answer{
			{Config: &control.Config{Name: "new", Group: "new", FullName: "new", GroupPriority: 1, Priority: 999}},
			{Config: &control.Config{Name: "b_00", Group: "b", FullName: "b:b_00", InUse: true, Autostart: true, GroupPriority: 999, Priority: 5}},
		}
	case control.DoAdd, control.DoRemove:
		return w.onGroups(r)
	}
	if r.Main {
		return []*control.Answer{{Log: &control.Log{Data: []byte("main\n")}}}
	}
	names := r.Names
	if len(names) == 0 {
		names = []string{"all"}
	}
	for _, name := range names {
		found := false
		for _, p := range programs() {
			if name != "all" && !matches(name, &p) {
				continue
			}
			found = true
			answers = append(answers, w.of(r, &p))
		}
		if group, isGroup := groupOf(name); !found && isGroup {
			answers = append(answers, &control.Answer{Result: &control.Result{Group: group, Status: control.NoGroup}})
		} else if !found {
			answers = append(answers, &control.Answer{Result: &control.Result{Name: name, Status: control.NoProgram}})
		}
	}
	return answers
}

// onGroups is what becomes of groups: new can be added, old removed.
func (w *world) onGroups(r *control.Request) (answers []*control.Answer) {
	for _, name := range r.Names {
		result := control.Result{Name: name, Group: name, Status: control.NoGroup}
		known := slices.ContainsFunc(programs(), func(p control.Program) bool { return p.Group == name })
		switch {
		case r.Do == control.DoAdd && known && !slices.Contains(w.gone, name):
			result.Status = control.AlreadyAdded
		case r.Do == control.DoAdd && (known || name == "new"):
			result.Status = control.OK
		case r.Do == control.DoRemove && name == "cat" && len(w.changes.ChangedGroups) == 0:
			result.Status = control.StillRunning
		case r.Do == control.DoRemove && known:
			result.Status = control.OK
			w.gone = append(w.gone, name)
		}
		answers = append(answers, &control.Answer{Result: &result})
	}
	return answers
}

func (w *world) of(r *control.Request, p *control.Program) *control.Answer {
	result := control.Result{Name: p.Name, Group: p.Group, Status: control.OK}
	switch r.Do {
	case control.DoStatus:
		return &control.Answer{Program: p}
	case control.DoLogs, control.DoRead:
		return &control.Answer{Log: &control.Log{Name: p.FullName, Stream: "stdout", Data: []byte("hello\n")}}
	case control.DoStart:
		switch p.State {
		case "RUNNING", "STARTING":
			result.Status = control.AlreadyStarted
		case "FATAL":
			result.Status, result.Text = control.SpawnError, "no luck"
		}
	case control.DoStop, control.DoSignal:
		if p.PID == 0 {
			result.Status = control.NotRunning
		}
		if r.Signal == "FOO" {
			result.Status = control.BadSignal
		}
	}
	return &control.Answer{Result: &result}
}

func (w *world) did() string {
	var words []string
	for _, r := range w.asked {
		words = append(words, strings.Join(append([]string{r.Do.String()}, r.Names...), " "))
	}
	return strings.Join(words, ", ")
}

// called runs one command line against a server; w may be nil: there is none.
func called(w requester, noServer error, env []string, input string, run func(*cli) int) (code int, stdout, stderr string) {
	var out, err bytes.Buffer
	c := newCLI(env, strings.NewReader(input), &out, &err)
	c.main = main
	c.now = func() time.Time { return then }
	c.connect = func(path string, _ time.Duration) (requester, string, error) {
		if noServer != nil {
			return nil, path, noServer
		}
		return w, path, nil
	}
	code = run(c)
	return code, out.String(), err.String()
}

func ctl(w requester, words ...string) (code int, stdout, stderr string) {
	return called(w, nil, nil, "", func(c *cli) int { return c.run(words) })
}

func supervisorctl(w requester, words ...string) (code int, stdout, stderr string) {
	return called(w, nil, nil, "", func(c *cli) int { return newShell(c).main(words) })
}

// sameLines compares texts and shows both where they differ.
func sameLines(t *testing.T, what, got, want string) {
	t.Helper()
	if got != want {
		a, b := strings.Split(got, "\n"), strings.Split(want, "\n")
		n := 0
		for n < min(len(a), len(b)) && a[n] == b[n] {
			n++
		}
		t.Errorf("%s differs in line %d\ngot:\n%s\nwant:\n%s", what, n+1, got, want)
	}
}
