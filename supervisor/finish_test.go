package supervisor

import (
	"strings"
	"testing"
	"time"

	"entrypoint/config"
	"entrypoint/supervisor/control"
	"entrypoint/supervisor/process"
)

// TestFinishOrder: processes are swept away before requests end, these before the output
// is written out, and the last line comes after that.
func TestFinishOrder(t *testing.T) {
	var order []string
	var w *world
	note := func(what string) {
		if w.swept {
			what += " after the sweep"
		}
		order = append(order, what)
	}
	_, _, log := scenario{
		programs: []*config.Program{named("app")},
		behave:   obedient,
		output:   &screen{drained: func() { note("output") }},
		serve:    func(control.Handler) func() { return func() { note("requests") } },
		outside: func(world *world) {
			w = world
			stopAfter(2 * time.Second)(world)
		},
	}.run(t)
	if got := strings.Join(order, ", "); got != "requests after the sweep, output after the sweep" {
		t.Errorf("ended: %s", got)
	}
	if _, e := log.end(); !e.Requested {
		t.Errorf("log:\n%s", log)
	}
}

// TestLeftBehind: it is told what became of processes that the programs have left behind.
func TestLeftBehind(t *testing.T) {
	for sweeps, said := range map[process.Swept]string{
		process.SweptKilled: "killed processes that the programs had left behind",
		process.SweptNot:    "processes that the programs have left behind are still there: they survive SIGKILL",
		process.SweptWell:   "",
	} {
		_, _, log := run(t, []*config.Program{named("app")}, obedient, func(w *world) {
			w.mu.Lock()
			w.sweeps = sweeps
			w.mu.Unlock()
			stopAfter(2 * time.Second)(w)
		})
		if n := log.remarks("left behind"); said == "" && n != 0 || said != "" && log.remarks(said) != 1 {
			t.Errorf("%v: log:\n%s", sweeps, log)
		}
	}
}
