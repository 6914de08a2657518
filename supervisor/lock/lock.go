package lock

import (
	"errors"
	"os"
	"strconv"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// ErrHeld is the error of a Try while another process holds the lock.
var ErrHeld = errors.New("locked by another process")

// DefaultLimit is how long one waits for a holder that gives no sign of life.
const DefaultLimit = time.Minute

// signEvery is the time between two signs of life. Several of them may be late on a busy
// machine before the limit of a minute is over.
const signEvery = 5 * time.Second

// mode is the mode of lock files: whoever may open one may lock it.
const mode = 0o600

// CloseOff lets nobody but the owner open the file from now on. One that belongs to
// somebody else stays as it is.
func CloseOff(f *os.File) {
	if info, err := f.Stat(); err == nil && info.Mode().Perm() != mode && stranger(f) < 0 {
		_ = f.Chmod(mode) // it fails with EPERM if the file is root's and we are not root
	}
}

// Try locks f, or returns ErrHeld.
func Try(f *os.File) error {
	for {
		switch err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err {
		case syscall.EINTR:
		case syscall.EWOULDBLOCK:
			return ErrHeld
		default:
			return err
		}
	}
}

// Patience is how long one waits for a lock.
type Patience struct {
	Limit time.Duration // without a sign of life

	begin time.Time
	seen  time.Time // the file's time
	since time.Time // when that was first seen
}

// Over says whether the holder of the lock on f has given no sign of life for the
// limit. Call it again and again while the lock is held. With a nil f no signs count,
// because others could give them as well: then it is over after the limit.
func (p *Patience) Over(f *os.File, now time.Time) bool {
	if p.begin.IsZero() {
		p.begin, p.since = now, now
	}
	if f != nil && (stranger(f) < 0 || now.Sub(p.begin) < strangersTimes*p.Limit) {
		if info, err := f.Stat(); err == nil && !info.ModTime().Equal(p.seen) {
			p.seen, p.since = info.ModTime(), now
		}
	}
	return now.Sub(p.since) >= p.Limit
}

// strangersTimes is for how many limits signs of life count in a file that belongs to
// somebody else: to a program's user, who may hold the lock himself, or, behind an NFS
// server that maps root to another user, to a replica.
const strangersTimes = 60

// stranger returns the owner of f; -1 if that is we or root.
func stranger(f *os.File) int {
	info, err := f.Stat()
	if err != nil {
		return -1
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok || st.Uid == 0 || int(st.Uid) == os.Geteuid() {
		return -1
	}
	return int(st.Uid)
}

// Keep gives signs of life for the holder of the lock on f until stop is called,
// which has to be before f is closed.
func Keep(f *os.File) (stop func()) {
	end, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(signEvery)
		defer tick.Stop()
		for {
			sign(f)
			select {
			case <-end:
				return
			case <-tick.C:
			}
		}
	}()
	return func() {
		close(end)
		<-ended
	}
}

// sign sets the time of f to now: utimensat(2) without a path and times. After an error
// others may lose their patience; nothing can be done about it.
func sign(f *os.File) {
	_, _, _ = unix.Syscall6(unix.SYS_UTIMENSAT, f.Fd(), 0, 0, 0, 0, 0)
}

// HeldError says that a lock could not be had.
type HeldError struct {
	Path   string
	Limit  time.Duration
	Holder string
	Owner  int // of the file; -1: we or root
}

// Held is the error for a lock on f whose holder has given no sign of life for the
// limit.
func Held(f *os.File, limit time.Duration) *HeldError {
	return &HeldError{f.Name(), limit, Holder(f), stranger(f)}
}

func (e *HeldError) Error() string {
	text := e.Path + " is locked by " + e.Holder + ", which has given no sign of life for " + e.Limit.String()
	if e.Owner >= 0 {
		text += " that counts; the file belongs to user " + strconv.Itoa(e.Owner)
	}
	return text
}
