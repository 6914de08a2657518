//go:build !internals

package entry

import "runtime"

// TieToThread ties the calling goroutine to its thread, for good.
func TieToThread() { runtime.LockOSThread() }
