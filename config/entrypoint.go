package config

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"entrypoint/config/ini"
	"entrypoint/config/nearest"
)

// entrypointKeys are all keys of [entrypoint], which is ours alone. It is never
// written.
var entrypointKeys = [...]containerKey{
	{"exit_on", func(l *loader, _ setting, t text) (err error) {
		l.c.ExitOn, err = parseExitOn(t.s)
		return err
	}},
	{"log_format", func(l *loader, _ setting, t text) (err error) {
		l.c.LogFormat, err = parseLogFormat(t.s)
		return err
	}},
	{"log_buffer", func(l *loader, _ setting, t text) (err error) {
		l.c.LogBuffer, err = parseLogBuffer(t.s)
		return err
	}},
	{"oom_protect", func(l *loader, _ setting, t text) error {
		protect, err := parseBool(t.s)
		l.c.NoOOMProtect = !protect
		return err
	}},
	{"signal_map", (*loader).signalMap},
	{"restart_max_delay", func(l *loader, _ setting, t text) (err error) {
		l.restartMax, err = parseDelay(t.s)
		return err
	}},
	{"restart_limit", func(l *loader, _ setting, t text) (err error) {
		l.restartLimit, err = parseRestartLimit(t.s)
		return err
	}},
	{"stop_budget", func(l *loader, _ setting, t text) (err error) {
		l.c.StopBudget, err = parseDelay(t.s)
		return err
	}},
	{"wait_for", func(l *loader, _ setting, t text) (err error) {
		l.c.WaitFor, err = parseWaitFor(t.s)
		return err
	}},
	{"wait_timeout", func(l *loader, _ setting, t text) (err error) {
		l.c.WaitTimeout, err = parseDelay(t.s)
		return err
	}},
	{"gateway_user", func(l *loader, _ setting, t text) (err error) {
		l.c.GatewayUser, err = l.gatewayUser(t.s)
		return err
	}},
	{"drain", func(l *loader, _ setting, t text) (err error) {
		l.c.Drain, err = parseDelay(t.s)
		return err
	}},
}

// entrypoint reads [entrypoint], if there is one. The environment wins.
func (l *loader) entrypoint(s *ini.Section) {
	l.restartMax = time.Minute
	if l.ours {
		l.restartLimit = usualRestartLimit()
	}
	if s != nil {
		l.table(s, entrypointKeys[:], func(string) bool { return false })
	}
	l.fromEnv("ENTRYPOINT_EXIT_ON", func(v string) (err error) {
		l.c.ExitOn, err = parseExitOn(v)
		return err
	})
	l.fromEnv("ENTRYPOINT_LOG_FORMAT", func(v string) (err error) {
		l.c.LogFormat, err = parseLogFormat(v)
		return err
	})
	l.fromEnv("ENTRYPOINT_LOG_BUFFER", func(v string) (err error) {
		l.c.LogBuffer, err = parseLogBuffer(v)
		return err
	})
	l.fromEnv(OOMProtect, func(v string) error {
		protect, err := ParseOOMProtect(v)
		l.c.NoOOMProtect = !protect
		return err
	})
	l.fromEnv(WaitFor, func(v string) (err error) {
		l.c.WaitFor, err = parseWaitFor(v)
		return err
	})
	l.fromEnv(WaitTimeout, func(v string) (err error) {
		l.c.WaitTimeout, err = parseDelay(v)
		return err
	})
	l.fromEnv(GatewayUser, func(v string) (err error) {
		l.c.GatewayUser, err = l.gatewayUser(v)
		return err
	})
	l.fromEnv("ENTRYPOINT_DRAIN", func(v string) (err error) {
		l.c.Drain, err = parseDelay(v)
		return err
	})
}

// GatewayUser is the variable with the user of the gateway.
const GatewayUser = "ENTRYPOINT_GATEWAY_USER"

// gatewayUser finds the user of the gateway. A number without a group is that of its
// group as well, for root's group is too much for a process that has no rights.
func (l *loader) gatewayUser(spec string) (*User, error) {
	u, err := l.me.resolve(strings.TrimSpace(spec), passwdFile, groupFile)
	switch {
	case err != nil:
		return nil, err
	case u == nil && l.me.uid == 0 || u != nil && u.UID == 0:
		return nil, errors.New("it must not be root, because it reads what strangers send")
	case u == nil:
		return nil, nil
	}
	if _, err := strconv.ParseUint(u.Name, 10, 32); err == nil && u.GID == 0 {
		u.GID, u.Groups = u.UID, nil
	}
	return u, nil
}

// GatewayUserFrom is the user of the gateway that an environment names, for a start
// without a configuration; nil: none.
func GatewayUserFrom(env []string) (*User, error) {
	l := &loader{env: env, me: ourselves()}
	l.fromEnv(GatewayUser, func(v string) (err error) {
		l.c.GatewayUser, err = l.gatewayUser(v)
		return err
	})
	if len(l.errs) > 0 {
		return nil, l.errs[0]
	}
	return l.c.GatewayUser, nil
}

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
	return list, nil
}

func (l *loader) fromEnv(name string, set func(string) error) {
	if v, _ := environment(l.env, name); v != "" {
		if err := set(v); err != nil {
			l.errs = append(l.errs, &Error{Reason: "environment variable " + name + ": " + err.Error()})
		}
	}
}

// The names of the values, in the order of the constants. They are never written.
var (
	exitOnNames    = [...]string{"fatal", "any-exit", "all-exit", "never"}
	logFormatNames = [...]string{"plain", "raw", "prefix", "json"}
)

func parseExitOn(s string) (ExitOn, error) {
	n, err := parseWord(s, exitOnNames[:])
	return ExitOn(n), err
}

// OOMProtect is the variable that is oom_protect, also for a launched command.
const OOMProtect = "ENTRYPOINT_OOM_PROTECT"

// ParseOOMProtect reads a value of oom_protect; "" is on.
func ParseOOMProtect(s string) (bool, error) {
	if s == "" {
		return true, nil
	}
	return parseBool(s)
}

// DefaultLogBuffer is log_buffer where nobody says, in bytes.
const DefaultLogBuffer = 4 << 20

// leastLogBuffer is what a few programs need to print whole lines.
const leastLogBuffer = 256 << 10

func parseLogBuffer(s string) (int, error) {
	n, err := parseBytes(s)
	if err == nil && n < leastLogBuffer {
		err = errors.New(strconv.Quote(s) + " is too little: 256KB at least, such as 4MB")
	}
	return n, err
}

func parseLogFormat(s string) (LogFormat, error) {
	n, err := parseWord(s, logFormatNames[:])
	return LogFormat(n), err
}

// parseWord finds s among words.
func parseWord(s string, words []string) (int, error) {
	word := strings.ToLower(strings.TrimSpace(s))
	for i, w := range words {
		if w == word {
			return i, nil
		}
	}
	return 0, errors.New(strconv.Quote(s) + " is none of " + strings.Join(words, ", ") + nearest.Hint(word, words))
}
