//go:build amd64 || arm64

package entry

import (
	"sync/atomic"

	_ "entrypoint/supervisor/process/threadless" // entry_*.s calls it
)

// Written by entry, before any Go code of the program runs; all zero where the program
// was linked without it.
var (
	held         bool   // entry holds back signals
	mask         uint64 // signals that were blocked when we were started, bit N-1 for signal N
	ignored      uint64 // those of HUP, INT, QUIT, ABRT and TERM that were ignored, likewise
	space        Limit  // of address space
	changedSpace bool   // that it is another one for us
	noted        uint64 // signals that the handler note has seen, likewise
	senders      [16]int32

	// For entry alone: two of struct sigaction, and struct rlimit64.
	//lint:ignore U1000 entry_*.s uses them
	recording, disposition [4]uint64
	//lint:ignore U1000 entry_*.s uses it
	ownSpace Limit
)

// Space returns the limits of address space that we were started with, and says
// whether ours are others.
func Space() (l Limit, changed bool) { return space, changedSpace }

// SignalMask returns the signals that were blocked when we were started (bit N-1 for
// signal N), and says whether signals are held back since then. Then the mask is to be
// set again when there are handlers, and in every child.
func SignalMask() (blocked uint64, heldBack bool) { return mask, held }

// Ignored says whether a signal was ignored when we were started, which only entry
// notes: the Go runtime has put a handler in the place of some since then.
func Ignored(signal int) bool { return ignored&(1<<(signal-1)) != 0 }

// EarlySender returns which process has sent a signal that Early has told of (siginfo,
// si_pid); 0: it is not known.
func EarlySender(signal int) int32 {
	if signal >= len(senders) {
		return 0
	}
	return atomic.LoadInt32(&senders[signal])
}

// Early returns the signals that have come before there were other handlers than ours
// for HUP, INT, QUIT, ABRT and TERM, as bit N-1 for signal N, and forgets them. It is to
// be called when there are others.
func Early() uint64 {
	early := atomic.SwapUint64(&noted, 0)
	if usable == nil {
		early |= uint64(runtimeQueue().mask[0].Swap(0)) >> 1
	}
	return early
}

// Release gives these five signals back to the runtime, which has handled them between
// its start and that of this package.
func Release() {
	for i, sig := range unblocked {
		if before := &runtimes[i]; before[0] != 0 {
			sigaction(uintptr(sig), before, nil)
		}
	}
}

// GiveBack lets the runtime act on signals as it does in other programs, and returns
// those that have arrived meanwhile, as bit N-1 for signal N. The mask is still to be set.
func GiveBack() uint64 {
	Release()
	if usable == nil {
		runtimeQueue().wanted[0].Store(0)
	}
	return Early()
}

// Queue says why the queue of the runtime, to which entry has written, is not as it was
// expected; nil: it is, or entry has not written to it.
func Queue() error {
	if usable == noQueue {
		return nil
	}
	return usable
}

// queue is the beginning of the runtime's variable sig: the queue of os/signal, in words
// of 32 signals each (runtime/sigqueue.go).
type queue struct {
	note     uint64
	mask     [3]atomic.Uint32 // signals in the queue
	wanted   [3]atomic.Uint32 // signals that are to come into it
	ignored  [3]uint32
	received [3]uint32
	_        [2]uint32 // state and delivering
	used     bool
}

// fault is an error without package errors, which would be initialised before us.
type fault string

func (f fault) Error() string { return string(f) }

var noQueue error = fault("entry does not use the queue")

// usable is nil where the runtime queues signals for us. It is found out before os/signal
// can have used the queue.
var usable = find()

func find() error {
	if q := runtimeQueue(); q != nil && held {
		return look(q, ignored)
	}
	return noQueue
}

// look compares the queue with what entry and the runtime have made of it, when these
// signals were ignored. In another version of Go the variable may look otherwise, and what
// is at its place be something else.
func look(q *queue, ignored uint64) error {
	wanted, mayBeIgnored := uint32(0), uint32(ignored&0b11)<<1 // the runtime leaves HUP and INT
	for _, sig := range unblocked {
		wanted |= 1 << sig
	}
	switch {
	case q.wanted[0].Load() != wanted || q.wanted[1].Load() != 0 || q.wanted[2].Load() != 0:
		return fault("the signals that it is to take are others")
	case q.mask[0].Load()&^wanted != 0 || q.mask[1].Load() != 0 || q.mask[2].Load() != 0:
		return fault("it has taken others than those")
	case q.ignored[0] != mayBeIgnored || q.received != [3]uint32{} || q.used || q.note != 0:
		return fault("somebody uses it")
	}
	return nil
}

// unblocked are the signals that the runtime unblocks in each of its threads, whatever
// mask it was started with.
var unblocked = [...]uint8{1, 2, 3, 6, 15} // HUP, INT, QUIT, ABRT, TERM

// runtimes are the runtime's own actions for them; zero: not taken over.
var runtimes = takeOver()

// takeOver records these signals from now on. The runtime, which has just begun to handle
// them, would end the process.
func takeOver() (before [len(unblocked)][4]uint64) {
	if !held {
		return before
	}
	for i, sig := range unblocked {
		if sigaction(uintptr(sig), nil, &before[i]) != 0 || before[i][0] <= 1 {
			before[i] = [4]uint64{} // default or ignored, and so it stays
			continue
		}
		ours := before[i]
		ours[0] = uint64(notePC())
		sigaction(uintptr(sig), &ours, nil)
	}
	return before
}

// These are no functions to call: assembly and the linker have their addresses.

//lint:ignore U1000 so vet knows what is declared in assembly
func entry()

//lint:ignore U1000 so vet knows what is declared in assembly
func restore()

//lint:ignore U1000 so vet knows what is declared in assembly
func begin()

//lint:ignore U1000 so vet knows what is declared in assembly
func note()

// notePC is the address of note, the handler.
func notePC() uintptr

// sigaction is rt_sigaction(2) with struct sigaction as the kernel has it. It returns 0
// or minus the error's number.
//
//go:noescape
func sigaction(sig uintptr, new, old *[4]uint64) int
