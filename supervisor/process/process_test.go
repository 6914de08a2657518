package process

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"entrypoint/supervisor/emulator"
)

func TestCode(t *testing.T) {
	tests := []struct {
		status syscall.WaitStatus
		code   int
		words  string
	}{
		{0, 0, "exit code 0"},
		{3 << 8, 3, "exit code 3"},
		{255 << 8, 255, "exit code 255"},
		{15, 143, "killed by SIGTERM"},
		{9, 137, "killed by SIGKILL"},
		{11 | 0x80, 139, "killed by SIGSEGV (core dumped)"},
		{64, 192, "killed by SIGRTMAX"},
	}
	for _, tt := range tests {
		if got := Code(tt.status); got != tt.code {
			t.Errorf("Code(%#x) = %d, want %d", uint32(tt.status), got, tt.code)
		}
		if got := Describe(tt.status); got != tt.words {
			t.Errorf("Describe(%#x) = %q, want %q", uint32(tt.status), got, tt.words)
		}
	}
}

func TestSignalName(t *testing.T) {
	for sig, want := range map[syscall.Signal]string{
		1: "SIGHUP", 15: "SIGTERM", syscall.SIGXCPU: "SIGXCPU", 32: "signal 32", 34: "SIGRTMIN", 37: "SIGRTMIN+3", 64: "SIGRTMAX", 99: "signal 99",
	} {
		if got := SignalName(sig); got != want {
			t.Errorf("SignalName(%d) = %q, want %q", sig, got, want)
		}
	}
}

func TestForwardable(t *testing.T) {
	n := 0
	for sig := syscall.Signal(-1); sig <= 70; sig++ {
		if Forwardable(sig) {
			n++
		}
	}
	if n != 64-8 {
		t.Errorf("%d signals", n)
	}
}

func TestLook(t *testing.T) {
	first, second := t.TempDir(), t.TempDir()
	put := func(dir, name string, mode os.FileMode) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"), mode); err != nil {
			t.Fatal(err)
		}
	}
	put(first, "both", 0o644)
	put(second, "both", 0o755)
	put(first, "denied", 0o644)
	put(second, "there", 0o755)
	if err := os.Mkdir(filepath.Join(first, "there"), 0o755); err != nil {
		t.Fatal(err)
	}
	env := []string{"PATH=/overridden", "PATH=" + first + ":" + second}
	tests := []struct {
		command, dir string
		want         string
		code         int
	}{
		{"both", "", second + "/both", 0},   // the first one cannot be executed
		{"there", "", second + "/there", 0}, // the first one is a directory
		{"denied", "", "", CodeCannotExecute},
		{"missing", "", "", CodeNotFound},
		{second + "/there", "", second + "/there", 0},
		{"./there", second, "./there", 0},
		{"./there", first, "", CodeCannotExecute},
		{"./missing", second, "", CodeNotFound},
		{second + "/there/x", "", "", CodeNotFound},
		{"", "", "", CodeNotFound},
	}
	for _, tt := range tests {
		got, err := Look(tt.command, env, tt.dir)
		code := 0
		if e := (*StartError)(nil); errors.As(err, &e) {
			code = e.Code
		} else if err != nil {
			t.Errorf("Look(%q): %T", tt.command, err)
		}
		if got != tt.want || code != tt.code {
			t.Errorf("Look(%q, dir %q) = %q, code %d (%v); want %q, code %d", tt.command, tt.dir, got, code, err, tt.want, tt.code)
		}
	}
	// No PATH at all: the one of execvp.
	if got, err := Look("sh", nil, ""); err != nil || !strings.HasSuffix(got, "/sh") {
		t.Errorf("Look without PATH: %q, %v", got, err)
	}
}

// TestStartErrors: each names what is wrong, with the code of a shell.
func TestStartErrors(t *testing.T) {
	table := Open()
	_, err := table.Start(&Spec{Argv: []string{"true"}, Dir: "/no/such/directory"})
	if err == nil || !strings.Contains(err.Error(), `cannot enter directory "/no/such/directory": no such file or directory`) {
		t.Errorf("wrong directory: %v", err)
	}
}

