package supervisor

import (
	"time"

	"entrypoint/config"
	"entrypoint/supervisor/container"
	"entrypoint/supervisor/control"
	"entrypoint/supervisor/notice"
	"entrypoint/supervisor/program"
)

// renew stops everything, reads the configuration again and starts anew, as
// supervisord's reload does. A configuration that is bad stops nothing.
func (s *Supervisor) renew(c *caller) {
	if s.refuses(c) || !s.mayReload(c) {
		return
	}
	s.read(func(cfg *config.Config, err error) {
		if err != nil {
			c.fail(control.BadConfig, err.Error())
			return
		}
		if s.refuses(c) {
			return
		}
		s.tell(nil, time.Now(), notice.RestartAsked{By: c.whose()})
		s.next = cfg
		now := time.Now()
		s.step(container.Event{Kind: container.Renew}, now) // stopPrograms does the rest
		s.each(func(u *unit) {
			u.order = "to start everything anew, on request" + c.whose()
			if u.AtRest() { // whatever it waits for; the others are told in the phases of the stop
				s.apply(u, now, program.Event{Kind: program.Stop})
			}
		})
		c.done()
	})
}

// renewed starts anew when everything has stopped.
func (s *Supervisor) renewed(now time.Time) {
	if s.state.Phase != container.Restarting {
		return
	}
	for _, u := range s.units {
		if live(u) {
			return
		}
	}
	cfg := s.next
	s.next = nil
	s.step(container.Event{Kind: container.Renewed}, now)
	s.replace(cfg, now)
	s.each(func(u *unit) {
		if !u.removed() {
			s.become(u, fresh(u.Config), now)
		}
	})
	s.tell(nil, now, notice.Restarted{})
	s.startWanted(now)
}
