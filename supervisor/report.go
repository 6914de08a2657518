package supervisor

import (
	"strconv"
	"time"

	"entrypoint/supervisor/container"
	"entrypoint/supervisor/phrase"
	"entrypoint/supervisor/process"
	"entrypoint/supervisor/program"
	"entrypoint/supervisor/verdict"
)

// started reports a process that was started.
func (s *Supervisor) started(u *unit) {
	line := u.name + ": started as process " + strconv.Itoa(u.startedPID)
	if u.Config.Schedule == nil {
		s.Log(line)
	} else {
		s.trace(line) // the log has one line for each run: how it has ended
	}
	s.journal("INFO", "spawned: '"+u.Config.Name+"' with pid "+strconv.Itoa(u.startedPID))
}

// entered reports what a step has changed, one line for each transition.
func (s *Supervisor) entered(u *unit, before program.Program, now time.Time) {
	if u.Ready && !before.Ready {
		u.beginLiveness(now)
	}
	if u.State == program.Stopping && before.State != program.Stopping {
		u.stopAt = now
	}
	if before.State == program.Stopping && !before.Killed && u.Killed {
		if u.StopRequested {
			s.step(container.Event{Kind: container.Killed}, now)
		}
		s.Log(u.name + ": has not ended in time, killing it")
		s.journal("WARN", "killing '"+u.Config.Name+"' ("+strconv.Itoa(u.startedPID)+") with SIGKILL")
	}
	if before.State == u.State {
		return
	}
	if u.State == program.Fatal && before.State != program.Backoff {
		u.gaveUp()
	}
	line := s.transition(u, before, now)
	switch {
	case line == "":
	case u.State == program.Running && u.Config.Schedule != nil:
		s.trace(u.name + ": " + line)
	default:
		s.say(u.name+": "+line, u.endRecord(before))
	}
	s.happened(u, before.State, line, now)
	s.noteStop(u, before.State, now)
	s.cameToRest(u, now)
	if !live(u) && !s.state.Final() {
		s.tellDependents(u)
	}
}

// endRecord is the verdict that belongs to a change of state; nil: it is no bad end of
// a process.
func (u *unit) endRecord(before program.Program) *verdict.Record {
	switch u.State {
	case program.Running, program.Stopping, program.Unknown:
		return nil
	case program.Starting:
		if before.State != program.Running && before.State != program.Stopping {
			return nil
		}
	}
	return u.sentence.record
}

// transition puts a change of state into words; "" is not worth a line.
func (s *Supervisor) transition(u *unit, before program.Program, now time.Time) string {
	switch u.State {
	case program.Running:
		return "running, up for " + u.Config.StartSecs.String()
	case program.Stopping:
		if u.StopRequested {
			text := "stopping with " + process.SignalName(u.Config.StopSignals[0].Signal)
			if u.order != "" && !s.state.Final() {
				text += ", " + u.order
			}
			return text
		}
		return u.ending() + "; ending the rest of its process group"
	case program.Stopped:
		if before.State == program.Starting {
			return "not started: it was to be stopped before that could be done"
		}
		if before.State == program.Stopping {
			return "stopped after " + lasted(u.stopAt, now) + endNote(u)
		}
	case program.Starting:
		if before.State == program.Running || before.State == program.Stopping {
			return u.endingAt(now) + "; starting it again" + u.sentence.verdict.Said()
		}
	case program.Backoff:
		return failure(u, before, now) + "; next start in " + lasted(now, u.Deadline) + u.sentence.verdict.Said()
	case program.Exited:
		if u.Skipped {
			return u.skipped
		}
		return "ended: " + u.endingAt(now) + u.sentence.verdict.Said()
	case program.Fatal:
		if before.State == program.Backoff {
			return "not started again, the container ends"
		}
		return failure(u, before, now) + "; given up after " + u.attempts() + u.sentence.verdict.Said()
	case program.Unknown:
		return "cannot be signalled, so it is left to itself"
	}
	return ""
}

// endNote adds how a stopped process ended, unless it is what a stop looks like.
func endNote(u *unit) string {
	if u.Code == 0 || u.Status.Signaled() && u.Status.Signal() == u.Config.StopSignals[0].Signal {
		return ""
	}
	for _, code := range u.Config.StopExitCodes {
		if u.Code == code {
			return ""
		}
	}
	return " (" + u.ending() + ")"
}

// failure says why a start did not last.
func failure(u *unit, before program.Program, now time.Time) string {
	if before.State == program.Starting && before.PID == 0 {
		return "could not be started"
	}
	return u.endingAt(now)
}

// attempts says how often a program that is given up was tried, or how often it has
// crashed.
func (u *unit) attempts() string {
	if !u.Limited {
		return plural(u.Failures, "try", "tries")
	}
	crashes, within := u.Within()
	return plural(crashes, "crash", "crashes") + " within " + brief(within) + " of being up (restart_limit " + u.Config.RestartLimit.String() + ")"
}

// ending says how the last process of u has ended, and why.
func (u *unit) ending() string { return process.Describe(u.Status) + u.sentence.verdict.Because() }

func (u *unit) endingAt(now time.Time) string {
	return process.Describe(u.Status) + " after " + lasted(u.StartedAt, now) + u.sentence.verdict.Because()
}

// brief rounds a duration to what a reader wants to know.
func brief(d time.Duration) string { return phrase.Span(d) }

// lasted and until are phrase.Lasted and phrase.Until.
func lasted(from, to time.Time) string { return phrase.Lasted(from, to) }
func until(now, at time.Time) string   { return phrase.Until(now, at) }
