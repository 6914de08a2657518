package prelude

import (
	"errors"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// coded is an error of a step.
type coded struct {
	text string
	code int
	sig  syscall.Signal
}

func (c *coded) Error() string           { return c.text }
func (c *coded) ExitCode() int           { return c.code }
func (c *coded) Stopped() syscall.Signal { return c.sig }

// TestDriver: what each kind of end of a step says, records and returns, in fake time.
func TestDriver(t *testing.T) {
	takes := func(d time.Duration, out Outcome, err error) func() (Outcome, error) {
		return func() (Outcome, error) { time.Sleep(d); return out, err }
	}
	stop := syscall.Signal(0)
	for _, test := range []struct {
		name   string
		steps  []Step
		stop   syscall.Signal // that arrives in the first step
		lines  string
		record string
		err    string
		code   int
	}{
		{name: "nothing to do", steps: []Step{{Name: "secrets", Run: takes(0, Outcome{}, nil)}}, lines: "(secrets: nothing to do)"},
		{name: "unchanged", steps: []Step{{Name: "ownership", Run: takes(20*time.Millisecond, Outcome{Did: Unchanged}, nil)}}, lines: "(ownership: unchanged; 20ms)", record: "ownership unchanged 0.02"},
		{name: "done", steps: []Step{
			{Name: "templates", Run: takes(1500*time.Millisecond, Outcome{Done, "rendered 3 files"}, nil)},
			{Name: "hooks", Run: takes(2*time.Minute, Outcome{Did: Done}, nil)},
		}, lines: "templates: rendered 3 files in 1.5s|hooks: done in 2 min", record: "templates done 1.5|hooks done 120"},
		{name: "told by itself", steps: []Step{{Name: "wait_for", Tells: true, Run: takes(time.Second, Outcome{Did: Done}, nil)}}},
		{name: "skipped", steps: []Step{{Name: "skipped", Run: func() (Outcome, error) { panic("run") }}}, lines: "skipped: skipped, as prelude_skip says", record: "skipped skipped 0"},
		{
			name: "failed", steps: []Step{{Name: "require", Run: takes(time.Second, Outcome{}, &coded{"A is missing\nB is missing", 78, 0})}, {Name: "hooks", Run: func() (Outcome, error) { panic("run") }}},
			record: "require failed: A is missing; B is missing 1", err: "require: A is missing\nrequire: B is missing", code: 78,
		},
		{name: "failed without a code", steps: []Step{{Name: "setup", Tells: true, Run: takes(0, Outcome{}, errors.New("cannot install x"))}}, record: "setup failed: cannot install x 0", err: "cannot install x", code: 1},
		{name: "stopped in a step", steps: []Step{{Name: "hooks", Run: takes(time.Second, Outcome{}, &coded{"killed", 143, syscall.SIGTERM})}}, record: "hooks aborted 1", err: "hooks aborted: terminated"},
		{name: "stopped between steps", stop: syscall.SIGINT, steps: []Step{
			{Name: "ownership", Run: func() (Outcome, error) { stop = syscall.SIGINT; return Outcome{}, nil }}, {Name: "hooks", Run: func() (Outcome, error) { panic("run") }},
		}, lines: "(ownership: nothing to do)", err: "hooks aborted: interrupt"},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				stop = 0
				var lines []string
				record := &Record{}
				d := Driver{
					Skips: func(step string) bool { return step == "skipped" }, Record: record, Stopped: func() syscall.Signal { return stop },
					Log: func(line string) { lines = append(lines, line) }, Trace: func(line string) { lines = append(lines, "("+line+")") },
				}
				err := d.Run(test.steps)
				text := ""
				if err != nil {
					text = err.Error()
				}
				var kept []string
				for _, s := range record.Steps() {
					kept = append(kept, strings.Join([]string{s.Name, s.Result, number(s.Seconds)}, " "))
				}
				if got := strings.Join(lines, "|"); got != test.lines || strings.Join(kept, "|") != test.record || text != test.err {
					t.Errorf("lines %q, record %q, error %q", got, kept, text)
				}
				if failed := (*Error)(nil); errors.As(err, &failed) != (test.code != 0) || test.code != 0 && failed.ExitCode() != test.code {
					t.Errorf("%#v", err)
				}
			})
		})
	}
}

func number(f float64) string { return strconv.FormatFloat(f, 'g', -1, 64) }

// TestRunning: a step shows while it runs, and has one result when it has run twice.
func TestRunning(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &Record{}
		d := Driver{Skips: func(string) bool { return false }, Log: func(string) {}, Record: r}
		step := Step{Name: "hooks", Run: func() (Outcome, error) {
			time.Sleep(3 * time.Second)
			if s := r.Steps(); len(s) != 1 || s[0].Result != "running" || s[0].Seconds != 3 {
				t.Errorf("%+v", s)
			}
			return Outcome{Did: Done}, nil
		}}
		for range 2 {
			if err := d.Run([]Step{step}); err != nil {
				t.Error(err)
			}
		}
		if s := r.Steps(); len(s) != 1 || s[0].Result != "done" {
			t.Errorf("%+v", s)
		}
	})
}

// TestExplain: each line has its step; a step that is left out says so, if it had something
// to do.
func TestExplain(t *testing.T) {
	d := Driver{Skips: func(step string) bool { return strings.HasPrefix(step, "skipped") }}
	say := func(lines ...string) func() []string { return func() []string { return lines } }
	got := d.Explain([]Step{{Name: "a", Explain: say("x", "y")}, {Name: "b"}, {Name: "skipped", Explain: say("z", "z")}, {Name: "skipped too", Explain: say()}})
	if want := []string{"a: x", "a: y", "skipped: skipped, as prelude_skip says"}; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

// TestChanges: applied one after the other they make the second environment of the first.
func TestChanges(t *testing.T) {
	from, to := []string{"A=1", "X_FILE=/x", "B=2", "B=3", "C=4"}, []string{"C=4", "A=2", "X=secret", "B=3", "E="}
	changes := Changes(from, to)
	want := []Change{{Name: "A", Value: "2"}, {Name: "X", Value: "secret"}, {Name: "E"}, {Name: "X_FILE", Unset: true}}
	if !reflect.DeepEqual(changes, want) {
		t.Errorf("%+v", changes)
	}
	env := slices.Clone(from)
	for _, c := range changes {
		env = c.Apply(env)
	}
	if left := Changes(env, to); left != nil {
		t.Errorf("%q: %+v", env, left)
	}
}
