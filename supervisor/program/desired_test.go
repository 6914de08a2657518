package program

import (
	"os"
	"strings"
	"testing"
	"time"

	"entrypoint/config"
)

// A pair is what a program is, as the table of doc.go groups it, and what it is to become.
type pair struct {
	is      string
	desired Desired
}

func pairOf(p Program) pair {
	switch {
	case p.AtRest():
		return pair{"at rest", p.desired}
	case p.State == Stopping || p.State == Unknown:
		return pair{p.State.String(), p.desired}
	}
	return pair{"up", p.desired}
}

// table reads the table of doc.go: whether each pair can be.
func table(t *testing.T) map[pair]bool {
	t.Helper()
	text, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	pairs := map[pair]bool{}
	for line := range strings.Lines(string(text)) {
		row, ok := strings.CutPrefix(line, "//\t")
		if !ok || len(row) < 20 {
			continue
		}
		is, sentence := strings.TrimSpace(row[:10]), strings.TrimSpace(row[20:])
		for d, name := range desiredNames {
			if strings.TrimSpace(row[10:20]) == name && strings.HasSuffix(sentence, ".") {
				pairs[pair{is, Desired(d)}] = !strings.HasPrefix(sentence, "Cannot be")
			}
		}
	}
	return pairs
}

// The columns of the table of orders.
var orders = []Event{
	{Kind: Start},
	{Kind: Await},
	{Kind: Stop},
	{Kind: Restart},
	{Kind: Configure, Config: &config.Program{}},
	{Kind: Configure, Config: &config.Program{Autostart: true}},
	{Kind: Remove},
	{Kind: Fail},
	{Kind: Skip},
	{Kind: Late},
	{Kind: Sick},
	{Kind: Retire},
}

// becomes has a row for each pair that can be, and in it what the program is to become
// after each of the orders.
const becomes = `
at rest DOWN:      KEPT  UP    DOWN KEPT  DOWN UP GONE DOWN     DOWN     DOWN     DOWN     DOWN
at rest UP:        KEPT  UP    DOWN KEPT  DOWN UP GONE UP       DOWN     UP       UP       DOWN
at rest GONE:      GONE  GONE  GONE GONE  DOWN UP GONE GONE     GONE     GONE     GONE     GONE
up KEPT:           KEPT  UP    DOWN AGAIN UP   UP GONE GIVEN_UP KEPT     KEPT     KEPT     KEPT
up UP:             UP    UP    DOWN AGAIN UP   UP GONE GIVEN_UP UP       UP       UP       KEPT
STOPPING DOWN:     AGAIN UP    DOWN AGAIN UP   UP GONE DOWN     DOWN     DOWN     DOWN     DOWN
STOPPING KEPT:     AGAIN UP    DOWN AGAIN UP   UP GONE KEPT     KEPT     KEPT     KEPT     DOWN
STOPPING UP:       AGAIN UP    DOWN AGAIN UP   UP GONE UP       UP       UP       UP       DOWN
STOPPING AGAIN:    AGAIN AGAIN DOWN AGAIN UP   UP GONE AGAIN    AGAIN    AGAIN    AGAIN    DOWN
STOPPING GIVEN_UP: AGAIN UP    DOWN AGAIN UP   UP GONE GIVEN_UP GIVEN_UP GIVEN_UP GIVEN_UP DOWN
STOPPING GONE:     GONE  GONE  GONE GONE  UP   UP GONE GONE     GONE     GONE     GONE     GONE
UNKNOWN DOWN:      DOWN  UP    DOWN AGAIN DOWN UP GONE DOWN     DOWN     DOWN     DOWN     DOWN
UNKNOWN KEPT:      KEPT  UP    DOWN AGAIN DOWN UP GONE KEPT     KEPT     KEPT     KEPT     DOWN
UNKNOWN UP:        UP    UP    DOWN AGAIN DOWN UP GONE UP       UP       UP       UP       DOWN
UNKNOWN AGAIN:     AGAIN AGAIN DOWN AGAIN DOWN UP GONE AGAIN    AGAIN    AGAIN    AGAIN    DOWN
UNKNOWN GIVEN_UP:  GIVEN_UP UP DOWN AGAIN DOWN UP GONE GIVEN_UP GIVEN_UP GIVEN_UP GIVEN_UP DOWN
UNKNOWN GONE:      GONE  GONE  GONE GONE  DOWN UP GONE GONE     GONE     GONE     GONE     GONE
`

// states are the states of each group of the table.
var states = map[string][]State{"at rest": {Stopped, Exited, Fatal}, "up": {Starting, Running}, "STOPPING": {Stopping}, "UNKNOWN": {Unknown}}

