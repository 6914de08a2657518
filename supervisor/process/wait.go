package process

import (
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// futex operations (futex(2)) on memory of this process alone.
const (
	futexWait = 0 | 128
	futexWake = 1 | 128
)

// trimAfter is when the memory of the start is given back: when what was started
// is up, so that it does not compete with it.
const trimAfter = 2 * time.Second

// Wait blocks until something has happened, and until the moment until at the
// latest (zero: for ever): a signal has arrived, a child has ended, or Wake was
// called. It returns the signals that have arrived; a Reap should follow. It is
// the one place where the loop waits, and it waits in one system call. The first
// call ends the start: what is not needed before the first fork happens here.
func (t *Table) Wait(until time.Time) []syscall.Signal {
	if !t.watching {
		t.watching = true
		go t.watch()
		// Not a timer of the runtime: its first one makes a poller, and takes a thread.
		t.trimAt = time.Now().Add(trimAfter)
	}
	if signals := takeRecorded(); signals != nil {
		return signals
	}
	if due := t.lateDue(); !due.IsZero() {
		if until.IsZero() || due.Before(until) {
			until = due
		}
		defer func() { t.endLate(time.Now()) }()
	}
	// What has happened since the last call, or since Open, has changed wakeups, and
	// what happens from here on changes it first: the kernel finds another value than
	// seen and does not wait. No wake-up is lost.
	for seen := t.seen; atomic.LoadUint32(t.wakeups) == seen; {
		at := until
		if !t.trimAt.IsZero() && (at.IsZero() || t.trimAt.Before(at)) {
			at = t.trimAt
		}
		var timeout *unix.Timespec
		if !at.IsZero() {
			left := time.Until(at)
			if left <= 0 && at == t.trimAt {
				t.trimAt = time.Time{}
				Trim()
				continue
			}
			if left <= 0 {
				break
			}
			ts := unix.NsecToTimespec(int64(left))
			timeout = &ts
		}
		_, _, _ = syscall.Syscall6(unix.SYS_FUTEX, uintptr(unsafe.Pointer(t.wakeups)), futexWait,
			uintptr(seen), uintptr(unsafe.Pointer(timeout)), 0, 0)
	}
	t.seen = atomic.LoadUint32(t.wakeups)
	return takeRecorded()
}

// Pending returns the signals that have arrived since they were last asked for,
// without waiting.
func (t *Table) Pending() []syscall.Signal { return takeRecorded() }

// Wake makes Wait return. Any goroutine may call it.
func (t *Table) Wake() {
	atomic.AddUint32(t.wakeups, 1)
	_, _, _ = syscall.RawSyscall6(unix.SYS_FUTEX, uintptr(unsafe.Pointer(t.wakeups)), futexWake, 1, 0, 0, 0)
}
