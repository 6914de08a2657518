package supervisor

import (
	"slices"
	"time"

	"entrypoint/config"
	"entrypoint/supervisor/container"
	"entrypoint/supervisor/notice"
	"entrypoint/supervisor/process"
	"entrypoint/supervisor/program"
)

// step makes one step of the container. Its action is still to be carried out, after
// the line in our log that says why.
func (s *Supervisor) step(e container.Event, now time.Time) container.Action {
	var action container.Action
	s.state, action = container.Step(s.state, now, e)
	return action
}

// policyOf is what a configuration says about the end of the container.
func policyOf(c *config.Container) container.Policy {
	return container.Policy{Budget: c.StopBudget, Drain: c.Drain, ExitOn: c.ExitOn}
}

// carryOut does what a step of the container asks for.
func (s *Supervisor) carryOut(a container.Action, now time.Time) {
	switch a {
	case container.StopAll:
		s.configuration.next = nil
		s.tell(nil, now, notice.Ending{Waiting: s.waitedFor()})
		s.each(func(u *unit) {
			s.apply(u, now, program.Event{Kind: program.Retire})
		})
	case container.KillAll:
		s.each(func(u *unit) {
			s.apply(u, now, program.Event{Kind: program.Kill})
		})
		s.shutdown.hurry(now)
	case container.AbandonLeft:
		s.Log("processes that survive SIGKILL are left to the kernel")
	}
}

// waitedFor are the programs whose end the container's end waits for, without the names
// of their groups.
func (s *Supervisor) waitedFor() (names []string) {
	for _, u := range s.units {
		if live(u) {
			names = append(names, u.Config.Name)
		}
	}
	return names
}

// containerTick tells the container that time has passed.
func (s *Supervisor) containerTick(now time.Time) {
	a := s.step(container.Event{Kind: container.Tick}, now)
	if a == container.StopAll {
		s.tell(nil, now, notice.DrainOver{})
	}
	s.carryOut(a, now)
}

// endsContainer looks at the end of a main process before its program does: with
// exit_on=any-exit it is not started again, nor is anything else.
func (s *Supervisor) endsContainer(u *unit, e process.Exit, now time.Time) {
	if u.State != program.Stopping {
		s.ends(u, container.Died, process.Code(e.Status), now)
	}
}

// cameToRest looks at a program that has ended for good.
func (s *Supervisor) cameToRest(u *unit, now time.Time) {
	if u.State == program.Fatal || u.State == program.Exited {
		s.ends(u, container.Rested, u.Code, now)
	}
}

// ends ends the container if the end of a program is that of the container.
func (s *Supervisor) ends(u *unit, kind container.Kind, code int, now time.Time) {
	end := container.End{
		Name: u.name, Critical: u.Config.Critical, Work: u.Config.Oneshot, Again: u.Config.Schedule != nil, Listener: u.Config.Pool != nil,
		Fatal: u.State == program.Fatal, Well: u.Expected(), Code: code,
	}
	if a := s.step(container.Event{Kind: kind, End: end}, now); a == container.StopAll {
		s.tell(u, now, notice.Failing{Code: s.state.Code, Why: end.Why(kind)})
		s.beginWork(now)
		s.carryOut(a, now)
	}
}

// over says whether the container has come to its end: nothing is up, and
// nothing will be. An event listener alone keeps no container.
func (s *Supervisor) over(now time.Time) bool {
	switch {
	case s.state.Phase == container.Over:
		return true
	case !s.state.Final() && s.mayGoOn(), s.parts.once.Noting():
		return false
	}
	for _, u := range s.units {
		if live(u) && (s.state.Final() || u.Config.Pool == nil) {
			return false
		}
	}
	if !s.state.Final() {
		s.finished(now)
		s.stopPrograms(now)
		return s.over(now) // not as long as there are listeners
	}
	s.step(container.Event{Kind: container.Empty}, now)
	return true
}

// mayGoOn says whether something can still happen when nothing is live: a
// program that waits for what is ready, one that somebody has stopped and may
// start again, a configuration that is being read.
func (s *Supervisor) mayGoOn() bool {
	if s.container.ExitOn == config.ExitOnNever || s.configuration.reloading || s.state.Phase == container.Restarting {
		return true
	}
	if s.container.Idle && !slices.ContainsFunc(s.units, func(u *unit) bool { return u.starts > 0 }) {
		return true
	}
	for _, u := range s.units {
		if u.Desired() == program.Up && s.needsReady(u) || u.State == program.Stopped && u.Group != 0 || u.Config.Schedule != nil && !u.removed() {
			return true
		}
	}
	return false
}

// finished begins the end of a container whose programs have all ended.
func (s *Supervisor) finished(now time.Time) {
	code, culprit := s.worstCode(now)
	a := s.step(container.Event{Kind: container.Finished, Code: code, Culprit: culprit}, now)
	s.tell(nil, now, notice.AllEnded{Code: code})
	s.carryOut(a, now)
}

// worstCode is the highest exit code among the programs, when all have ended by
// themselves, and whose it is. A program that was still waiting for another is a failure.
func (s *Supervisor) worstCode(now time.Time) (worst int, culprit string) {
	blame := func(u *unit, code int) {
		if code > worst {
			worst, culprit = code, u.name
		}
	}
	for _, u := range s.units {
		if u.Config.Critical == config.CriticalNo || u.Config.Pool != nil {
			continue
		}
		switch {
		case u.Desired() == program.Up:
			s.tell(u, now, notice.NeverStarted{})
			worst = max(worst, 1)
		case u.State == program.Exited:
			blame(u, u.Code)
		case u.State == program.Fatal:
			blame(u, container.FailureCode(u.Code))
		}
	}
	return worst, culprit
}
