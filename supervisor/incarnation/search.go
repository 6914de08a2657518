package incarnation

import (
	"errors"
	"os"
	"sync"
	"time"

	"entrypoint/supervisor/offload"
	"entrypoint/supervisor/pipe"
	"entrypoint/supervisor/shortage"
)

// search looks for a pattern in what a program prints. A helper process of the
// gateway's binary does that: regular expressions would make PID 1 larger. It ends when
// it has found the pattern, or when its standard input is closed.
type search struct {
	mu   sync.Mutex
	pipe *os.File // to its standard input; nil: it is over
}

// openSearch starts the search for a notifier. A helper process that cannot be started
// because a resource is short, or a file system does not answer, is an error: the start
// of the program can be tried again. Any other failure is told to the listener, and the
// program starts without the search.
func openSearch(n *notifier) (*search, error) {
	ours, stdin, err := pipe.ToWrite()
	if err != nil {
		return nil, err
	}
	defer stdin.Close()
	s := &search{pipe: os.NewFile(uintptr(ours), "pipe")}
	var unstarted error
	err = n.host.Search(n.name, stdin, func(err error) {
		s.close()
		switch {
		case canRetry(err):
			unstarted = err
		case n.closed: // which has closed its input, so that it has ended
		case err == nil:
			n.says.Printed()
		default:
			n.says.Unsearched(err)
		}
	})
	if err == nil {
		err = unstarted
	}
	if err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

// canRetry says whether a process could not be started for a reason that passes.
func canRetry(err error) bool {
	late := (*offload.LateError)(nil)
	return shortage.Of(err) != 0 || errors.As(err, &late)
}

// write takes what the program prints, from any goroutine. Output that comes faster
// than it is searched is not searched: printing is held up for writeTime at most.
func (s *search) write(data []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.pipe != nil {
		_ = s.pipe.SetWriteDeadline(time.Now().Add(writeTime))
		if _, err := s.pipe.Write(data); err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
			_ = s.pipe.Close()
			s.pipe = nil
		}
	}
}

// writeTime is how long the output of a program may be held up by its search.
const writeTime = 50 * time.Millisecond

// close ends the search, if it goes on.
func (s *search) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.pipe != nil {
		_ = s.pipe.Close()
		s.pipe = nil
	}
}
