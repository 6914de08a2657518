//go:build !amd64 && !arm64

package entry

// Space says that the limits of address space are as they were.
func Space() (l Limit, changed bool) { return Limit{}, false }

// SignalMask says that no signal is held back.
func SignalMask() (blocked uint64, heldBack bool) { return 0, false }

// Early returns no signal: the runtime has acted on each.
func Early() uint64 { return 0 }

// EarlySender knows nobody.
func EarlySender(int) int32 { return 0 }

// Release has nothing to give back.
func Release() {}

// GiveBack has nothing to give back.
func GiveBack() uint64 { return 0 }

// Queue has nothing to say.
func Queue() error { return nil }
