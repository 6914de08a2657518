package launch

import (
	"errors"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// noFiles leaves this process without a descriptor for anything new, until restore
// is called.
func noFiles(t *testing.T) (restore func()) {
	t.Helper()
	// What the runtime opens once is there before.
	if _, err := newLauncher(t).Run(&Command{Argv: []string{"true"}}); err != nil {
		t.Fatal(err)
	}
	var old unix.Rlimit
	if err := unix.Prlimit(0, unix.RLIMIT_NOFILE, nil, &old); err != nil {
		t.Fatal(err)
	}
	set := func(l unix.Rlimit) {
		if err := unix.Prlimit(0, unix.RLIMIT_NOFILE, &l, nil); err != nil {
			t.Error(err)
		}
	}
	restore = func() { set(old) }
	t.Cleanup(restore)
	set(unix.Rlimit{Cur: 3, Max: old.Max})
	return restore
}

// noisy is a launcher that notes what it logs.
func noisy(t *testing.T, log *[]string) *Launcher {
	l := newLauncher(t)
	l.Log = func(line string) { *log = append(*log, line) }
	return l
}

// TestShortageEnds: a start waits for what is short, is told of once, and passes on
// what has come meanwhile.
func TestShortageEnds(t *testing.T) {
	var log []string
	l, restore := noisy(t, &log), noFiles(t)
	go func() {
		time.Sleep(300 * time.Millisecond) // how long the shortage lasts
		restore()
	}()
	begin := time.Now()
	result, err := l.Run(&Command{Argv: []string{"sh", "-c", "exit 7"}})
	if err != nil || result != (Result{Code: 7}) {
		t.Errorf("%+v, %v", result, err)
	}
	if took := time.Since(begin); took < 300*time.Millisecond {
		t.Errorf("started after %v", took)
	}
	if len(log) != 1 || log[0] != `cannot run "sh": too many open files; trying again for 10s` {
		t.Errorf("log: %q", log)
	}
}

// TestShortageStays: the start is given up in the end, with its reason.
func TestShortageStays(t *testing.T) {
	var log []string
	l := noisy(t, &log)
	l.patience = 300 * time.Millisecond
	defer noFiles(t)()
	begin := time.Now()
	result, err := l.Run(&Command{Argv: []string{"sh", "-c", "exit 7"}})
	if result.Code != 126 || !errors.Is(err, syscall.EMFILE) || !strings.Contains(err.Error(), "too many open files") {
		t.Errorf("%+v, %v", result, err)
	}
	if took := time.Since(begin); took < l.patience || took > 20*l.patience {
		t.Errorf("given up after %v", took)
	}
	if len(log) != 1 {
		t.Errorf("log: %q", log)
	}
}

// TestStopWhileShort: a stop does not wait for a process that is not there.
func TestStopWhileShort(t *testing.T) {
	var log []string
	l := noisy(t, &log)
	restore := noFiles(t)
	stop := time.AfterFunc(200*time.Millisecond, func() {
		raise(t, syscall.SIGUSR1)
		raise(t, syscall.SIGTERM)
	})
	defer stop.Stop()
	begin := time.Now()
	result, err := l.Run(&Command{Argv: []string{"sh", "-c", "exit 7"}})
	took := time.Since(begin)
	restore()
	if err != nil || result != (Result{Code: 143, Stopped: syscall.SIGTERM}) {
		t.Errorf("%+v, %v", result, err)
	}
	if took > 2*time.Second {
		t.Errorf("stopped after %v", took)
	}
}

// TestSignalWhileShort: what is no request to stop reaches the command once it is
// there.
func TestSignalWhileShort(t *testing.T) {
	var log []string
	l := noisy(t, &log)
	restore := noFiles(t)
	raise(t, syscall.SIGUSR1)
	time.AfterFunc(200*time.Millisecond, restore)
	result, err := l.Run(&Command{Argv: []string{"sleep", "20"}})
	if err != nil || result.Code != 128+int(syscall.SIGUSR1) {
		t.Errorf("%+v, %v", result, err)
	}
}
