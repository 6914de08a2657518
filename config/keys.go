package config

import (
	"errors"
	"math"
	"strings"
	"time"

	"entrypoint/config/ini"
)

// programKey is one key of [program:x].
type programKey struct {
	name       string
	perProcess bool // supervisord evaluates it for each process, see scope
	set        func(b *build, k ini.Key, t text) error
}

// programKeys are all that we know: those that have an effect, ours among them,
// and then those that are only checked so far. It is never written.
var programKeys = [...]programKey{
	{"command", true, func(b *build, _ ini.Key, t text) (err error) {
		if b.p.Command, err = splitWords(t); err == nil && len(b.p.Command) == 0 {
			err = errors.New("the command is empty")
		}
		return err
	}},
	{"directory", true, func(b *build, _ ini.Key, t text) error {
		b.p.Directory = t.s
		return nil
	}},
	{"environment", true, func(b *build, _ ini.Key, t text) error {
		list, err := parseEnvironment(t)
		for _, kv := range list {
			key, val, _ := strings.Cut(kv, "=")
			b.p.Environment = SetVariable(b.p.Environment, key, val)
		}
		b.scope.own = b.p.Environment
		return err
	}},
	{"user", false, func(b *build, _ ini.Key, t text) (err error) {
		b.p.User, err = b.me.resolve(t.s, passwdFile, groupFile)
		return err
	}},
	{"autostart", false, func(b *build, _ ini.Key, t text) (err error) {
		b.p.Autostart, err = parseBool(t.s)
		return err
	}},
	{"autorestart", false, func(b *build, _ ini.Key, t text) (err error) {
		b.p.Autorestart, err = parseRestart(t.s)
		return err
	}},
	{"exitcodes", false, func(b *build, _ ini.Key, t text) (err error) {
		b.p.ExitCodes, err = parseExitCodes(t.s)
		return err
	}},
	{"startsecs", false, func(b *build, _ ini.Key, t text) error {
		n, err := parseInt(t.s, math.MinInt32, maxSeconds)
		b.p.StartSecs = time.Duration(max(n, 0)) * time.Second // a negative one is 0 to supervisord
		return err
	}},
	{"startretries", false, func(b *build, _ ini.Key, t text) (err error) {
		b.p.StartRetries, err = parseInt(t.s, 0, math.MaxInt32)
		return err
	}},
	{"stopsignal", false, func(b *build, _ ini.Key, t text) error {
		return b.setStopSignals(t.s)
	}},
	{"stopwaitsecs", false, func(b *build, _ ini.Key, t text) (err error) {
		b.stopWait, err = parseSeconds(t.s)
		return err
	}},
	{"stopasgroup", false, func(b *build, _ ini.Key, t text) (err error) {
		b.p.StopAsGroup, err = parseBool(t.s)
		return err
	}},
	{"priority", false, func(b *build, _ ini.Key, t text) (err error) {
		b.p.Priority, err = parseInt(t.s, math.MinInt32, math.MaxInt32)
		return err
	}},
	{"depends_on", false, func(b *build, _ ini.Key, t text) (err error) {
		b.p.DependsOn, err = parseDependsOn(t.s)
		return err
	}},
	{"ready", false, func(b *build, _ ini.Key, t text) (err error) {
		b.p.Ready, err = parseProbe(t.s)
		return err
	}},

	{"process_name", true, func(b *build, k ini.Key, t text) error {
		if t.s != b.p.Name {
			b.noEffect(k)
		}
		return nil
	}},
	{"numprocs", false, func(b *build, k ini.Key, t text) (err error) {
		if b.scope.numProcs, err = parseInt(t.s, 0, math.MaxInt32); err == nil && b.scope.numProcs != 1 {
			b.warn(k, "no effect yet, one process is started")
		}
		return err
	}},
	{"numprocs_start", false, func(b *build, _ ini.Key, t text) (err error) {
		b.scope.processNum, err = parseInt(t.s, 0, math.MaxInt32)
		return err
	}},
	{"killasgroup", false, func(b *build, _ ini.Key, t text) error {
		kill, err := parseBool(t.s)
		if k, ok := b.section.Key("stopasgroup"); ok && err == nil && !kill {
			if group, _ := parseBool(k.Value); group {
				return errors.New("cannot be false while stopasgroup is true")
			}
		}
		return err // SIGKILL goes to the whole group in any case
	}},
	{"umask", false, func(b *build, k ini.Key, t text) error {
		b.noEffect(k)
		_, err := parseOctal(t.s)
		return err
	}},
	{"serverurl", false, func(b *build, k ini.Key, t text) error {
		if !strings.EqualFold(t.s, "auto") {
			b.noEffect(k)
		}
		return nil
	}},
	{"redirect_stderr", false, idleBool},
	{"stdout_logfile", true, func(b *build, k ini.Key, t text) error {
		return b.logfile(k, t.s, "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1")
	}},
	{"stderr_logfile", true, func(b *build, k ini.Key, t text) error {
		return b.logfile(k, t.s, "/dev/stderr", "/dev/fd/2", "/proc/self/fd/2")
	}},
	{"stdout_logfile_maxbytes", true, checkBytes},
	{"stderr_logfile_maxbytes", true, checkBytes},
	{"stdout_logfile_backups", true, checkInt},
	{"stderr_logfile_backups", true, checkInt},
	{"stdout_capture_maxbytes", false, idleBytes},
	{"stderr_capture_maxbytes", false, idleBytes},
	{"stdout_events_enabled", false, idleBool},
	{"stderr_events_enabled", false, idleBool},
	{"stdout_syslog", true, idleBool},
	{"stderr_syslog", true, idleBool},
}

func findKey(name string) *programKey {
	for i := range programKeys {
		if programKeys[i].name == name {
			return &programKeys[i]
		}
	}
	return nil
}

func keyNames() []string {
	names := make([]string, len(programKeys))
	for i := range programKeys {
		names[i] = programKeys[i].name
	}
	return names
}

// setStopSignals reads one signal or, beyond supervisord, several: the ladder.
func (b *build) setStopSignals(s string) error {
	names := strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == ' ' || r == '\t' || r == '\n' })
	if len(names) == 0 {
		return errors.New("no signal is named")
	}
	b.stopSignals = nil
	for _, name := range names {
		sig, err := ParseSignal(name)
		if err != nil {
			return err
		}
		b.stopSignals = append(b.stopSignals, sig)
	}
	return nil
}

// logfile warns, unless the file is one that stands for the stream itself: that
// is where the output goes.
func (b *build) logfile(k ini.Key, path string, same ...string) error {
	for _, s := range same {
		if path == s {
			return nil
		}
	}
	b.warn(k, "no effect yet, the output goes to the container's log")
	return nil
}

// checkInt and checkBytes read keys that mean nothing without a log file.
func checkInt(_ *build, _ ini.Key, t text) error {
	_, err := parseInt(t.s, math.MinInt32, math.MaxInt32)
	return err
}

func checkBytes(_ *build, _ ini.Key, t text) error {
	_, err := parseBytes(t.s)
	return err
}

// idleBytes and idleBool read keys whose zero value is the only one so far.
func idleBytes(b *build, k ini.Key, t text) error {
	n, err := parseBytes(t.s)
	if err == nil && n != 0 {
		b.noEffect(k)
	}
	return err
}

func idleBool(b *build, k ini.Key, t text) error {
	on, err := parseBool(t.s)
	if on {
		b.noEffect(k)
	}
	return err
}
