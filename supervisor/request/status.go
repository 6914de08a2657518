package request

import (
	"cmp"
	"strconv"
	"time"

	"entrypoint/config"
	"entrypoint/supervisor/control"
	"entrypoint/supervisor/phrase"
	"entrypoint/supervisor/process"
	"entrypoint/supervisor/program"
)

func (d *Desk) status(r *control.Request, c *Caller) {
	now := time.Now()
	for _, p := range d.named(orAll(r.Names), c) {
		shown := d.Snapshot(p, now)
		shown.StdoutLog, shown.StderrLog = d.logPath(p, "stdout"), d.logPath(p, "stderr")
		c.reply(&control.Answer{Program: shown})
	}
	c.done()
}

// Snapshot is what others may know of a program, but for its log files.
func (d *Desk) Snapshot(p *Program, now time.Time) *control.Program {
	end := d.Host.End(p.Name)
	s := &control.Program{
		Name: p.Config.Name, Group: p.Config.Group, FullName: p.Name, State: p.State.String(), PID: p.PID, Ready: p.Ready,
		Started: p.StartedAt, Ended: p.EndedAt, ExitCode: -1, Starts: p.Starts, Failures: p.Failures,
		ReadySince: p.ReadySince, SpawnErr: cmp.Or(p.SpawnErr, end.SpawnErr), Critical: p.Config.Critical != config.CriticalNo && p.Config.Pool == nil,
		LastEnd: end.Whole, Verdict: end.Verdict, Profile: p.Config.Profile, Reloads: p.Config.ReloadSignal != 0,
		Exits: append([]control.Exits{}, p.Exits...), Done: p.Config.Oneshot && p.State == program.Exited && p.Expected(),
	}
	s.Why = d.why(s, p, now)
	if p.Config.Schedule == nil {
		s.Restarts, s.Recent = max(0, p.Starts-1), p.Recent
	}
	if !p.EndedAt.IsZero() {
		s.ExitCode, s.Exit = p.Code, process.Describe(p.Status)
		if p.Status.Signaled() {
			s.Signal = int(p.Status.Signal())
		}
	}
	switch p.State {
	case program.Backoff:
		s.NextStart = p.Deadline
	case program.Starting:
		if p.PID == 0 && (p.Hook == program.NoHook || p.Lack.What != "") {
			s.NextStart = p.Deadline
		}
	case program.Stopped, program.Exited, program.Fatal:
		s.NextStart = d.Host.NextRun(p.Name, now)
	}
	return s
}

// why says in one line how it is that a program is in its state. The parts of it that are
// worth a member of their own go into s, which has the last end already.
func (d *Desk) why(s *control.Program, p *Program, now time.Time) string {
	switch p.State {
	case program.Running, program.Starting:
		switch {
		case p.PID == 0 && p.Hook != program.NoHook && p.Lack.What == "":
			s.Reason, s.HookEnds = p.Hook.String()+" runs", p.Deadline
			return s.Reason + ", for at most another " + phrase.Until(now, p.Deadline) + before(s.LastEnd)
		case p.PID == 0:
			s.Reason = p.Lack.What
			return "cannot be started yet, next try in " + phrase.Until(now, p.Deadline) + ": " + s.Reason
		}
		return d.whyUp(s, p, now)
	case program.Backoff:
		return "next start in " + phrase.Until(now, p.Deadline) + ": " + s.LastEnd
	case program.Stopping:
		text, more := "stopping for "+phrase.Lasted(p.StopAt, now), ""
		if p.PID != 0 || p.Hook == program.NoHook {
			text = "pid " + strconv.Itoa(p.PID) + ", " + text
		}
		if p.Hook != program.NoHook {
			more = ", " + p.Hook.String() + " runs"
		}
		if p.Order != "" && p.StopRequested {
			more += ", " + p.Order
		}
		if more != "" {
			s.Reason = more[len(", "):]
		}
		return text + more
	case program.Fatal:
		return "given up: " + s.LastEnd
	case program.Stopped, program.Exited:
		return d.whyDown(s, p, now)
	}
	return ""
}

// before tells how the process before this one has ended.
func before(last string) string {
	if last == "" {
		return ""
	}
	return "; the one before: " + last
}

// whyUp is why of a program that has a process.
func (d *Desk) whyUp(s *control.Program, p *Program, now time.Time) string {
	text := "pid " + strconv.Itoa(p.PID) + ", up for " + phrase.Lasted(p.StartedAt, now)
	if p.Ready && !p.Config.Ready.None() {
		text += ", ready for " + phrase.Lasted(p.ReadySince, now)
	}
	if p.State == program.Running && !p.Ready && !p.Config.Oneshot {
		text += ", not ready yet"
		if s.Reason = d.Host.Unready(p.Name); s.Reason != "" {
			text += " (" + s.Reason + ")"
		}
	}
	return text + before(s.LastEnd)
}

// whyDown is why of a program at rest that was not given up.
func (d *Desk) whyDown(s *control.Program, p *Program, now time.Time) string {
	next := d.Host.NextRun(p.Name, now)
	switch {
	case p.Desired() == program.Up:
		wait := d.Host.WaitsFor(p.Name)
		s.Waiting, s.Reason, s.WaitingFor = wait.Kind, wait.For, wait.Programs
		return "waits " + s.Reason
	case !next.IsZero():
		text := "next run in " + phrase.Until(now.Round(0), next.Round(time.Second))
		if p.Starts > 0 {
			text += ", last one: " + s.LastEnd
		}
		return text
	case p.Program.Skipped:
		s.Reason = p.Skipped
		return s.Reason
	case p.Starts == 0:
		return "not started"
	}
	return s.LastEnd + ", " + phrase.Lasted(p.EndedAt, now) + " ago"
}

func (d *Desk) health(_ *control.Request, c *Caller) {
	c.reply(&control.Answer{Health: d.Health()})
	c.done()
}

// Health says whether everything is up that the container is for. A program that has done
// its work is no reason to wait.
func (d *Desk) Health() *control.Health {
	stopping := d.Host.Ending()
	h := &control.Health{Ready: !stopping, Waiting: []string{}, Stopping: stopping}
	for p := range d.Host.Programs() {
		if p.Config.Critical == config.CriticalNo || p.Config.Pool != nil || p.Config.Schedule != nil || p.removed() {
			continue
		}
		done := p.State == program.Exited && p.Expected() || p.State == program.Stopped && p.Desired() != program.Up && p.Starts == 0
		if !done && !(p.State == program.Running && p.Ready) {
			h.Ready = false
			h.Waiting = append(h.Waiting, p.Name)
		}
	}
	return h
}
