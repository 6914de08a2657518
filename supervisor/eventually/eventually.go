// Package eventually is how a test waits for what nobody reports: a file that another
// process makes, a socket on which somebody listens, a state in /proc. What is reported
// by a channel or by a line of output is waited for there, and time itself is no event: a
// test in fake time (testing/synctest) needs none of this. For tests only.
package eventually

import (
	"testing"
	"time"
)

// Patience is how long a test waits for what must happen. Nothing that works takes so
// long, on any machine.
const Patience = 60 * time.Second

// The first and the longest pause between two looks. A look that takes long itself, such as
// one that starts a process, is followed by a pause as long, up to maxLook: else it would take
// the processor from what is waited for.
const (
	firstPause = time.Millisecond
	maxPause   = 20 * time.Millisecond
	maxLook    = 200 * time.Millisecond
)

// So waits until so says yes, and fails the test, in whose goroutine it is called, if
// that takes longer than Patience. what is named then, and what seen returns, if it is
// not nil.
func So(t testing.TB, what string, so func() bool, seen func() string) {
	t.Helper()
	Within(t, Patience, what, so, seen)
}

// Within is So with a patience of its own.
func Within(t testing.TB, patience time.Duration, what string, so func() bool, seen func() string) {
	t.Helper()
	pause := firstPause
	for end := time.Now().Add(patience); ; pause = min(2*pause, maxPause) {
		look := time.Now()
		if so() {
			return
		}
		if time.Now().After(end) {
			text := ""
			if seen != nil {
				text = ":\n" + seen()
			}
			t.Fatalf("%s: not within %v%s", what, patience, text)
		}
		time.Sleep(max(pause, min(time.Since(look), maxLook)))
	}
}
