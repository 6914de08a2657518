package config

import (
	"errors"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"entrypoint/config/nearest"
)

// The realtime signals as programs may use them: glibc and musl keep 32 to 34
// at most for themselves and call the rest SIGRTMIN+n; Python, kill(1) and
// supervisord count from 34.
const (
	rtMin = 34
	rtMax = 64
)

// ParseSignal reads a signal: its number, or its name in any case with or
// without "SIG", RTMIN+n and RTMAX-n among them.
func ParseSignal(s string) (syscall.Signal, error) {
	s = strings.TrimSpace(s)
	if n, err := strconv.Atoi(s); err == nil {
		if n < 1 || n > rtMax {
			return 0, errors.New("no signal has the number " + s + " (1 to 64)")
		}
		return syscall.Signal(n), nil
	}
	name := strings.TrimPrefix(strings.ToUpper(s), "SIG")
	switch name { // older names of the same signals
	case "CLD":
		return syscall.SIGCHLD, nil
	case "POLL":
		return syscall.SIGIO, nil
	case "IOT":
		return syscall.SIGABRT, nil
	}
	if sig := unix.SignalNum("SIG" + name); sig != 0 {
		return sig, nil
	}
	if sig, ok := realtime(name); ok {
		return sig, nil
	}
	reason := "unknown signal " + strconv.Quote(s)
	if near := nearest.Name(name, signalNames()); near != "" {
		reason += " (did you mean " + near + "?)"
	}
	return 0, errors.New(reason)
}

// realtime reads RTMIN, RTMIN+n, RTMAX and RTMAX-n.
func realtime(name string) (syscall.Signal, bool) {
	base, offset := rtMin, ""
	switch {
	case strings.HasPrefix(name, "RTMIN"):
		offset = name[len("RTMIN"):]
	case strings.HasPrefix(name, "RTMAX"):
		base, offset = rtMax, name[len("RTMAX"):]
	default:
		return 0, false
	}
	if offset == "" {
		return syscall.Signal(base), true
	}
	n, err := strconv.Atoi(offset)
	n += base
	if err != nil || offset[0] != '+' && offset[0] != '-' || n < rtMin || n > rtMax {
		return 0, false
	}
	return syscall.Signal(n), true
}

// signalNames are the names that a message may suggest.
func signalNames() []string {
	var names []string
	for n := syscall.Signal(1); n < rtMin; n++ {
		if name := unix.SignalName(n); name != "" {
			names = append(names, strings.TrimPrefix(name, "SIG"))
		}
	}
	return names
}