// TestDesired looks at every order in every pair: what the program is to become, also when
// it has another configuration to come, and when the container ends.
func TestDesired(t *testing.T) {
	rows := 0
	for line := range strings.Lines(strings.TrimSpace(becomes)) {
		name, cells, _ := strings.Cut(line, ":")
		is, what := name[:strings.LastIndex(name, " ")], name[strings.LastIndex(name, " ")+1:]
		for _, state := range states[is] {
			for i, want := range strings.Fields(cells) {
				rows++
				p := Program{Config: policy(), State: state, StopRequested: is == "STOPPING" || is == "UNKNOWN"}
				if !p.AtRest() {
					p.PID = 7
				}
				for d, name := range desiredNames {
					if strings.ReplaceAll(name, " ", "_") == what {
						p.desired = Desired(d)
					}
				}
				check := func(p Program, want, with string) {
					if got := strings.ReplaceAll(desire(&p, &orders[i]).String(), " ", "_"); got != want {
						t.Errorf("%v and %s%s, order %d: %s, want %s", state, what, with, i, got, want)
					}
				}
				check(p, want, "")
				p.next = policy()
				if want == "AGAIN" && p.desired != Again {
					want = "UP"
				}
				if p.desired != Again { // else it had no next one when that was ordered
					check(p, want, " with a next configuration")
				}
			}
		}
	}
	if rows != 12*(3*3+2*2+6+6) {
		t.Errorf("looked at %d cells", rows)
	}
}

// TestDesiredComesTrue: what becomes of each pair that is being stopped.
func TestDesiredComesTrue(t *testing.T) {
	for _, c := range []struct {
		desired Desired
		state   State
		then    Desired
		action  Action
	}{
		{Down, Stopped, Down, nothing},
		{Kept, Backoff, Kept, nothing}, // it was late
		{Up, Stopped, Up, nothing},
		{Again, Starting, Kept, spawnIt},
		{GivenUp, Fatal, Down, nothing},
		{Gone, Stopped, Gone, nothing},
	} {
		for _, state := range []State{Stopping, Unknown} {
			p := situations()["STOPPING"]
			p.State, p.desired, p.Early, p.Failures = state, c.desired, c.desired == Kept && state == Stopping, 1
			if c.desired == Kept && state == Unknown {
				c.state, p.Ill, c.action = Starting, true, spawnIt // it was sick
			}
			after, action := Step(p, t0, Event{Kind: Died})
			if after.State != c.state || after.desired != c.then || action != c.action {
				t.Errorf("%v and %v: %v and %v with %v, want %v and %v", state, c.desired, after.State, after.desired, action, c.state, c.then)
			}
			p, _ = Step(p, t0, Event{Kind: Retire})
			if after, action = Step(p, t0, Event{Kind: Died}); !after.AtRest() || action != nothing || after.desired != Down && after.desired != Gone {
				t.Errorf("%v and %v, and the container ends: %v and %v with %v", state, c.desired, after.State, after.desired, action)
			}
		}
	}
	up := situations()["RUNNING"]
	up, _ = Step(up, t0, Event{Kind: Await})
	for range 3 { // its policy starts it again, and it is to be started once more all the same
		up, _ = Step(up, t0, Event{Kind: Died, Status: exited3, Code: 3})
		up, _ = Step(up, t0.Add(time.Hour), Event{Kind: Tick})
		up, _ = Step(up, t0, Event{Kind: Spawned, PID: 8})
		up, _ = Step(up, t0.Add(time.Hour), Event{Kind: Tick})
	}
	if up, _ = Step(up, t0, Event{Kind: Died}); up.State != Exited || up.desired != Up {
		t.Errorf("after its last end: %v and %v, want EXITED and UP", up.State, up.desired)
	}
}

// TestAdopt: while another configuration is to come, nobody starts the program with the
// one that it has; what it has become then begins anew.
func TestAdopt(t *testing.T) {
	for _, order := range []Kind{Start, Restart, Await} {
		p := situations()["RUNNING"]
		p.Failures, p.Seed = 2, 11
		p, _ = Step(p, t0, Event{Kind: Configure, Config: other})
		if p, _ = Step(p, t0, Event{Kind: order}); p.Next() != other || p.Latest() != other {
			t.Fatalf("after order %d the next configuration is lost", order)
		}
		p, action := Step(p, t0, Event{Kind: Died})
		if p.State != Stopped || action != nothing {
			t.Fatalf("order %d: %v with %v, want STOPPED", order, p.State, action)
		}
		if p = p.Adopt(); p != (Program{Config: other, Seed: 11, desired: Up}) {
			t.Errorf("order %d: %+v", order, p)
		}
	}
	p, idle := New(&config.Program{Autostart: true}, 3), New(other, 3)
	if p.Desired() != Up || p.Seed != 3 || idle.Desired() != Down {
		t.Errorf("a new one is to become %v", p.Desired())
	}
}
