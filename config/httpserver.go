package config

import (
	"errors"
	"strconv"
	"strings"

	"entrypoint/config/address"
	"entrypoint/config/environ"
	"entrypoint/config/ini"
	"entrypoint/config/profile"
	"entrypoint/config/vocabulary"
)

// Keys of the servers, with two of the Go port's. They are never written.
var (
	unixServerKeys = [...]row{
		{Name: "file", Type: vocabulary.Path, Help: "The path of the socket. The section needs it.", Example: "file = /run/supervisor.sock"},
		{Name: "chmod", Type: vocabulary.Octal, Default: "0700", Help: "The permissions of the socket.", Example: "chmod = 0770"},
		{Name: "chown", Type: vocabulary.Text, Help: "The user, or `USER:GROUP`, whom the socket belongs to.", Example: "chown = root:root"},
		{Name: "username", Type: vocabulary.Text, Help: "The user name that is asked for on every path but `/livez`, `/healthz` and `/readyz`.", Example: "username = admin\npassword = secret"},
		{Name: "password", Type: vocabulary.Text, Help: "The password, in clear, or `{SHA}` and its SHA-1 in hexadecimal.", Example: "username = admin\npassword = {SHA}e5e9fa1ba31ecd1ae84f75caaa474f3a663f05f4"},
		{Name: "reader", Type: vocabulary.Text, Help: "`USER:PASSWORD` of a second login, which may only read: states, metrics, usage and events, for Prometheus and dashboards. It changes nothing, and sees neither logs nor the configuration, which may hold secrets. The password is in clear, or `{SHA}` and its SHA-1; `username` and `password` are needed as well.", Example: "username = admin\npassword = secret\nreader = prometheus:other-secret"},
	}
	inetServerKeys = [...]row{
		{Name: "port", Type: vocabulary.Text, Help: "`HOST:PORT`, or `*:PORT` or `PORT` for all addresses. The section needs it; an address that other machines reach needs `username` and `password` as well.", Example: "port = 127.0.0.1:9001"},
		{Name: "username", Type: vocabulary.Text, Help: "The user name that is asked for on every path but `/livez`, `/healthz` and `/readyz`.", Example: "username = admin\npassword = secret"},
		{Name: "password", Type: vocabulary.Text, Help: "The password, in clear, or `{SHA}` and its SHA-1 in hexadecimal.", Example: "username = admin\npassword = {SHA}e5e9fa1ba31ecd1ae84f75caaa474f3a663f05f4"},
		{Name: "reader", Type: vocabulary.Text, Help: "`USER:PASSWORD` of a second login, which may only read: states, metrics, usage and events, for Prometheus and dashboards. It changes nothing, and sees neither logs nor the configuration, which may hold secrets. The password is in clear, or `{SHA}` and its SHA-1; `username` and `password` are needed as well.", Example: "username = admin\npassword = secret\nreader = prometheus:other-secret"},
		{Name: "nodename", Help: "A key of the Go port of supervisord.", Foreign: true},
		{Name: "remotes", Help: "A key of the Go port of supervisord.", Foreign: true},
	}
)

// unixServer reads [unix_http_server].
func (l *loader) unixServer(s *ini.Section) {
	server := Server{Network: "unix", Mode: 0o700}
	l.each(s, namesOf(unixServerKeys[:]), func(k setting, t *text) (err error) {
		switch k.Name {
		case "file":
			if server.Address, err = l.home(t); err == nil && server.Address == "" {
				return errors.New("the path is empty")
			}
			server.Address = profile.Under(l.dir, server.Address)
		case "chmod":
			server.Mode, err = parseOctal(t.s)
		case "chown":
			server.Owner, err = l.me.owner(t.s, &l.accounts)
		case "reader":
			err = server.setReader(t.s)
		default:
			server.login(k.Name, t.s)
		}
		return err
	})
	l.server(s, server, "file")
}

