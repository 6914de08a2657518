package supervisor

import (
	"math/rand/v2"
	"time"

	"entrypoint/config"
	"entrypoint/supervisor/container"
	"entrypoint/supervisor/program"
	"entrypoint/supervisor/schedule"
)

// clocks are what the clocks show.
func (s *Supervisor) clocks(now time.Time) schedule.Reading {
	return schedule.Reading{Wall: now.Round(0), Mono: now.Sub(s.startedAt)}
}

// tickSchedule starts a program whose time has come.
func (s *Supervisor) tickSchedule(u *unit, now time.Time) {
	plan := u.Config.Schedule
	if plan == nil || s.state.Phase != container.Serving || u.removed() {
		return
	}
	due := u.runs.Due(plan, s.clocks(now), func() time.Duration {
		if plan.Jitter <= 0 {
			return 0
		}
		return rand.N(plan.Jitter)
	})
	if due {
		s.runNow(u, plan.Overlap, now)
	}
}

// runNow is the moment of a run.
func (s *Supervisor) runNow(u *unit, overlap config.Overlap, now time.Time) {
	switch {
	case u.AtRest():
		s.apply(u, now, program.Event{Kind: program.Await})
	case overlap == config.OverlapQueue:
		s.apply(u, now, program.Event{Kind: program.Await})
		s.Log(u.name + ": runs still, so the next run begins after it")
	case overlap == config.OverlapRestart:
		s.Log(u.name + ": runs still at its next time, so it is started anew")
		u.order = "because its next run was due"
		s.apply(u, now, program.Event{Kind: program.Restart})
	default:
		s.Log(u.name + ": runs still, so this run is left out")
	}
}

// earliestRun is when to look at a schedule again; zero: never.
func (s *Supervisor) earliestRun(u *unit, now time.Time) time.Time {
	if wait, ok := u.runs.Wait(s.clocks(now)); ok {
		return now.Add(wait)
	}
	return time.Time{}
}

// nextRun is when the next run begins, by the wall clock; zero: there is none.
func (s *Supervisor) nextRun(u *unit, now time.Time) time.Time {
	if u.Config.Schedule == nil {
		return time.Time{}
	}
	return u.runs.Next(s.clocks(now))
}
