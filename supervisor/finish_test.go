package supervisor

import (
	"strings"
	"testing"
	"time"

	"entrypoint/config"
	"entrypoint/supervisor/control"
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
