package setup

import (
	"cmp"
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"entrypoint/supervisor/lock"
	"entrypoint/supervisor/safefile"
)

// lockPoll is how often we look whether the other process has finished. A blocking flock
// would be woken up at once, but could not be given up when a stop signal arrives.
const (
	lockPoll     = 200 * time.Millisecond
	lockReminder = 60 * time.Second
)

// lockName is the file by which containers that share a directory install one after
// the other. It is there while one of them does.
const lockName = ".entry-point-setup"

// leftLock says whether there is a lock file: of somebody who is at work, or was killed.
func leftLock(dir string) bool {
	_, err := os.Lstat(filepath.Join(dir, lockName))
	return err == nil
}

// place is where a lock is taken: the lock file or, where there can be none because
// the directory cannot be written, the directory itself.
type place struct {
	*os.File
	// own says that this is our lock file. Anything else could be opened, and locked, by
	// processes that are no entry-point at work.
	own bool
}

// openPlace opens the place where dir is locked. The directory may belong to a
// program's user, who can put anything under the lock file's name.
func openPlace(dir string) (place, error) {
	// We never make a link there, so a link is not our lock file.
	f, err := safefile.OpenFile(filepath.Join(dir, lockName), os.O_RDWR|os.O_CREATE|syscall.O_NOFOLLOW, 0o600)
	if err == nil {
		info, err := f.Stat()
		if err == nil && info.Mode().IsRegular() {
			own := int(info.Sys().(*syscall.Stat_t).Uid) == os.Geteuid()
			if own {
				lock.CloseOff(f)
			}
			return place{f, own}, nil
		}
		_ = f.Close()
	}
	f, err = os.OpenFile(dir, os.O_RDONLY|syscall.O_DIRECTORY, 0)
	return place{f, false}, err
}

// gone says whether the lock file was removed after we had opened it: then the lock
// on it keeps nobody out.
func (p place) gone() bool {
	ours, err := p.Stat()
	there, err2 := os.Lstat(p.Name())
	return err != nil || err2 != nil || !os.SameFile(ours, there)
}

// take locks dir if nobody else has; the kernel drops the lock when we die, however
// that happens. The place is open only after lock.ErrHeld.
func take(dir string) (unlock func(), p place, err error) {
	if p, err = openPlace(dir); err != nil {
		return nil, p, err
	}
	switch err = lock.Try(p.File); {
	case errors.Is(err, lock.ErrHeld):
		return nil, p, err
	case err == nil && p.gone():
		err = lock.ErrHeld // it was removed; whoever makes the next one holds that
		return nil, p, err
	case err != nil:
		_ = p.Close()
		return nil, p, err
	case !p.own:
		return func() { _ = p.Close() }, p, nil
	}
	stop := lock.Keep(p.File)
	return func() {
		stop()
		_ = safefile.Remove(p.Name()) // it is still locked, so nobody uses it yet
		_ = p.Close()
	}, p, nil
}

// tryLock takes the lock if nobody holds it, and does not wait.
func tryLock(dir string) (unlock func(), err error) {
	unlock, p, err := take(dir)
	if errors.Is(err, lock.ErrHeld) {
		_ = p.Close()
	}
	return unlock, err
}

// lock waits for the directory's lock: containers that share a volume install
// one after the other. A holder of our lock file who gives no sign of life is an
// error. If there is no lock file of ours, the holder may be anybody, so after the same
// time we go on without the lock.
func (s *setup) lock() (unlock func(), err error) {
	s.locked = true
	none := func() {}
	limit := cmp.Or(s.LockTimeout, lock.DefaultLimit)
	patience, said := lock.Patience{Limit: limit}, time.Time{}
	for {
		left := leftLock(s.Dir)
		unlock, p, err := take(s.Dir)
		switch {
		case err == nil:
			s.killed = left
			return unlock, nil
		case !errors.Is(err, lock.ErrHeld):
			s.Log("setup: cannot lock " + s.Dir + ": " + cause(err).Error() + ": goes on without")
			return none, nil
		}
		signs := p.File
		if !p.own {
			signs = nil
		}
		over, held := patience.Over(signs, time.Now()), error(nil)
		if over {
			held = lock.Held(p.File, limit)
		} else if time.Since(said) > lockReminder {
			said = time.Now()
			s.Log("setup: waiting for another container that is setting up " + s.Dir + " (its lock is held by " + lock.Holder(p.File) + ")")
		}
		own := p.own
		_ = p.Close()
		switch {
		case over && own:
			return nil, &Error{Code: codeHeld, Cause: held}
		case over:
			s.Log("setup: " + held.Error() + ": goes on without a lock")
			return none, nil
		}
		if sig := s.Sleep(lockPoll); sig != 0 {
			return nil, &Aborted{sig}
		}
	}
}
