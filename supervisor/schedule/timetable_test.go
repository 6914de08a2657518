package schedule

import (
	"slices"
	"testing"
	"time"
)

// every and hourly are plans.
type every time.Duration

func (e every) Every() time.Duration          { return time.Duration(e) }
func (e every) Next(t time.Time) time.Time    { return t.Add(time.Duration(e)) }
func (hourly) Every() time.Duration           { return 0 }
func (hourly) Next(t time.Time) time.Time     { return t.Truncate(time.Hour).Add(time.Hour) }
func (impossible) Every() time.Duration       { return 0 }
func (impossible) Next(_ time.Time) time.Time { return time.Time{} }

type (
	hourly     struct{}
	impossible struct{}
)

func none() time.Duration { return 0 }

// clocks are asked as the loop does it: whenever a Timetable wants to be asked.
type clocks struct {
	Reading
	start time.Time
}

// until lets time pass up to a monotonic moment and returns when runs were due.
func (c *clocks) until(t *Timetable, p Plan, end time.Duration) (runs []time.Duration) {
	for {
		if t.Due(p, c.Reading, none) {
			runs = append(runs, c.Mono)
		}
		wait, ok := t.Wait(c.Reading)
		if !ok || c.Mono+wait > end {
			c.pass(end - c.Mono)
			return runs
		}
		c.pass(max(wait, time.Millisecond))
	}
}

func (c *clocks) pass(d time.Duration) { c.Wall, c.Mono = c.Wall.Add(d), c.Mono+d }

// TestJumps: what becomes of runs when the wall clock is set, half a minute before
// each. The clock shows 12:30 at first.
func TestJumps(t *testing.T) {
	const s, m, h = time.Second, time.Minute, time.Hour
	for name, c := range map[string]struct {
		plan   Plan
		jump   time.Duration
		before []time.Duration // runs in the first 5 minutes
		after  []time.Duration // runs in the 55 minutes after the jump
	}{
		"every 2m":                   {every(2 * m), 0, []time.Duration{2 * m, 4 * m}, []time.Duration{6 * m, 8 * m}},
		"every 2m, back":             {every(2 * m), -2 * h, []time.Duration{2 * m, 4 * m}, []time.Duration{6 * m, 8 * m}},
		"every 2m, from the future":  {every(2 * m), -1157 * 24 * h, []time.Duration{2 * m, 4 * m}, []time.Duration{6 * m, 8 * m}},
		"every 2m, forward":          {every(2 * m), 5 * h, []time.Duration{2 * m, 4 * m}, []time.Duration{6 * m, 8 * m}},
		"hourly":                     {hourly{}, 0, nil, []time.Duration{30 * m}},
		"hourly, back 2 h":           {hourly{}, -2 * h, nil, []time.Duration{30 * m}},
		"hourly, back 10 min":        {hourly{}, -10 * m, nil, []time.Duration{40 * m}},
		"hourly, from the future":    {hourly{}, -1157*24*h + 20*m, nil, []time.Duration{10 * m}},
		"hourly, forward 10 min":     {hourly{}, 10 * m, nil, []time.Duration{20 * m}},
		"hourly, forward over a run": {hourly{}, 1*h + 10*m, nil, []time.Duration{5 * m, 20 * m}},
		"hourly, since 1970":         {hourly{}, 400000 * h, nil, []time.Duration{30 * m}},
		"hourly, slewed":             {hourly{}, 300 * time.Millisecond, nil, []time.Duration{30*m - 300*time.Millisecond}},
		"never":                      {impossible{}, 2 * h, nil, nil},
	} {
		start := time.Date(2026, 5, 4, 12, 30, 0, 0, time.UTC)
		clock, table := &clocks{Reading: Reading{start, 0}, start: start}, &Timetable{}
		if runs := clock.until(table, c.plan, 5*m); !slices.Equal(runs, c.before) {
			t.Errorf("%s: runs at %v before, want %v", name, runs, c.before)
		}
		clock.Wall = clock.Wall.Add(c.jump)
		runs := clock.until(table, c.plan, 55*m)
		if len(runs) > len(c.after) && c.plan.Every() > 0 {
			runs = runs[:len(c.after)]
		}
		late := s
		if c.jump != 0 {
			late = Watch // until somebody looks
		}
		if !slices.EqualFunc(runs, c.after, func(a, b time.Duration) bool { return a >= b && a-b < late }) {
			t.Errorf("%s: runs at %v, want %v", name, runs, c.after)
		}
	}
}

// TestEveryKeepsItsPace: runs of "@every" do not drift by the time that the loop takes
// to come to them, and are not made up for when everything stood still.
func TestEveryKeepsItsPace(t *testing.T) {
	var table Timetable
	at := func(mono time.Duration) bool {
		return table.Due(every(time.Minute), Reading{time.Unix(1e9, 0), mono}, none)
	}
	const ms, m = time.Millisecond, time.Minute
	for _, c := range []struct {
		mono time.Duration
		due  bool
	}{
		{0, false},
		{m - ms, false},
		{m + 7*ms, true},
		{m + 8*ms, false},
		{2*m - ms, false},
		{2 * m, true},
		{9*m + 30000*ms, true},
		{10 * m, false},
		{10*m + 30000*ms, true},
	} {
		if due := at(c.mono); due != c.due {
			t.Errorf("at %v: due %v, want %v", c.mono, due, c.due)
		}
	}
	if next := table.Next(Reading{time.Unix(2e9, 0), 11 * m}); next != time.Unix(2e9+30, 0) {
		t.Errorf("next run at %v", next)
	}
}

// TestJitter: a run begins later by that much, and the one after it is not put off.
func TestJitter(t *testing.T) {
	var table Timetable
	jitter := func() time.Duration { return 10 * time.Second }
	start := time.Date(2026, 5, 4, 12, 30, 0, 0, time.UTC)
	due := func(p Plan, d time.Duration) bool { return table.Due(p, Reading{start.Add(d), d}, jitter) }
	if due(hourly{}, 0) || due(hourly{}, 30*time.Minute) || !due(hourly{}, 30*time.Minute+10*time.Second) {
		t.Error("hourly: not ten seconds late")
	}
	table = Timetable{}
	for n := range 3 {
		d := time.Duration(n) * time.Minute
		if due(every(time.Minute), d) || n > 0 && !due(every(time.Minute), d+10*time.Second) {
			t.Errorf("every: run %d is not ten seconds late", n)
		}
	}
}
