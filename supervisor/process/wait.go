package process

import (
	"syscall"
	"time"

	"entrypoint/supervisor/process/signals"
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
	if arrived := takeRecorded(); arrived != nil {
		return arrived
	}
	if due := t.lateDue(); !due.IsZero() {
		if until.IsZero() || due.Before(until) {
			until = due
		}
		defer func() { t.endLate(time.Now()) }()
	}
	for signals.Count() == t.seen {
		at := until
		if !t.trimAt.IsZero() && (at.IsZero() || t.trimAt.Before(at)) {
			at = t.trimAt
		}
		left := time.Duration(0)
		if !at.IsZero() {
			left = time.Until(at)
			if left <= 0 && at == t.trimAt {
				t.trimAt = time.Time{}
				Trim()
				continue
			}
			if left <= 0 {
				break
			}
		}
		signals.Wait(t.seen, left)
	}
	t.seen = signals.Count()
	return takeRecorded()
}

// Pending returns the signals that have arrived since they were last asked for,
// without waiting.
func (t *Table) Pending() []syscall.Signal { return takeRecorded() }

// Wake makes Wait return. Any goroutine may call it.
func (t *Table) Wake() { signals.Wake() }
