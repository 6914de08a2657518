package setup

import (
	"os"
	"testing"
)

// TestMain lets the test binary stand in for entry-point: inside a box it is the
// PID 1 that runs the setup.
func TestMain(m *testing.M) {
	if spec := os.Getenv(boxVariable); spec != "" {
		os.Exit(boxMain(spec))
	}
	code := m.Run()
	removeArchives()
	os.Exit(code)
}
