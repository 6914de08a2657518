package supervisor

import (
	"time"

	"entrypoint/supervisor/notice"
	"entrypoint/supervisor/process"
	"entrypoint/supervisor/program"
	"entrypoint/supervisor/verdict"
)

// death is the end of a main process that is known to us and not yet to its
// program: event listeners first get what it has printed, and the last of it may
// say why.
type death struct {
	exit   process.Exit
	at     time.Time
	output *output       // nil: it had no pipe
	left   int           // streams that are not drained yet
	until  time.Time     // how long that may take
	facts  verdict.Facts // about it
}

// reachable says whether u has a main process that a signal would reach: one that
// is reaped has left its pid to others.
func (u *unit) reachable() bool { return u.PID != 0 && u.death == nil }

// exited takes an exit from the kernel to its owner.
func (s *Supervisor) exited(e process.Exit) {
	s.reaped = true
	u := s.byPID[e.PID]
	if u == nil && s.helpers.Exited(e) {
		return
	}
	if u == nil && s.door.Exited(e, time.Now()) {
		return
	}
	if u == nil {
		s.orphans++
		s.tell(nil, time.Now(), notice.Orphan{PID: e.PID, Status: e.Status})
		return
	}
	delete(s.byPID, e.PID)
	now := time.Now()
	d := &death{exit: e, at: now, until: now.Add(drainTime)}
	if o := u.output; o != nil {
		u.output, d.output = nil, o
		if o.heard > 0 || u.bad(e.Status) {
			d.left = o.open()
		}
		if d.left == 0 {
			o.ended(nil)
		} else {
			u.death = d
			o.ended(func() { s.post(func() { s.drained(u, d) }) })
			return
		}
	}
	s.died(u, d)
}

// drained notes that one stream of u has been heard to its end.
func (s *Supervisor) drained(u *unit, d *death) {
	if d.left--; d.left <= 0 && u.death == d && !s.search(u, d) {
		s.died(u, d)
	}
}

// died tells the program that its main process has ended.
func (s *Supervisor) died(u *unit, d *death) {
	u.death = nil
	u.endedAt = d.at
	if u.State == program.Starting && !d.at.Before(u.Deadline) {
		// It was up for long enough, and we learn of its end before we have
		// looked at the clock.
		s.apply(u, d.at, program.Event{Kind: program.Tick})
	}
	if u.feeder != nil {
		u.closeFeeder()
		s.bus.Ended(u.name)
	}
	u.closeInput()
	u.closeHerald()
	u.countExit(d.exit.Status)
	s.judge(u, d)
	s.endsContainer(u, d.exit, d.at)
	s.apply(u, d.at, program.Event{
		Kind:   program.Died,
		Status: d.exit.Status,
		Code:   process.Code(d.exit.Status),
		Left:   s.Table.GroupAlive(d.exit.PID),
	})
}
