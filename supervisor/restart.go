package supervisor

import (
	"time"

	"entrypoint/config"
	"entrypoint/supervisor/container"
	"entrypoint/supervisor/notice"
	"entrypoint/supervisor/program"
)

// restartAll stops everything, reads the configuration again and starts everything, as
// supervisord's reload does. It reads first: a configuration that is bad stops nothing. by
// says who has asked, as in " of root"; tell is told whether the restart has begun.
func (s *Supervisor) restartAll(by string, tell func(error)) {
	if err := s.restartable(); err != nil {
		tell(err)
		return
	}
	var users []string // all are started
	s.readAndRender(s.Load, s.renderAll(&users), func(cfg *config.Config, err error) {
		if err == nil {
			err = s.restartable() // much may have happened meanwhile
		}
		if err == nil {
			s.beginRestart(cfg, by, time.Now())
		}
		tell(err)
	})
}

// restartable says why not everything can be restarted now; nil: it can.
func (s *Supervisor) restartable() error {
	if s.state.Phase == container.Restarting {
		return errRestarting
	}
	return s.readable()
}

// beginRestart stops everything. What waits for its start does not wait any more; the other
// programs are told in the phases of the stop (stopPrograms).
func (s *Supervisor) beginRestart(cfg *config.Config, by string, now time.Time) {
	s.tell(nil, now, notice.RestartAsked{By: by})
	s.configuration.next = cfg
	s.step(container.Event{Kind: container.AskRestart}, now)
	s.each(func(u *unit) {
		u.order = "to start everything anew, on request" + by
		if u.AtRest() {
			s.apply(u, now, program.Event{Kind: program.Stop})
		}
	})
}

// endRestart starts everything, when all has stopped for that.
func (s *Supervisor) endRestart(now time.Time) {
	if s.state.Phase != container.Restarting {
		return
	}
	for _, u := range s.units {
		if live(u) {
			return
		}
	}
	cfg := s.configuration.next
	s.configuration.next = nil
	s.step(container.Event{Kind: container.Restarted}, now)
	s.replace(cfg, now)
	s.each(func(u *unit) {
		if !u.removed() {
			s.become(u, fresh(u.Config), now)
		}
	})
	s.tell(nil, now, notice.Restarted{})
	s.startWaiting(now)
}
