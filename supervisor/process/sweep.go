package process

import (
	"syscall"
	"time"
)

const (
	// leastGrace is what leftovers get even when their main process has used
	// up the whole time for the stop.
	leastGrace = time.Second
	// lastWait bounds how long we wait for processes that got SIGKILL: one in
	// an uninterruptible system call would keep us for ever.
	lastWait     = time.Second
	killInterval = 50 * time.Millisecond
)

// Sweep ends everything that is left of what we started: SIGTERM, time until
// deadline (a second at least), SIGKILL. group is the process group of the main
// process, 0 when there were several or none. A stop signal that arrives
// meanwhile cuts the wait short. f gets each exit. It reports whether SIGKILL
// was needed.
func (t *Table) Sweep(group int, deadline time.Time, f func(Exit)) (killed bool) {
	if !t.Reap(f) {
		return false // nothing left: the usual case
	}
	if least := time.Now().Add(leastGrace); deadline.Before(least) {
		deadline = least
	}
	t.signalLeft(group, syscall.SIGTERM)
	t.signalLeft(group, syscall.SIGCONT) // a stopped process dies of TERM only when it goes on
	if t.drain(time.Until(deadline), true, f) {
		return false
	}
	for end := time.Now().Add(lastWait); time.Now().Before(end); {
		// Again and again: a process may have forked while we looked.
		t.signalLeft(group, syscall.SIGKILL)
		if t.drain(killInterval, false, f) {
			break
		}
	}
	return true
}

// drain reaps for at most d and reports whether everything has ended.
func (t *Table) drain(d time.Duration, interruptible bool, f func(Exit)) bool {
	for until := time.Now().Add(d); time.Now().Before(until); {
		for _, sig := range t.Wait(until) {
			if interruptible && Stops(sig) {
				return false
			}
		}
		if !t.Reap(f) {
			return true
		}
	}
	return false
}
