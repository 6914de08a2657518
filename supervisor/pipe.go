package supervisor

import (
	"os"
	"syscall"

	"entrypoint/supervisor/shortage"
)

// The ends of a pipe.
const (
	reading = 0
	writing = 1
)

// openPipe makes a pipe whose end ours does not block; each end is an open file of
// its own, and the other one blocks.
func openPipe(ours int) (ends [2]int, err error) {
	if err = shortage.Insist(func() error { return syscall.Pipe2(ends[:], syscall.O_CLOEXEC) }); err == nil {
		_ = syscall.SetNonblock(ends[ours], true) // fails for no descriptor that is open
	}
	return ends, err
}

// pipe is openPipe with files: the runtime waits for ours without a thread, and
// Close ends what waits.
func pipe(ours int) (own, theirs *os.File, err error) {
	ends, err := openPipe(ours)
	if err != nil {
		return nil, nil, err
	}
	return os.NewFile(uintptr(ends[ours]), "pipe"), os.NewFile(uintptr(ends[1-ours]), "pipe"), nil
}
