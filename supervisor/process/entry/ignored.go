//go:build internals && !amd64 && !arm64

package entry

import _ "unsafe" // for linkname

// before is what the runtime has found before it put handlers of its own in the place of
// what was there, by the numbers of signals.
//
//go:linkname before runtime.fwdSig
var before [4]uintptr

// Ignored says whether HUP, INT or QUIT was ignored when we were started.
func Ignored(signal int) bool { return signal < len(before) && before[signal] == 1 } // SIG_IGN
