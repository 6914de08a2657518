package unused

import (
	"net"
	"os/exec"
	"sync"
	"testing"
)

// TestTCP: an address is refused before somebody listens there, also while other
// goroutines fork, and can be listened at.
func TestTCP(t *testing.T) {
	done := make(chan struct{})
	var forks sync.WaitGroup
	for range 4 {
		forks.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
					_ = exec.Command("/bin/true").Run()
				}
			}
		})
	}
	defer forks.Wait()
	defer close(done)
	for range 300 {
		for _, host := range []string{"", "127.0.0.1"} {
			address := TCP(t, host)
			if c, err := net.Dial("tcp", address); err == nil {
				c.Close()
				t.Fatalf("somebody listens at %s", address)
			}
			l, err := net.Listen("tcp", address)
			if err != nil {
				t.Fatal(err)
			}
			l.Close()
		}
	}
}
