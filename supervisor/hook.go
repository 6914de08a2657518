package supervisor

import (
	"os"
	"syscall"
	"time"

	"entrypoint/config"
	"entrypoint/supervisor/diagnosis"
	"entrypoint/supervisor/export"
	"entrypoint/supervisor/hook"
	"entrypoint/supervisor/incarnation"
	"entrypoint/supervisor/process"
	"entrypoint/supervisor/program"
	"entrypoint/supervisor/verdict"
)

// runHook starts the hook that u waits for, and says how that went.
func (s *Supervisor) runHook(u *unit, now time.Time) program.Event {
	if u.Hook == program.PreStart {
		u.startedPID, u.spawnErr, u.order = 0, "", ""
	}
	v := u.view()
	e, err := s.parts.hooks.Run(v, now)
	switch {
	case e.Kind == program.SpawnDelayed:
		s.putOff(u, err, now)
		return e
	case err != nil:
		s.hookFailed(u, e.Code, err.Error())
	}
	u.lacks = ""
	return e
}

// hookFailed notes why u is not started: its pre_start hook has failed.
func (s *Supervisor) hookFailed(u *unit, code int, why string) {
	if u.Hook != program.PreStart || u.State != program.Starting || u.Config.Hooks.Lenient {
		return
	}
	u.spawnErr = why
	u.diagnosis = diagnosis.Diagnosis{Text: why, Record: &verdict.Record{Program: u.name, ExitCode: code, Cause: why}}
}

// Hook starts a command of a program as the program is started, with more variables and a
// file by which it hands over some itself. It prints where the program prints.
func (h *host) Hook(name string, argv, variables []string, exports *os.File) (hook.Process, error) {
	s, u := h.s, h.s.byName[name]
	c := *u.Config                                // but for what only its main process has
	if c.Pool != nil && c.Stdout.Targets == nil { // there an event listener says what nobody reads, and a hook what somebody does
		c.Stdout, c.RedirectStderr = c.Stderr, true
	}
	c.Health, c.Socket, c.Pool = config.Health{}, nil, nil
	spec, err := s.specOf(&c, argv)
	if err != nil {
		return nil, err
	}
	spec.Env = config.SetVariables(spec.Env, variables)
	if spec.File, err = s.look(u.Config, argv[0]); err != nil {
		return nil, err
	}
	spec.Extra, spec.ExtraFD = exports, export.FD
	i, err := incarnation.Open(h, &incarnation.Plan{
		Name: name, Config: &c, Spec: spec, Start: s.fork, Outputs: s.Output, Buffer: s.Buffer, Logs: s.streamLogs(),
	})
	if err != nil {
		return nil, err
	}
	return &hookProcess{Incarnation: i}, nil
}

// hookProcess is the process of a hook, with what belongs to it.
type hookProcess struct{ *incarnation.Incarnation }

// Exited is told of its end.
func (p *hookProcess) Exited(e process.Exit, now time.Time, read func()) (until time.Time) {
	if x := p.Incarnation.Exited(e, process.Code(e.Status) != 0, now, read); x.Waits() {
		until = x.Until
	}
	return until
}

// Last is the last line that it has printed.
func (p *hookProcess) Last() string {
	if x := p.Pending(); x != nil && x.Printed() {
		if lines, _ := x.LastWords(); len(lines) > 0 {
			return lines[len(lines)-1]
		}
	}
	return ""
}

// SignalGroup sends a signal to a process group.
func (h *host) SignalGroup(group int, sig syscall.Signal) error {
	return h.s.Table.SignalGroup(group, sig)
}

// Ended says how the last process of a program has ended, or why there was none. Hooks
// pass it on, so secrets are hidden in it.
func (h *host) Ended(name string) string {
	u := h.s.byName[name]
	text := u.diagnosis.Last(u.Program, u.endedAt)
	if h.s.Mask != nil {
		text = h.s.Mask(text)
	}
	return text
}

// learn passes on what the last pre_start hook of a program has handed over.
func (s *Supervisor) learn(u *unit) {
	if v := s.parts.hooks.Variables(u.name); len(v) > 0 && s.Learn != nil {
		s.Learn(v)
	}
}
