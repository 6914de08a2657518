package supervisor

import (
	"errors"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"entrypoint/config"
	"entrypoint/supervisor/process"
	"entrypoint/supervisor/program"
)

// unit is one program in the loop: its state and what the loop adds to it.
type unit struct {
	program.Program
	priority int     // effective: not lower than that of anything it needs
	needs    []*unit // must be ready before it starts
	wanted   bool    // to be started as soon as they are

	ready      bool
	probeAt    time.Time // when to ask the ready address next
	probeDelay time.Duration
	stopAt     time.Time // when its stop began
}

// apply makes one step and carries out what it asks for.
func (s *Supervisor) apply(u *unit, now time.Time, e program.Event) {
	before := u.Program
	after, action := program.Step(before, now, e)
	u.Program = after
	s.entered(u, before, now)
	switch action.Kind {
	case program.Spawn:
		s.spawn(u, now)
	case program.Signal:
		s.send(u, action.Signal, s.Table.Signal(u.PID, action.Signal))
	case program.SignalGroup:
		s.send(u, action.Signal, s.Table.SignalGroup(u.Group, action.Signal))
	}
}

// spawn starts the process of u and reports how that went.
func (s *Supervisor) spawn(u *unit, now time.Time) {
	c := u.Config
	spec := &process.Spec{Argv: c.Command, Dir: c.Directory, Stdin: s.stdin}
	if len(c.Environment) > 0 {
		spec.Env = os.Environ()
		for _, entry := range c.Environment {
			key, value, _ := strings.Cut(entry, "=")
			spec.Env = config.SetVariable(spec.Env, key, value)
		}
	}
	if c.User != nil {
		spec.Credential = &syscall.Credential{Uid: c.User.UID, Gid: c.User.GID, Groups: c.User.Groups}
	}
	pid, err := s.Table.Start(spec)
	if err != nil {
		s.Log(c.Name + ": " + err.Error())
		s.apply(u, now, program.Event{Kind: program.SpawnFailed, Code: process.StartCode(err)})
		return
	}
	s.byPID[pid] = u
	u.ready, u.probeAt, u.probeDelay = false, now, 0
	s.Log(c.Name + ": started as process " + strconv.Itoa(pid))
	s.apply(u, now, program.Event{Kind: program.Spawned, PID: pid})
}

func (s *Supervisor) send(u *unit, sig syscall.Signal, err error) {
	switch {
	case err == nil:
		s.trace(u.Config.Name + ": sent " + process.SignalName(sig))
	case !errors.Is(err, syscall.ESRCH): // ESRCH: it has ended, its exit is on its way
		s.Log(u.Config.Name + ": cannot send " + process.SignalName(sig) + ": " + err.Error())
	}
}

// entered logs what a step has changed, one line for each transition.
func (s *Supervisor) entered(u *unit, before program.Program, now time.Time) {
	name := u.Config.Name
	if u.State != program.Running && u.State != program.Starting {
		u.ready = false
	}
	if before.State == program.Stopping && !before.Killed && u.Killed {
		s.killed = s.killed || u.StopRequested
		s.Log(name + ": has not ended in time, killing it")
	}
	if before.State == u.State {
		return
	}
	switch u.State {
	case program.Running:
		s.Log(name + ": running, up for " + u.Config.StartSecs.String())
		u.ready = u.ready || u.Config.Ready == (config.Probe{}) // without an address it is ready now
	case program.Stopping:
		u.stopAt = now
		if u.StopRequested {
			s.Log(name + ": stopping with " + process.SignalName(u.Config.StopSignals[0].Signal))
		} else {
			s.Log(name + ": " + process.Describe(u.Status) + "; ending the rest of its process group")
		}
	case program.Stopped:
		if before.State == program.Stopping {
			s.Log(name + ": stopped after " + brief(now.Sub(u.stopAt)) + s.endNote(u))
		}
	case program.Starting:
		if before.State == program.Running || before.State == program.Stopping {
			s.Log(name + ": " + process.Describe(u.Status) + " after " + brief(now.Sub(u.StartedAt)) + "; starting it again")
		}
	case program.Backoff:
		s.Log(name + ": " + failure(u, before, now) + "; next start in " + brief(u.Deadline.Sub(now)))
	case program.Exited:
		s.Log(name + ": ended: " + process.Describe(u.Status) + " after " + brief(now.Sub(u.StartedAt)))
	case program.Fatal:
		s.Log(name + ": " + failure(u, before, now) + "; given up after " + tries(u.Failures))
		if !s.stopping {
			s.code = failureCode(u.Code)
			s.Log("stopping the container with exit code " + strconv.Itoa(s.code) + ", because " + name + " cannot be kept up")
			s.shutdown(now)
		}
	}
}

// endNote adds how a stopped process ended, unless it is what a stop looks like.
func (s *Supervisor) endNote(u *unit) string {
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

// failureCode is the container's exit code for a program that could not be kept
// up. A program that ends at once with 0 has failed as well.
func failureCode(code int) int {
	if code == 0 {
		return 1
	}
	return code
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