// TestRecord: every signal arrives, those that a fault raises as well when they
// were sent, before and after the first Wait; a real fault is still a panic.
func TestRecord(t *testing.T) {
	table := Open()
	send := func(sig syscall.Signal) {
		if err := syscall.Kill(os.Getpid(), sig); err != nil {
			t.Fatal(err)
		}
	}
	// Wait may return without a signal, and a signal that kill(2) leaves to
	// another thread may come a moment later than another one.
	receive := func(n int) (got []syscall.Signal) {
		for len(got) < n {
			got = append(got, table.Wait(time.Time{})...)
		}
		slices.Sort(got)
		return got
	}
	send(syscall.SIGPIPE) // dropped
	recorded := func(sig syscall.Signal) bool {
		// qemu keeps the last ones for itself.
		if emulator.Used() && sig > 62 {
			return false
		}
		// Under nohup HUP stays ignored.
		return Forwardable(sig) && table.recorder.Records(sig) && table.recorder.Unchanged()&(1<<(sig-1)) == 0
	}
	var want []syscall.Signal
	for _, sig := range []syscall.Signal{syscall.SIGHUP, syscall.SIGUSR1, syscall.SIGSEGV, sigRTMin, lastSignal} {
		if recorded(sig) {
			want = append(want, sig)
		}
	}
	for _, sig := range want {
		send(sig)
	}
	slices.Sort(want)
	if got := receive(len(want)); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	for sig := syscall.Signal(1); sig <= lastSignal; sig++ {
		if recorded(sig) {
			send(sig)
			if got := receive(1); !slices.Equal(got, []syscall.Signal{sig}) {
				t.Errorf("sent %v, got %v", sig, got)
			}
		}
	}
	func() {
		defer func() {
			if recover() == nil {
				t.Error("a fault was no panic")
			}
		}()
		var nothing *Spec
		nothing.Dir = "x"
	}()
}

// TestWait: it ends when its time has come, by Wake, and when a child ends.
func TestWait(t *testing.T) {
	table := Open()
	wait := func(until time.Time) { // as the loop does
		table.Wait(until)
		table.Reap(func(Exit) {})
	}
	wait(time.Now()) // takes what an earlier test may have left
	begin := time.Now()
	for time.Since(begin) < 50*time.Millisecond { // what an earlier test has started may wake it before
		wait(begin.Add(50 * time.Millisecond))
	}
	wait(begin) // long ago
	go table.Wake()
	wait(time.Time{})
	pid, err := table.Start(&Spec{Argv: []string{"sh", "-c", "exit 5"}})
	if err != nil {
		t.Fatal(err)
	}
	code := -1
	for code < 0 {
		table.Wait(time.Time{})
		table.Reap(func(e Exit) {
			if e.PID == pid {
				code = Code(e.Status)
			}
		})
	}
	if code != 5 {
		t.Errorf("exit code %d", code)
	}
}

func TestTrimFindsOurText(t *testing.T) {
	total := 0
	for _, segment := range readOnlySegments() {
		total += len(segment)
	}
	if total < 1<<20 {
		t.Errorf("found %d bytes of read-only program, want the megabytes of a Go binary", total)
	}
	Trim()
	if got := Describe(9); got != "killed by SIGKILL" { // the program is still there
		t.Error(got)
	}
}

// TestWakeBeforeWait: what is posted before the loop waits for the first time
// wakes it, too.
func TestWakeBeforeWait(t *testing.T) {
	table := Open()
	woken := make(chan struct{})
	table.Wake()
	go func() {
		table.Wait(time.Time{})
		close(woken)
	}()
	select {
	case <-woken:
	case <-time.After(10 * time.Second):
		t.Error("the first wait does not know of it")
	}
}

// TestStorm: a lone exit is not taken for one of many, and nor is a wake-up for
// something else, such as what the exit before has brought about.
func TestStorm(t *testing.T) {
	just, long := time.Now().Add(time.Minute), time.Now().Add(-time.Minute) // within the gap, and beyond it
	for _, tt := range []struct {
		ended    bool
		lastReap time.Time
		want     bool
	}{
		{false, just, false}, {false, long, false}, {true, long, false}, {true, just, true},
	} {
		table := &Table{lastReap: tt.lastReap}
		table.ended.Store(tt.ended)
		if got := table.storm(); got != tt.want {
			t.Errorf("an exit %v, the last reap %v: %v", tt.ended, time.Since(tt.lastReap).Round(time.Minute), got)
		}
		if table.ended.Load() {
			t.Error("the exit is not forgotten")
		}
	}
}
