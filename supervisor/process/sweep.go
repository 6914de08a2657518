package process

import (
	"os"
	"syscall"
	"time"
)

const (
	// lastWait bounds how long we wait for processes that got SIGKILL: one in
	// an uninterruptible system call would keep us for ever.
	lastWait     = time.Second
	killInterval = 50 * time.Millisecond
)

// Swept says how what was left has ended.
type Swept int

// The ways.
const (
	SweptWell   Swept = iota // by itself, or by SIGTERM
	SweptKilled              // by SIGKILL
	SweptNot                 // not: it survives SIGKILL, or cannot be found
)

// Sweep ends everything that is left of what we started: SIGTERM, time until
// deadline, SIGKILL. SIGTERM is for those whose parent has ended, and a process whose
// parent ends meanwhile gets it then: the workers of a master are the master's
// business. Who has got it from TellLeft does not get it again. group is the process
// group of the main process, 0 when there were several or none. A stop signal that
// arrives meanwhile cuts the wait short. f gets each exit.
func (t *Table) Sweep(group int, deadline time.Time, f func(Exit)) Swept {
	if !t.Reap(f) {
		return SweptWell // nothing left: the usual case
	}
	tell := func() { t.tellHeads(group, deadline) }
	tell()
	if t.drain(time.Until(deadline), tell, f) {
		return SweptWell
	}
	for end := time.Now().Add(lastWait); time.Now().Before(end); {
		// Again and again: a process may have forked while we looked.
		t.signalLeft(group, syscall.SIGKILL, end)
		if t.drain(killInterval, nil, f) {
			return SweptKilled
		}
	}
	return SweptNot
}

// drain reaps for at most d and reports whether everything has ended. tell is called
// whenever something has; nil: not, and no signal cuts the wait short.
func (t *Table) drain(d time.Duration, tell func(), f func(Exit)) bool {
	for until := time.Now().Add(d); time.Now().Before(until); {
		for _, sig := range t.Wait(until) {
			if tell != nil && Stops(sig) {
				return false
			}
		}
		if !t.Reap(f) {
			return true
		}
		if tell != nil {
			tell()
		}
	}
	return false
}

// TellLeft asks those to end that are none of the programs' any more, while programs
// are still there: what has left the process group that it was started in, such as a
// daemon. keep says which groups are programs', and which processes are our own.
// Without /proc nobody can be found.
func (t *Table) TellLeft(keep func(pid, group int) bool) (told int) {
	left, parents := map[int]bool{}, map[int]int{}
	children := family()
	for queue := []int{os.Getpid()}; len(queue) > 0; queue = queue[1:] {
		for _, pid := range children[queue[0]] {
			queue = append(queue, pid)
			group, err := syscall.Getpgid(pid)
			if err == nil && !keep(pid, group) {
				left[pid], parents[pid] = true, queue[0]
			}
		}
	}
	for pid := range left {
		if !left[parents[pid]] && t.tell(pid) {
			told++
		}
	}
	return told
}

// tell sends a process SIGTERM, once. A stopped one acts on it only when it goes on.
func (t *Table) tell(pid int) bool {
	if t.told[pid] {
		return false
	}
	if t.told == nil {
		t.told = map[int]bool{}
	}
	t.told[pid] = true
	if syscall.Kill(pid, syscall.SIGTERM) != nil {
		return false
	}
	_ = syscall.Kill(pid, syscall.SIGCONT)
	return true
}
