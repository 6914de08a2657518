package supervisor

import (
	"cmp"
	"os"
	"strconv"
	"strings"
	"time"

	"entrypoint/config"
	"entrypoint/supervisor/container"
	"entrypoint/supervisor/control"
	"entrypoint/supervisor/events"
	"entrypoint/supervisor/notice"
	"entrypoint/supervisor/process"
	"entrypoint/supervisor/program"
)

// Handle begins to carry out a request of the control socket; see control.Handler.
func (s *Supervisor) Handle(r control.Request, reply func(control.Answer)) (cancel func()) {
	c := &caller{reply: reply, asked: time.Now(), by: r.By.String()}
	s.post(func() { s.request(r, c) })
	return func() {
		s.post(func() {
			c.gone = true
			c.unfollow()
		})
	}
}

// caller is who waits for the answers to one request.
type caller struct {
	reply func(control.Answer)
	asked time.Time
	by    string // who it is; "": it is not known
	gone  bool
	taps  []func() // end what it follows
}

// whose is the caller, as in "on request of root (ctl)".
func (c *caller) whose() string {
	if c.by == "" {
		return ""
	}
	return " of " + c.by
}

func (c *caller) done() { c.reply(control.Answer{Done: true}) }

func (c *caller) fail(code, message string) {
	c.reply(control.Answer{Error: &control.Error{Code: code, Message: message}})
}

// request answers in the loop.
func (s *Supervisor) request(r control.Request, c *caller) {
	now := time.Now()
	switch r.Do {
	case control.DoInfo:
		c.reply(control.Answer{Info: s.info(now.Sub(c.asked))})
		c.done()
	case control.DoStatus:
		s.status(r, c, now)
	case control.DoStart, control.DoStop, control.DoRestart, control.DoSignal:
		s.act(r, c, now)
	case control.DoEvents:
		s.tellEvents(r, c)
	case control.DoLogs:
		s.tellLogs(r, c)
	case control.DoRead:
		s.readLog(r, c)
	case control.DoClear:
		s.clearLogs(r, c)
	case control.DoUsage:
		s.tellUsage(r, c)
	case control.DoConfig:
		s.describe(r, c)
	case control.DoStdin:
		s.writeStdin(r, c)
	case control.DoAdd:
		s.addGroups(r, c)
	case control.DoRemove:
		s.removeGroups(r, c)
	case control.DoRenew:
		s.restartAll(c.whose(), c.tellRestart)
	case control.DoRemoteEvent:
		s.notices.bus.Publish(events.RemoteCommunication(r.Type, string(r.Data)))
		c.done()
	case control.DoReread:
		s.preview(c.tellChanges)
	case control.DoReload, control.DoUpdate:
		if len(r.Names) > 0 {
			s.reloadPrograms(r, c, now)
			return
		}
		s.reloadConfiguration(c.tellChanges)
	case control.DoHealth:
		c.reply(control.Answer{Health: s.health()})
		c.done()
	case control.DoShutdown:
		c.done()
		if !s.state.Requested() { // a second one is no order to kill, as a second signal is
			s.stopSignal(0, "a request"+c.whose()+" to end", now)
		}
	default:
		c.fail(control.BadRequest, "unknown request "+r.Do.String())
	}
}

func (c *caller) result(r control.Result) { c.reply(control.Answer{Result: &r}) }

func (s *Supervisor) info(waited time.Duration) *control.Info {
	state := "RUNNING"
	switch {
	case s.state.Final():
		state = "SHUTDOWN"
	case s.state.Phase == container.Restarting:
		state = "RESTARTING"
	}
	return &control.Info{
		Protocol: control.Version, Version: s.Version, PID: os.Getpid(), Identifier: s.container.Identifier,
		State: state, Started: s.about.startedAt, Source: s.configuration.source, Programs: len(s.units), Orphans: s.about.orphans,
		Waited: waited.Seconds(), Setup: append([]control.Step{}, s.SetupSteps...),
	}
}

// named finds the units of a request's names, in order, each once. What is
// unknown is answered as a result of its own.
func (s *Supervisor) named(names []string, c *caller) (list []*unit) {
	seen := map[*unit]bool{}
	for _, name := range names {
		found := name == "all"
		group, short, split := strings.Cut(name, ":")
		for _, u := range s.units {
			inGroup := split && u.Config.Group == group && (short == "*" || short == u.Config.Name)
			if name != "all" && name != u.name && !inGroup {
				continue
			}
			found = true
			if !seen[u] && !u.removed() {
				seen[u] = true
				list = append(list, u)
			}
		}
		switch {
		case found:
		case short == "*":
			c.result(control.Result{Name: group, Group: group, Status: control.NoGroup, Text: "no such group"})
		case !split:
			c.result(control.Result{Name: name, Group: name, Status: control.NoProgram, Text: "no such program"})
		default:
			c.result(control.Result{Name: short, Group: group, Status: control.NoProgram, Text: "no such program"})
		}
	}
	return list
}

// orAll is every program where none is named.
func orAll(names []string) []string {
	if len(names) == 0 {
		return []string{"all"}
	}
	return names
}

