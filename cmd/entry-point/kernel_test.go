package main_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"entrypoint/supervisor/skip"

	"golang.org/x/sys/unix"
)

// denyEnv makes the test binary deny itself system calls, as a strict seccomp profile
// does, and become its arguments: NUMBER,NUMBER.
const denyEnv = "ENTRYPOINT_TEST_DENY"

// denied is the test binary's other life.
func denied(numbers string) error {
	runtime.LockOSThread()
	filter := []unix.SockFilter{{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS}} // the number of the call
	for text := range strings.SplitSeq(numbers, ",") {
		number, err := strconv.ParseUint(text, 10, 32)
		if err != nil {
			return err
		}
		filter = append(filter,
			unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, Jf: 1, K: uint32(number)},
			unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ERRNO | uint32(syscall.EPERM)})
	}
	filter = append(filter, unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ALLOW})
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return err
	}
	program := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	if err := unix.Prctl(unix.PR_SET_SECCOMP, unix.SECCOMP_MODE_FILTER, uintptr(unsafe.Pointer(&program)), 0, 0); err != nil {
		return err
	}
	_ = os.Unsetenv(denyEnv)
	return syscall.Exec(os.Args[1], os.Args[1:], os.Environ())
}

// deny makes p run without some system calls.
func (p *initProcess) deny(numbers ...int) {
	self, err := os.Executable()
	if err != nil {
		p.t.Fatal(err)
	}
	p.Path, p.Args = self, append([]string{self, p.Path}, p.Args[1:]...)
	list := strings.Trim(strings.Join(strings.Fields(fmt.Sprint(numbers)), ","), "[]")
	p.Env = append(p.Env, denyEnv+"="+list)
}

// TestDeniedSystemCalls: a filter that refuses what we can do without changes nothing.
func TestDeniedSystemCalls(t *testing.T) {
	t.Parallel()
	for name, numbers := range map[string][]int{
		"waitid":    {unix.SYS_WAITID},
		"prlimit64": {unix.SYS_PRLIMIT64, unix.SYS_SETRLIMIT},
		"all":       {unix.SYS_WAITID, unix.SYS_PRLIMIT64, unix.SYS_CLOSE_RANGE, unix.SYS_OPENAT2, unix.SYS_PIDFD_OPEN},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := prepare(t, "sh", "-c", "for i in 1 2 3 4 5; do (sleep 0.05 &); done; sleep 0.2; exit 7")
			p.deny(numbers...)
			p.start().wantCode(7)

			p = prepare(t, "--production", "-c", "entry-point.conf")
			writeIn(t, p.Dir, "entry-point.conf", `
[program:often]
command = sh -c "echo again; exit 0"
autorestart = true
startsecs = 0
exit_on = never

[program:stays]
command = sleep 1000
`)
			p.deny(numbers...)
			p.start()
			// Exits are noticed, without a processor kept busy.
			for range 5 {
				before := strings.Count(p.stdout.String(), "again")
				p.awaitThat("another run", func() bool { return strings.Count(p.stdout.String(), "again") > before })
			}
			if used := processorTime(t, p.Process.Pid); used > 5*time.Second {
				t.Errorf("it has used %v", used)
			}
			_ = p.Process.Signal(syscall.SIGTERM)
			p.wantCode(0)
		})
	}
}

