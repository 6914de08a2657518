package process

import (
	"errors"
	"os"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// startStopped starts a command whose process stops itself before its execve, as
// another process of its user could stop it.
func startStopped(t *testing.T, table *Table, argv ...string) (pid int) {
	t.Helper()
	s := &Spec{Argv: argv}
	var status [2]int
	if err := unix.Pipe2(status[:], unix.O_CLOEXEC|unix.O_NONBLOCK); err != nil {
		t.Fatal(err)
	}
	c, err := table.newChild(s, argv[0], os.Environ(), status[1])
	if err != nil {
		t.Fatal(err)
	}
	execute := c.calls[len(c.calls)-1]
	c.calls[len(c.calls)-1] = call{number: unix.SYS_KILL, args: [5]uintptr{0, uintptr(unix.SIGSTOP)}} // its group, which is itself
	c.calls = append(c.calls, execute)
	pid, err = table.fork(c, s, status)
	if err != nil {
		t.Fatal(err)
	}
	// A SIGCONT before its SIGSTOP would do nothing.
	for begin := time.Now(); !table.Stopped(pid); runtime.Gosched() {
		if time.Since(begin) > 10*time.Second {
			t.Fatal("it does not stop")
		}
	}
	return pid
}

// ended waits for the end of a process.
func ended(table *Table, pid int) (end Exit) {
	for end.PID == 0 {
		table.Reap(func(e Exit) {
			if e.PID == pid {
				end = e
			}
		})
		if end.PID == 0 {
			table.Wait(time.Now().Add(time.Second))
		}
	}
	return end
}

// TestStoppedBeforeExecve: a start does not wait for a child that somebody has
// stopped, and what becomes of it comes with its exit. With a fork that waits
// (CLONE_VFORK) the first start would never return.
func TestStoppedBeforeExecve(t *testing.T) {
	table := Open()
	descriptors := countOpen(t)
	first := startStopped(t, table, "/bin/true")
	begin := time.Now()
	var others []int
	for range 10 {
		others = append(others, startStopped(t, table, "/bin/sh", "-c", "exit 7"))
	}
	if took := time.Since(begin); took > 10*executeTime {
		t.Errorf("10 starts took %v while one was stopped", took)
	}
	// A start that nobody stops is told of at once all the same, and a wrong one too.
	if _, err := table.Start(&Spec{Argv: []string{"/no/such/file"}}); StartCode(err) != CodeNotFound {
		t.Errorf("another start: %v", err)
	}

	t.Run("goes on", func(t *testing.T) {
		for _, pid := range others {
			_ = table.Signal(pid, syscall.SIGCONT)
			if e := ended(table, pid); e.Err != nil || Code(e.Status) != 7 {
				t.Errorf("it ended with %s, %v", Describe(e.Status), e.Err)
			}
		}
	})
	t.Run("cannot execute", func(t *testing.T) {
		pid := startStopped(t, table, "/no/such/file")
		_ = table.Signal(pid, syscall.SIGCONT)
		e := ended(table, pid)
		if start := (*StartError)(nil); !errors.As(e.Err, &start) || start.Code != CodeNotFound || Code(e.Status) != CodeNotFound {
			t.Errorf("it ended with %s, %v", Describe(e.Status), e.Err)
		}
	})
	t.Run("is killed by somebody", func(t *testing.T) {
		pid := startStopped(t, table, "/bin/true")
		_ = table.Signal(pid, syscall.SIGKILL)
		if e := ended(table, pid); e.Err != nil || e.Status.Signal() != syscall.SIGKILL {
			t.Errorf("it ended with %s, %v", Describe(e.Status), e.Err)
		}
	})
	t.Run("stays stopped", func(t *testing.T) {
		table.late[first].until = time.Now() // in place of a wait
		e := ended(table, first)
		if !errors.Is(e.Err, syscall.ETIMEDOUT) || Code(e.Status) != CodeCannotExecute ||
			!strings.Contains(e.Err.Error(), "it was stopped, or hung, for 10s before its first instruction") {
			t.Errorf("it ended with %s, %v", Describe(e.Status), e.Err)
		}
	})
	if len(table.late) != 0 || len(table.failed) != 0 {
		t.Errorf("left: %v, %v", table.late, table.failed)
	}
	if now := countOpen(t); now != descriptors {
		t.Errorf("%d descriptors are open, %d before", now, descriptors)
	}
}

// TestLateThatRuns: one that has executed late is a process like any other.
func TestLateThatRuns(t *testing.T) {
	table := Open()
	pid := startStopped(t, table, "/bin/sleep", "1000")
	_ = table.Signal(pid, syscall.SIGCONT)
	if !readable(table.late[pid].report, 10*time.Second) {
		t.Fatal("it has not executed")
	}
	table.late[pid].until = time.Now()
	table.Wait(time.Now().Add(time.Millisecond))
	if len(table.late) != 0 {
		t.Error("it is still late")
	}
	_ = table.Signal(pid, syscall.SIGTERM)
	if e := ended(table, pid); e.Err != nil || e.Status.Signal() != syscall.SIGTERM {
		t.Errorf("it ended with %s, %v", Describe(e.Status), e.Err)
	}
}

func countOpen(t *testing.T) int {
	t.Helper()
	list, err := openDescriptors()
	if err != nil {
		t.Fatal(err)
	}
	return len(list)
}
