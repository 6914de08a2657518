package usage

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// TestOf: a process with its descendants, ourselves without them, and a zombie.
func TestOf(t *testing.T) {
	child := exec.Command("sh", "-c", "sleep 1000 & sleep 0.01 & echo $!; wait %1")
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	child.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = syscall.Kill(-child.Process.Pid, syscall.SIGKILL)
		_ = child.Wait()
	}()
	if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	own := os.Getpid()
	both := Of(own, []int{child.Process.Pid})
	mine, theirs := both[own], both[child.Process.Pid]
	if mine.Processes != 1 || mine.Memory < 1<<20 || mine.Descriptors < 3 || mine.CPU < 0 {
		t.Errorf("ours: %+v", mine)
	}
	if theirs.Processes < 2 || theirs.Memory <= 0 || theirs.Descriptors < 3 {
		t.Errorf("theirs: %+v", theirs)
	}
	if alone := Of(own, nil)[own]; alone.Processes != 1 {
		t.Errorf("alone: %+v", alone)
	}
	if got := Of(own, []int{1 << 30}); len(got) != 1 {
		t.Errorf("one that is not there uses something: %+v", got)
	}

	dead := exec.Command("true")
	if err := dead.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = dead.Wait() }()
	var info unix.Siginfo
	if err := unix.Waitid(unix.P_PID, dead.Process.Pid, &info, unix.WEXITED|unix.WNOWAIT, nil); err != nil {
		t.Fatal(err)
	}
	if got := Of(own, nil)[own]; got.Zombies != 1 {
		t.Errorf("with a zombie: %+v", got)
	}
}

// TestDead: the time of a process that was waited for is not ours.
func TestDead(t *testing.T) {
	own := os.Getpid()
	before := Of(own, nil)[own].CPU
	dead := exec.Command("sh", "-c", "i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done")
	if err := dead.Run(); err != nil {
		t.Fatal(err)
	}
	used := (dead.ProcessState.UserTime() + dead.ProcessState.SystemTime()).Seconds()
	if more := Of(own, nil)[own].CPU - before; used < 0.1 || more > used/2 {
		t.Errorf("the child has used %.2f s, and we %.2f s", used, more)
	}
}

// TestEnded: a process may end after its stat was read and before its
// descriptors are counted. The others' are known all the same.
func TestEnded(t *testing.T) {
	proc := t.TempDir()
	for pid, parent := range map[string]string{"7": "1", "8": "7"} {
		if err := os.Mkdir(filepath.Join(proc, pid), 0o755); err != nil {
			t.Fatal(err)
		}
		stat := pid + " (a) S " + parent + " 7 7 0 -1 4194560 100 0 0 0 150 50 20 30 20 0 1 0 500 1000000 10 18446744073709551615 0 0"
		if err := os.WriteFile(filepath.Join(proc, pid, "stat"), []byte(stat), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.MkdirAll(filepath.Join(proc, "7/fd/0"), 0o755); err != nil {
		t.Fatal(err)
	}
	if got := read(proc, 1, []int{7})[7]; got.Processes != 2 || got.Descriptors != 1 {
		t.Errorf("%+v", got)
	}
}

// BenchmarkOf is a walk over what runs on this machine.
func BenchmarkOf(b *testing.B) {
	for b.Loop() {
		Of(1, nil)
	}
}

func TestParse(t *testing.T) {
	if _, ok := parse([]byte("7 (a) b) c S 1")); ok {
		t.Error("a short line")
	}
	line := "7 (a) b) S 3 7 7 0 -1 4194560 100 0 0 0 150 50 20 30 20 0 1 0 500 1000000 10 18446744073709551615 0 0"
	p, ok := parse([]byte(line))
	if !ok || p.parent != 3 || p.state != 'S' || p.cpu != 2 || p.waited != 0.5 || p.memory != 10*int64(os.Getpagesize()) {
		t.Errorf("got %+v, %t", p, ok)
	}
}

// TestHandling: a shell with a trap, one that ignores the signal, and one without.
func TestHandling(t *testing.T) {
	for script, want := range map[string][2]bool{"trap : TSTP; echo up; read x": {true, false}, "trap '' TSTP; echo up; read x": {false, true}, "echo up; read x": {}} {
		child := exec.Command("sh", "-c", script)
		in, _ := child.StdinPipe()
		out, err := child.StdoutPipe()
		if err == nil {
			err = child.Start()
		}
		if err != nil {
			t.Fatal(err)
		}
		if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
			t.Fatal(err)
		}
		if h := HandlingOf(child.Process.Pid); h.Name != "sh" || h.Catches(syscall.SIGTSTP) != want[0] || h.Ignores(syscall.SIGTSTP) != want[1] {
			t.Errorf("%s: %+v", script, h)
		}
		in.Close()
		_ = child.Wait()
		if h := HandlingOf(child.Process.Pid); h != (Handling{}) {
			t.Errorf("a process that is gone: %+v", h)
		}
	}
}

// TestReader: everybody who asks is told, also side by side and of what is gone, and what
// we use ourselves is always there.
func TestReader(t *testing.T) {
	var r Reader
	told := make(chan map[int]Usage)
	for range 3 {
		r.Read(nil, []int{1 << 30}, func(used map[int]Usage) { told <- used })
	}
	for range 3 {
		if used := <-told; used[os.Getpid()].Memory == 0 || used[1<<30].Processes != 0 {
			t.Errorf("told %v", used)
		}
	}
}
