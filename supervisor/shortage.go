package supervisor

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"entrypoint/config"
	"entrypoint/supervisor/offload"
	"entrypoint/supervisor/program"
)

// The kernel may have no process, memory or descriptor left for what the loop wants to
// start or open, and a file system may not answer. Neither is the fault of a program: its
// start is put off and tried again until it can be done.

// delay is why the start of a program is put off.
type delay struct {
	lacks      string    // what it lacks; "": nothing
	lacksSince time.Time // since when
}

// openShortages makes the ledger of what the container is short of.
func (s *Supervisor) openShortages() {
	s.shortages.Tell = func(text string, now time.Time) { s.remark(nil, text, now) }
	s.Files.Tell(func() { s.post(s.answered) })
}

// meets says whether an error is no fault of the program: it comes from a shortage,
// of which the first one is told, or a file system does not answer, which Files has
// told. who is the program that needed something, or what of ours.
func (s *Supervisor) meets(who string, err error, now time.Time) bool {
	return s.shortages.Met(who, err, now) || isLate(err)
}

// isLate says whether something was left undone because a file system does not answer.
func isLate(err error) bool {
	e := (*offload.LateError)(nil)
	return errors.As(err, &e)
}

// answered tries the starts again that wait: what was late has answered.
func (s *Supervisor) answered() {
	for _, u := range s.units {
		if u.State == program.Starting && u.PID == 0 && u.lacks != "" {
			s.apply(u, time.Now(), program.Event{Kind: program.Restart})
		}
	}
}

// putOff notes why the start of u cannot be done now.
func (s *Supervisor) putOff(u *unit, err error, now time.Time) {
	if u.lacks == "" {
		u.lacksSince = now
		if isLate(err) {
			s.line(u, err.Error()+"; it is started as soon as that can be done")
		}
	}
	u.lacks = err.Error()
}

// look looks for a command as a program would find it.
func (s *Supervisor) look(c *config.Program, command string) (file string, err error) {
	env := environmentOf(c, &s.container, s.inherited.environ, s.handed(c))
	path := "" // of what is searched for, it is not known
	if strings.Contains(command, "/") {
		path = c.Path(command)
	}
	return offload.Do(s.Files, offload.Call{Key: "command " + command + " in " + c.Directory, What: "look for command " + strconv.Quote(command), Path: path}, func() (string, error) {
		return s.Table.Look(command, env, c.Directory)
	}, nil)
}
