package socket

import (
	"errors"
	"fmt"
	"strings"

	"entrypoint/config/address"
)

// resolve returns the address of a host: "" and "*" are every address of IPv4,
// an IPv6 address stands in brackets, a name is looked up in the file hosts.
func resolve(host, hosts string) (address.IP, error) {
	switch {
	case host == "" || host == "*":
		return make(address.IP, 4), nil
	case strings.EqualFold(host, "localhost"):
		return address.IP{127, 0, 0, 1}, nil
	case strings.HasPrefix(host, "[") && strings.HasSuffix(host, "]"):
		if ip := address.Parse(host[1 : len(host)-1]); len(ip) == 16 {
			return ip, nil
		}
		return nil, errors.New("there is no IPv6 address in the brackets")
	case strings.Contains(host, ":"):
		return nil, errors.New("an IPv6 address stands in brackets, such as [::1]")
	}
	if ip := address.Parse(host); ip != nil {
		return ip, nil
	}
	if strings.Trim(host, "0123456789.") == "" {
		return nil, errors.New(host + " is no IPv4 address")
	}
	found, err := address.Lookup(hosts, host)
	if err != nil {
		return nil, fmt.Errorf("the host is not numeric, and names cannot be looked up: %w", err)
	}
	for _, ip := range found {
		if len(ip) == 4 {
			return ip, nil
		}
	}
	if len(found) > 0 {
		return found[0], nil
	}
	return nil, errors.New("host " + host + " is neither numeric nor in " + hosts + " (DNS is not asked)")
}
