package ctl

import (
	"cmp"
	"slices"

	"entrypoint/supervisor/control"
)

// action is start, stop, signal or clear upon names.
type action struct {
	do       control.Operation
	signal   string
	done     string // "started"
	harmless string // the code that is no failure
	noGroup  int    // exit code where a group does not exist
	reason   func(code string) string
}

func starting() action {
	return action{do: control.DoStart, done: "started", harmless: control.AlreadyStarted, noGroup: codeUsage, reason: startReason}
}

func stopping() action {
	return action{do: control.DoStop, done: "stopped", harmless: control.NotRunning, noGroup: codeFailed, reason: signalReason}
}

func (s *shell) startNames(names []string) error {
	if len(names) == 0 {
		return s.misused(codeUsage, "start requires a process name", "start")
	}
	return s.act(starting(), names)
}

func (s *shell) stopNames(names []string) error {
	if len(names) == 0 {
		return s.misused(codeFailed, "stop requires a process name", "stop")
	}
	return s.act(stopping(), names)
}

// restartNames is all stops and then all starts, each with its lines.
func (s *shell) restartNames(names []string) error {
	if len(names) == 0 {
		return s.misused(codeFailed, "restart requires a process name", "restart")
	}
	if err := s.act(stopping(), names); err != nil {
		return err
	}
	return s.act(starting(), names)
}

func (s *shell) signalNames(args []string) error {
	if len(args) < 2 {
		return s.misused(codeFailed, "signal requires a signal name and a process name", "signal")
	}
	return s.act(action{do: control.DoSignal, signal: args[0], done: "signalled", noGroup: codeFailed, reason: signalReason}, args[1:])
}

func (s *shell) clearLogs(names []string) error {
	if len(names) == 0 {
		return s.misused(codeFailed, "clear requires a process name", "clear")
	}
	return s.act(action{do: control.DoClear, done: "cleared", reason: clearReason}, names)
}

// misused is a mistake in a command's words, with its help.
func (s *shell) misused(code int, text, verb string) error {
	s.fail(code, "Error: "+text)
	return s.helpOn([]string{verb})
}

// act asks for one name after the other, since each one's lines and errors stand
// in the order of the names.
func (s *shell) act(a action, names []string) error {
	if slices.Contains(names, "all") {
		names = []string{"all"}
	}
	for _, name := range names {
		if err := s.actOn(a, name); err != nil {
			return err
		}
		_ = s.out.Flush()
	}
	return nil
}

func (s *shell) actOn(a action, name string) error {
	group, isGroup := groupOf(name)
	if a.do == control.DoClear && isGroup { // supervisord knows no groups of logs
		s.result(a, name, control.NoProgram, "")
		return nil
	}
	many := isGroup || name == "all"
	if isGroup {
		name = group + ":*"
	}
	request := &control.Request{Do: a.do, Names: []string{name}, Signal: a.signal, Wait: a.do == control.DoStart || a.do == control.DoStop}
	err := s.ask(request, func(answer *control.Answer) error {
		r := answer.Result
		switch {
		case r == nil:
		case isNoName(r.Status):
			s.noName(a, name, isGroup)
		case many && (r.Status == a.harmless || a.do == control.DoSignal && r.Status == control.NotRunning):
			// Of many, only those that there was something to do for are told of.
		case many:
			s.result(a, fullName(r), r.Status, r.Text)
		default:
			s.result(a, plainName(name), r.Status, r.Text)
		}
		return nil
	})
	refused, ok := err.(*control.Error)
	switch {
	case !ok:
		return err
	case isNoName(refused.Code):
		s.noName(a, name, isGroup)
	case many || refused.Code == control.ShuttingDown:
		return err
	default:
		s.result(a, plainName(name), refused.Code, refused.Message)
	}
	return nil
}

func (s *shell) noName(a action, name string, isGroup bool) {
	if !isGroup {
		s.result(a, plainName(name), control.NoProgram, "")
		return
	}
	group, _ := groupOf(name)
	s.fail(a.noGroup, group+": ERROR (no such group)")
}

// result prints one program's line and counts it.
func (s *shell) result(a action, name, status, text string) {
	s.count(status, a.harmless)
	switch why := a.reason(status); {
	case status == control.OK:
		s.print(name + ": " + a.done)
	case status == control.Failed && a.do != control.DoClear:
		s.print(cmp.Or(text, name+": ERROR (failed)"))
	case why != "":
		s.print(name + ": ERROR (" + why + ")")
	default:
		s.print(name + ": ERROR (" + cmp.Or(text, reason(status)) + ")")
	}
}

func startReason(code string) string {
	switch code {
	case control.NoProgram:
		return "no such process"
	case control.NoFile:
		return "no such file"
	case control.NotExecutable:
		return "file is not executable"
	case control.AlreadyStarted:
		return "already started"
	case control.SpawnError, control.Abnormal: // "Exited too quickly" is a spawnerr to supervisord
		return "spawn error"
	}
	return ""
}

func signalReason(code string) string {
	switch code {
	case control.NoProgram:
		return "no such process"
	case control.BadSignal:
		return "bad signal name"
	case control.NotRunning:
		return "not running"
	}
	return ""
}

func clearReason(code string) string {
	switch code {
	case control.NoProgram:
		return "no such process"
	case control.Failed, control.NoLog:
		return "failed"
	}
	return ""
}

// groupOf is the group of "GROUP:*" and "GROUP:".
func groupOf(name string) (group string, isGroup bool) {
	n := control.ParseNamespec(name)
	return n.Group, n.WholeGroup()
}

// plainName is a name as results show it: "web:web" is "web".
func plainName(name string) string {
	n := control.ParseNamespec(name)
	return namespec(n.Group, n.Program)
}
