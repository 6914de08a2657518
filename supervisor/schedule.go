package supervisor

import (
	"math/rand/v2"
	"time"

	"entrypoint/config"
	"entrypoint/supervisor/program"
)

// clockWatch is how often a schedule looks at the wall clock, which may be set
// while it waits.
const clockWatch = time.Minute

// tickSchedule starts a program whose time has come.
func (s *Supervisor) tickSchedule(u *unit, now time.Time) {
	plan := u.Config.Schedule
	if plan == nil || s.stopping || s.renewing != nil || !s.drainUntil.IsZero() || u.removed {
		return
	}
	now = now.Round(0) // by the wall clock
	if !u.nextRun.IsZero() {
		if now.Before(u.nextRun) {
			return
		}
		s.runNow(u, plan.Overlap, now)
	}
	u.nextRun = plan.Next(now).Round(0)
	if plan.Jitter > 0 {
		u.nextRun = u.nextRun.Add(rand.N(plan.Jitter))
	}
}

// runNow is the moment of a run.
func (s *Supervisor) runNow(u *unit, overlap config.Overlap, now time.Time) {
	switch {
	case !live(u):
		u.wanted = true
	case overlap == config.OverlapQueue:
		u.queued = true
		s.Log(u.name + ": runs still, so the next run begins after it")
	case overlap == config.OverlapRestart:
		s.Log(u.name + ": runs still at its next time, so it is started anew")
		s.apply(u, now, program.Event{Kind: program.Restart})
	default:
		s.Log(u.name + ": runs still, so this run is left out")
	}
}

// earliestRun is when to look at a schedule again; zero: never.
func (u *unit) earliestRun(now time.Time) time.Time {
	if u.nextRun.IsZero() {
		return u.nextRun
	}
	if soon := now.Add(clockWatch); soon.Before(u.nextRun) {
		return soon
	}
	return now.Add(u.nextRun.Sub(now.Round(0)))
}
