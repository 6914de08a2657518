//go:build internals

package entry

import _ "unsafe" // for go:linkname

// TieToThread ties the calling goroutine to its thread, for good. It is
// runtime.LockOSThread without the thread that this makes at its first call, from which
// the runtime would make others; that takes time before the first fork, and is for threads
// whose state has been changed, which it cannot set for a new one. The signal mask it can.
//
//go:linkname TieToThread runtime.lockOSThread
func TieToThread()
