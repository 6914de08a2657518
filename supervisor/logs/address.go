package logs

import (
	"strconv"
	"strings"
)

// parseAddress reads an IPv4 or IPv6 address in text (RFC 4291, 2.2).
func parseAddress(text string) (a address, ok bool) {
	if !strings.Contains(text, ":") {
		a.v4 = true
		return a, parseV4(text, a.bytes[12:])
	}
	head, tail, short := strings.Cut(text, "::")
	before, ok := parseGroups(head, !short)
	if !ok {
		return a, false
	}
	if !short {
		return a, copy(a.bytes[:], before) == 16 && len(before) == 16
	}
	after, ok := parseGroups(tail, true)
	if !ok || len(before)+len(after) > 14 {
		return a, false
	}
	copy(a.bytes[:], before)
	copy(a.bytes[16-len(after):], after)
	return a, true
}

func parseV4(text string, out []byte) bool {
	i := 0
	for part := range strings.SplitSeq(text, ".") {
		n, err := strconv.ParseUint(part, 10, 8)
		if err != nil || i == 4 || part[0] == '+' || len(part) > 1 && part[0] == '0' {
			return false
		}
		out[i] = byte(n)
		i++
	}
	return i == 4
}

// parseGroups reads groups of four digits. At the end of the address the last two
// may be an IPv4 address.
func parseGroups(text string, end bool) (out []byte, ok bool) {
	if text == "" {
		return nil, true
	}
	groups := strings.Split(text, ":")
	for i, g := range groups {
		if end && i == len(groups)-1 && strings.Contains(g, ".") {
			var four [4]byte
			if !parseV4(g, four[:]) {
				return nil, false
			}
			out = append(out, four[:]...)
			break
		}
		n, err := strconv.ParseUint(g, 16, 16)
		if err != nil || len(g) > 4 || g[0] == '+' {
			return nil, false
		}
		out = append(out, byte(n>>8), byte(n))
	}
	return out, len(out) <= 16
}
