package config

import (
	"errors"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"entrypoint/config/environ"
	"entrypoint/config/ini"
	"entrypoint/config/nearest"
	"entrypoint/config/vocabulary"
)

// entrypointTables are all keys of [entrypoint], which is ours alone, by subject; all but
// the first table are of the prelude. They are never written.
var entrypointTables = [...][]containerKey{
	entrypointKeys, preludeKeys, secretsKeys, sizingKeys, ownershipKeys, templatesKeys, hooksKeys,
}

// earlyTables are those that are read before anything is expanded, because they say how the
// environment is made. They are never written.
var earlyTables = [...][]containerKey{preludeKeys, secretsKeys, sizingKeys}

// entrypointKeys are the keys of [entrypoint] for the container as a whole. It is never
// written.
var entrypointKeys = []containerKey{
	{row{
		Name: "exit_on", Type: vocabulary.Choice, Values: &exitOnNames, Default: "fatal",
		Help:    "When the container ends: `fatal`: a program cannot be kept up, or all have ended; `any-exit`: a program ends by itself; `all-exit`: all have ended; `never`: only when it is asked to.",
		Example: "exit_on = any-exit",
	}, func(l *loader, _ setting, t *text) (err error) {
		l.c.ExitOn, err = parseExitOn(t.s)
		return err
	}},
	{row{
		Name: "log_format", Type: vocabulary.Choice, Values: &logFormatNames, Default: "plain",
		Help:    "How the programs' output looks in the container's: `plain`: as they print it; `raw`: it does not pass through entry-point; `prefix`: `name | line`; `json`: every line of the container is a JSON object.",
		Example: "log_format = json",
	}, func(l *loader, _ setting, t *text) (err error) {
		l.c.LogFormat, err = parseLogFormat(t.s)
		return err
	}},
	{row{
		Name: "log_timestamps", Type: vocabulary.Boolean, Default: "false",
		Help:    "Whether the time stands in front of entry-point's own lines. With `log_format = json` each has it.",
		Example: "log_timestamps = on",
	}, func(l *loader, _ setting, t *text) (err error) {
		l.c.LogTimestamps, err = parseBool(t.s)
		return err
	}},
	{row{
		Name: "log_buffer", Type: vocabulary.Size, Default: "4MB",
		Help:    "How much memory all output that is held back may take: unfinished lines, the last 16 KB of each stream, what waits for slow readers. At least 256KB.",
		Example: "log_buffer = 8MB",
	}, func(l *loader, _ setting, t *text) (err error) {
		l.c.LogBuffer, err = parseLogBuffer(t.s)
		return err
	}},
	{row{
		Name: "oom_protect", Type: vocabulary.Boolean, Default: "true",
		Help:    "Whether the kernel ends a program before it ends entry-point when memory runs out. Without CAP_SYS_RESOURCE the programs' `oom_score_adj` is raised for that; see `entry-point help entrypoint`.",
		Example: "oom_protect = off",
	}, func(l *loader, _ setting, t *text) error {
		protect, err := parseBool(t.s)
		l.c.NoOOMProtect = !protect
		return err
	}},
	{row{
		Name: "strict", Type: vocabulary.Boolean, Default: "(off; for `-t` on in a file named entry-point.conf)",
		Help:    "Whether warnings about the configuration are errors. `off`: nor are they for `-t`.",
		Example: "strict = on",
	}, func(l *loader, _ setting, t *text) error {
		on, err := parseBool(t.s)
		l.c.Strict = StrictOff
		if on {
			l.c.Strict = StrictOn
		}
		return err
	}},
	{row{
		Name: "signal_map", Type: vocabulary.List,
		Help:    "What signals to process 1 do: `HUP = nginx:HUP` sends them on to a program, a group or `*` (all); `stop`, `reload`, `reopen` and `ignore` are entry-point's own actions.",
		Example: "signal_map = USR1 = *:USR1, WINCH = ignore",
	}, (*loader).signalMap},
	{row{
		Name: "restart_max_delay", Type: vocabulary.Duration, Default: "60s",
		Help:    "The longest wait before an automatic start, for programs that do not say it themselves.",
		Example: "restart_max_delay = 10s",
	}, func(l *loader, _ setting, t *text) (err error) {
		l.restartMax, err = parseDelay(t.s)
		return err
	}},
	{row{
		Name: "restart_limit", Type: vocabulary.Text, Default: "(10/5m; off in a supervisord.conf)",
		Help:    "`N/TIME` or `off`, for programs that do not say it themselves: how often a program may crash before it is given up.",
		Example: "restart_limit = 5/10m",
	}, func(l *loader, _ setting, t *text) (err error) {
		l.restartLimit, err = parseRestartLimit(t.s)
		return err
	}},
	{row{
		Name: "stop_budget", Type: vocabulary.Duration, Default: "(9s; under the name supervisord what the programs' own times add up to)",
		Help:    "The time in which a stop of the container has to be over. Keep it below what `docker stop -t` or Kubernetes gives.",
		Example: "stop_budget = 25s",
	}, func(l *loader, _ setting, t *text) (err error) {
		l.c.StopBudget, err = parseDelay(t.s)
		l.c.Prelude.Budget = l.c.StopBudget
		return err
	}},
	{row{
		Name: "wait_for", Type: vocabulary.List,
		Help:    "Servers that have to answer before anything starts, with blanks or commas between them: `postgresql://`, `mysql://`, `redis://`, `amqp://`, `http://`, `tcp://HOST:PORT`, `dns:NAME`, `file:PATH` and others.",
		Example: "wait_for = postgresql://app@db/app redis://cache",
	}, func(l *loader, _ setting, t *text) (err error) {
		l.c.WaitFor, err = parseWaitFor(t.s)
		return err
	}},
	{row{
		Name: "wait_timeout", Type: vocabulary.Duration, Default: "60s",
		Help:    "How long `wait_for` may take. After that the container ends with exit code 75.",
		Example: "wait_timeout = 2m",
	}, func(l *loader, _ setting, t *text) (err error) {
		l.c.WaitTimeout, err = parseDelay(t.s)
		return err
	}},
	{row{
		Name: "gateway_user", Type: vocabulary.Text, Default: "(a number that nothing else in the container has, 65432 or below)",
		Help:    "The user of `entry-point-gateway`, which answers HTTP and asks the servers of `wait_for`, as `USER` or `USER:GROUP`. It must not be root.",
		Example: "gateway_user = nobody",
	}, func(l *loader, _ setting, t *text) (err error) {
		l.c.GatewayUser, err = l.gatewayUser(t.s)
		return err
	}},
	{row{
		Name: "drain", Type: vocabulary.Duration, Default: "0",
		Help:    "How long the programs go on after a request to stop, while `entry-point ctl health` says that the container is not ready, so that load balancers send nobody any more. It is a part of the stop budget.",
		Example: "drain = 5s",
	}, func(l *loader, _ setting, t *text) (err error) {
		l.c.Drain, err = parseDelay(t.s)
		return err
	}},
}