// inetServer reads [inet_http_server].
func (l *loader) inetServer(s *ini.Section) {
	server := Server{Network: "tcp"}
	l.each(s, namesOf(inetServerKeys[:]), func(k setting, t *text) (err error) {
		switch k.Name {
		case "port":
			server.Address, err = parseListen(t.s)
		case "nodename", "remotes":
			l.warn(k, "not supported")
		case "reader":
			err = server.setReader(t.s)
		default:
			server.login(k.Name, t.s)
		}
		return err
	})
	l.server(s, server, "port")
	if server.open() {
		l.fail(s, server.Address, openReason, "; set username and password, or listen on 127.0.0.1 only (port = 127.0.0.1:", server.port(), ")")
	} else if server.Address != "" && server.Username == "" {
		l.warnSection(s, "it has no username and password: whoever is in this network namespace controls the programs")
	}
}

// openReason says why nobody may have such a server.
const openReason = " can be reached from other machines, and without username and password everybody there would control the programs"

// open says whether other machines reach the server, and nothing stops them.
func (s *Server) open() bool {
	return s.Network == "tcp" && s.Address != "" && (s.Username == "" || s.Password == "") && !s.loopback()
}

// loopback says whether only this network namespace reaches the address. A name
// is what /etc/hosts makes of it later; that may change.
func (s *Server) loopback() bool {
	host := s.Address[:strings.LastIndexByte(s.Address, ':')]
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip := address.Parse(strings.Trim(host, "[]"))
	switch {
	case len(ip) == 4:
		return ip[0] == 127
	case len(ip) == 16:
		loopback := [15]byte{}
		mapped := [12]byte{10: 0xff, 11: 0xff} // an IPv4 address
		return [15]byte(ip[:15]) == loopback && ip[15] == 1 || [12]byte(ip[:12]) == mapped && ip[12] == 127
	}
	return false
}

func (s *Server) port() string { return s.Address[strings.LastIndexByte(s.Address, ':')+1:] }

// serverFromEnv adds the server that the environment asks for, so that a container
// without a configuration file can have one: ENTRYPOINT_HTTP=HOST:PORT or
// unix:/PATH, ENTRYPOINT_HTTP_LOGIN=USER:PASSWORD, and ENTRYPOINT_HTTP_READER=USER:PASSWORD
// for who may only read.
func (l *loader) serverFromEnv() {
	login := environ.Value(l.env, HTTPLogin)
	reader := environ.Value(l.env, HTTPReader)
	l.fromEnv("ENTRYPOINT_HTTP", func(v string) (err error) {
		server := Server{Network: "tcp"}
		if path, ok := strings.CutPrefix(v, "unix:"); ok {
			if path = strings.TrimPrefix(path, "//"); !strings.HasPrefix(path, "/") {
				return invalid(v, "is not unix:/PATH")
			}
			server = Server{Network: "unix", Address: path, Mode: 0o700}
		} else if server.Address, err = parseListen(v); err != nil {
			return err
		}
		if login != "" {
			var ok bool
			server.Username, server.Password, ok = strings.Cut(login, ":")
			if !ok || server.Username == "" || server.Password == "" {
				return errors.New(HTTPLogin + " is not USER:PASSWORD")
			}
		}
		if reader != "" {
			if err := server.setReader(reader); err != nil {
				return errors.New(HTTPReader + " " + err.Error())
			}
			if problem := server.readerProblem(HTTPReader, HTTPLogin); problem != "" {
				return errors.New(problem)
			}
		}
		if server.open() {
			return errors.New(server.Address + openReason + "; set " + HTTPLogin + "=USER:PASSWORD, or listen on 127.0.0.1:" + server.port())
		}
		l.c.Servers = append(l.c.Servers, server)
		return nil
	})
	l.fromEnv("ENTRYPOINT_HTTP_IDLE", func(v string) (err error) {
		l.c.HTTPIdle, err = parseDelay(v)
		return err
	})
}

