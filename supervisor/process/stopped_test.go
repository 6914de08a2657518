package process

import (
	"fmt"
	"syscall"
	"testing"

	"entrypoint/supervisor/eventually"
)

// TestStopped: a child that is stopped is told from one that runs and from one that has
// ended, and its end is still there for Reap.
func TestStopped(t *testing.T) {
	table := Open()
	pid, err := table.Start(&Spec{Argv: []string{"sleep", "1000"}})
	if err != nil {
		t.Fatal(err)
	}
	become := func(sig syscall.Signal, stopped bool) {
		t.Helper()
		if err := syscall.Kill(pid, sig); err != nil {
			t.Fatal(err)
		}
		eventually.So(t, fmt.Sprintf("after %v it is stopped: %v", sig, stopped), func() bool { return table.Stopped(pid) == stopped }, nil)
	}
	if table.Stopped(pid) {
		t.Error("it is stopped from the start")
	}
	for range 3 {
		become(syscall.SIGSTOP, true)
		if !table.Stopped(pid) {
			t.Error("it is told only once")
		}
		become(syscall.SIGCONT, false)
	}
	become(syscall.SIGSTOP, true)
	become(syscall.SIGKILL, false)
	if exit := ended(table, pid); exit.PID != pid || !exit.Status.Signaled() {
		t.Errorf("its end: %+v", exit)
	}
	if table.Stopped(pid) {
		t.Error("it is stopped after its end")
	}
}
