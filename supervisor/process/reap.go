package process

import (
	"os"
	"os/signal"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Listen makes the signals arrive in Signals and the ends of children in
// Children. It is called after the first fork, while the child's execve goes on
// beside it, because arming sixty signals takes longer than the fork. Nothing is
// lost in between: signals have been recorded since Open (record.go), and a dead
// child stays until it is reaped. Further calls do nothing.
//
// No signal is ever ignored by disposition: that would survive execve into the
// children. SIGPIPE is caught and dropped, so a closed stdout of the container
// does not end us.
func (t *Table) Listen() {
	if t.signals != nil {
		return
	}
	t.children = make(chan struct{}, 1)
	t.reaped = make(chan struct{}, 1)
	go t.watch()
	list := Signals()
	t.signals = make(chan os.Signal, 2*len(list))
	notify(t.signals, list)
	listenRecorded(t.signals)
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
}

// Signals delivers the signals that reach us, after Listen. SIGURG among them
// means that Recorded has something.
func (t *Table) Signals() <-chan os.Signal { return t.signals }

// Children receives a value when Reap has something to do, after Listen.
func (t *Table) Children() <-chan struct{} { return t.children }

// defaultSIGCHLD gives SIGCHLD its default disposition behind the back of the
// Go runtime, which would run its handler on some thread for each of thousands
// of orphans. The kernel discards a signal whose default is to do nothing when
// it is generated (signal(7)); children become zombies all the same. It also
// undoes an ignored SIGCHLD that we inherited, with which the kernel would
// throw exit statuses away (wait(2), NOTES).
func defaultSIGCHLD() {
	setAction(syscall.SIGCHLD, &action{}) // all zero: SIG_DFL, no flags
}

// childless is how often we look for orphans while we have no child of our own.
// There is nothing to block on then, and an orphan can only come from outside,
// from a docker exec.
const childless = time.Second

// watch waits until a child has ended and says so on t.children. It looks and
// never takes (WNOWAIT): the one who reaps is the owner of the table.
func (t *Table) watch() {
	for {
		options := unix.WEXITED | unix.WNOWAIT
		if t.stops.Load() {
			options |= unix.WSTOPPED
		}
		switch err := unix.Waitid(unix.P_ALL, 0, nil, options, nil); err {
		case nil:
			t.children <- struct{}{}
			<-t.reaped
		case syscall.ECHILD:
			select {
			case <-t.started:
			case <-time.After(childless):
			}
		}
	}
}

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
	defer func() {
		t.lastReap = time.Now()
		wake(t.reaped)
	}()
	options := syscall.WNOHANG
	if t.stops.Load() {
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

// wake leaves one token in c, if there is none.
func wake(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
