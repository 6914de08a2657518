package schedule

import "time"

// Plan says when something runs; it is a config.Schedule.
type Plan interface {
	// Next is the first moment after t; zero: there is none.
	Next(t time.Time) time.Time
	// Every is the time between two runs, if that is all that the schedule says; else 0.
	Every() time.Duration
}

// Reading is what the clocks show.
type Reading struct {
	Wall time.Time
	Mono time.Duration // since some moment
}

const (
	// tolerance is how much the clocks may differ from one look to the next: the wall
	// clock is slowed down and sped up all the time, by a thousandth at most.
	tolerance = time.Second
	// correction is a jump that no run makes up for.
	correction = 3 * time.Hour
	// Watch is how often somebody has to look at the wall clock while a run of its is
	// waited for.
	Watch = time.Minute
)

// Timetable is when the next run is due. The zero value has not been asked yet.
type Timetable struct {
	begun bool
	seen  Reading       // when it was asked last
	base  time.Duration // of a run by the monotonic clock, without its jitter
	every time.Duration // that is the plan; 0: it goes by the wall clock
	mono  time.Duration // the next run, by the monotonic clock
	wall  time.Time     // the next run, by the wall clock; zero: there is none
}

// Due says whether a run is due now, and finds the one after it. jitter is how much
// later than planned a run may begin.
func (t *Timetable) Due(p Plan, now Reading, jitter func() time.Duration) bool {
	t.every = p.Every()
	jump := now.Wall.Sub(t.seen.Wall) - (now.Mono - t.seen.Mono)
	begun := t.begun
	t.begun, t.seen = true, now
	if t.every > 0 {
		switch {
		case !begun:
			t.base = now.Mono
		case now.Mono < t.mono:
			return false
		}
		if t.base += t.every; t.base < now.Mono { // the loop, or the machine, stood still
			t.base = now.Mono + t.every
		}
		t.mono = t.base + jitter()
		return begun
	}
	due := begun && !t.wall.IsZero() && !now.Wall.Before(t.wall)
	jumped := begun && (jump < -tolerance || jump > tolerance)
	if begun && !due && !jumped {
		return false
	}
	if t.wall = p.Next(now.Wall); !t.wall.IsZero() {
		t.wall = t.wall.Add(jitter())
	}
	return due && jump <= correction
}

// Wait is how long there is nothing to do at most; ok: there is a next run.
func (t *Timetable) Wait(now Reading) (wait time.Duration, ok bool) {
	switch {
	case !t.begun:
		return 0, false
	case t.every > 0:
		return max(0, t.mono-now.Mono), true
	case t.wall.IsZero():
		return 0, false
	}
	return min(Watch, max(0, t.wall.Sub(now.Wall))), true
}

// Next is when the next run begins, by the wall clock; zero: it is not known.
func (t *Timetable) Next(now Reading) time.Time {
	if t.begun && t.every > 0 {
		return now.Wall.Add(t.mono - now.Mono)
	}
	return t.wall
}
