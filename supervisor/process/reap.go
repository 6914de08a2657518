package process

import (
	"os"
	"os/signal"
	"syscall"
	"time"
)

// Listen arms the signals. It may be called after the first fork, while the
// child's execve goes on beside it: arming sixty signals takes longer than a
// fork. An exit in that gap is not lost as long as a Reap follows. Further calls
// do nothing.
//
// No signal is ever ignored by disposition: that would survive execve into the
// children. SIGPIPE is caught and dropped, so a closed stdout of the container
// does not end us.
func (t *Table) Listen() {
	if t.signals != nil {
		return
	}
	t.children = make(chan os.Signal, 1) // one wake-up stands for any number of exits
	signal.Notify(t.children, syscall.SIGCHLD)
	t.signals = make(chan os.Signal, 128) // twice as many as there are signals
	Notify(t.signals, Signals())
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
}

// Signals delivers the signals that reach us, after Listen.
func (t *Table) Signals() <-chan os.Signal { return t.signals }

// Children receives a value when Reap has something to do, after Listen.
func (t *Table) Children() <-chan os.Signal { return t.children }

// A storm of exits (thousands of orphans a second) would wake us for each one.
// When the last reap was less than stormGap ago we wait stormPause first, and
// collect in one go what died meanwhile. A lone exit is never delayed.
const (
	stormGap   = time.Millisecond
	stormPause = 2 * time.Millisecond
)

// Reap collects every child that has ended and hands each exit to f, own
// children and orphans alike; with a terminal handed over also children that
// stopped (Status.Stopped). It reports false when no child is left at all.
func (t *Table) Reap(f func(Exit)) (children bool) {
	if time.Since(t.lastReap) < stormGap {
		time.Sleep(stormPause)
	}
	defer func() { t.lastReap = time.Now() }()
	options := syscall.WNOHANG
	if t.stops {
		options |= syscall.WUNTRACED
	}
	for {
		var status syscall.WaitStatus
		pid, err := syscall.Wait4(-1, &status, options, nil)
		switch {
		case err == syscall.EINTR:
		case err != nil:
			return false // ECHILD
		case pid == 0:
			return true
		default:
			f(Exit{pid, status})
		}
	}
}
