package process

import (
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// childless is how often we look for orphans while we have no child of our own.
// There is nothing to block on then, and an orphan can only come from outside,
// from a docker exec.
const childless = time.Second

// watch waits until a child has ended and wakes the loop. It looks and never
// takes (WNOWAIT): the one who reaps is the owner of the table.
func (t *Table) watch() {
	for {
		options := unix.WEXITED | unix.WNOWAIT
		if t.stops.Load() {
			options |= unix.WSTOPPED
		}
		switch err := unix.Waitid(unix.P_ALL, 0, nil, options, nil); err {
		case nil:
			t.ended.Store(true)
			t.Wake()
			<-t.reaped
		case syscall.ECHILD:
			select {
			case <-t.started:
			case <-time.After(childless):
			}
		case syscall.EINTR:
		default:
			// Somebody denies us waitid (a filter of system calls): the loop is
			// woken by SIGCHLD then, once for each exit.
			t.recorder.Child()
			t.Wake() // for what has ended before
			return
		}
	}
}

// A storm of exits (thousands of orphans a second) would wake us for each one.
// When the last reap was less than stormGap ago we wait stormPause first, and
// collect in one go what died meanwhile. A lone exit is never delayed, nor is a
// wake-up for something else than an exit, and a signal ends the pause.
const (
	stormGap   = time.Millisecond
	stormPause = 2 * time.Millisecond
)

// Reap collects every child that has ended and hands each exit to f, own
// children and orphans alike; with a terminal handed over also children that
// stopped (Status.Stopped). It reports false when no child is left at all.
func (t *Table) Reap(f func(Exit)) (children bool) {
	if t.storm() {
		pause := unix.NsecToTimespec(int64(stormPause))
		_ = unix.Nanosleep(&pause, nil)
	}
	options := syscall.WNOHANG
	if t.stops.Load() {
		options |= syscall.WUNTRACED
	}
	for {
		var status syscall.WaitStatus
		pid, err := syscall.Wait4(-1, &status, options, nil)
		switch {
		case err == syscall.EINTR:
			continue
		case err == nil && pid > 0:
			t.lastReap = time.Now()
			if t.failed[pid] {
				delete(t.failed, pid)
				continue
			}
			e := Exit{PID: pid, Status: status}
			if !status.Stopped() {
				if e.Err = t.neverRan(pid); e.Err != nil {
					e.Status = syscall.WaitStatus(StartCode(e.Err) << 8)
				}
			}
			f(e)
			continue
		}
		token(t.reaped)
		return err == nil // else ECHILD
	}
}

// storm says whether children end faster than they should be collected one by one.
func (t *Table) storm() bool {
	return t.ended.Swap(false) && time.Since(t.lastReap) < stormGap
}

// token leaves one token in c, if there is none.
func token(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
