package supervisor

import (
	"time"

	"entrypoint/config"
	"entrypoint/supervisor/events"
	"entrypoint/supervisor/program"
	"entrypoint/supervisor/schedule"
)

// openBus makes the bus, without a pool yet.
func (s *Supervisor) openBus() {
	s.bus = events.NewBus(events.Options{Buffer: s.Buffer, Identifier: s.container.Identifier, Log: s.complain, Send: s.feed})
}

// setPools makes pools of the event listeners in the groups that are announced.
func (s *Supervisor) setPools() {
	var listeners []*config.Program
	for _, u := range s.units {
		if u.Config.Pool != nil && s.groups[u.Config.Group] {
			listeners = append(listeners, u.Config)
		}
	}
	s.bus.SetPools(listeners)
}

// complain is what the bus has to say: supervisord's words are for both logs.
func (s *Supervisor) complain(level, line string) {
	s.Log(line)
	s.journal(level, line)
}

// publish tells the listeners what has changed between two steps.
func (s *Supervisor) publish(u *unit, before program.Program) {
	for _, c := range program.Changes(before, u.Program) {
		s.record(u, c)
		if name := "PROCESS_STATE_" + c.To.String(); s.bus.Wants(name) {
			s.bus.Publish(events.ProcessState(c.To.String(), u.Config.Name, u.Config.Group, c.From.String(), u.detail(c)))
		}
	}
	if u.Config.Pool != nil {
		s.bus.Running(u.name, u.State == program.Running)
	}
}

func (u *unit) detail(c program.Change) events.StateDetail {
	d := events.StateDetail{Tries: u.Failures, PID: u.startedPID, Expected: u.Expected()}
	if c.From == program.Backoff {
		d.PID = 0 // there is no process
	}
	return d
}

// announce publishes the start of the supervisor itself.
func (s *Supervisor) announce() {
	s.announceGroups()
	s.bus.Publish(events.SupervisorState(true))
}

// announceGroups publishes the groups that are new, in their order. A group of
// event listeners hears of itself and of those that come after it.
func (s *Supervisor) announceGroups() {
	for _, u := range s.units {
		group := u.Config.Group
		if s.groups[group] {
			continue
		}
		s.groups[group] = true
		if u.Config.Pool != nil {
			s.setPools()
		}
		s.bus.Publish(events.GroupAdded(group))
	}
}

// groupsRemoved publishes the groups that have lost their last program.
func (s *Supervisor) groupsRemoved() {
	left := map[string]bool{}
	for _, u := range s.units {
		left[u.Config.Group] = true
	}
	for group := range s.groups {
		if !left[group] {
			delete(s.groups, group)
			s.bus.Publish(events.GroupRemoved(group))
		}
	}
}

// busDue is when the bus has something to do; zero: never. TICK events follow the
// wall clock, which may be set while one is waited for.
func (s *Supervisor) busDue(now time.Time) time.Time {
	next := s.bus.NextTick(now)
	if next.IsZero() {
		return next
	}
	return earlier(next, now.Add(schedule.Watch))
}