// entrypoint reads [entrypoint], if there is one.
func (l *loader) entrypoint(s *ini.Section) {
	l.restartMax = time.Minute
	if filepath.Base(l.source) == filepath.Base(ownNames[0]) {
		l.c.Strict = StrictCheck
	}
	if l.ours {
		l.restartLimit = usualRestartLimit()
	}
	l.entrypointKeys(s, func(string) bool { return true })
}

// entrypointKeys reads those keys of [entrypoint] (nil: there is none) that are
// wanted. Each can come from the environment as well, where stop_budget is
// ENTRYPOINT_STOP_BUDGET, and that wins.
func (l *loader) entrypointKeys(s *ini.Section, wanted func(key string) bool) {
	if s != nil {
		l.table(s, entrypointTables[:], func(key string) bool { return !wanted(key) })
	}
	if hasOwn(l.env) {
		for _, t := range entrypointTables {
			l.variables(t, wanted)
		}
	}
	if l.logs != nil {
		l.logs(l.c.LogFormat, l.c.LogTimestamps)
	}
}

// variables reads the keys of a table that the environment has.
func (l *loader) variables(table []containerKey, wanted func(key string) bool) {
	for i := range table {
		key := &table[i]
		name := variableOf(key.Name)
		if v, _ := environ.Lookup(l.env, name); v == "" || !wanted(key.Name) {
			continue
		} else if err := key.set(l, variable(name), plain(v)); err != nil {
			l.failErr(variable(name), err)
		}
	}
}

// hasOwn says whether an environment has variables of ours at all.
func hasOwn(env []string) bool {
	for _, entry := range env {
		if strings.HasPrefix(entry, "ENTRYPOINT_") {
			return true
		}
	}
	return false
}

// variableOf is the environment variable that is a key of [entrypoint].
func variableOf(key string) string {
	if key == "prelude_for" {
		return PreludeVariable
	}
	return "ENTRYPOINT_" + strings.ToUpper(key)
}

// logKeys are the keys of [entrypoint] that say how our own log looks. It is never
// written.
var logKeys = [...]string{"log_format", "log_timestamps"}

// LogsFrom says what an environment says of the log, for lines before a configuration
// has been read, and where none is. A wrong value counts as none; Load has the error.
func LogsFrom(env []string) (format LogFormat, timestamps bool) {
	l := &loader{env: env}
	l.entrypointKeys(nil, func(key string) bool { return slices.Contains(logKeys[:], key) })
	return l.c.LogFormat, l.c.LogTimestamps
}

// variable is where a value comes from that the environment has.
func variable(name string) setting {
	return setting{&ini.Key{File: "environment variable " + name}, ""}
}

// GatewayUser is the variable with the user of the gateway.
const GatewayUser = "ENTRYPOINT_GATEWAY_USER"

// gatewayUser finds the user of the gateway. A number without a group is that of its
// group as well, for root's group is too much for a process that has no rights.
func (l *loader) gatewayUser(spec string) (*User, error) {
	u, err := l.me.resolve(strings.TrimSpace(spec), &l.accounts)
	switch {
	case err != nil:
		return nil, err
	case u == nil && l.me.uid == 0 || u != nil && u.UID == 0:
		return nil, errors.New("it must not be root, because the gateway reads what other machines send")
	case u == nil:
		return nil, nil
	}
	if _, err := strconv.ParseUint(u.Name, 10, 32); err == nil && u.GID == 0 {
		u.GID, u.Groups = u.UID, nil
	}
	return u, nil
}

// The names of the values, in the order of the constants. They are never written.
var (
	exitOnNames    = []string{"fatal", "any-exit", "all-exit", "never"}
	logFormatNames = []string{"plain", "raw", "prefix", "json"}
)

func parseExitOn(s string) (ExitOn, error) {
	n, err := parseWord(s, exitOnNames)
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
		err = invalid(s, "is too little: 256KB at least, such as 4MB")
	}
	return n, err
}

func parseLogFormat(s string) (LogFormat, error) {
	n, err := parseWord(s, logFormatNames)
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
	return 0, invalid(s, "is none of "+strings.Join(words, ", ")+nearest.Hint(word, words))
}
