package notice

import (
	"slices"
	"time"

	"entrypoint/supervisor/phrase"
	"entrypoint/supervisor/process"
	"entrypoint/supervisor/program"
)

// sentence puts a change of state into words, as our log and the history have it; "": it
// is not worth a line. now is the moment of the change.
func (f *Changed) sentence(now time.Time) string {
	p, before := &f.After, &f.Before
	switch p.State {
	case program.Running:
		return "running, up for " + p.Config.StartSecs.String()
	case program.Stopping:
		text := "stopping with " + process.SignalName(p.Config.StopSignals[0].Signal)
		switch {
		case !p.StopRequested && p.OnlyHooks():
			return "could not be started; running " + p.Hook.String()
		case !p.StopRequested && p.Hook != program.NoHook:
			return f.end() + "; running " + p.Hook.String()
		case !p.StopRequested:
			return f.end() + "; ending the rest of its process group"
		case p.Hook == program.PreStop:
			text = "running pre_stop, then " + text
		case p.Hook != program.NoHook:
			text = "stopping, while " + p.Hook.String() + " runs"
		}
		if f.Order != "" && !f.Ending {
			text += ", " + f.Order
		}
		return text
	case program.Stopped:
		switch before.State {
		case program.Starting:
			return "not started: it was to be stopped before that could be done"
		case program.Stopping:
			if p.OnlyHooks() {
				return "not started: it was to be stopped before that could be done"
			}
			return "stopped after " + phrase.Lasted(f.StopSince, now) + f.unusual()
		}
	case program.Starting:
		if before.State == program.Running || before.State == program.Stopping {
			return f.endAfter(now) + "; starting it again" + f.Verdict.Said()
		}
	case program.Backoff:
		return f.failure(now) + "; next start in " + phrase.Lasted(now, p.Deadline) + f.Verdict.Said()
	case program.Exited:
		if p.Skipped {
			return f.Skipped
		}
		return "ended: " + f.endAfter(now) + f.Verdict.Said()
	case program.Fatal:
		if before.State == program.Backoff {
			return "not started again, the container ends"
		}
		return f.failure(now) + "; given up after " + p.Attempts() + f.Verdict.Said()
	case program.Unknown:
		return "cannot be signalled, so it is left to itself"
	}
	return ""
}

// end says how the last process has ended, and why.
func (f *Changed) end() string { return process.Describe(f.After.Status) + f.Verdict.Because() }

// endAfter is end with the time that the process was up.
func (f *Changed) endAfter(now time.Time) string {
	return process.Describe(f.After.Status) + " after " + phrase.Lasted(f.After.StartedAt, f.endedAt(now)) + f.Verdict.Because()
}

// endedAt is when the last process has ended, which was a while ago where a post_stop hook
// has run since then.
func (f *Changed) endedAt(now time.Time) time.Time {
	if f.After.Lasted > 0 {
		return f.After.StartedAt.Add(f.After.Lasted)
	}
	return now
}

// unusual is how a stopped process has ended; "": it is what a stop looks like.
func (f *Changed) unusual() string {
	p := &f.After
	if p.Code == 0 || p.Status.Signaled() && p.Status.Signal() == p.Config.StopSignals[0].Signal || slices.Contains(p.Config.StopExitCodes, p.Code) {
		return ""
	}
	return " (" + f.end() + ")"
}

// failure says why a start did not last.
func (f *Changed) failure(now time.Time) string {
	if f.Before.State == program.Starting && f.Before.PID == 0 || f.After.OnlyHooks() {
		return "could not be started"
	}
	return f.endAfter(now)
}
