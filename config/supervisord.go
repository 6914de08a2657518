package config

import (
	"cmp"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"entrypoint/config/environ"
	"entrypoint/config/ini"
	"entrypoint/config/nearest"
	"entrypoint/config/profile"
	"entrypoint/config/vocabulary"
)

// containerKey is one key of [supervisord] or [entrypoint], as programKey is of a program.
type containerKey struct {
	row
	set func(l *loader, k setting, t *text) error
}

// supervisordKeys are all keys of [supervisord]. It is never written.
var supervisordKeys = [...]containerKey{
	{row{
		Name: "environment", Type: vocabulary.List,
		Help:    "Variables of all programs. What a program's own `environment` and `envFiles` say stands above them.",
		Example: "environment = LANG=\"C.UTF-8\"",
	}, func(l *loader, _ setting, t *text) (err error) {
		l.all, err = parseEnvironment(t)
		return err
	}},
	{row{
		Name: "logfile", Type: vocabulary.Path, Default: "(none is written)",
		Help:    "A file with supervisord's own log, in its words; `/dev/stdout` and `/dev/stderr` are the container's streams. entry-point's own lines are on stderr in any case; `syslog` writes nothing. It counts from the next start of the container.",
		Example: "logfile = /tmp/supervisord.log",
	}, func(l *loader, _ setting, t *text) error {
		// Our own lines go to the container's stderr in any case, supervisord's where
		// they are asked for.
		l.c.Logfile, l.c.LogStream = "", 0
		switch fd, is := standardStream(t.s); {
		case is && (fd == 1 || fd == 2):
			l.c.LogStream = fd
			return nil
		case is, t.s == "", t.s == "/dev/null", strings.EqualFold(t.s, "syslog"):
			return nil
		}
		path, err := l.filePath(t, l.dir)
		l.c.Logfile = path
		return err
	}},
	{row{
		Name: "logfile_maxbytes", Type: vocabulary.Size, Default: "50MB",
		Help:    "The size at which `logfile` is rotated; 0: never.",
		Example: "logfile_maxbytes = 10MB",
	}, func(l *loader, _ setting, t *text) error {
		n, err := parseBytes(t.s)
		l.c.LogMaxBytes = int64(max(n, 0))
		return err
	}},
	{row{
		Name: "logfile_backups", Type: vocabulary.Integer, Default: "10",
		Help:    "How many rotated files of `logfile` are kept.",
		Example: "logfile_backups = 3",
	}, func(l *loader, _ setting, t *text) (err error) {
		l.c.LogBackups, err = parseBackups(t.s)
		return err
	}},
	{row{
		Name: "loglevel", Type: vocabulary.Choice, Values: &logLevels, Default: "info",
		Help:    "The least level of the lines in `logfile`.",
		Example: "loglevel = warn",
	}, func(l *loader, _ setting, t *text) error {
		level, err := parseLogLevel(t.s)
		l.c.LogLevel = level
		return err
	}},
	{row{
		Name: "pidfile", Type: vocabulary.Path, Default: "(none is written)",
		Help:    "A file for entry-point's process id.",
		Example: "pidfile = /tmp/supervisord.pid",
	}, func(l *loader, _ setting, t *text) error {
		path, err := l.filePath(t, l.dir)
		l.c.Pidfile = path
		return err
	}},
	{row{
		Name: "umask", Type: vocabulary.Octal, Default: "(as entry-point was started with)",
		Help:    "The umask of every program without one of its own.",
		Example: "umask = 022",
	}, func(l *loader, _ setting, t *text) (err error) {
		l.c.Umask, err = parseOctal(t.s)
		return err
	}},
	{row{
		Name: "directory", Type: vocabulary.Path, Default: "(the working directory)",
		Help:    "The directory in which entry-point, and every program without a `directory` of its own, runs.",
		Example: "directory = /tmp",
	}, func(l *loader, _ setting, t *text) (err error) {
		l.c.Directory, err = l.existingDirectory(t)
		return err
	}},
	{row{
		Name: "nodaemon", Type: vocabulary.Boolean, Default: "true",
		Help:    "Accepted: entry-point always stays in the foreground.",
		Example: "nodaemon = true",
	}, checkFlag}, // we never go to the background
	{row{
		Name: "silent", Type: vocabulary.Boolean, Default: "false",
		Help:    "Accepted, without an effect.",
		Example: "silent = true",
	}, checkFlag},
	{row{
		Name: "minfds", Type: vocabulary.Integer, Default: "(the limit is left alone)",
		Help:    "The least soft limit of open files that programs get.",
		Example: "minfds = 1024",
	}, func(l *loader, _ setting, t *text) (err error) {
		l.c.MinFDs, err = parseInt(t.s, 0, math.MaxInt32)
		return err
	}},
	{row{
		Name: "minprocs", Type: vocabulary.Integer, Default: "(the limit is left alone)",
		Help:    "The least soft limit of processes that programs get.",
		Example: "minprocs = 200",
	}, func(l *loader, _ setting, t *text) (err error) {
		l.c.MinProcs, err = parseInt(t.s, 0, math.MaxInt32)
		return err
	}},
	{row{
		Name: "nocleanup", Type: vocabulary.Boolean, Default: "false",
		Help:    "Whether the `AUTO` log files of the last start are kept.",
		Example: "nocleanup = true",
	}, func(l *loader, _ setting, t *text) (err error) {
		l.c.KeepAutoLogs, err = parseBool(t.s)
		return err
	}},
	{row{
		Name: "childlogdir", Type: vocabulary.Path, Default: "(TMPDIR, or /tmp)",
		Help:    "The directory of `AUTO` log files.",
		Example: "childlogdir = /tmp",
	}, func(l *loader, _ setting, t *text) (err error) {
		l.c.ChildLogDir, err = l.existingDirectory(t)
		return err
	}},
	{row{
		Name: "user", Type: vocabulary.Text, Default: "(as entry-point runs)",
		Help:    "The user of every program without a `user` of its own. entry-point itself stays root, as process 1 has to.",
		Example: "user = nobody",
	}, func(l *loader, k setting, t *text) (err error) {
		l.defaultUser, l.defaultAccount, err = l.user(k, t.s)
		if l.defaultUser != nil {
			l.note(k, "entry-point itself stays root, as PID 1 has to; every program without user= runs as ", t.s)
		}
		return err
	}},
	{row{
		Name: "identifier", Type: vocabulary.Text, Default: "supervisor",
		Help:    "The name of this instance in events and in the names of `AUTO` log files. It counts from the next start of the container.",
		Example: "identifier = shop",
	}, func(l *loader, _ setting, t *text) error {
		if t.s == "" || strings.ContainsAny(t.s, " \t\n:/") {
			return invalid(t.s, `cannot be an identifier: it must not be empty or contain " ", ":" or "/"`)
		}
		l.c.Identifier = t.s
		return nil
	}},
	{row{
		Name: "strip_ansi", Type: vocabulary.Boolean, Default: "false",
		Help:    "Whether escape sequences, such as colours, are taken out of the programs' log files.",
		Example: "strip_ansi = true",
	}, func(l *loader, _ setting, t *text) (err error) {
		l.c.StripANSI, err = parseBool(t.s)
		return err
	}},
}

