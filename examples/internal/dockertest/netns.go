package dockertest

import (
	"context"
	"fmt"
	"net"
	"os"
	"runtime"
	"testing"

	"golang.org/x/sys/unix"
)

// Dialer returns a dialer whose connections are made inside the container's
// network, so 127.0.0.1 is the container's own. A published port has Docker's
// proxy in between, which accepts connections that the container never sees;
// whoever counts requests must not count those. It works until the end of the
// test, also after the container's.
func (c *Container) Dialer() func(ctx context.Context, network, address string) (net.Conn, error) {
	c.t.Helper()
	theirs, err := os.Open(fmt.Sprintf("/proc/%d/ns/net", c.State().Pid))
	if err != nil {
		c.t.Fatalf("cannot open the container's network: %v", err)
	}
	closeLater(c.t, theirs)
	ours, err := os.Open("/proc/thread-self/ns/net")
	if err != nil {
		c.t.Fatal(err)
	}
	closeLater(c.t, ours)

	return func(ctx context.Context, network, address string) (net.Conn, error) {
		// A socket belongs to the namespace that its thread was in when it
		// was made; the thread is this goroutine's alone until it is back.
		runtime.LockOSThread()
		if err := unix.Setns(int(theirs.Fd()), unix.CLONE_NEWNET); err != nil {
			runtime.UnlockOSThread()
			return nil, fmt.Errorf("cannot enter the container's network: %w", err)
		}
		conn, err := new(net.Dialer).DialContext(ctx, network, address)
		if err := unix.Setns(int(ours.Fd()), unix.CLONE_NEWNET); err != nil {
			// Still locked: the runtime ends the thread with the goroutine.
			return nil, fmt.Errorf("cannot leave the container's network: %w", err)
		}
		runtime.UnlockOSThread()
		return conn, err
	}
}

func closeLater(t testing.TB, f *os.File) { t.Cleanup(func() { f.Close() }) }
