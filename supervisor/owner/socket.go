package owner

import (
	"bufio"
	"encoding/binary"
	"encoding/hex"
	"os"
	"strconv"
	"strings"
)

// Address is where a server listens.
type Address struct {
	IP   string // 4 or 16 bytes; "": any
	Port int
	Path string // of a unix socket, "@name" for an abstract one; "": TCP
}

// Listening returns the sockets that a connection to an address would come to, as
// links to them in /proc/PID/fd look, in the network of this process; none: there is
// none, or they cannot be seen.
func Listening(a Address) []string { return listening("/proc/net/", a) }

func listening(dir string, a Address) []string {
	found, best := []string{}, 0
	add := func(inode string, rank int) {
		if rank < best || rank == 0 {
			return
		}
		if rank > best {
			found, best = found[:0], rank
		}
		found = append(found, "socket:["+inode+"]")
	}
	if a.Path != "" {
		each(dir+"unix", func(line string) (more bool) {
			const accepts = " 00010000 " // __SO_ACCEPTCON
			if !strings.Contains(line, accepts) {
				return true
			}
			if f := strings.Fields(line); len(f) == 8 && f[7] == a.Path {
				add(f[6], 1)
			}
			return true
		})
		return found
	}
	for _, file := range [...]string{"tcp", "tcp6"} {
		each(dir+file, func(line string) (more bool) {
			const listens = "0A" // TCP_LISTEN
			f := strings.Fields(line)
			switch {
			case len(f) < 10 || f[0] == "sl": // the head
				return true
			case f[3] != listens:
				return false // these come first, before thousands of connections, perhaps
			}
			ip, port, _ := strings.Cut(f[1], ":")
			if n, err := strconv.ParseUint(port, 16, 16); err == nil && int(n) == a.Port {
				add(f[9], rank(bytesOf(ip), a.IP))
			}
			return true
		})
	}
	return found
}

// each calls f with each line of a file until f returns false.
func each(file string, f func(line string) (more bool)) {
	opened, err := os.Open(file)
	if err != nil {
		return
	}
	defer opened.Close()
	lines := bufio.NewScanner(opened)
	for lines.Scan() && f(lines.Text()) {
	}
}

// The first bytes of an IPv4 address as one of IPv6 (RFC 4291, 2.5.5.2).
const mapped = "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\xff\xff"

// rank says how well a listening socket fits the wanted address; 0: not at all. The kernel
// gives a connection to the socket that fits best: one of that very address before one of
// all addresses, and one of IPv4 before one of IPv6 that takes IPv4 as well.
func rank(ip, wanted string) int {
	v4, of6 := strings.CutPrefix(ip, mapped)
	none := strings.Trim(ip, "\x00") == ""
	switch {
	case wanted == "":
		return 1
	case ip == wanted:
		return 4
	case of6 && v4 == wanted:
		return 3
	case none && len(ip) == len(wanted):
		return 2
	case none && len(ip) == 16:
		return 1
	}
	return 0
}

// bytesOf reads an address: words of 32 bits, each in hexadecimal digits and in the
// order of the machine's bytes.
func bytesOf(digits string) string {
	ip, err := hex.DecodeString(digits)
	if err != nil {
		return ""
	}
	for i := 0; i+4 <= len(ip); i += 4 {
		binary.NativeEndian.PutUint32(ip[i:], binary.BigEndian.Uint32(ip[i:]))
	}
	return string(ip)
}
