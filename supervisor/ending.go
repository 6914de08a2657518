package supervisor

import (
	"slices"
	"strconv"
	"time"

	"entrypoint/config"
	"entrypoint/supervisor/process"
	"entrypoint/supervisor/program"
)

// When the end of a program is the end of the container: exit_on= says it for
// all, critical= for one.
//
//	                 critical=no   unset                        critical=yes
//	exit_on=fatal    -             FATAL                        FATAL, EXITED
//	exit_on=any-exit -             any end that nobody          any end that nobody
//	                               asked for                    asked for
//	exit_on=all-exit -             -                            FATAL, EXITED
//	exit_on=never    -             -                            FATAL, EXITED
//
// A oneshot that has ended well has done its work, and that ends nothing; one that
// has failed counts as FATAL. One with a schedule runs again.
//
// Beside that, the container ends when all programs have ended, with the worst of
// their codes, unless exit_on=never.

// endsContainer looks at the end of a main process before its program does: with
// exit_on=any-exit it is not started again, nor is anything else.
func (s *Supervisor) endsContainer(u *unit, e process.Exit, now time.Time) {
	if s.container.ExitOn != config.ExitOnAny || u.Config.Critical == config.CriticalNo || u.Config.Pool != nil || u.Config.Oneshot ||
		s.stopping || u.State == program.Stopping {
		return
	}
	s.endBecause(u, process.Code(e.Status), "has ended", now)
}

// cameToRest looks at a program that has ended for good.
func (s *Supervisor) cameToRest(u *unit, now time.Time) {
	if s.stopping {
		return
	}
	critical := u.Config.Critical == config.CriticalYes
	switch u.State {
	case program.Fatal:
		if s.failureEnds(u) {
			s.endBecause(u, failureCode(u.Code), "cannot be kept up", now)
		}
	case program.Exited:
		switch failed := !u.Expected(); {
		case u.Config.Oneshot && failed && s.failureEnds(u):
			s.endBecause(u, failureCode(u.Code), "has failed", now)
		case critical && (failed || !u.Config.Oneshot):
			s.endBecause(u, u.Code, "has ended and is critical", now)
		}
	}
}

// failureEnds says whether the container ends when u has failed for good. A
// schedule has a next time.
func (s *Supervisor) failureEnds(u *unit) bool {
	switch u.Config.Critical {
	case config.CriticalYes:
		return true
	case config.CriticalNo:
		return false
	}
	return u.Config.Schedule == nil && (s.container.ExitOn == config.ExitOnFatal || s.container.ExitOn == config.ExitOnAny)
}

func (s *Supervisor) endBecause(u *unit, code int, why string, now time.Time) {
	s.code, s.culprit = code, u
	s.Log("stopping the container with exit code " + strconv.Itoa(code) + ", because " + u.name + " " + why)
	s.beginWork(now)
	s.shutdown(now)
}

// mayGoOn says whether something can still happen when nothing is live: a
// program that waits for what is ready, one that somebody has stopped and may
// start again, a configuration that is being read.
func (s *Supervisor) mayGoOn() bool {
	if s.container.ExitOn == config.ExitOnNever || s.reloading || s.renewing != nil {
		return true
	}
	if s.container.Idle && !slices.ContainsFunc(s.units, func(u *unit) bool { return u.starts > 0 }) {
		return true
	}
	for _, u := range s.units {
		if u.wanted && s.needsReady(u) || u.State == program.Stopped && u.Group != 0 || u.Config.Schedule != nil && !u.removed {
			return true
		}
	}
	return false
}

// ended begins the end of a container whose programs have all ended.
func (s *Supervisor) ended(now time.Time) {
	s.code = s.worstCode()
	s.Log("every program has ended: exit code " + strconv.Itoa(s.code))
	s.shutdown(now)
}

// worstCode is the highest exit code among the programs, when all have ended by
// themselves. A program that was still waiting for another is a failure.
func (s *Supervisor) worstCode() (worst int) {
	blame := func(u *unit, code int) {
		if code > worst {
			worst, s.culprit = code, u
		}
	}
	for _, u := range s.units {
		if u.Config.Critical == config.CriticalNo || u.Config.Pool != nil {
			continue
		}
		switch {
		case u.wanted:
			s.Log(u.name + ": never started, what it depends on has ended")
			worst = max(worst, 1)
		case u.State == program.Exited:
			blame(u, u.Code)
		case u.State == program.Fatal:
			blame(u, failureCode(u.Code))
		}
	}
	return worst
}

// failureCode is the container's exit code for a program that could not be kept
// up. A program that ends at once with 0 has failed as well.
func failureCode(code int) int {
	if code == 0 {
		return 1
	}
	return code
}
