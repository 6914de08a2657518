package supervisor

import (
	"errors"
	"path/filepath"
	"time"

	"entrypoint/supervisor/diagnosis"
	"entrypoint/supervisor/lock"
	"entrypoint/supervisor/offload"
	"entrypoint/supervisor/once"
	"entrypoint/supervisor/program"
	"entrypoint/supervisor/shortage"
)

// codeHeld is the exit code of work whose turn did not come: EX_TEMPFAIL of
// sysexits.h.
const codeHeld = 75

// turn is where a oneshot is that may run once, or in one container at a time.
type turn struct {
	asking  chan struct{} // it waits for its turn; closed: nobody waits any more
	waits   bool          // for another container
	granted *once.Turn    // held from the start to the final end
}

// askTurn lets a program wait for its turn, if it has to; files and locks are
// asked beside the loop.
func (s *Supervisor) askTurn(u *unit) (asked bool) {
	c := u.Config
	if c.Once.Dir == "" {
		return false
	}
	work := once.Work{
		Name: u.name, Dir: under(c.Directory, c.Once.Dir), Command: c.Command,
		Always: c.Once.Mode == 0, Timeout: c.Once.Timeout, Asks: s.Files,
	}
	for _, name := range c.Once.Files {
		work.Files = append(work.Files, under(c.Directory, name))
	}
	asking := make(chan struct{})
	u.turn.asking, u.spawnErr = asking, ""
	go func() {
		granted, err := s.take(u.name, &work, asking, func(holder string) {
			s.post(func() {
				if u.turn.asking == asking {
					u.turn.waits = true
					s.line(u, "waits for another container that runs it ("+work.Dir+", locked by "+holder+")")
				}
			})
		})
		s.post(func() { s.turnCame(u, asking, granted, err, time.Now()) })
	}()
	return true
}

// take waits for the turn of work, also where the container has no descriptor left
// to ask for it, or no thread. It is not for the loop.
func (s *Supervisor) take(name string, work *once.Work, cancel <-chan struct{}, waiting func(holder string)) (*once.Turn, error) {
	for {
		granted, err := work.Take(cancel, waiting)
		if shortage.Of(err) == 0 && !isLate(err) {
			return granted, err
		}
		s.post(func() { s.meets(name, err, time.Now()) })
		select {
		case <-cancel:
			return nil, once.ErrCancelled
		case <-time.After(time.Second):
		}
	}
}

// under is path as a program with this working directory sees it.
func under(dir, path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(dir, path)
}

// turnCame starts the program, or finds that there is nothing to do.
func (s *Supervisor) turnCame(u *unit, asking chan struct{}, granted *once.Turn, err error, now time.Time) {
	if u.turn.asking != asking {
		if granted != nil {
			s.endTurn(u, granted, false)
		}
		return
	}
	u.turn = turn{granted: granted}
	held := (*lock.HeldError)(nil)
	switch {
	case granted == nil && err == nil:
		u.skipped = "has run before, so it is not started"
		s.apply(u, now, program.Event{Kind: program.Skip})
		return
	case errors.Is(err, once.ErrCancelled):
		return
	case errors.As(err, &held): // it may be at work all the same, so two at once could be
		u.spawnErr = err.Error() + " (once_timeout); end that process, or raise it"
		u.diagnosis = diagnosis.Unstarted(u.name, errors.New("not started: "+u.spawnErr))
		u.skipped = u.diagnosis.Text
		s.apply(u, now, program.Event{Kind: program.Skip, Code: codeHeld})
		return
	case err != nil:
		s.line(u, err.Error()+"; it runs without knowing whether it has run before")
	}
	s.apply(u, now, program.Event{Kind: program.Start})
}

// giveUpTurn ends the waiting of a program that is no longer to start.
func (u *unit) giveUpTurn() {
	if u.turn.asking != nil && u.Desired() != program.Up && !live(u) {
		close(u.turn.asking)
		u.turn = turn{}
	}
}

// restTurn ends the turn of a program that has come to rest.
func (s *Supervisor) restTurn(u *unit) {
	if granted := u.turn.granted; granted != nil {
		u.turn = turn{}
		s.endTurn(u, granted, u.State == program.Exited && u.Expected())
	}
}

// noteTime is how long the note that something has been done may take.
const noteTime = 10 * time.Second

// endTurn notes what has been done, beside the loop; the container's end waits
// for it, unless it takes too long.
func (s *Supervisor) endTurn(u *unit, granted *once.Turn, ok bool) {
	s.noting++
	over := false
	var late *time.Timer
	noted := func(err error) {
		if over {
			return
		}
		over = true
		late.Stop()
		s.noting--
		if err != nil {
			s.line(u, err.Error()+"; it will run again")
		}
	}
	late = time.AfterFunc(noteTime, func() {
		s.post(func() {
			noted(&offload.LateError{What: "note that it has been done", Why: "the file system has not answered for " + noteTime.String()})
		})
	})
	go func() {
		err := granted.Done(ok)
		s.post(func() { noted(err) })
	}()
}
