//go:build amd64 || arm64

package process

import (
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"
)

// Two gaps in what the Go runtime does with signals are closed by handlers of a
// few instructions of our own (record_*.s), which set the signal's bit in
// recorded and touch nothing else.
//
// The start: between the first instruction of main and Listen a signal would
// meet the runtime's default action, which ends the process: a container that is
// told SIGHUP or SIGTERM in its first millisecond would die instead of passing
// it on. Arming the signals before the fork would close that gap at the price of
// a quarter of the whole start time.
//
// SIGRTMIN: the runtime leaves 34 alone, because musl uses it between threads,
// and cannot be made to deliver it. Its handler also raises SIGURG, which the
// runtime does deliver.

// recorded has bit N-1 set when signal N has arrived. It is a variable of the
// package because a signal handler has no other place to leave a note.
var recorded uint64

// recordPC and recordAndWakePC return the addresses of the handlers.
func recordPC() uintptr
func recordAndWakePC() uintptr

// recordSignals begins to record.
func recordSignals() {
	record := runtimeAction() // its flags: the alternate stack, the restorer
	record.handler = recordPC()
	for _, sig := range Signals() {
		if !fault(sig) {
			setAction(sig, &record)
		}
	}
	setAction(sigRTMin, &record)
}

// fault says whether the processor raises a signal for the instruction that is
// running: to return from its handler would run the same instruction again, for
// ever. They stay the runtime's, which makes them panics.
func fault(sig syscall.Signal) bool {
	switch sig {
	case syscall.SIGSEGV, syscall.SIGBUS, syscall.SIGFPE, syscall.SIGILL, syscall.SIGTRAP, syscall.SIGSYS, syscall.SIGABRT:
		return true
	}
	return false
}

// listenRecorded delivers to c what was recorded, once notify has taken over,
// and from then on SIGURG for each SIGRTMIN.
func listenRecorded(c chan os.Signal) {
	signal.Notify(c, syscall.SIGURG)
	wake := runtimeAction()
	wake.handler = recordAndWakePC()
	setAction(sigRTMin, &wake)
	for _, sig := range Recorded() {
		c <- sig
	}
}

// Recorded returns the signals that were recorded since the last call.
func Recorded() (signals []syscall.Signal) {
	bits := atomic.SwapUint64(&recorded, 0)
	for sig := syscall.Signal(1); sig <= lastSignal; sig++ {
		if bits&(1<<(sig-1)) != 0 {
			signals = append(signals, sig)
		}
	}
	return signals
}
