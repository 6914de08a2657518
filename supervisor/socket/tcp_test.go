package socket

import (
	"net"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"entrypoint/config"
)

// freePort is a port that nobody listens at, on 127.0.0.1 and elsewhere.
func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", ":0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return port
}

func TestTCP(t *testing.T) {
	l, err := net.Listen("tcp", "[::1]:0")
	six := err == nil
	if six {
		l.Close()
	}
	for host, reached := range map[string]string{"127.0.0.1": "127.0.0.1", "localhost": "127.0.0.1", "0.0.0.0": "127.0.0.2", "*": "127.0.0.1", "": "127.0.0.1", "[::1]": "[::1]", "[::]": "[::1]"} {
		if reached == "[::1]" && !six {
			continue // a machine without IPv6
		}
		s := newSet(t)
		port := freePort(t)
		c := &config.Socket{URL: "tcp://" + host + ":" + port}
		f := open(t, s, c)
		passes(t, f, "tcp", reached+":"+port)
		if status, descriptor := flags(t, f); status&unix.O_NONBLOCK != 0 || descriptor != unix.FD_CLOEXEC {
			t.Errorf("%s: flags %x, %x", host, status, descriptor)
		}
		// passes closed the server's end first, which lingers in TIME_WAIT.
		s.Close(c.URL)
		passes(t, open(t, s, c), "tcp", reached+":"+port)
		refused(t, newSet(t), c, "port "+port+" is in use by another process")
	}
}

func TestTCPErrors(t *testing.T) {
	s := newSet(t)
	for address, want := range map[string]string{
		"127.0.0.1":             "the port is missing",
		"127.0.0.1:":            "the port is not a number from 1 to 65535",
		"127.0.0.1:0":           "the port is not a number from 1 to 65535",
		"127.0.0.1:65536":       "the port is not a number from 1 to 65535",
		"127.0.0.1:-1":          "the port is not a number from 1 to 65535",
		"127.0.0.1:http":        "the port is not a number from 1 to 65535",
		"127.0.0.300:1":         "127.0.0.300 is no IPv4 address",
		"[::g]:1":               "there is no IPv6 address in the brackets",
		"[127.0.0.1]:1":         "there is no IPv6 address in the brackets",
		"::1:80":                "an IPv6 address stands in brackets, such as [::1]",
		"203.0.113.7:9000":      "the address is none of this container's",
		"no-such-host.test:443": "host no-such-host.test is neither numeric nor in /etc/hosts (DNS is not asked)",
	} {
		refused(t, s, &config.Socket{URL: "tcp://" + address}, want)
	}
	if err := bindError(unix.EACCES, 80); err.Error() != "port 80 needs root, or CAP_NET_BIND_SERVICE" {
		t.Error(err)
	}
	if err := bindError(unix.ENOBUFS, 80); err != unix.ENOBUFS {
		t.Error(err)
	}
}

// TestHosts: a name means its first IPv4 address, else its first IPv6 one.
func TestHosts(t *testing.T) {
	hosts := filepath.Join(t.TempDir(), "hosts")
	if err := os.WriteFile(hosts, []byte("::1 both six\n10.0.0.9 both # no\n10.0.0.10 both\nfe80::1 six\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"both": "10.0.0.9", "BOTH": "10.0.0.9", "six": "::1"} {
		if ip, err := resolve(name, hosts); err != nil || net.IP(ip).String() != want {
			t.Errorf("%s: got %v, %v, want %s", name, ip, err, want)
		}
	}
	if ip, err := resolve("no", hosts); ip != nil || err == nil || err.Error() != "host no is neither numeric nor in "+hosts+" (DNS is not asked)" {
		t.Errorf("got %v, %v", ip, err)
	}
	if ip, err := resolve("web", hosts+".no"); ip != nil || err == nil ||
		err.Error() != "the host is not numeric, and names cannot be looked up: open "+hosts+".no: no such file or directory" {
		t.Errorf("got %v, %v", ip, err)
	}
}
