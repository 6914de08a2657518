package usage

import (
	"bufio"
	"os"
	"os/exec"
	"syscall"
	"testing"
)

// TestOf: a process with its descendants, less those that are asked for
// themselves, and a zombie.
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
	both := Of([]int{own, child.Process.Pid})
	mine, theirs := both[own], both[child.Process.Pid]
	if mine.Processes < 1 || mine.Memory < 1<<20 || mine.Descriptors < 3 || mine.CPU < 0 {
		t.Errorf("ours: %+v", mine)
	}
	if theirs.Processes < 2 || theirs.Memory <= 0 || theirs.Descriptors < 3 {
		t.Errorf("theirs: %+v", theirs)
	}
	if alone := Of([]int{own})[own]; alone.Processes < mine.Processes+theirs.Processes-1 {
		t.Errorf("without them %+v, with them %+v", mine, alone)
	}
	if len(Of([]int{1 << 30})) != 0 {
		t.Error("one that is not there uses something")
	}
}

func TestParse(t *testing.T) {
	if _, ok := parse([]byte("7 (a) b) c S 1")); ok {
		t.Error("a short line")
	}
	line := "7 (a) b) S 3 7 7 0 -1 4194560 100 0 0 0 150 50 20 30 20 0 1 0 500 1000000 10 18446744073709551615 0 0"
	p, ok := parse([]byte(line))
	if !ok || p.parent != 3 || p.state != 'S' || p.cpu != 2.5 || p.memory != 10*int64(os.Getpagesize()) {
		t.Errorf("got %+v, %t", p, ok)
	}
}
