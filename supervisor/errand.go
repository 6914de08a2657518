package supervisor

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
	"time"

	"entrypoint/config"
	"entrypoint/supervisor/process"
	"entrypoint/supervisor/shortage"
)

// errand is a process of ours that is no program and ends soon: the command of a
// probe, a check before a reload. It runs as the program that it is about.
type errand struct {
	pid   int
	limit time.Duration
	until time.Time // when it is killed; zero: never
	late  bool
	said  int // descriptor of what it prints; it does not block
	done  func(err error, lines []string)
}

// maxSaid is how much of what an errand prints is read. It is less than a pipe
// holds, so that no errand waits for us.
const maxSaid = 16 << 10

// run runs a command beside the programs and tells how it has ended: the error is
// nil if its exit code was 0. limit 0 is none.
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
	s.runSpec(spec, limit, now, done)
}

// runSpec is run for what is not run as a program is.
func (s *Supervisor) runSpec(spec *process.Spec, limit time.Duration, now time.Time, done func(error, []string)) {
	e, err := s.sendOut(spec)
	if err != nil {
		done(err, nil)
		return
	}
	e.limit, e.done = limit, done
	if limit > 0 {
		e.until = now.Add(limit)
	}
	if s.errands == nil {
		s.errands = map[int]*errand{}
	}
	s.errands[e.pid] = e
}

func (s *Supervisor) sendOut(spec *process.Spec) (*errand, error) {
	if err := s.openStdin(); err != nil {
		return nil, err
	}
	if spec.Stdin == nil {
		spec.Stdin = s.stdin
	}
	ends, err := openPipe(reading)
	if err != nil {
		return nil, fmt.Errorf("cannot make a pipe: %w", err)
	}
	theirs := os.NewFile(uintptr(ends[writing]), "output")
	defer theirs.Close()
	spec.Stdout, spec.Stderr = theirs, theirs
	pid, err := s.fork(spec)
	if err != nil {
		_ = syscall.Close(ends[reading])
		return nil, err
	}
	return &errand{pid: pid, said: ends[reading]}, nil
}

// fork starts a process.
func (s *Supervisor) fork(spec *process.Spec) (pid int, err error) {
	err = shortage.Insist(func() (err error) {
		pid, err = s.Table.Start(spec)
		return err
	})
	return pid, err
}

// specOf is what a process of a program is given, whatever it executes.
func (s *Supervisor) specOf(c *config.Program, argv []string) (*process.Spec, error) {
	if err := s.openStdin(); err != nil {
		return nil, err
	}
	spec := &process.Spec{Argv: argv, Dir: c.Directory, Env: s.environment(c), Stdin: s.stdin, Settings: settings(c)}
	if c.User != nil {
		spec.Credential = &syscall.Credential{Uid: c.User.UID, Gid: c.User.GID, Groups: c.User.Groups}
	}
	return spec, nil
}

// returned takes the end of a process, if it is an errand's.
func (s *Supervisor) returned(x process.Exit) bool {
	e := s.errands[x.PID]
	if e == nil {
		return false
	}
	delete(s.errands, x.PID)
	_ = s.Table.SignalGroup(x.PID, syscall.SIGKILL) // what it has left behind
	lines := e.lines()
	var err error
	switch {
	case x.Err != nil:
		err = x.Err
	case e.late:
		err = errors.New("no answer within " + e.limit.String())
	case process.Code(x.Status) != 0:
		text := process.Describe(x.Status)
		if len(lines) > 0 {
			text += ": " + lines[len(lines)-1]
		}
		err = errors.New(text)
	}
	e.done(err, lines)
	return true
}

// lines are the last that it has printed. Nobody waits for those who still hold the
// pipe.
func (e *errand) lines() (lines []string) {
	defer syscall.Close(e.said)
	text := make([]byte, 0, maxSaid)
	for len(text) < maxSaid {
		n, err := syscall.Read(e.said, text[len(text):maxSaid])
		if n <= 0 || err != nil {
			break
		}
		text = text[:len(text)+n]
	}
	for line := range strings.SplitSeq(string(text), "\n") {
		if line = strings.TrimSpace(line); line != "" {
			lines = append(lines, line)
		}
	}
	return lines[max(0, len(lines)-shownLines):]
}

// tickErrands kills those that have taken too long.
func (s *Supervisor) tickErrands(now time.Time) {
	for _, e := range s.errands {
		if !e.late && !e.until.IsZero() && !now.Before(e.until) {
			e.late = true
			_ = s.Table.SignalGroup(e.pid, syscall.SIGKILL)
		}
	}
}

// errandDue is when the next one has taken too long; zero: none will.
func (s *Supervisor) errandDue() (at time.Time) {
	for _, e := range s.errands {
		if !e.late {
			at = earlier(at, e.until)
		}
	}
	return at
}
