package launch

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"entrypoint/supervisor/process"
	"entrypoint/supervisor/process/signals"
)

// The launcher as PID 1 is tested with the real binary (cmd/entry-point); here
// is what only the setup uses of it, with this test as a subreaper.

func newLauncher(t *testing.T) *Launcher {
	return &Launcher{Table: process.Open(), Budget: 5 * time.Second, Log: func(line string) { t.Log(line) }}
}

// raise sends a signal to ourselves, as the outside world does to PID 1, and returns when
// it is recorded.
func raise(t *testing.T, sig syscall.Signal) {
	t.Helper()
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	before := signals.Count()
	if err := unix.Tgkill(os.Getpid(), unix.Gettid(), sig); err != nil {
		t.Error(err)
	}
	// The handlers of our own have done it by now; os/signal has goroutines for it.
	for begin := time.Now(); signals.Count() == before; runtime.Gosched() {
		if time.Since(begin) > 10*time.Second {
			t.Errorf("%v is not recorded", sig)
			return
		}
	}
}

// whenThere calls f once the file exists.
func whenThere(t *testing.T, file string, f func()) {
	t.Helper()
	go func() {
		for begin := time.Now(); time.Since(begin) < 20*time.Second; time.Sleep(5 * time.Millisecond) {
			if _, err := os.Stat(file); err == nil {
				f()
				return
			}
		}
		t.Errorf("%s never came", file)
	}()
}

func TestKillAfter(t *testing.T) {
	ready := filepath.Join(t.TempDir(), "ready")
	var log []string
	l := newLauncher(t)
	l.Log = func(line string) { log = append(log, line) }
	whenThere(t, ready, func() { raise(t, syscall.SIGTERM) })
	begin := time.Now()
	result, err := l.Run(&Command{
		Argv:      []string{"sh", "-c", `trap "" TERM; touch ` + ready + `; while :; do sleep 0.05; done`},
		KillAfter: 300 * time.Millisecond,
	})
	if err != nil || result != (Result{Code: 137, Stopped: syscall.SIGTERM}) {
		t.Errorf("%+v, %v", result, err)
	}
	if took := time.Since(begin); took < 300*time.Millisecond {
		t.Errorf("killed after %v", took)
	}
	if text := strings.Join(log, "\n"); !strings.Contains(text, "killing sh: it has not ended within 300ms") {
		t.Errorf("log: %s", text)
	}
}

// TestStopBeforeTheStart: a stop that came between two steps is not lost, and
// the next step does not even start.
func TestStopBeforeTheStart(t *testing.T) {
	made := filepath.Join(t.TempDir(), "made")
	l := newLauncher(t)
	if _, err := l.Run(&Command{Argv: []string{"true"}, KillAfter: time.Second}); err != nil {
		t.Fatal(err)
	}
	raise(t, syscall.SIGINT)
	result, err := l.Run(&Command{Argv: []string{"touch", made}, KillAfter: time.Second})
	if err != nil || result != (Result{Code: 130, Stopped: syscall.SIGINT}) {
		t.Errorf("%+v, %v", result, err)
	}
	if _, err := os.Stat(made); err == nil {
		t.Error("it was started")
	}
}

func TestSleep(t *testing.T) {
	l := newLauncher(t)
	begin := time.Now()
	if sig := l.Sleep(50 * time.Millisecond); sig != 0 || time.Since(begin) < 50*time.Millisecond {
		t.Errorf("slept %v, signal %v", time.Since(begin), sig)
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		raise(t, syscall.SIGUSR1) // no request to stop
		raise(t, syscall.SIGTERM)
	})
	if sig := l.Sleep(time.Minute); sig != syscall.SIGTERM {
		t.Errorf("signal %v", sig)
	}
	wg.Wait()
}

// TestOutput: the streams of a command can be files of ours.
func TestOutput(t *testing.T) {
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	result, err := newLauncher(t).Run(&Command{
		Argv: []string{"sh", "-c", "pwd; echo $WORD; exit 4"}, Dir: "/", Env: []string{"WORD=said", "PATH=" + os.Getenv("PATH")},
		Stdout: write, Stderr: write,
	})
	write.Close()
	text := make([]byte, 100)
	n, _ := read.Read(text)
	if err != nil || result.Code != 4 || string(text[:n]) != "/\nsaid\n" {
		t.Errorf("%+v, %v, %q", result, err, text[:n])
	}
}

func TestCannotStart(t *testing.T) {
	result, err := newLauncher(t).Run(&Command{Argv: []string{"no-such-command"}})
	start := (*process.StartError)(nil)
	if result.Code != 127 || !errors.As(err, &start) || start.Command != "no-such-command" {
		t.Errorf("%+v, %v", result, err)
	}
}

// TestLimit: a command that takes too long is told to end, and killed if it does not.
func TestLimit(t *testing.T) {
	l := newLauncher(t)
	for script, want := range map[string]int{"sleep 60": 143, "trap 'exit 5' TERM; sleep 60 & wait": 5} {
		result, err := l.Run(&Command{Argv: []string{"sh", "-c", script}, Limit: 100 * time.Millisecond})
		if err != nil || !result.Late || result.Stopped != 0 || result.Code != want {
			t.Errorf("%s: %+v, %v; want code %d", script, result, err, want)
		}
	}
	if result, err := l.Run(&Command{Argv: []string{"true"}, Limit: time.Minute}); err != nil || result.Late || result.Code != 0 {
		t.Errorf("in time: %+v, %v", result, err)
	}
}
