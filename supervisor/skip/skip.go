// Package skip is for tests of things that not every machine has. What is missing
// skips a test with its reason; in continuous integration, where CI=true, it fails
// it: nothing may hide there.
package skip

import (
	"os"
	"testing"
)

// Unless skips, or fails, the test unless ok. what is what the test needs.
func Unless(t testing.TB, ok bool, what string) {
	t.Helper()
	switch {
	case ok:
	case os.Getenv("CI") == "true":
		t.Fatal("missing: " + what)
	default:
		t.Skip("skipped: needs " + what)
	}
}

// UnlessRoot skips, or fails, the test unless it runs as root, which it needs for
// what.
func UnlessRoot(t testing.TB, what string) {
	t.Helper()
	Unless(t, os.Geteuid() == 0, "root, "+what)
}
