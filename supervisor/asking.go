package supervisor

import (
	"time"

	"entrypoint/config"
	"entrypoint/supervisor/probe"
)

// question is a probe that has been put and not answered. The answer to one that
// was dropped is not heard.
type question struct{ dropped, over bool }

// ask puts a probe. The answer comes in the loop, after at most limit; if it has
// come already there is no question left.
func (s *Supervisor) ask(u *unit, p *config.Probe, limit time.Duration, now time.Time, answer func(error, time.Time)) *question {
	q := &question{}
	hear := func(err error, now time.Time) {
		if q.over = true; !q.dropped {
			answer(err, now)
		}
	}
	switch p.Kind {
	case config.ProbeHTTP:
		go func() {
			err := probe.Get(p, limit)
			s.post(func() { hear(err, time.Now()) })
		}()
	case config.ProbeExec:
		s.run(u, p.Command, nil, limit, now, func(err error, _ []string) { hear(err, time.Now()) })
	default:
		hear(probe.Connect(p), now)
	}
	if q.over {
		return nil
	}
	return q
}

// drop lets nobody hear the answer.
func (q *question) drop() {
	if q != nil {
		q.dropped = true
	}
}
