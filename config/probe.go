package config

import (
	"errors"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"entrypoint/config/address"
)

// ProbeKind is a way to find out how a program is.
type ProbeKind int

// The kinds of probe.
const (
	ProbeNone   ProbeKind = iota // it is not asked
	ProbeUnix                    // a unix socket, at the path Address ("@name": an abstract one), accepts connections
	ProbeTCP                     // a TCP port, at the numeric Address, accepts connections
	ProbeHTTP                    // a GET of Request at Address, a HOST:PORT or a socket's path, is answered with 200 to 399
	ProbeExec                    // Command ends with 0
	ProbeLog                     // a line that it prints matches the regular expression Pattern
	ProbeNotify                  // it says so itself, as sd_notify(3) does
	ProbeFD                      // it writes a line to its descriptor FD, as s6 wants it
	ProbeDelay                   // Delay has passed since its start
)

// Probe asks a program how it is. The zero value asks nothing.
type Probe struct {
	Kind    ProbeKind
	Address string
	Host    string // of ProbeHTTP: its Host header
	Request string // the path and query
	Command []string
	Pattern string
	FD      int
	Delay   time.Duration

	// Written is the probe as the file has it, if a variable has put something
	// into it that may be a password; else "".
	Written string `json:",omitempty"`
}

// None says that nothing is asked.
func (p *Probe) None() bool { return p.Kind == ProbeNone }

// Asks says whether the probe is a question that is put again and again, and not
// something that the program says or the clock.
func (p *Probe) Asks() bool {
	return p.Kind == ProbeUnix || p.Kind == ProbeTCP || p.Kind == ProbeHTTP || p.Kind == ProbeExec
}

// String is the probe as the file has it.
func (p *Probe) String() string {
	if p.Written != "" {
		return p.Written
	}
	switch p.Kind {
	case ProbeUnix:
		return "unix:" + p.Address
	case ProbeTCP:
		return "tcp:" + p.Address
	case ProbeHTTP:
		if strings.HasPrefix(p.Address, "/") {
			return "http://unix:" + p.Address + ":" + p.Request
		}
		return "http://" + p.Host + p.Request
	case ProbeExec:
		return "exec:" + strings.Join(p.Command, " ")
	case ProbeLog:
		return "log:" + p.Pattern
	case ProbeNotify:
		return "notify"
	case ProbeFD:
		return "fd:" + strconv.Itoa(p.FD)
	case ProbeDelay:
		return "delay:" + p.Delay.String()
	}
	return ""
}

// Where is the address of a probe that connects, as messages have it.
func (p *Probe) Where() string {
	if p.Written != "" {
		return p.Written
	}
	return p.Address
}

// Network is what package net calls the network of a probe that connects.
func (p *Probe) Network() string {
	switch {
	case p.Kind == ProbeUnix, p.Kind == ProbeHTTP && strings.HasPrefix(p.Address, "/"):
		return "unix"
	case p.Kind == ProbeTCP, p.Kind == ProbeHTTP:
		return "tcp"
	}
	return ""
}

// TCP returns the numeric address of a probe of a TCP port, 4 bytes or 16, and its
// port; 0 if it has none. An IPv6 address stands in brackets.
func (p *Probe) TCP() (ip address.IP, port int) {
	if p.Network() != "tcp" {
		return nil, 0
	}
	return address.Split(p.Address)
}

// probeForms is what a probe can be, for those who have written another one.
const probeForms = "unix:/PATH, tcp:HOST:PORT, http://HOST:PORT/PATH, exec:COMMAND, log:REGEX, notify, fd:N, delay:N or none"

// maxProbeFD is the highest descriptor of fd:N.
const maxProbeFD = 63

// parseProbe reads a probe.
func parseProbe(t *text) (p Probe, err error) {
	t = t.trim()
	kind, where, ok := strings.Cut(t.s, ":")
	switch {
	case t.s == "none":
		return p, nil
	case t.s == "notify":
		return Probe{Kind: ProbeNotify}, nil
	case !ok:
	case kind == "unix":
		if !filepath.IsAbs(where) && !(strings.HasPrefix(where, "@") && where != "@") {
			return p, quoting("the socket ", where, " is not an absolute path")
		}
		return Probe{Kind: ProbeUnix, Address: where}, nil
	case kind == "tcp":
		reached, ok := address.Reached(where)
		if !ok {
			return p, invalid(where, "is not HOST:PORT with a numeric address or localhost, such as 127.0.0.1:8000")
		}
		return Probe{Kind: ProbeTCP, Address: reached}, nil
	case kind == "http":
		return parseHTTPProbe(where)
	case kind == "https":
		return p, errors.New("a probe speaks no TLS: ask the port behind it with http://, or use exec:, as in exec:curl -fsS " + t.s)
	case kind == "exec":
		p.Kind = ProbeExec
		p.Command, err = splitWords(t.slice(len("exec:"), len(t.s)))
		if err == nil && len(p.Command) == 0 {
			err = errors.New("exec: needs a command behind it")
		}
		return p, err
	case kind == "log":
		if p = (Probe{Kind: ProbeLog, Pattern: where}); where == "" {
			err = errors.New("log: needs a regular expression behind it")
		}
		return p, err
	case kind == "fd":
		p.Kind = ProbeFD
		p.FD, err = parseInt(where, 3, maxProbeFD)
		return p, err
	case kind == "delay":
		p.Kind = ProbeDelay
		p.Delay, err = parseDelay(where)
		return p, err
	}
	return p, invalid(t.s, "is none of "+probeForms)
}

// parseHTTPProbe reads what follows "http:".
func parseHTTPProbe(where string) (p Probe, err error) {
	rest := strings.TrimPrefix(where, "//")
	host, request, _ := strings.Cut(rest, "/")
	p = Probe{Kind: ProbeHTTP, Host: host, Request: "/" + request}
	if path, unix := strings.CutPrefix(rest, "unix:"); unix { // as nginx writes it
		p.Address, p.Request, _ = strings.Cut(path, ":")
		if p.Host = "localhost"; p.Request == "" {
			p.Request = "/"
		}
		if !filepath.IsAbs(p.Address) || p.Request[0] != '/' {
			return p, errors.New("a socket is asked with http://unix:/PATH/OF/SOCKET:/PATH")
		}
	} else {
		if strings.LastIndexByte(host, ':') <= strings.LastIndexByte(host, ']') {
			host += ":80"
		}
		reached, ok := address.Reached(host)
		if p.Address = reached; !ok {
			return p, invalid(rest, "is not HOST:PORT/PATH with a numeric address or localhost, such as 127.0.0.1:8000/health")
		}
	}
	if strings.ContainsAny(p.Request, " \t\r\n") || strings.ContainsAny(p.Host, " \t\r\n@") {
		return p, errors.New("a URL cannot contain white space, or a name and password")
	}
	return p, nil
}
