// Package pipe makes the pipes between entry-point and the processes that it starts, for
// what they print and for what they read. (That by which a child reports why it cannot
// execute its program belongs to package process: neither end of it blocks.)
package pipe

import (
	"os"
	"syscall"

	"entrypoint/supervisor/shortage"
)

// ToRead makes a pipe that a process writes to and we read from. Our end is a
// descriptor that does not block, so os.NewFile of it waits without a thread, and
// closing that ends what waits. theirs blocks, as programs expect: each end is an open
// file of its own. Neither is inherited by a process that is not given it. Where
// descriptors are short it tries again (shortage.Insist).
func ToRead() (ours int, theirs *os.File, err error) { return open(0) }

// ToWrite is ToRead for a pipe that we write to and a process reads from.
func ToWrite() (ours int, theirs *os.File, err error) { return open(1) }

func open(own int) (ours int, theirs *os.File, err error) {
	var ends [2]int
	if err = shortage.Insist(func() error { return syscall.Pipe2(ends[:], syscall.O_CLOEXEC) }); err != nil {
		return -1, nil, err
	}
	_ = syscall.SetNonblock(ends[own], true) // fails for no descriptor that is open
	return ends[own], os.NewFile(uintptr(ends[1-own]), "pipe"), nil
}