func (s *Supervisor) status(r control.Request, c *caller, now time.Time) {
	for _, u := range s.named(orAll(r.Names), c) {
		p := s.snapshot(u, now)
		p.StdoutLog, p.StderrLog = s.logPath(u, "stdout"), s.logPath(u, "stderr")
		c.reply(control.Answer{Program: p})
	}
	c.done()
}

// snapshot is what others may know of u.
func (s *Supervisor) snapshot(u *unit, now time.Time) *control.Program {
	p := &control.Program{
		Name: u.Config.Name, Group: u.Config.Group, FullName: u.name, State: u.State.String(), PID: u.PID, Ready: u.Ready,
		Started: u.StartedAt, Ended: u.endedAt, ExitCode: -1, Starts: u.starts, Failures: u.Failures,
		ReadySince: u.ReadySince, SpawnErr: u.spawnErr, Critical: u.Config.Critical != config.CriticalNo && u.Config.Pool == nil,
		Why: s.why(u, now), Verdict: u.diagnosis.Sentence(u.name), Profile: u.Config.Profile, Reloads: u.Config.ReloadSignal != 0,
	}
	p.Exits = append([]control.Exits{}, u.exits...)
	if u.Config.Schedule == nil {
		p.Restarts = max(0, u.starts-1)
	}
	if !u.endedAt.IsZero() {
		p.ExitCode, p.Exit = u.Code, process.Describe(u.Status)
		if u.Status.Signaled() {
			p.Signal = int(u.Status.Signal())
		}
	}
	p.Done = u.Config.Oneshot && u.State == program.Exited && u.Expected()
	switch u.State {
	case program.Backoff:
		p.NextStart = u.Deadline
	case program.Starting:
		if u.PID == 0 {
			p.NextStart = u.Deadline
		}
	case program.Stopped, program.Exited, program.Fatal:
		p.NextStart = s.parts.schedule.Next(u.name, now)
	}
	p.SpawnErr = cmp.Or(p.SpawnErr, notice.BadEnd(&u.Program))
	return p
}

// why says in one line how it is that u is in its state.
func (s *Supervisor) why(u *unit, now time.Time) string {
	last := u.diagnosis.Last(u.Program, u.endedAt)
	switch u.State {
	case program.Running, program.Starting:
		if u.PID == 0 {
			return "cannot be started yet, next try in " + until(now, u.Deadline) + ": " + u.lacks
		}
		text := "pid " + strconv.Itoa(u.PID) + ", up for " + lasted(u.StartedAt, now)
		if u.Ready && !u.Config.Ready.None() {
			text += ", ready for " + lasted(u.ReadySince, now)
		}
		if u.State == program.Running && !u.Ready && !u.Config.Oneshot {
			text += ", not ready yet"
			if why := s.parts.check.Why(u.name); why != "" {
				text += " (" + why + ")"
			}
		}
		if last != "" {
			text += "; the one before: " + last
		}
		return text
	case program.Backoff:
		return "next start in " + until(now, u.Deadline) + ": " + last
	case program.Stopping:
		text := "pid " + strconv.Itoa(u.PID) + ", stopping for " + lasted(u.stopAt, now)
		if u.order != "" && u.StopRequested {
			text += ", " + u.order
		}
		return text
	case program.Fatal:
		return "given up: " + last
	case program.Stopped, program.Exited:
		switch {
		case u.turn.waits:
			return "waits for another container that runs it"
		case u.Desired() == program.Up:
			text, _ := s.waitsFor(u)
			return text
		case !s.parts.schedule.Next(u.name, now).IsZero():
			text := "next run in " + until(now.Round(0), s.parts.schedule.Next(u.name, now).Round(time.Second))
			if u.starts > 0 {
				text += ", last one: " + last
			}
			return text
		case u.Skipped:
			return u.skipped
		case u.starts == 0:
			return "not started"
		}
		return last + ", " + lasted(u.endedAt, now) + " ago"
	}
	return ""
}

// health says whether everything is up that the container is for. A program that
// has done its work is no reason to wait.
func (s *Supervisor) health() *control.Health {
	stopping := s.state.Ending()
	h := &control.Health{Ready: !stopping, Waiting: []string{}, Stopping: stopping}
	for _, u := range s.units {
		if u.Config.Critical == config.CriticalNo || u.Config.Pool != nil || u.Config.Schedule != nil || u.removed() {
			continue
		}
		done := u.State == program.Exited && u.Expected() || u.State == program.Stopped && u.Desired() != program.Up && u.starts == 0
		if !done && !(u.State == program.Running && u.Ready) {
			h.Ready = false
			h.Waiting = append(h.Waiting, u.name)
		}
	}
	return h
}

// tellEvents answers with what has happened, and with what happens from now on.
func (s *Supervisor) tellEvents(r control.Request, c *caller) {
	for _, e := range s.notices.history.Events() {
		c.reply(control.Answer{Event: &e})
	}
	switch {
	case !r.Follow:
		c.done()
	case !c.gone:
		c.taps = append(c.taps, s.notices.history.Follow(func(e control.Event) { c.reply(control.Answer{Event: &e}) }))
	}
}

// unfollow ends what somebody follows who has hung up.
func (c *caller) unfollow() {
	for _, end := range c.taps {
		end()
	}
	c.taps = nil
}
