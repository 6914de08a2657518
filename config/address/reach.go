package address

import (
	"strconv"
	"strings"
)

// Reached makes the address to connect to, a numeric HOST:PORT, of the one that a
// server listens on: a host that is missing or "any" is reached on loopback.
func Reached(listen string) (string, bool) {
	i := strings.LastIndexByte(listen, ':')
	if i < 0 {
		return "", false
	}
	host, port := listen[:i], listen[i+1:]
	switch host {
	case "", "*", "0.0.0.0", "localhost":
		host = "127.0.0.1"
	case "[::]":
		host = "[::1]"
	}
	reached := host + ":" + port
	_, n := Split(reached)
	return reached, n != 0
}

// Split reads a numeric HOST:PORT; port 0: it is none. An IPv6 address stands in
// brackets.
func Split(hostPort string) (ip IP, port int) {
	i := strings.LastIndexByte(hostPort, ':')
	if i < 0 {
		return nil, 0
	}
	inner, six := strings.CutPrefix(hostPort[:i], "[")
	inner, closed := strings.CutSuffix(inner, "]")
	ip = Parse(inner)
	number, err := strconv.ParseUint(hostPort[i+1:], 10, 16)
	if err != nil || ip == nil || six != closed || six != (len(ip) == 16) {
		return nil, 0
	}
	return ip, int(number)
}
