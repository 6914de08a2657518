package address

import (
	"bytes"
	"errors"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

func TestParse(t *testing.T) {
	for text, want := range map[string]string{
		"1.2.3.4": "1.2.3.4", "0.0.0.0": "0.0.0.0", "255.255.255.255": "255.255.255.255",
		"::": "::", "::1": "::1", "1::": "1::", "1:2:3:4:5:6:7:8": "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7::": "1:2:3:4:5:6:7:0",
		"fe80::ABCD": "fe80::abcd", "::ffff:1.2.3.4": "::ffff:1.2.3.4", "1:2:3:4:5:6:1.2.3.4": "1:2:3:4:5:6:102:304",
		"": "none", "1.2.3": "none", "1.2.3.4.5": "none", "1.2.3.256": "none", "01.2.3.4": "none", "+1.2.3.4": "none", "1..2.3": "none", "1.2.3.4 ": "none",
		"localhost": "none", "[::1]": "none", "::1%lo": "none", ":": "none", ":::": "none", "1:2": "none", "1:2:3:4:5:6:7:8:9": "none", "::1::": "none",
		"12345::": "none", "1:": "none", "1:2:3:4:5:6:7:8::": "none", "1.2.3.4::": "none", "::1.2.3.4:5": "none", "1:2:3:4:5:6:7:1.2.3.4": "none", "::g": "none", "::1:": "none",
	} {
		got := "none"
		if ip := Parse(text); ip != nil {
			a, ok := netip.AddrFromSlice(ip)
			if !ok {
				t.Errorf("%q: %d bytes", text, len(ip))
			}
			got = a.String()
		}
		if got != want {
			t.Errorf("%q: got %s, want %s", text, got, want)
		}
	}
}

// FuzzParse: net/netip reads the same, but for zones, which we do not take.
func FuzzParse(f *testing.F) {
	for _, s := range []string{"1.2.3.4", "::", "::1", "1:2:3:4:5:6:7:8", "1::8", "::ffff:1.2.3.4", "1:2", "01.2.3.4", "1.2.3.4.5", "::1::", "12345::", "1:2:3:4:5:6:7::", "1:2:3:4:5:6:1.2.3.4", "+1.2.3.4", "1.2.3.4::", "::1%lo", "::1:"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var want []byte
		if a, err := netip.ParseAddr(text); err == nil && a.Zone() == "" {
			want = a.AsSlice()
		}
		if got := Parse(text); !bytes.Equal(got, want) || (got == nil) != (want == nil) {
			t.Errorf("%q: got %v, want %v", text, got, want)
		}
	})
}

func TestLookup(t *testing.T) {
	file := filepath.Join(t.TempDir(), "hosts")
	const text = "127.0.0.1 localhost # comment\n10.0.0.1\tdb DB.example # log\n::1 localhost ip6\nbad db\n10.0.0.2 a db db\n#10.0.0.3 db\n\n10.0.0.4"
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"localhost": "127.0.0.1 ::1", "db.EXAMPLE": "10.0.0.1", "db": "10.0.0.1 10.0.0.2", "log": "", "comment": "", "10.0.0.4": "", "": "",
	} {
		found, err := Lookup(file, name)
		var got []string
		for _, ip := range found {
			got = append(got, net.IP(ip).String())
		}
		if err != nil || strings.Join(got, " ") != want {
			t.Errorf("%s: got %q, %v, want %q", name, got, err, want)
		}
	}
	if found, err := Lookup(file+".no", "db"); found != nil || !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v, %v", found, err)
	}
}

// TestSockaddr binds to what it returns, and asks package net where that is.
func TestSockaddr(t *testing.T) {
	for _, text := range []string{"127.0.0.1", "::1"} {
		family, to := Parse(text).Sockaddr(0)
		fd, err := unix.Socket(family, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
		if err == nil {
			err = unix.Bind(fd, to)
		}
		if err == nil {
			err = unix.Listen(fd, 1)
		}
		if text == "::1" && (errors.Is(err, unix.EAFNOSUPPORT) || errors.Is(err, unix.EADDRNOTAVAIL)) {
			continue // a machine without IPv6
		}
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		file := os.NewFile(uintptr(fd), text)
		l, err := net.FileListener(file)
		file.Close()
		if err != nil {
			t.Fatal(err)
		}
		at := l.Addr().(*net.TCPAddr)
		l.Close()
		if at.IP.String() != text || at.Port == 0 {
			t.Errorf("%s: bound to %v", text, at)
		}
	}
	if _, to := Parse("10.0.0.1").Sockaddr(99); to.(*unix.SockaddrInet4).Port != 99 {
		t.Errorf("got %+v", to)
	}
}
