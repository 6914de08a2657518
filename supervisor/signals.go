package supervisor

import (
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"entrypoint/config"
	"entrypoint/supervisor/container"
	"entrypoint/supervisor/notice"
	"entrypoint/supervisor/process"
)

// sameRequest is how long further stop signals mean the same as the first: a
// terminal and a script may both send one to the whole process group.
const sameRequest = 500 * time.Millisecond

// signal acts on a signal to PID 1.
func (s *Supervisor) signal(sig syscall.Signal, now time.Time) {
	name := process.SignalName(sig)
	switch a := s.action(sig); a.Action {
	case config.ActionStop:
		s.stopSignal(sig, name, now)
	case config.ActionReload:
		s.tell(nil, now, notice.Signalled{Name: name, For: notice.Reload})
		s.reloadConfiguration(nil)
	case config.ActionReopen:
		s.tell(nil, now, notice.Signalled{Name: name, For: notice.Reopen})
		s.reopenLogs()
		s.reopenPrograms(now)
	case config.ActionForward:
		s.forward(name, a, now)
	default:
		if sig == syscall.SIGUSR1 {
			s.Log("ignored " + name + " (signal_map in [entrypoint] can give it a meaning)")
		} else {
			s.trace("ignored " + name)
		}
	}
}

// action is what a signal means here.
func (s *Supervisor) action(sig syscall.Signal) config.SignalAction {
	if a, ok := s.container.SignalMap[sig]; ok {
		return a
	}
	return config.SignalAction{Action: config.UsualAction(sig)}
}

// stopSignal is a request to end the container: the second one is an order. While
// the programs still drain, it only ends that. Only who runs the container gives
// orders: a program that signals its supervisor whenever it is told of an end, as many
// event listeners do, asks once more for what goes on already.
func (s *Supervisor) stopSignal(sig syscall.Signal, name string, now time.Time) {
	sender, inside := s.Table.FromInside(sig)
	switch {
	case s.state.Requested() && inside:
		s.trace("received " + name + " from process " + strconv.Itoa(sender) + " of this container: it is stopping already")
		return
	case s.state.Requested() && now.Sub(s.state.RequestedAt) < sameRequest:
		s.trace("received " + name + " too: the same request")
		return
	}
	e := container.Event{Kind: container.Ask, Busy: slices.ContainsFunc(s.units, live)}
	asked := notice.EndAsked{By: name, Again: s.state.Requested(), Drain: s.container.Drain}
	if asked.Again {
		e.Kind = container.Insist
	}
	a := s.step(e, now)
	switch a {
	case container.BeginDrain:
		asked.Then = notice.Draining
	case container.KillAll:
		asked.Then = notice.KillAll
	}
	s.tell(nil, now, asked)
	s.carryOut(a, now)
}

// forward sends a signal on, as another one, to programs or groups.
func (s *Supervisor) forward(name string, a config.SignalAction, now time.Time) {
	reached := []string{}
	for _, u := range s.units {
		if !u.reachable() || !slices.ContainsFunc(a.Programs, u.isCalled) {
			continue
		}
		if err := s.Table.Signal(u.PID, a.Signal); err == nil {
			u.diagnosis.Sent(a.Signal, "whoever sent "+name+" to entry-point (signal_map)")
			reached = append(reached, u.name)
		} else {
			s.refused(u, a.Signal, err, now)
		}
	}
	s.tell(nil, now, notice.Forwarded{Name: name, Signal: a.Signal, To: reached})
}

// isCalled says whether a name in the configuration means this program.
func (u *unit) isCalled(name string) bool {
	return name == "*" || name == u.name || name == u.Config.Group || name == u.Config.Name ||
		strings.HasSuffix(u.Config.Section, ":"+name)
}
