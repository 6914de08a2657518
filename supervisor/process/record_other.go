//go:build !amd64 && !arm64

package process

import (
	"os"
	"syscall"
)

// Elsewhere the first signals meet the Go runtime's default action, and
// SIGRTMIN is not forwarded.

func recordSignals()                {}
func listenRecorded(chan os.Signal) {}

// Recorded returns nothing.
func Recorded() []syscall.Signal { return nil }
