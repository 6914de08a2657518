package process

import (
	"os"
	"strconv"
	"syscall"
	"testing"
	"time"
)

// TestFromInside: a signal from a process below us, alive or not, is told from one that
// somebody else has sent. Each is another signal, so that none waits for the others.
func TestFromInside(t *testing.T) {
	table := Open()
	if !table.recorder.KnowsSenders() {
		t.Skip("os/signal does not tell who has sent a signal")
	}
	arrives := func(sig syscall.Signal) (pid int, inside bool) {
		t.Helper()
		for end := time.Now().Add(10 * time.Second); time.Now().Before(end); {
			for _, got := range table.Wait(end) {
				if got == sig {
					return table.FromInside(sig)
				}
			}
			table.Reap(func(Exit) {})
		}
		t.Fatalf("no %v", sig)
		return 0, false
	}
	start := func(text string) int {
		t.Helper()
		pid, err := table.Start(&Spec{Argv: []string{"sh", "-c", text}, Env: append(os.Environ(), "US="+strconv.Itoa(os.Getpid()))})
		if err != nil {
			t.Fatal(err)
		}
		return pid
	}
	end := func(pid int) {
		_ = syscall.Kill(-pid, syscall.SIGKILL)
		ended(table, pid)
	}

	child := start("kill -USR1 $US; exec sleep 1000")
	if pid, inside := arrives(syscall.SIGUSR1); pid != child || !inside {
		t.Errorf("from our child %d: %d, inside: %v", child, pid, inside)
	}
	end(child)

	child = start("setsid sh -c 'kill -USR2 $US; exec sleep 1000' & wait")
	pid, inside := arrives(syscall.SIGUSR2)
	if pid == child || !inside {
		t.Errorf("from one below our child %d, in a session of its own: %d, inside: %v", child, pid, inside)
	}
	_ = syscall.Kill(pid, syscall.SIGKILL)
	end(child)

	child = start("/bin/kill -WINCH $US; exec sleep 1000")
	if pid, inside := arrives(syscall.SIGWINCH); !inside {
		t.Errorf("from one that has ended, process %d: outside", pid)
	}
	end(child)

	if err := syscall.Kill(os.Getpid(), syscall.SIGUSR2); err != nil {
		t.Fatal(err)
	}
	if pid, inside := arrives(syscall.SIGUSR2); inside {
		t.Errorf("from somebody else, process %d: inside", pid)
	}
}
