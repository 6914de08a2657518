package profile

import (
	"path/filepath"
	"strings"

	"entrypoint/config/address"
)

// addresses is how a command line says where a server listens, by the names of
// its options.
type addresses struct {
	bind             string // its value is all that listens takes
	unix, host, port string
	unsure           string // options that bind something else
	env              string // begins the names of variables for host, port and unix
	normal           string // HOST:PORT without any of them
}

// readAddress takes in what the row's addresses find.
func (c *call) readAddress(a *addresses) {
	value := func(option string) string {
		val := c.last(option)
		if val == "" && a.env != "" {
			val = c.environ(a.env + strings.ToUpper(strings.TrimLeft(option, "-")))
		}
		return val
	}
	if a.normal == "" || c.last(a.unsure) != "" {
		return
	}
	if binds := c.option(a.bind); len(binds) > 0 {
		c.listens(binds[0])
		return
	}
	if path := value(a.unix); path != "" {
		c.listens("unix:" + path)
		return
	}
	host, port, _ := strings.Cut(a.normal, ":")
	c.listensOn(or(value(a.host), host), or(value(a.port), port))
}

// or is the first text that there is.
func or(texts ...string) string {
	for _, text := range texts {
		if text != "" {
			return text
		}
	}
	return ""
}

// listens takes in an address that the program is sure to listen on: HOST:PORT,
// unix:PATH or an absolute path. Others cannot be reached from here.
func (c *call) listens(where string) {
	if c.unsure || c.command.Activated || c.Network != "" {
		return
	}
	if c.Network, c.Address = reached(where); c.Network == "unix" {
		c.Address = c.path(c.Address)
	}
}

// reached is how to reach a server that listens there; "": it is not known.
func reached(where string) (network, to string) {
	path, isPath := strings.CutPrefix(where, "unix:")
	if isPath || filepath.IsAbs(where) {
		if path != "" && !strings.ContainsAny(path, "$@%") {
			return "unix", path
		}
		return "", ""
	}
	if to, ok := address.Reached(where); ok {
		return "tcp", to
	}
	return "", ""
}

// listensOn is listens for a host and a port.
func (c *call) listensOn(host, port string) {
	if strings.Contains(host, ":") && !strings.HasPrefix(host, "[") {
		host = "[" + host + "]"
	}
	c.listens(host + ":" + port)
}

// listensURL is listens for tcp://, ssl:// and unix:// with their parameters.
func (c *call) listensURL(url string) {
	kind, where, ok := strings.Cut(url, "://")
	where, _, _ = strings.Cut(where, "?")
	switch {
	case !ok:
	case kind == "unix":
		c.listens("unix:" + where)
	case kind == "tcp" || kind == "ssl":
		c.listens(where)
	}
}

// listensPort is listens for what may be a port alone.
func (c *call) listensPort(where string) {
	if strings.Trim(where, "0123456789") == "" {
		where = ":" + where
	}
	c.listens(where)
}
