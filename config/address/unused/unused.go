// Package unused is for tests that start a server: it finds an address where nobody
// listens.
//
// It opens no socket for that. A test that listens at port 0 and closes the socket
// again shares it with each process that a parallel test forks in between, until
// that process closes its descriptors, late in exec. Who dials meanwhile is
// connected, and takes the server for ready that has only been started.
package unused

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
	"syscall"
	"testing"
)

// Below 32768 Linux gives clients no port; above 10000 few servers have theirs.
const lowest, highest = 10000, 32767

// TCP returns HOST:PORT, where a connection is refused. host is an address of this
// machine; "" stands for one in 127.0.0.0/8 that nobody else is likely to have.
func TCP(t testing.TB, host string) string {
	t.Helper()
	for range 100 {
		h := host
		if h == "" {
			h = fmt.Sprintf("127.%d.%d.%d", 1+rand.IntN(254), rand.IntN(256), 1+rand.IntN(254))
		}
		address := net.JoinHostPort(h, strconv.Itoa(lowest+rand.IntN(highest-lowest+1)))
		c, err := net.Dial("tcp", address)
		if errors.Is(err, syscall.ECONNREFUSED) {
			return address
		}
		if err != nil {
			t.Fatal(err)
		}
		c.Close()
	}
	t.Fatalf("somebody listens at each of 100 ports of %s", host)
	return ""
}

// Port returns the port of an address that TCP has found at 127.0.0.1.
func Port(t testing.TB) string {
	t.Helper()
	_, port, err := net.SplitHostPort(TCP(t, "127.0.0.1"))
	if err != nil {
		t.Fatal(err)
	}
	return port
}
