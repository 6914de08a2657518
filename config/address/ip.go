package address

import (
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// IP is an address: 4 bytes of IPv4 or 16 of IPv6. No other length is made here;
// nil is no address.
type IP []byte

// Parse reads an address of IPv4, or one of IPv6 (RFC 4291, 2.2) without brackets
// and zone. It returns nil for any other text.
func Parse(text string) IP {
	if !strings.Contains(text, ":") {
		return parseV4(text)
	}
	head, tail, short := strings.Cut(text, "::")
	ip, ok := parseGroups(head, !short)
	if !short {
		if !ok || len(ip) != 16 {
			return nil
		}
		return ip
	}
	end, endOK := parseGroups(tail, true)
	if !ok || !endOK || len(ip)+len(end) > 14 { // "::" stands for one group at least
		return nil
	}
	ip = append(ip, make([]byte, 16-len(ip)-len(end))...)
	return append(ip, end...)
}

func parseV4(text string) IP {
	ip := make(IP, 0, 4)
	for _, part := range strings.Split(text, ".") {
		n, err := strconv.ParseUint(part, 10, 8)
		if err != nil || len(ip) == 4 || len(part) > 1 && part[0] == '0' { // 010 is 8 to some
			return nil
		}
		ip = append(ip, byte(n))
	}
	if len(ip) != 4 {
		return nil
	}
	return ip
}

// parseGroups reads groups of up to four hexadecimal digits. At the end of an
// address the last two may be an IPv4 address.
func parseGroups(text string, end bool) (ip IP, ok bool) {
	for more := text != ""; more; {
		var group string
		group, text, more = strings.Cut(text, ":")
		if v4 := parseV4(group); v4 != nil && end && !more {
			ip = append(ip, v4...)
			break
		}
		n, err := strconv.ParseUint(group, 16, 16)
		if err != nil || len(group) > 4 || len(ip) == 16 {
			return nil, false
		}
		ip = append(ip, byte(n>>8), byte(n))
	}
	return ip, len(ip) <= 16
}

// Sockaddr returns the family of an address and what bind(2) and connect(2) want
// to know of it.
func (ip IP) Sockaddr(port int) (family int, to unix.Sockaddr) {
	if len(ip) == 4 {
		return unix.AF_INET, &unix.SockaddrInet4{Port: port, Addr: [4]byte(ip)}
	}
	return unix.AF_INET6, &unix.SockaddrInet6{Port: port, Addr: [16]byte(ip)}
}
