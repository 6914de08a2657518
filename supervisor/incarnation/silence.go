package incarnation

import (
	"fmt"
	"os"
	"syscall"

	"entrypoint/supervisor/pipe"
)

// Silence is the standard input of processes to which nobody writes: it stays open and
// silent, as supervisord's does. A program that reads the end of its input would take
// that for a request to stop, and the container's own input belongs to no program. The
// zero value is ready to use; its pipe is made when it is first needed.
type Silence struct {
	theirs *os.File // nil: not made yet
	ours   int
}

// File is what processes read from. All share one file, which is not the caller's to close.
func (s *Silence) File() (*os.File, error) {
	if s.theirs == nil {
		ours, theirs, err := pipe.ToWrite()
		if err != nil {
			return nil, fmt.Errorf("cannot make a pipe for the standard input: %w", err)
		}
		s.ours, s.theirs = ours, theirs
	}
	return s.theirs, nil
}

// Close closes both ends, once nobody is to be started any more.
func (s *Silence) Close() {
	if s.theirs != nil {
		_ = s.theirs.Close()
		_ = syscall.Close(s.ours)
		s.theirs = nil
	}
}