func writeIn(t *testing.T, dir, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// awaitThat waits until something is so.
func (p *initProcess) awaitThat(what string, so func() bool) {
	p.t.Helper()
	for deadline := time.Now().Add(patience); !so(); {
		changed := p.stdout.next()
		if so() {
			return
		}
		select {
		case <-changed:
		case <-time.After(20 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			p.t.Fatalf("%s: not within %v; stdout:\n%sstderr:\n%s", what, patience, p.stdout.String(), p.stderr.String())
		}
	}
}

// processorTime is what a process has used.
func processorTime(t *testing.T, pid int) time.Duration {
	t.Helper()
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		t.Fatal(err)
	}
	fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
	user, _ := strconv.Atoi(fields[11])
	system, _ := strconv.Atoi(fields[12])
	return time.Duration(user+system) * 10 * time.Millisecond
}

// TestClosedDescriptors: whoever starts us with closed standard descriptors, where there
// is no /dev/null either, gets what he has asked for.
func TestClosedDescriptors(t *testing.T) {
	t.Parallel()
	skip.UnlessRoot(t, "for a root directory of its own")
	root := t.TempDir()
	_ = os.Chmod(root, 0o755)
	for name, file := range map[string]string{"entry-point": binary, "closed": compile(t, "closed", "int main() { return 7; }")} {
		data, err := os.ReadFile(file)
		if err == nil {
			err = os.WriteFile(filepath.Join(root, name), data, 0o755)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	writeIn(t, root, "supervisord.conf", "[program:closed]\ncommand=/closed\nautorestart=false\nstartsecs=0\n[program:longer]\ncommand=/closed\nautorestart=false\n")
	for _, closed := range []string{"<&-", ">&-", "2>&-", "<&- >&- 2>&-"} {
		for _, args := range []string{"/closed", "-c supervisord.conf --production"} {
			c := exec.Command("sh", "-c", "exec chroot . /entry-point "+args+" "+closed)
			c.Dir = root
			out, err := c.CombinedOutput()
			code := c.ProcessState.ExitCode()
			if args == "/closed" && code != 7 || code == 2 || strings.Contains(string(out), "goroutine") {
				t.Errorf("%s %s: exit code %d, %v\n%s", args, closed, code, err, out)
			}
		}
	}
}

// TestAddressSpace: with any limit of address space it works or says in one line why not,
// and the command has the limit that it would have without us.
func TestAddressSpace(t *testing.T) {
	t.Parallel()
	for limit := 100_000; limit < 2_500_000; limit += 60_000 {
		text := strconv.Itoa(limit)
		out, err := exec.Command("sh", "-c", "ulimit -v "+text+` && exec "$0" sh -c "ulimit -v"`, binary).CombinedOutput()
		if ended := (*exec.ExitError)(nil); errors.As(err, &ended) {
			if ended.ExitCode() != 78 || !strings.HasPrefix(string(out), "entry-point: cannot start: the limit of address space (ulimit -v) is less than 800 MB") ||
				strings.Count(string(out), "\n") != 1 || limit > 800_000 {
				t.Errorf("%d kB: %v\n%s", limit, err, out)
			}
		} else if err != nil || string(out) != text+"\n" {
			t.Errorf("%d kB: %v, the command sees %q", limit, err, out)
		}
	}
	out, err := exec.Command("sh", "-c", `ulimit -Sv 600000 && exec "$0" sh -c "ulimit -Sv; ulimit -Hv"`, binary).CombinedOutput()
	if err != nil || string(out) != "600000\nunlimited\n" {
		t.Errorf("soft limit of 600000 kB: %v\n%s", err, out)
	}
}

// TestFirstSignal: from its first instruction on PID 1 loses no signal, and the runtime
// ends it by none.
func TestFirstSignal(t *testing.T) {
	t.Parallel()
	for _, sig := range []syscall.Signal{
		syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP, syscall.SIGQUIT, syscall.SIGUSR1, syscall.SIGALRM, syscall.SIGPWR, 40,
	} {
		for range 20 {
			p := start(t, "sh", "-c", "ulimit -c 0; exec sleep 1000")
			await := time.Now().Add(patience)
			for !holds(t, p.Process.Pid, sig) && time.Now().Before(await) {
				runtime.Gosched()
			}
			_ = p.Process.Signal(sig)
			p.wantCode(128 + int(sig))
		}
	}
}

// holds says whether a process has blocked a signal or handles it.
func holds(t *testing.T, pid int, sig syscall.Signal) bool {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(status)) {
		name, value, _ := strings.Cut(line, ":")
		if name == "SigBlk" || name == "SigCgt" {
			mask, _ := strconv.ParseUint(strings.TrimSpace(value), 16, 64)
			if mask&(1<<(sig-1)) != 0 {
				return true
			}
		}
	}
	return false
}

// TestIgnoredSignalsStay: what nohup or a script has ignored for us stays so for the
// command (POSIX, Shell Command Language, 2.11).
func TestIgnoredSignalsStay(t *testing.T) {
	t.Parallel()
	for trap, want := range map[string]string{"HUP INT QUIT": "7", "QUIT": "4", "": "0"} {
		script := `exec "$0" grep SigIgn /proc/self/status`
		if trap != "" {
			script = `trap "" ` + trap + "; " + script
		}
		for _, prefix := range [][]string{{"sh", "-c", script, binary}, {"unshare", "--pid", "--fork", "--mount-proc", "--kill-child", "sh", "-c", script, binary}} {
			out, err := exec.Command(prefix[0], prefix[1:]...).Output()
			if got := strings.TrimSpace(string(out)); err != nil || !strings.HasSuffix(got, want) {
				t.Errorf("%q ignored: %v, %q", trap, err, got)
			}
		}
	}
}
