//go:build amd64 || arm64

package signals

import (
	"errors"
	"runtime"
	"syscall"
	"unsafe"

	"entrypoint/supervisor/process/entry"
)

const hasNative = true

// runtimeHandler is where a real fault goes on to: the runtime makes it a panic.
//
//lint:ignore U1000 handler_*.s reads it
var runtimeHandler uintptr

// recordPC and recordSentPC return the addresses of two signal handlers: record notes
// every signal, recordSent only one that somebody has sent, and passes a fault of the
// program on to the runtime's handler.
func recordPC() uintptr
func recordSentPC() uintptr

// native records the signals of set by handlers of our own, and returns those that stay
// ignored. An error says why it has done nothing.
func native(set uint64) (unchanged uint64, err error) {
	record := runtimeAction() // its flags: the alternate stack, the restorer
	if err := unexpected(record); err != nil {
		return 0, err
	}
	sent := record
	runtimeHandler = record.handler
	record.handler, sent.handler = recordPC(), recordSentPC()
	// The Go runtime would run its handler on some thread for each of thousands of
	// orphans. The kernel discards a signal whose default is to do nothing when
	// it is generated (signal(7)); children become zombies all the same. It also
	// undoes an ignored SIGCHLD that we inherited, with which the kernel would
	// throw exit statuses away (wait(2), NOTES).
	setAction(syscall.SIGCHLD, &action{}) // all zero: SIG_DFL, no flags
	for sig := syscall.Signal(1); sig <= Last; sig++ {
		bit := uint64(1) << (sig - 1)
		switch {
		case set&bit == 0:
		case fault(sig):
			setAction(sig, &sent)
		case shellIgnores(sig) && (currentAction(sig).handler == ignored || entry.Ignored(int(sig))):
			// Under nohup, or in the background of a script: it stays ignored,
			// by the children as well. The runtime has put a handler of its own
			// in the place of some.
			setAction(sig, &action{handler: ignored})
			unchanged |= bit
		default:
			setAction(sig, &record)
		}
	}
	return unchanged, nil
}

// nativeChild records SIGCHLD as well.
func nativeChild() {
	record := runtimeAction()
	record.handler = recordPC()
	setAction(syscall.SIGCHLD, &record)
}

// fault says whether the processor raises a signal for the instruction that is
// running: to return from its handler would run the same instruction again, for
// ever. Only those that somebody has sent are recorded.
func fault(sig syscall.Signal) bool {
	switch sig {
	case syscall.SIGSEGV, syscall.SIGBUS, syscall.SIGFPE, syscall.SIGILL, syscall.SIGTRAP, syscall.SIGSYS, syscall.SIGABRT:
		return true
	}
	return false
}

// action is the kernel's struct sigaction on amd64 and arm64 (rt_sigaction(2)).
type action struct {
	handler  uintptr
	flags    uint64
	restorer uintptr
	mask     uint64
}

const ignored = 1 // SIG_IGN

// Flags of an action (sigaction(2)).
const (
	sigInfo     = 0x4
	onStack     = 0x08000000
	restart     = 0x10000000
	hasRestorer = 0x04000000
)

// runtimeAction is the action that the Go runtime installs for every signal that
// it handles. SIGURG, the scheduler's own, always has it.
func runtimeAction() action { return currentAction(syscall.SIGURG) }

// unexpected says why the runtime's action is no pattern for ours; nil: it is one.
func unexpected(a action) error {
	why := ""
	switch {
	case a.handler <= ignored:
		why = "it has no handler for SIGURG"
	case a.flags&onStack == 0:
		why = "its handler does not run on the alternate stack, and no goroutine's stack has room for one"
	case a.flags&sigInfo == 0:
		why = "its handler is not told who has sent a signal"
	case a.flags&restart == 0:
		why = "its handler makes system calls fail"
	case a.flags&^(sigInfo|onStack|restart|hasRestorer) != 0:
		why = "it has flags that are not known here"
	case (a.flags&hasRestorer != 0) != (a.restorer != 0) || a.restorer == 0 && runtime.GOARCH == "amd64":
		why = "nothing ends its handler"
	default:
		return nil
	}
	return errors.New(why)
}

func currentAction(sig syscall.Signal) (a action) {
	syscall.RawSyscall6(syscall.SYS_RT_SIGACTION, uintptr(sig),
		0, uintptr(unsafe.Pointer(&a)), unsafe.Sizeof(a.mask), 0, 0)
	return a
}

func setAction(sig syscall.Signal, a *action) {
	syscall.RawSyscall6(syscall.SYS_RT_SIGACTION, uintptr(sig),
		uintptr(unsafe.Pointer(a)), 0, unsafe.Sizeof(a.mask), 0, 0)
}
