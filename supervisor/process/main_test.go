package process

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"entrypoint/supervisor/emulator"
	"entrypoint/supervisor/skip"
)

// actEnv makes the test binary act as entry-point does in a test that needs a
// process of its own.
const actEnv = "PROCESS_TEST_ACT"

func TestMain(m *testing.M) {
	switch os.Getenv(actEnv) {
	case "":
		os.Exit(m.Run())
	case "limits":
		actLimits()
	case "start":
		actStart()
	case "unprivileged":
		actUnprivileged(os.Args[1])
	case "noexec":
		if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
			fmt.Println(err)
		}
		if err := unix.Mount("none", os.Args[1], "tmpfs", unix.MS_NOEXEC, ""); err != nil {
			fmt.Println(err)
		}
		if err := os.WriteFile(os.Args[2], []byte("#!/bin/sh\n"), 0o755); err != nil {
			fmt.Println(err)
		}
		_, err := Open().Start(&Spec{Argv: []string{os.Args[2]}})
		fmt.Println(err)
	case "noproc":
		if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
			fmt.Println(err)
		}
		if err := unix.Mount("none", "/proc", "tmpfs", 0, ""); err != nil {
			fmt.Println(err)
		}
		actStart()
	}
}

// actLimits sets limits by its arguments and prints what a plain and a staged
// child see.
func actLimits() {
	number := func(i int) uint64 {
		n, err := strconv.ParseUint(os.Args[i], 10, 64)
		if err != nil {
			panic(err)
		}
		return n
	}
	table := Open()
	changes, err := table.SetLimits(number(1), number(2))
	for _, change := range changes {
		fmt.Println("change:", change)
	}
	if err != nil {
		fmt.Println("error:", err)
	}
	show := []string{"sh", "-c", "ulimit -Sn; ulimit -Hn; grep processes /proc/self/limits | tr -s ' '"}
	zero := 0
	for _, set := range []Settings{{}, {OOMScoreAdj: &zero}} {
		run(table, &Spec{Argv: show, Stdout: os.Stdout, Settings: set})
	}
}

// actStart prints how a staged start of sh went.
func actStart() {
	mask := 0o31
	table := Open()
	exit, err := run(table, &Spec{Argv: []string{"sh", "-c", "umask"}, Settings: Settings{Umask: &mask}})
	fmt.Println(Code(exit), err)
}

// actUnprivileged prints how a start went that may need more than we may.
func actUnprivileged(what string) {
	s := &Spec{Argv: []string{"sh", "-c", "echo ok"}, Stdout: os.Stdout}
	switch what {
	case "nofile":
		s.Settings.NoFile = &syscall.Rlimit{Cur: 1 << 19, Max: 1 << 29}
	case "nice":
		s.Settings.Nice = ptr(-5)
	case "oom":
		s.Settings.OOMScoreAdj = ptr(-900)
	case "user":
		s.Credential = &syscall.Credential{}
	case "caps":
		s.Settings.Capabilities = &[]int{}
	case "nnp":
		s.Settings = Settings{Capabilities: &[]int{}, NoNewPrivs: true}
	case "keep":
		s.Settings = Settings{Capabilities: &[]int{10}, NoNewPrivs: true}
	}
	exit, err := run(Open(), s)
	fmt.Println(Code(exit), err)
}

// act runs the test binary as such an actor, by way of the
// command prefix, and returns what it prints.
func act(t *testing.T, what, prefix string, cloneflags uintptr, args ...string) string {
	t.Helper()
	argv := append([]string{"-c", prefix + ` "$0" "$@"`}, emulator.Argv(os.Args[0], args...)...)
	cmd := exec.Command("sh", argv...)
	cmd.Env = append(os.Environ(), actEnv+"="+what)
	cmd.SysProcAttr = &syscall.SysProcAttr{Unshareflags: cloneflags}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return string(out)
}

// run starts a process and waits for its end.
func run(table *Table, s *Spec) (syscall.WaitStatus, error) {
	pid, err := table.Start(s)
	if err != nil {
		return 0, err
	}
	var status syscall.WaitStatus
	for ended := false; !ended; {
		table.Wait(time.Time{})
		table.Reap(func(e Exit) {
			if e.PID == pid {
				ended, status = true, e.Status
			}
		})
	}
	return status, nil
}

// output runs a process and returns what it prints; anything else than success
// fails the test.
func output(t *testing.T, table *Table, s *Spec) string {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	s.Stdout, s.Stderr = w, w
	read := make(chan string)
	go func() {
		text, _ := io.ReadAll(r)
		read <- string(text)
	}()
	status, err := run(table, s)
	_ = w.Close()
	text := <-read
	if err != nil || status != 0 {
		t.Fatalf("%q: %v, %s\n%s", s.Argv, err, Describe(status), text)
	}
	return strings.TrimSuffix(text, "\n")
}

// needSubreaper skips a test that needs the orphans of its children: qemu's emulation may
// not know how to become their reaper.
func needSubreaper(t *testing.T) {
	t.Helper()
	var is int32
	if err := unix.Prctl(unix.PR_GET_CHILD_SUBREAPER, uintptr(unsafe.Pointer(&is)), 0, 0, 0); emulator.Used() && (err != nil || is == 0) {
		t.Skipf("the emulator makes us no subreaper: %v", err)
	}
}

func needRoot(t *testing.T) {
	t.Helper()
	skip.UnlessRoot(t, "for limits, users and capabilities")
}

func ptr[T any](v T) *T { return &v }
