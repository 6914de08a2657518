package logs

import (
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"entrypoint/config/address"
)

// A remote syslog has a name, and package net, which would look it up, costs
// PID 1 a third of its start time. This is the part of it that a container
// needs: /etc/hosts, and the name servers of /etc/resolv.conf.

var errNoHost = errors.New("host not found")

// resolve returns the addresses of host. It may take seconds.
func resolve(host string) ([]address.IP, error) {
	if ip := address.Parse(host); ip != nil {
		return []address.IP{ip}, nil
	}
	if found, _ := address.Lookup(address.Hosts, host); len(found) > 0 {
		return found, nil
	}
	conf, _ := os.ReadFile("/etc/resolv.conf")
	return parseResolvers(string(conf)).lookup(host)
}

// resolvers is what /etc/resolv.conf says (resolv.conf(5)).
type resolvers struct {
	servers []address.IP
	search  []string
	ndots   int
	port    int
}

func parseResolvers(text string) *resolvers {
	r := &resolvers{ndots: 1, port: 53}
	for _, line := range strings.Split(text, "\n") {
		words := strings.Fields(line)
		if len(words) < 2 {
			continue
		}
		switch words[0] {
		case "nameserver":
			if ip := address.Parse(words[1]); ip != nil {
				r.servers = append(r.servers, ip)
			}
		case "search", "domain":
			r.search = words[1:]
		case "options":
			for _, w := range words[1:] {
				if n, err := strconv.Atoi(strings.TrimPrefix(w, "ndots:")); err == nil {
					r.ndots = n
				}
			}
		}
	}
	if len(r.servers) == 0 {
		r.servers = []address.IP{{127, 0, 0, 1}}
	}
	return r
}

// names are what host may mean, in the order in which they are tried.
func (r *resolvers) names(host string) []string {
	if strings.HasSuffix(host, ".") {
		return []string{host}
	}
	var names []string
	for _, domain := range r.search {
		names = append(names, host+"."+domain)
	}
	if strings.Count(host, ".") >= r.ndots {
		return append([]string{host}, names...)
	}
	return append(names, host)
}

func (r *resolvers) lookup(host string) ([]address.IP, error) {
	err := error(errNoHost)
	for _, name := range r.names(host) {
		for _, kind := range []uint16{typeA, typeAAAA} {
			found, askErr := r.ask(name, kind)
			if len(found) > 0 {
				return found, nil
			}
			if askErr != nil {
				err = askErr
			}
		}
	}
	return nil, err
}

// The types of records that are asked for (RFC 1035, 3.2.2; RFC 3596).
const (
	typeA    = 1
	typeAAAA = 28
)

// ask asks each server, twice.
func (r *resolvers) ask(name string, kind uint16) (found []address.IP, err error) {
	query := makeQuery(name, kind, uint16(rand.Uint32()))
	if query == nil {
		return nil, errNoHost
	}
	for range 2 {
		for _, server := range r.servers {
			var answer []byte
			if answer, err = exchange(server, r.port, query); err == nil {
				return readAnswer(answer, kind), nil
			}
		}
	}
	return nil, err
}

// makeQuery makes a question (RFC 1035, 4.1); nil if name cannot be a name.
func makeQuery(name string, kind, id uint16) []byte {
	q := binary.BigEndian.AppendUint16(nil, id)
	q = append(q, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0) // recursion desired, one question
	for _, label := range strings.Split(strings.TrimSuffix(name, "."), ".") {
		if len(label) == 0 || len(label) > 63 {
			return nil
		}
		q = append(append(q, byte(len(label))), label...)
	}
	q = append(q, 0)
	q = binary.BigEndian.AppendUint16(q, kind)
	return append(q, 0, 1) // class Internet
}

// exchange sends a question to a server and returns the answer to it.
func exchange(server address.IP, port int, query []byte) ([]byte, error) {
	family, to := server.Sockaddr(port)
	fd, err := unix.Socket(family, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	defer unix.Close(fd)
	limit := unix.NsecToTimeval((2 * time.Second).Nanoseconds())
	if err := unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &limit); err != nil {
		return nil, err
	}
	if err := unix.Connect(fd, to); err != nil {
		return nil, err
	}
	if _, err := unix.Write(fd, query); err != nil {
		return nil, err
	}
	answer := make([]byte, 4096)
	for range 100 { // what is not the answer is passed over
		n, err := unix.Read(fd, answer)
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if n >= len(query) && answer[0] == query[0] && answer[1] == query[1] && answer[2]&0x80 != 0 &&
			strings.EqualFold(string(answer[12:len(query)]), string(query[12:])) {
			return answer[:n], nil
		}
	}
	return nil, unix.EBADMSG
}

// readAnswer returns the addresses in an answer to one question. Those of an
// alias are in it as well, so the names of records need not be read.
func readAnswer(b []byte, kind uint16) (found []address.IP) {
	if len(b) < 12 {
		return nil
	}
	count := binary.BigEndian.Uint16(b[6:])
	b, ok := passName(b[12:])
	if !ok || len(b) < 4 {
		return nil
	}
	b = b[4:]
	for range count {
		if b, ok = passName(b); !ok || len(b) < 10 {
			break
		}
		got, size := binary.BigEndian.Uint16(b), int(binary.BigEndian.Uint16(b[8:]))
		if b = b[10:]; size > len(b) {
			break
		}
		if got == kind && (kind == typeA && size == 4 || kind == typeAAAA && size == 16) {
			found = append(found, slices.Clone(b[:size])) // b is the whole answer
		}
		b = b[size:]
	}
	return found
}

// passName goes past a name, which may end with a pointer (RFC 1035, 4.1.4).
func passName(b []byte) (rest []byte, ok bool) {
	for len(b) > 0 {
		switch n := int(b[0]); {
		case n == 0:
			return b[1:], true
		case n >= 0xc0:
			return b[min(2, len(b)):], len(b) >= 2
		case n+1 > len(b):
			return nil, false
		default:
			b = b[n+1:]
		}
	}
	return nil, false
}
