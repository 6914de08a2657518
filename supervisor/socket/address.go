package socket

import (
	"errors"
	"os"
	"strconv"
	"strings"
)

const hostsFile = "/etc/hosts"

// resolve returns the 4 or 16 bytes of a host: "" and "*" are every address of
// IPv4, an IPv6 address stands in brackets, a name is looked up in the file hosts.
func resolve(host, hosts string) ([]byte, error) {
	switch {
	case host == "" || host == "*":
		return make([]byte, 4), nil
	case strings.EqualFold(host, "localhost"):
		return []byte{127, 0, 0, 1}, nil
	case strings.HasPrefix(host, "[") && strings.HasSuffix(host, "]"):
		if ip := parseIPv6(host[1 : len(host)-1]); ip != nil {
			return ip, nil
		}
		return nil, errors.New("there is no IPv6 address in the brackets")
	}
	if ip := parseIPv4(host); ip != nil {
		return ip, nil
	}
	if strings.Trim(host, "0123456789.") == "" {
		return nil, errors.New(host + " is no IPv4 address")
	}
	text, err := os.ReadFile(hosts)
	if err != nil {
		return nil, errors.New("the host is not numeric, and names cannot be looked up: " + err.Error())
	}
	if ip := findHost(string(text), host); ip != nil {
		return ip, nil
	}
	return nil, errors.New("host " + host + " is neither numeric nor in " + hosts + " (DNS is not asked)")
}

// findHost looks a name up in the text of a hosts(5) file: the first IPv4
// address that it stands behind, else the first IPv6 one.
func findHost(text, name string) (ip []byte) {
	for line := range strings.Lines(text) {
		line, _, _ = strings.Cut(line, "#")
		fields := strings.Fields(line)
		for i := 1; i < len(fields); i++ {
			if !strings.EqualFold(fields[i], name) {
				continue
			}
			if v4 := parseIPv4(fields[0]); v4 != nil {
				return v4
			}
			if ip == nil {
				ip = parseIPv6(fields[0])
			}
		}
	}
	return ip
}

// parseIPv4 reads four decimal numbers; nil: it is no such address. Package
// net/netip does it too, and costs 4% of the time in which we start.
func parseIPv4(s string) []byte {
	ip := make([]byte, 0, 4)
	for part := range strings.SplitSeq(s, ".") {
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

// parseIPv6 reads an address of RFC 4291, 2.2, without a zone; nil: it is none.
func parseIPv6(s string) []byte {
	head, tail, gap := strings.Cut(s, "::")
	ip, ok := groups(head, !gap)
	if !gap {
		if !ok || len(ip) != 16 {
			return nil
		}
		return ip
	}
	end, endOK := groups(tail, true)
	if !ok || !endOK || len(ip)+len(end) > 14 {
		return nil
	}
	ip = append(ip, make([]byte, 16-len(ip)-len(end))...)
	return append(ip, end...)
}

// groups reads groups of up to four hexadecimal digits; last allows an IPv4
// address as the final ones.
func groups(s string, last bool) (ip []byte, ok bool) {
	if s == "" {
		return nil, true
	}
	for s != "" {
		group, rest, more := strings.Cut(s, ":")
		if more && rest == "" || len(ip) >= 16 {
			return nil, false
		}
		s = rest
		if v4 := parseIPv4(group); v4 != nil && last && !more {
			ip = append(ip, v4...)
			continue
		}
		n, err := strconv.ParseUint(group, 16, 16)
		if err != nil || len(group) > 4 {
			return nil, false
		}
		ip = append(ip, byte(n>>8), byte(n))
	}
	return ip, len(ip) <= 16
}
