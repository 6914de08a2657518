package setup

import (
	"errors"
	"os"
	"syscall"
	"time"
)

// lockPoll is how often we look whether the other one has finished. A blocking
// flock would be woken up at once but could not be given up when a stop signal
// arrives.
const (
	lockPoll     = 200 * time.Millisecond
	lockReminder = 60 * time.Second
)

var errLocked = errors.New("locked by another process")

// tryLock locks the directory itself, so that there is no lock file to leave
// behind; the kernel drops the lock when we die, however that happens.
func tryLock(dir string) (unlock func(), err error) {
	f, err := os.OpenFile(dir, os.O_RDONLY|syscall.O_DIRECTORY, 0)
	if err != nil {
		return nil, err
	}
	for {
		err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err != syscall.EINTR {
			break
		}
	}
	if err != nil {
		_ = f.Close()
		if err == syscall.EWOULDBLOCK {
			return nil, errLocked
		}
		return nil, err
	}
	return func() { _ = f.Close() }, nil
}

// lock waits for the directory's lock: containers that share a volume install
// one after the other.
func (s *setup) lock() (unlock func(), err error) {
	s.locked = true
	said := time.Time{}
	for {
		unlock, err := tryLock(s.Dir)
		if err == nil {
			return unlock, nil
		}
		if !errors.Is(err, errLocked) {
			s.Log("setup: cannot lock " + s.Dir + ": " + cause(err).Error() + ": goes on without")
			return func() {}, nil
		}
		if sig := s.Sleep(lockPoll); sig != 0 {
			return nil, &Aborted{sig}
		}
		if time.Since(said) > lockReminder {
			said = time.Now()
			s.Log("setup: waiting for another container that is setting up " + s.Dir)
		}
	}
}
