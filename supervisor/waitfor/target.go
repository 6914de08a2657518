package waitfor

import (
	"errors"
	"net"
	"net/url"
	"path/filepath"
	"strings"
)

// Target is something that is waited for.
type Target struct {
	Name string // for people: without user and password

	kind             string // a scheme of schemes
	network, address string // where to connect
	url              *url.URL
	tls              bool

	local *Local // who looks for it; nil: we do
	place int    // of the target in the list that local has as well
}

// schemes are the kinds of target and their ports; "": they have none. It is never
// written.
var schemes = map[string]string{
	"postgres": "5432", "mysql": "3306", "redis": "6379", "rediss": "6379", "amqp": "5672", "amqps": "5671",
	"http": "80", "https": "443", "tcp": "", "unix": "", "dns": "", "file": "",
}

// aliases are other names of schemes, before the "+driver" that SQLAlchemy's have.
var aliases = map[string]string{"postgresql": "postgres", "mariadb": "mysql", "valkey": "redis", "valkeys": "rediss", "pgsql": "postgres", "mysql2": "mysql"}

const forms = "postgres://, mysql://, redis://, amqp://, http://, https://, tcp://HOST:PORT, unix:///PATH, dns:NAME or file:PATH"

// Parse reads a target. What is wrong with it is told without its password.
func Parse(text string) (Target, error) {
	scheme, rest, ok := strings.Cut(text, ":")
	kind, _, _ := strings.Cut(strings.ToLower(scheme), "+")
	if other := aliases[kind]; other != "" {
		kind = other
	}
	port, known := schemes[kind]
	if !ok || !known {
		return Target{}, errors.New("cannot wait for " + hidden(text) + ": it is none of " + forms)
	}
	t := Target{kind: kind}
	switch kind {
	case "dns", "file":
		t.address = strings.TrimPrefix(rest, "//")
		t.Name = kind + ":" + t.address
		if t.address == "" || strings.ContainsAny(t.address, " \t\r\n") && kind == "dns" {
			return t, errors.New("cannot wait for " + kind + ": a name is missing behind it")
		}
		return t, nil
	case "unix":
		t.network, t.address = "unix", strings.TrimPrefix(rest, "//")
		t.Name = "unix://" + t.address
		if !filepath.IsAbs(t.address) {
			return t, errors.New("cannot wait for " + t.Name + ": the path of a socket begins with /")
		}
		return t, nil
	}
	u, err := url.Parse(kind + ":" + rest)
	if err != nil { // its text has the whole URL in it
		return t, errors.New("cannot wait for " + hidden(text) + ": it is no URL; characters such as / # ? % in a password have to be written as %2F and so on")
	}
	t.url = u
	return t, t.locate(port)
}

// locate finds out where to connect.
func (t *Target) locate(port string) error {
	host := t.url.Hostname()
	t.tls = t.kind == "https" || t.kind == "rediss" || t.kind == "amqps"
	if p := t.url.Port(); p != "" {
		port = p
	}
	if p := t.url.Query().Get("port"); t.kind == "postgres" && p != "" {
		port = p
	}
	if dir := t.url.Query().Get("host"); t.kind == "postgres" && host == "" && filepath.IsAbs(dir) { // as libpq has it
		t.network, t.address = "unix", filepath.Join(dir, ".s.PGSQL."+port)
		t.Name = "postgres://" + t.address
		return nil
	}
	t.Name = t.kind + "://" + t.url.Host + strings.TrimSuffix(t.url.EscapedPath(), "/")
	if host == "" {
		return errors.New("cannot wait for " + t.Name + ": the host is missing")
	}
	if port == "" {
		return errors.New("cannot wait for " + t.Name + ": the port is missing")
	}
	if mode := t.url.Query().Get("sslmode"); t.kind == "postgres" {
		t.tls = mode == "require" || strings.HasPrefix(mode, "verify-")
	}
	t.network, t.address = "tcp", net.JoinHostPort(host, port)
	return nil
}

// hidden is a text that may have a password in it, as far as it can be shown.
func hidden(text string) string {
	if scheme, rest, ok := strings.Cut(text, "://"); ok {
		if i := strings.LastIndexByte(rest, '@'); i >= 0 {
			rest = "..." + rest[i:]
		}
		rest, _, _ = strings.Cut(rest, "?") // postgres://HOST/?password=...
		text = scheme + "://" + rest
	}
	if len(text) > 100 {
		text = text[:100] + "..."
	}
	return `"` + text + `"`
}
