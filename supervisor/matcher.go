package supervisor

import (
	"errors"
	"os"
	"sync"
	"time"

	"entrypoint/supervisor/door"
	"entrypoint/supervisor/pipe"
	"entrypoint/supervisor/shortage"
)

// matcher searches what a program prints, in a process of the gateway's binary:
// regular expressions would make PID 1 larger.
type matcher struct {
	mu   sync.Mutex
	pipe *os.File // to its standard input; nil: it is over
}

func (s *Supervisor) openMatcher(u *unit, h *herald) (*matcher, error) {
	file, err := door.Find(s.Executable, s.environ, s.Files)
	if err != nil {
		return nil, err
	}
	ours, stdin, err := pipe.ToWrite()
	if err != nil {
		return nil, err
	}
	defer stdin.Close()
	m := &matcher{pipe: os.NewFile(uintptr(ours), "pipe")}
	unstarted := error(nil)
	s.run(u, []string{file, "match", u.Config.Ready.Pattern}, stdin, 0, time.Now(), func(err error, _ []string) {
		over := m.close()
		switch {
		case shortage.Of(err) != 0 || isLate(err): // it has not been started
			unstarted = err
		case u.says != h:
		case err == nil:
			s.checks.Printed(u.name, time.Now())
		case over: // and not because we have closed its input
			s.checks.Unsearched(u.name, err)
		}
	})
	return m, unstarted
}

// hear takes what the program prints, from any goroutine. It never waits: output
// that comes faster than it is searched is not searched.
func (m *matcher) hear(data []byte) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.pipe != nil {
		_ = m.pipe.SetWriteDeadline(time.Now().Add(hearTime))
		if _, err := m.pipe.Write(data); err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
			_ = m.pipe.Close()
			m.pipe = nil
		}
	}
}

// hearTime is how long the output of a program may be held up by its search.
const hearTime = 50 * time.Millisecond

// close ends the search, and says whether it was going on.
func (m *matcher) close() (open bool) {
	if m == nil {
		return false
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.pipe == nil {
		return false
	}
	_ = m.pipe.Close()
	m.pipe = nil
	return true
}
