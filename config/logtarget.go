package config

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	"entrypoint/config/address"
)

func addTarget(s *Stream, t Target) {
	if !slices.Contains(s.Targets, t) {
		s.Targets = append(slices.Clip(s.Targets), t)
	}
}

// maxTargets is more than anybody wants: each one costs a file, and a copy.
const maxTargets = 16

// targets reads a comma list of places. supervisord has one file there; the
// others are the Go port's.
func (b *build) targets(k setting, t *text) ([]Target, error) {
	t = t.halfPercent().trim()
	if t.s == "" {
		return nil, nil
	}
	var s Stream
	for _, item := range t.split(",") {
		target, ok, err := b.target(k, item)
		switch {
		case err != nil:
			return nil, err
		case ok && len(s.Targets) == maxTargets:
			return nil, errors.New("there are over " + strconv.Itoa(maxTargets) + " places")
		case ok:
			addTarget(&s, target)
		}
	}
	return s.Targets, nil
}

// target reads one place; it may be none. The streams of process 1 are ours: it is
// us, or an init above us that has the same ones.
func (b *build) target(k setting, t *text) (target Target, ok bool, err error) {
	switch t.s {
	case "":
		return target, false, quoting("a name is missing in ", k.Value)
	case "/dev/null":
		return target, false, nil
	case "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1", "/proc/1/fd/1":
		return Target{Kind: TargetStdout}, true, nil
	case "/dev/stderr", "/dev/fd/2", "/proc/self/fd/2", "/proc/1/fd/2":
		return Target{Kind: TargetStderr}, true, nil
	}
	switch strings.ToLower(t.s) {
	case "none", "off":
		return target, false, nil
	case "auto":
		return Target{Kind: TargetAuto}, true, nil
	case "syslog":
		return Target{Kind: TargetSyslog}, true, nil
	case "memory":
		b.warn(k, "memory is not supported, a file as of AUTO is used")
		return Target{Kind: TargetAuto}, true, nil
	}
	if remote, is := strings.CutPrefix(strings.ToLower(t.s), "syslog"); is && strings.HasPrefix(strings.TrimSpace(remote), "@") {
		path, err := parseSyslog(strings.TrimSpace(remote)[1:])
		return Target{Kind: TargetSyslog, Path: path}, true, err
	}
	path, err := b.filePath(t, b.base())
	return Target{Kind: TargetFile, Path: path}, true, err
}

// base is where relative paths of log files begin: where entry-point runs.
func (l *loader) base() string {
	if l.c.Directory != "" {
		return l.c.Directory
	}
	return l.dir
}

// standardStream says whether a path is one of a process's own streams.
func standardStream(path string) (fd int, is bool) {
	switch path {
	case "/dev/stdin":
		return 0, true
	case "/dev/stdout":
		return 1, true
	case "/dev/stderr":
		return 2, true
	}
	for _, prefix := range [...]string{"/dev/fd/", "/proc/self/fd/", "/proc/1/fd/"} {
		if n, ok := strings.CutPrefix(path, prefix); ok {
			fd, err := strconv.ParseUint(n, 10, 31)
			return int(fd), err == nil
		}
	}
	return 0, false
}

// parseSyslog reads [udp:|tcp:]HOST[:PORT].
func parseSyslog(s string) (string, error) {
	network, port, where := "udp", "514", strings.TrimSpace(s)
	if rest, ok := strings.CutPrefix(where, "tcp:"); ok {
		network, port, where = "tcp", "6514", rest
	} else if rest, ok := strings.CutPrefix(where, "udp:"); ok {
		where = rest
	}
	if i := strings.LastIndexByte(where, ':'); i < 0 || strings.HasSuffix(where, "]") {
		where += ":" + port
	}
	host, ok := address.Reached(where)
	if !ok || strings.HasPrefix(where, ":") {
		return "", invalid(s, "is not HOST or HOST:PORT with a numeric address or localhost, such as udp:127.0.0.1:514")
	}
	return network + ":" + host, nil
}
