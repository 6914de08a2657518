package supervisor

import (
	"os"
	"time"

	"entrypoint/supervisor/helper"
	"entrypoint/supervisor/process"
	"entrypoint/supervisor/shortage"
)

// run runs a command of a program beside it, as its user and in its environment, and
// tells how it has ended: the error is nil if its exit code was 0. limit 0 is none.
func (s *Supervisor) run(u *unit, argv []string, stdin *os.File, limit time.Duration, now time.Time, done func(error, []string)) {
	spec, err := s.specOf(u.Config, argv)
	if err == nil {
		spec.File, err = s.look(u.Config, argv[0])
	}
	if err != nil {
		done(err, nil)
		return
	}
	if stdin != nil {
		spec.Stdin = stdin
	}
	s.parts.helpers.Run(helper.Command{Spec: spec, Limit: limit, Done: done}, now)
}

// runSpec runs a helper process that is given a silent standard input.
func (s *Supervisor) runSpec(spec *process.Spec, limit time.Duration, now time.Time, done func(error, []string)) {
	stdin, err := s.inherited.silence.File()
	if err != nil {
		done(err, nil)
		return
	}
	spec.Stdin = stdin
	s.parts.helpers.Run(helper.Command{Spec: spec, Limit: limit, Done: done}, now)
}

// fork starts a process.
func (s *Supervisor) fork(spec *process.Spec) (pid int, err error) {
	err = shortage.Insist(func() (err error) {
		pid, err = s.Table.Start(spec)
		return err
	})
	return pid, err
}
