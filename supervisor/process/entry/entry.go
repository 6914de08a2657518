package entry

import _ "entrypoint/supervisor/process/threadless" // entry_*.s calls it

// Limit is struct rlimit64 (prlimit(2)).
type Limit struct{ Soft, Hard uint64 }

// Written by entry, before any Go code of the program runs; all zero where the program
// was linked without it.
var (
	held         bool   // entry holds back signals
	mask         uint64 // signals that were blocked when we were started, bit N-1 for signal N
	ignored      uint64 // those of HUP, INT, QUIT, ABRT and TERM that were ignored, likewise
	space        Limit  // of address space
	changedSpace bool   // that it is another one for us

	// For entry alone: two of struct sigaction, and struct rlimit64.
	//lint:ignore U1000 entry_*.s uses them
	recording, disposition [4]uint64
	//lint:ignore U1000 entry_*.s uses it
	ownSpace Limit
)

// Notes of the signal handlers (record_*.s), which have no other place to leave them:
// bit N-1 of recorded is set when signal N has arrived, wakeups counts what has happened.
var (
	recorded uint64
	wakeups  uint32
	senders  [65]int32 // of each signal's last arrival, as our PID namespace numbers processes; 0: none of it
)

// runtimeHandler is where a real fault goes on to: the runtime makes it a panic.
//
//lint:ignore U1000 record_*.s reads it
var runtimeHandler uintptr

// inherited is written once, before any other code of the program runs.
var inherited = read()

// NoFile returns the limits of descriptors that we were started with; both are 0
// when the kernel would not tell.
func NoFile() Limit { return inherited }

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

// Notes returns where the handlers leave their notes, to be read and written by atomic
// operations only, and waited for by futex(2): bit N-1 of signals is set when signal N has
// arrived, wakeups counts what has happened.
func Notes() (signals *uint64, count *uint32) { return &recorded, &wakeups }

// Senders returns where the handlers note which process has sent a signal the last time
// (siginfo, si_pid), by the signal's number. It is 0 for a process outside of our PID
// namespace, for the kernel, and for a signal that the runtime has queued.
func Senders() *[65]int32 { return &senders }

// Handlers returns the addresses of two signal handlers: record notes every signal, sent
// only one that somebody has sent, and passes a fault of the program on to the runtime's
// handler.
func Handlers(runtime uintptr) (record, sent uintptr) {
	runtimeHandler = runtime
	return recordPC(), recordSentPC()
}

// GiveBack gives the signals that were taken over back to the runtime, for a program
// that handles them like others do, and returns those that have arrived meanwhile, as bit
// N-1 for signal N. The mask is still to be set.
func GiveBack() uint64 {
	for i, sig := range unblocked {
		if before := &runtimes[i]; before[0] != 0 {
			sigaction(uintptr(sig), before, nil)
		}
	}
	if held {
		unqueue()
	}
	return recorded | Early()
}

// Early returns the signals that the runtime has queued between its start and that of
// this package, as bit N-1 for signal N.
func Early() uint64 {
	if !held {
		return 0
	}
	return uint64(queued()) >> 1
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
		ours[0] = uint64(recordPC())
		sigaction(uintptr(sig), &ours, nil)
	}
	return before
}

func read() (l Limit) {
	if prlimit(&l) != 0 {
		return Limit{}
	}
	return l
}

// prlimit is prlimit(0, RLIMIT_NOFILE, NULL, old). It returns 0 or minus the
// error's number.
//
//go:noescape
func prlimit(old *Limit) int

// These are no functions to call: assembly and the linker have their addresses.

//lint:ignore U1000 so vet knows what is declared in assembly
func entry()

//lint:ignore U1000 so vet knows what is declared in assembly
func restore()

//lint:ignore U1000 so vet knows what is declared in assembly
func begin()

func recordPC() uintptr
func recordSentPC() uintptr

// sigaction is rt_sigaction(2) with struct sigaction as the kernel has it. It returns 0
// or minus the error's number.
//
//go:noescape
func sigaction(sig uintptr, new, old *[4]uint64) int
