package shortage

import (
	"errors"
	"runtime"
	"syscall"
)

// Of says what is used up, if that is why something has failed: EAGAIN (processes,
// of fork(2)), ENOMEM (memory; also for ENOBUFS), EMFILE and ENFILE (descriptors, of
// the process and of the machine); 0: nothing is.
//
// EAGAIN means so much else that only errors of starting processes and of making
// pipes, sockets and files belong here, none of reading or connecting.
func Of(err error) syscall.Errno {
	for _, errno := range [...]syscall.Errno{syscall.EAGAIN, syscall.ENOMEM, syscall.EMFILE, syscall.ENFILE} {
		if errors.Is(err, errno) {
			return errno
		}
	}
	if errors.Is(err, syscall.ENOBUFS) {
		return syscall.ENOMEM
	}
	return 0
}

// insistence is how often Insist tries.
const insistence = 3

// Insist calls f, which makes something, up to three times while that meets a
// shortage. What is short is often given back in the same moment, by another
// goroutine or process; and where many things are needed at once, all the others
// would be undone for the one that was missing.
func Insist(f func() error) (err error) {
	for range insistence {
		if err = f(); Of(err) == 0 {
			break
		}
		runtime.Gosched()
	}
	return err
}
