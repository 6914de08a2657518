package supervisor

import (
	"errors"
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
	connected := func(err error, now time.Time) {
		if err = s.unlessUnasked(u, err, now); err != nil || q.dropped {
			hear(err, now)
			return
		}
		s.whose(u, p, hear)
	}
	switch p.Kind {
	case config.ProbeHTTP:
		go func() {
			err := probe.Get(p, limit)
			s.post(func() { connected(err, time.Now()) })
		}()
	case config.ProbeExec:
		s.run(u, p.Command, nil, limit, now, func(err error, _ []string) {
			now := time.Now()
			if s.meets(u.name, err, now) { // an answer is the exit of a process, and no errno
				err = notAsked{err}
			}
			hear(err, now)
		})
	default:
		connected(probe.Connect(p), now)
	}
	if q.over {
		return nil
	}
	return q
}

// unlessUnasked tells a probe for which there was no socket from an answer.
func (s *Supervisor) unlessUnasked(u *unit, err error, now time.Time) error {
	if e := (*probe.NoSocketError)(nil); errors.As(err, &e) && s.meets(u.name, err, now) {
		return notAsked{err}
	}
	return err
}

// unasked says whether the error of a probe says nothing about the program.
func unasked(err error) bool { return errors.As(err, &notAsked{}) }

// drop lets nobody hear the answer.
func (q *question) drop() {
	if q != nil {
		q.dropped = true
	}
}
