package process

import (
	"os"
	"os/exec"
	"runtime"
	"slices"
	"testing"
)

// TestChildren: whichever thread has started them.
func TestChildren(t *testing.T) {
	var want []int
	for range 3 {
		started := make(chan *exec.Cmd)
		over := make(chan struct{})
		go func() {
			runtime.LockOSThread() // and never given back: each child has a thread of its own as its parent
			c := exec.Command("sleep", "1000")
			if err := c.Start(); err != nil {
				t.Error(err)
			}
			started <- c
			<-over
		}()
		c := <-started
		t.Cleanup(func() { _ = c.Process.Kill(); _ = c.Wait(); close(over) })
		want = append(want, c.Process.Pid)
	}
	got := Children(os.Getpid())
	for _, pid := range want {
		if !slices.Contains(got, pid) {
			t.Errorf("%d is missing in %v", pid, got)
		}
	}
}
