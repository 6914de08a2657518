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
		Why: d.why(p, end.Whole, now), Verdict: end.Verdict, Profile: p.Config.Profile, Reloads: p.Config.ReloadSignal != 0,
		Exits: append([]control.Exits{}, p.Exits...), Done: p.Config.Oneshot && p.State == program.Exited && p.Expected(),
	}
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

// why says in one line how it is that a program is in its state; last is how its last
// process has ended.
func (d *Desk) why(p *Program, last string, now time.Time) string {
	switch p.State {
	case program.Running, program.Starting:
		switch {
		case p.PID == 0 && p.Hook != program.NoHook && p.Lack.What == "":
			text := p.Hook.String() + " runs, for at most another " + phrase.Until(now, p.Deadline)
			if last != "" {
				text += "; the one before: " + last
			}
			return text
		case p.PID == 0:
			return "cannot be started yet, next try in " + phrase.Until(now, p.Deadline) + ": " + p.Lack.What
		}
		return d.whyUp(p, last, now)
	case program.Backoff:
		return "next start in " + phrase.Until(now, p.Deadline) + ": " + last
	case program.Stopping:
		text := "stopping for " + phrase.Lasted(p.StopAt, now)
		if p.Hook != program.NoHook {
			text += ", " + p.Hook.String() + " runs"
		}
		if p.PID != 0 || p.Hook == program.NoHook {
			text = "pid " + strconv.Itoa(p.PID) + ", " + text
		}
		if p.Order != "" && p.StopRequested {
			text += ", " + p.Order
		}
		return text
	case program.Fatal:
		return "given up: " + last
	case program.Stopped, program.Exited:
		return d.whyDown(p, last, now)
	}
	return ""
}

// whyUp is why of a program that has a process.
func (d *Desk) whyUp(p *Program, last string, now time.Time) string {
	text := "pid " + strconv.Itoa(p.PID) + ", up for " + phrase.Lasted(p.StartedAt, now)
	if p.Ready && !p.Config.Ready.None() {
		text += ", ready for " + phrase.Lasted(p.ReadySince, now)
	}
	if p.State == program.Running && !p.Ready && !p.Config.Oneshot {
		text += ", not ready yet"
		if why := d.Host.Unready(p.Name); why != "" {
			text += " (" + why + ")"
		}
	}
	if last != "" {
		text += "; the one before: " + last
	}
	return text
}

// whyDown is why of a program at rest that was not given up.
func (d *Desk) whyDown(p *Program, last string, now time.Time) string {
	next := d.Host.NextRun(p.Name, now)
	switch {
	case d.Host.WaitsForOthers(p.Name):
		return "waits for another container that runs it"
	case p.Desired() == program.Up:
		text, _ := d.Host.WaitsFor(p.Name)
		return text
	case !next.IsZero():
		text := "next run in " + phrase.Until(now.Round(0), next.Round(time.Second))
		if p.Starts > 0 {
			text += ", last one: " + last
		}
		return text
	case p.Program.Skipped:
		return p.Skipped
	case p.Starts == 0:
		return "not started"
	}
	return last + ", " + phrase.Lasted(p.EndedAt, now) + " ago"
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
