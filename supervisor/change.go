package supervisor

import (
	"time"

	"entrypoint/supervisor/container"
	"entrypoint/supervisor/notice"
	"entrypoint/supervisor/program"
)

// stepped tells what a step has changed.
func (s *Supervisor) stepped(u *unit, before *program.Program, now time.Time) {
	if u.State == program.Stopping && before.State != program.Stopping {
		u.stopAt = now
	}
	if before.State == program.Stopping && !before.Killed && u.Killed {
		if u.StopRequested {
			s.step(container.Event{Kind: container.Killed}, now)
		}
		s.tell(u, now, notice.Killing{PID: u.startedPID})
	}
	if u.State == program.Fatal && before.State != program.Fatal && before.State != program.Backoff {
		u.diagnosis.GaveUp(u.Program)
	}
	if u.State != before.State || u.Public() != before.Public() {
		s.tell(u, now, s.changed(u, before))
	}
}

// changed is the notice of a change of state, until the next one is made.
func (s *Supervisor) changed(u *unit, before *program.Program) *notice.Changed {
	c := &s.notices.changed
	*c = notice.Changed{
		Before: *before, After: u.Program, PID: u.startedPID, SpawnErr: u.spawnErr, Skipped: s.parts.once.Skipped(u.name),
		Order: u.order, StopSince: u.stopAt, Verdict: u.diagnosis.Verdict, Ending: s.state.Final(),
	}
	return c
}