func checkFlag(_ *loader, _ setting, t *text) error {
	_, err := parseBool(t.s)
	return err
}

// logLevels are supervisord's. It is never written.
var logLevels = []string{"critical", "error", "warn", "info", "debug", "trace", "blather"}

func parseLogLevel(s string) (string, error) {
	level := strings.ToLower(strings.TrimSpace(s))
	for _, known := range logLevels {
		if level == known {
			return level, nil
		}
	}
	return "", invalid(s, "is not a log level"+nearest.Hint(level, logLevels)+
		": "+strings.Join(logLevels, ", "))
}

// container reads what is said of the container as a whole.
func (l *loader) container(f *ini.File) {
	const megabyte = 1 << 20
	tmp := environ.Value(l.env, "TMPDIR")
	l.c = Container{
		Identifier: "supervisor", ChildLogDir: cmp.Or(tmp, "/tmp"),
		LogMaxBytes: 50 * megabyte, LogBackups: 10, LogLevel: "info", Umask: -1, Idle: l.requireFile,
	}
	l.ours = l.isOurs(f)
	if s := f.Section("supervisord"); s != nil {
		l.table(s, [][]containerKey{supervisordKeys[:]}, l.overridden)
	}
	for _, o := range l.command {
		l.override(o)
	}
	l.entrypoint(f.Section("entrypoint"))
	for _, s := range f.Sections {
		switch kind, _, _ := strings.Cut(s.Name, ":"); kind {
		case "unix_http_server":
			l.unixServer(s)
		case "inet_http_server":
			l.inetServer(s)
		}
	}
	l.serverFromEnv()
	l.c.ServerURL = serverURL(l.c.Servers)
}

// table reads a section by its table.
func (l *loader) table(s *ini.Section, tables [][]containerKey, skip func(key string) bool) {
	var names []string
	for _, table := range tables {
		for i := range table {
			names = append(names, table[i].Name)
		}
	}
	l.each(s, names, func(k setting, t *text) error {
		if skip(k.Name) {
			return nil
		}
		for _, table := range tables {
			for i := range table {
				if table[i].Name == k.Name {
					return table[i].set(l, k, t)
				}
			}
		}
		return nil
	})
}

// overridden says whether the command line has a key, whose value in the file
// then counts for nothing.
func (l *loader) overridden(key string) bool {
	for _, o := range l.command {
		if o.Key == key {
			return true
		}
	}
	return false
}

// override reads a setting of the command line.
func (l *loader) override(o Setting) {
	k := setting{&ini.Key{Name: o.Key, Value: o.Value, File: "command line"}, ""}
	err := errors.New("unknown key of [supervisord]")
	for i := range supervisordKeys {
		if supervisordKeys[i].Name == o.Key {
			err = supervisordKeys[i].set(l, k, plain(o.Value))
		}
	}
	if err != nil {
		l.failErr(k, err)
	}
}

// filePath makes a path absolute. Its directory must exist, as supervisord
// wants it: a log that cannot be written is better known at once.
func (l *loader) filePath(t *text, base string) (string, error) {
	path, err := l.home(t)
	if err != nil || path == "" {
		return "", err
	}
	path = profile.Under(base, path)
	if dir := filepath.Dir(path); !l.isDirectory(dir) {
		return "", absent(quoting("there is no directory ", dir, " for ", strconv.Quote(filepath.Base(path)), "; make it, or choose another one"))
	}
	return path, nil
}

func (l *loader) existingDirectory(t *text) (string, error) {
	path, err := l.home(t)
	if err != nil {
		return "", err
	}
	if dir := profile.Under(l.dir, path); l.isDirectory(dir) {
		return dir, nil
	}
	return "", absent(invalid(path, "is not an existing directory"))
}

func (l *loader) isDirectory(dir string) bool {
	is, known := l.dirs[dir]
	if !known {
		if l.looks != nil {
			is = l.looks(dir)
		} else {
			info, err := os.Stat(dir)
			is = err == nil && info.IsDir()
		}
		l.dirs[dir] = is
	}
	return is
}
