package schedule

import (
	"iter"
	"math/rand/v2"
	"time"

	"entrypoint/config"
	"entrypoint/supervisor/part"
	"entrypoint/supervisor/program"
)

// Host is what the part needs of the loop.
type Host interface {
	Want(part.Wish)
	Programs() iter.Seq[*part.View] // in the order of their starts
	Serving() bool                  // the container is neither stopping nor restarting
	Log(name, text string)
}

// Part starts programs at the times of their schedules. It implements part.Part.
type Part struct {
	host   Host
	start  time.Time             // of the monotonic clock
	tables map[string]*Timetable // of programs with a schedule
	at     time.Time             // when to look at them again; zero: never
}

// NewPart returns the part of a loop that has been started now.
func NewPart(h Host, now time.Time) *Part { return &Part{host: h, start: now} }

// Changed begins the timetable of a program that is new.
func (p *Part) Changed(v *part.View, before *program.Program, now time.Time) {
	if before.Config != nil || v.Config.Schedule == nil {
		return
	}
	if p.tables == nil {
		p.tables = map[string]*Timetable{}
	}
	p.tables[v.Name], p.at = &Timetable{}, now
}

// Forget drops the timetable of a program.
func (p *Part) Forget(name string) { delete(p.tables, name) }

// Due is when the next run is due, or the wall clock is to be looked at.
func (p *Part) Due() time.Time {
	if len(p.tables) == 0 || !p.host.Serving() {
		return time.Time{}
	}
	return p.at
}

// Tick starts the programs whose time has come.
func (p *Part) Tick(now time.Time) {
	if at := p.Due(); at.IsZero() || now.Before(at) {
		return
	}
	p.at = time.Time{}
	for v := range p.host.Programs() {
		t, plan := p.tables[v.Name], v.Config.Schedule
		if t == nil {
			continue
		}
		clocks := p.clocks(now)
		if t.Due(plan, clocks, func() time.Duration { return jitter(plan) }) {
			p.run(v)
		}
		if wait, ok := t.Wait(clocks); ok && (p.at.IsZero() || now.Add(wait).Before(p.at)) {
			p.at = now.Add(wait)
		}
	}
}

// Next is when the next run of a program begins, by the wall clock; zero: there is none.
func (p *Part) Next(name string, now time.Time) time.Time {
	if t := p.tables[name]; t != nil {
		return t.Next(p.clocks(now))
	}
	return time.Time{}
}

// clocks are what the clocks show.
func (p *Part) clocks(now time.Time) Reading {
	return Reading{Wall: now.Round(0), Mono: now.Sub(p.start)}
}

// jitter is how much later than planned the next run begins.
func jitter(plan *config.Schedule) time.Duration {
	if plan.Jitter <= 0 {
		return 0
	}
	return rand.N(plan.Jitter)
}

// run is the moment of a run. What happens if the one before has not ended is up to the
// configuration (schedule_overlap).
func (p *Part) run(v *part.View) {
	want := func(k program.Kind, order string) {
		p.host.Want(part.Wish{Program: v.Name, Event: program.Event{Kind: k}, Order: order})
	}
	switch overlap := v.Config.Schedule.Overlap; {
	case v.AtRest():
		want(program.Await, "")
	case overlap == config.OverlapQueue:
		p.host.Log(v.Name, "runs still, so the next run begins after it")
		want(program.Await, "")
	case overlap == config.OverlapRestart:
		p.host.Log(v.Name, "runs still at its next time, so it is started anew")
		want(program.Restart, "because its next run was due")
	default:
		p.host.Log(v.Name, "runs still, so this run is left out")
	}
}
