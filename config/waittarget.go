package config

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	"entrypoint/config/nearest"
)

// The environment of those who wait for other servers, as the gateway's binary has
// it as well.
const (
	WaitFor     = "ENTRYPOINT_WAIT_FOR"
	WaitTimeout = "ENTRYPOINT_WAIT_TIMEOUT"
	// WaitLocal is the descriptor of the process that looks for files and unix
	// sockets with our rights, where those who wait have not got them.
	WaitLocal = "ENTRYPOINT_WAIT_LOCAL"
)

// WaitSchemes are the servers that can be waited for, before the "+driver" of their
// scheme. The rest of a URL is the business of supervisor/waitfor.
const WaitSchemes = "postgres postgresql pgsql mysql mysql2 mariadb redis rediss valkey valkeys amqp amqps http https tcp unix dns file"

// WithoutPassword is a server of wait_for without the password in its URL. Nobody is
// asked for it, so the process that speaks with the server need not have it.
func WithoutPassword(target string) string {
	scheme, rest, ok := strings.Cut(target, "://")
	if !ok {
		return target
	}
	end := strings.IndexAny(rest, "/?#")
	if end < 0 {
		end = len(rest)
	}
	at := strings.LastIndexByte(rest[:end], '@')
	if at < 0 {
		return target
	}
	user, _, _ := strings.Cut(rest[:at], ":")
	return scheme + "://" + user + rest[at:]
}

// IsLocal says whether a server of wait_for is, or may be, reached by a path of this
// machine, so that who may reach it depends on the user.
func IsLocal(target string) bool {
	scheme, rest, _ := strings.Cut(strings.ToLower(target), ":")
	return scheme == "file" || scheme == "unix" || strings.Contains(rest, "host=") // libpq's directory
}

// WaitTargets are the servers of a list with commas or white space between them.
func WaitTargets(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == ' ' || r == '\t' || r == '\n' })
}

// parseWaitFor reads a list of servers.
func parseWaitFor(s string) ([]string, error) {
	list := WaitTargets(s)
	for i, target := range list {
		scheme, rest, ok := strings.Cut(target, ":")
		kind, _, _ := strings.Cut(strings.ToLower(scheme), "+")
		known := strings.Fields(WaitSchemes)
		if !ok || !slices.Contains(known, kind) && !strings.HasPrefix(rest, "//") {
			// It may be the end of a password with a comma in it, so it is not shown.
			return nil, errors.New("number " + strconv.Itoa(i+1) + " has no scheme such as postgres:// or tcp://; " +
				"in a password, a comma is written %2C, and a blank %20")
		}
		if !slices.Contains(known, kind) {
			return nil, errors.New("number " + strconv.Itoa(i+1) + " begins with " + strconv.Quote(kind) + nearest.Hint(kind, known) + ", which is none of " +
				"postgres://, mysql://, redis://, amqp://, http://, https://, tcp://HOST:PORT, unix:///PATH, dns:NAME and file:PATH")
		}
	}
	// Only now: of a password that is cut at its comma, the end is the better reason.
	for i, target := range list {
		scheme, rest, _ := strings.Cut(target, ":")
		kind, _, _ := strings.Cut(strings.ToLower(scheme), "+")
		if reason := badTarget(kind, rest); reason != "" {
			return nil, errors.New("cannot wait for " + targetName(target, i+1) + ": " + reason)
		}
	}
	return list, nil
}

// targetName is a target for people. It may be a part of a URL whose password has a
// comma in it, so that it is shown only where there is no place for a password.
func targetName(target string, number int) string {
	scheme, rest, _ := strings.Cut(target, ":")
	if strings.ContainsAny(rest, "@:?#") {
		return "number " + strconv.Itoa(number) + " (" + scheme + "://...)"
	}
	return target
}

// badTarget is what is wrong with a server of wait_for whose scheme is known; "":
// nothing that can be seen without asking it. It says what supervisor/waitfor says
// at the start, where package net/url reads the same text, but quotes nothing: the
// text may have a password in it.
func badTarget(kind, rest string) string {
	path := strings.TrimPrefix(rest, "//")
	switch kind {
	case "dns", "file":
		if path == "" {
			return "a name is missing behind it"
		}
		return ""
	case "unix":
		if !strings.HasPrefix(path, "/") {
			return "the path of a socket begins with /"
		}
		return ""
	}
	rest, _, _ = strings.Cut(rest, "#")
	rest, query, _ := strings.Cut(rest, "?")
	authority, ok := strings.CutPrefix(rest, "//")
	if !ok {
		return "it is not " + kind + "://HOST:PORT"
	}
	authority, path, _ = strings.Cut(authority, "/")
	if !escaped(authority) || !escaped(path) {
		return "it is no URL; characters such as / # ? % in a password have to be written as %2F and so on"
	}
	host := authority[strings.LastIndexByte(authority, '@')+1:]
	host, port, ok := hostAndPort(host)
	switch number, err := strconv.ParseUint(port, 10, 16); {
	case !ok || port != "" && (err != nil || number == 0):
		return "behind @, or ://, there is no HOST:PORT with a port from 1 to 65535; characters such as / # ? in a password have to be written as %2F and so on"
	case host == "" && !strings.Contains(query, "host="):
		return "the host is missing"
	case port == "" && kind == "tcp":
		return "the port is missing"
	}
	return ""
}

// escaped says whether every "%" of a part of a URL is followed by two hexadecimal
// digits.
func escaped(part string) bool {
	for i := range len(part) {
		if part[i] != '%' {
			continue
		}
		if _, err := strconv.ParseUint(part[i+1:min(len(part), i+3)], 16, 8); err != nil || len(part) < i+3 {
			return false
		}
	}
	return true
}

// hostAndPort cuts HOST, HOST:PORT or [IPV6]:PORT; ok says whether it is one.
func hostAndPort(s string) (host, port string, ok bool) {
	if inner, v6 := strings.CutPrefix(s, "["); v6 {
		if host, port, ok = strings.Cut(inner, "]"); !ok || port == "" {
			return host, "", ok
		}
		port, ok = strings.CutPrefix(port, ":")
		return host, port, ok
	}
	host, port, _ = strings.Cut(s, ":")
	return host, port, true
}