// HTTPLogin and HTTPReader are the variables with the passwords of the HTTP server. They
// are for entry-point alone, which takes them out of its own environment at its start, so
// that no process that it starts inherits them.
const (
	HTTPLogin  = "ENTRYPOINT_HTTP_LOGIN"
	HTTPReader = "ENTRYPOINT_HTTP_READER"
)

func (s *Server) login(key, value string) {
	switch key {
	case "username":
		s.Username = value
	case "password":
		s.Password = value
	}
}

const shaPrefix = "{SHA}"

// setReader takes USER:PASSWORD of who may only read. What is wrong with it is said
// without it, for it is a password.
func (s *Server) setReader(login string) error {
	user, password, ok := strings.Cut(login, ":")
	if !ok || user == "" || password == "" {
		return errors.New("is not USER:PASSWORD")
	}
	if len(password) >= len(shaPrefix) && strings.EqualFold(password[:len(shaPrefix)], shaPrefix) {
		digits := password[len(shaPrefix):]
		if len(digits) != 40 || strings.Trim(digits, "0123456789abcdefABCDEF") != "" {
			return errors.New("has something else than 40 hexadecimal digits after {SHA}: the SHA-1 of the password (printf %s PASSWORD | sha1sum)")
		}
	}
	s.Reader, s.ReaderPassword = user, password
	return nil
}

// readerProblem is what is wrong with the reader beside the first login; "": nothing.
// The arguments are where the two are set.
func (s *Server) readerProblem(reader, login string) string {
	switch {
	case s.Reader == "":
		return ""
	case s.Username == "" || s.Password == "":
		return reader + " needs " + login + ": without that, everybody may do everything"
	case s.Reader == s.Username:
		return reader + " needs another name than the one of " + login
	}
	return ""
}

// server checks what has been read of a section; key is the one that it needs.
func (l *loader) server(s *ini.Section, server Server, key string) {
	_, user := s.Key("username")
	_, password := s.Key("password")
	if _, ok := s.Key(key); !ok {
		l.fail(s, "the key ", key, " is missing")
	}
	if user != password {
		l.fail(s, "username and password need each other")
	} else if problem := server.readerProblem("reader", "username and password"); problem != "" {
		l.fail(s, problem)
	}
	l.c.Servers = append(l.c.Servers, server)
}

// parseListen reads HOST:PORT, *:PORT, :PORT or PORT, and makes it HOST:PORT
// with an empty host for all addresses.
func parseListen(s string) (string, error) {
	host, port := "", strings.ToLower(strings.TrimSpace(s))
	if i := strings.LastIndexByte(port, ':'); i >= 0 {
		host, port = port[:i], port[i+1:]
	}
	if host == "*" {
		host = ""
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return "", invalid(s, "is not HOST:PORT with a port from 1 to 65535")
	}
	bracketed := strings.HasPrefix(host, "[") && strings.HasSuffix(host, "]")
	if strings.ContainsAny(host, " \t\n/") || strings.Contains(host, ":") && !bracketed {
		return "", invalid(s, "is not HOST:PORT; an IPv6 address is written [::1]:9001")
	}
	return host + ":" + port, nil
}

// serverURL is what clients are told to use: the first unix server, else the
// first other one.
func serverURL(servers []Server) string {
	for _, s := range servers {
		if s.Network == "unix" {
			return "unix://" + s.Address
		}
	}
	switch {
	case len(servers) == 0:
		return ""
	case strings.HasPrefix(servers[0].Address, ":"):
		return "http://localhost" + servers[0].Address
	}
	return "http://" + servers[0].Address
}

// fromEnv reads a variable that is no key of [entrypoint].
func (l *loader) fromEnv(name string, set func(string) error) {
	if v := environ.Value(l.env, name); v != "" {
		if err := set(v); err != nil {
			l.failErr(variable(name), err)
		}
	}
}
