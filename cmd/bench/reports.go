package main

import (
	"encoding/binary"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// reports is where helpers write their numbers to: a pipe, or a FIFO.
type reports struct{ *os.File }

// next returns the next number that a helper has reported.
func (r reports) next(timeout time.Duration) (uint64, error) {
	var b [8]byte
	if err := r.SetReadDeadline(time.Now().Add(timeout)); err != nil {
		return 0, err
	}
	if _, err := io.ReadFull(r, b[:]); err != nil {
		return 0, err
	}
	return binary.NativeEndian.Uint64(b[:]), nil
}

// report writes a number, as a helper does.
func report(w io.Writer, value uint64) {
	_, _ = w.Write(binary.NativeEndian.AppendUint64(nil, value))
}

// last returns the greatest of the next count numbers: when the last of count
// programs did something.
func (r reports) last(count int, timeout time.Duration) (greatest uint64, err error) {
	for deadline := time.Now().Add(timeout); count > 0; count-- {
		n, err := r.next(time.Until(deadline))
		if err != nil {
			return greatest, err
		}
		greatest = max(greatest, n)
	}
	return greatest, nil
}

// pending counts the numbers that are there, and takes them away.
func (r reports) pending() (n int) {
	conn, err := r.SyscallConn()
	if err != nil {
		return 0
	}
	// Not by a deadline, which may have passed before there was a look.
	_ = conn.Read(func(fd uintptr) bool {
		for b := make([]byte, 8); ; n++ {
			if got, err := unix.Read(int(fd), b); err != nil || got != len(b) {
				return true
			}
		}
	})
	return n
}

// fifo makes a FIFO to report to, for programs that are not left descriptor 3.
// It takes the reports of 8000 programs before one has to wait.
func (r *rig) fifo() (reports, error) {
	dir, err := r.emptyDir()
	if err != nil {
		return reports{}, err
	}
	name := filepath.Join(dir, "reports")
	if err := syscall.Mkfifo(name, 0o666); err != nil {
		return reports{}, err
	}
	// Open for writing, too: so it never comes to its end.
	f, err := os.OpenFile(name, os.O_RDWR|syscall.O_NONBLOCK, 0)
	return reports{f}, err
}
