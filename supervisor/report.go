package supervisor

import (
	"strconv"
	"time"

	"entrypoint/config"
	"entrypoint/supervisor/process"
	"entrypoint/supervisor/program"
)

// started reports a process that was started.
func (s *Supervisor) started(u *unit) {
	s.Log(u.name + ": started as process " + strconv.Itoa(u.startedPID))
	s.journal("INFO", "spawned: '"+u.Config.Name+"' with pid "+strconv.Itoa(u.startedPID))
}

// entered reports what a step has changed, one line for each transition.
func (s *Supervisor) entered(u *unit, before program.Program, now time.Time) {
	switch u.State {
	case program.Running: // without an address it is ready now
		u.ready = u.ready || u.Config.Ready == (config.Probe{}) && !u.Config.Oneshot
	case program.Starting:
	case program.Stopping:
		if before.State != program.Stopping {
			u.stopAt = now
		}
		u.ready = false
	default:
		u.ready = false
	}
	if before.State == program.Stopping && !before.Killed && u.Killed {
		s.killed = s.killed || u.StopRequested
		s.Log(u.name + ": has not ended in time, killing it")
		s.journal("WARN", "killing '"+u.Config.Name+"' ("+strconv.Itoa(u.startedPID)+") with SIGKILL")
	}
	if before.State == u.State {
		return
	}
	line := s.transition(u, before, now)
	if line != "" {
		s.Log(u.name + ": " + line)
	}
	s.happened(u, before.State, line, now)
	s.noteStop(u, before.State, now)
	s.cameToRest(u, now)
}

// transition puts a change of state into words; "" is not worth a line.
func (s *Supervisor) transition(u *unit, before program.Program, now time.Time) string {
	switch u.State {
	case program.Running:
		return "running, up for " + u.Config.StartSecs.String()
	case program.Stopping:
		if u.StopRequested {
			return "stopping with " + process.SignalName(u.Config.StopSignals[0].Signal)
		}
		return process.Describe(u.Status) + "; ending the rest of its process group"
	case program.Stopped:
		if before.State == program.Stopping {
			return "stopped after " + brief(now.Sub(u.stopAt)) + endNote(u)
		}
	case program.Starting:
		if before.State == program.Running || before.State == program.Stopping {
			return process.Describe(u.Status) + " after " + brief(now.Sub(before.StartedAt)) + "; starting it again"
		}
	case program.Backoff:
		return failure(u, before, now) + "; next start in " + brief(u.Deadline.Sub(now))
	case program.Exited:
		return "ended: " + process.Describe(u.Status) + " after " + brief(now.Sub(u.StartedAt))
	case program.Fatal:
		if before.State == program.Backoff {
			return "not started again, the container ends"
		}
		return failure(u, before, now) + "; given up after " + tries(u.Failures)
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
	return " (" + process.Describe(u.Status) + ")"
}

// failure says why a start did not last.
func failure(u *unit, before program.Program, now time.Time) string {
	if before.State == program.Starting && before.PID == 0 {
		return "could not be started"
	}
	return process.Describe(u.Status) + " after " + brief(now.Sub(u.StartedAt))
}

func tries(n int) string {
	if n == 1 {
		return "1 try"
	}
	return strconv.Itoa(n) + " tries"
}

// brief rounds a duration to what a reader wants to know.
func brief(d time.Duration) string {
	switch {
	case d < time.Second:
		return d.Round(time.Millisecond).String()
	case d < time.Minute:
		return d.Round(100 * time.Millisecond).String()
	}
	return d.Round(time.Second).String()
}
