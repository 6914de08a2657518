package signals

import (
	"os"
	"os/signal"
	"syscall"

	"entrypoint/supervisor/process/entry"
)

// portable records the signals of set by os/signal, and returns those that stay ignored.
//
// Each signal has a channel and a goroutine of its own: os/signal drops a signal for which
// its channel has no room, and here that one has room for one of its kind. So nobody can
// drive out a TERM with thousands of USR1.
func portable(set uint64) (unchanged uint64) {
	for sig := syscall.Signal(1); sig <= Last; sig++ {
		bit := uint64(1) << (sig - 1)
		if set&bit == 0 {
			continue
		}
		if shellIgnores(sig) && (signal.Ignored(sig) || entry.Ignored(int(sig))) {
			// The runtime has put a handler of its own in the place of QUIT.
			signal.Ignore(sig)
			unchanged |= bit
			continue
		}
		if delivered.Or(bit)&bit != 0 {
			continue
		}
		arrived := make(chan os.Signal, 1)
		signal.Notify(arrived, sig)
		go func() {
			for range arrived {
				note(bit)
			}
		}()
	}
	return unchanged
}
