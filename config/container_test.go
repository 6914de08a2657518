package config

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestContainer(t *testing.T) {
	const program = "\n[program:a]\ncommand=a"
	all := func(c *Config) any { return c.Container }
	for _, c := range []struct {
		in   string
		get  func(c *Config) any
		want any
	}{
		{"", all, Container{Identifier: "supervisor", ChildLogDir: "/tmp", LogMaxBytes: 50 << 20, LogBackups: 10, LogLevel: "info", Umask: -1}},
		{"[supervisord]", all, Container{Identifier: "supervisor", ChildLogDir: "/tmp", LogMaxBytes: 50 << 20, LogBackups: 10, LogLevel: "info", Umask: -1}},
		{
			"[supervisord]\nlogfile=/tmp/s.log\nlogfile_maxbytes=1kb\nlogfile_backups=2\nloglevel=DEBUG\npidfile=/tmp/s.pid\numask=077\ndirectory=/usr\n" +
				"nodaemon=true\nsilent=false\nminfds=10\nminprocs=20\nnocleanup=yes\nchildlogdir=/usr\nidentifier=me\nstrip_ansi=on", all,
			Container{
				Identifier: "me", ChildLogDir: "/usr", KeepAutoLogs: true, StripANSI: true, Logfile: "/tmp/s.log", LogMaxBytes: 1024, LogBackups: 2,
				LogLevel: "debug", Pidfile: "/tmp/s.pid", Umask: 0o77, Directory: "/usr", MinFDs: 10, MinProcs: 20,
			},
		},
		{"[supervisord]\nlogfile=%(ENV_HOME)s/x", func(c *Config) any { return c.Container.Logfile }, "/root/x"},
		{"[supervisord]\nlogfile=~/x", func(c *Config) any { return c.Container.Logfile }, "/root/x"},
		{"[supervisord]\nlogfile=syslog", func(c *Config) any { return c.Container.Logfile }, ""},
		{"[supervisord]\nlogfile=/dev/stdout", func(c *Config) any { return c.Container.Logfile }, ""},
		{"[supervisord]\nlogfile=/dev/null", func(c *Config) any { return c.Container.Logfile }, ""},
		{"[supervisord]\nlogfile=/dev/fd/1", func(c *Config) any { return c.Container.Logfile }, ""},
		{"[supervisord]\nlogfile_maxbytes=-1", func(c *Config) any { return c.Container.LogMaxBytes }, int64(0)},
		{
			"[unix_http_server]\nfile=/run/s.sock\nchmod=0777\nusername=u\npassword=p:%%\n[inet_http_server:x]\nport=*:9001\nusername=u\npassword={SHA}ab",
			func(c *Config) any { return []any{c.Container.ServerURL, c.Container.Servers, len(c.Warnings)} },
			[]any{"unix:///run/s.sock", []Server{
				{Network: "unix", Address: "/run/s.sock", Mode: 0o777, Username: "u", Password: "p:%"},
				{Network: "tcp", Address: ":9001", Username: "u", Password: "{SHA}ab"},
			}, 0},
		},
		{"[inet_http_server]\nport=9001\nusername=u\npassword=p", func(c *Config) any { return c.Container.ServerURL }, "http://localhost:9001"},
		{"[inet_http_server]\nport=:9001\nusername=u\npassword=p", func(c *Config) any { return c.Container.ServerURL }, "http://localhost:9001"},
		{"[inet_http_server]\nport=Host:9001\nusername=u\npassword=p\n[unix_http_server]\nfile=~/s", func(c *Config) any { return c.Container.ServerURL }, "unix:///root/s"},
		{"[inet_http_server]\nport=[::1]:9001", func(c *Config) any { return c.Container.ServerURL }, "http://[::1]:9001"},
		{"[entrypoint]\nexit_on=Any-Exit\nlog_format=json\nrestart_max_delay=5\nstop_budget=25s", func(c *Config) any {
			return []any{c.Container.ExitOn, c.Container.LogFormat, c.Container.StopBudget, c.Programs[0].RestartMax}
		}, []any{ExitOnAny, FormatJSON, 25 * time.Second, 5 * time.Second}},
		{"[entrypoint]\nexit_on=never\nlog_format=prefix", func(c *Config) any { return []any{c.Container.ExitOn, c.Container.LogFormat} }, []any{ExitOnNever, FormatPrefix}},
		{"[entrypoint]\nexit_on=all-exit\nlog_format=raw", func(c *Config) any { return []any{c.Container.ExitOn, c.Container.LogFormat} }, []any{ExitOnAll, FormatRaw}},
		{"[entrypoint]\ngateway_user=4242", func(c *Config) any { return c.Container.GatewayUser }, &User{Name: "4242", UID: 4242, GID: 4242}},
		{"[entrypoint]\ngateway_user=4242:0", func(c *Config) any { return c.Container.GatewayUser }, &User{Name: "4242:0", UID: 4242, Groups: []uint32{0}}},
		{"", func(c *Config) any { return c.Container.GatewayUser }, (*User)(nil)},
		{"[entrypoint]\noom_protect=off", func(c *Config) any { return c.Container.NoOOMProtect }, true},
		{"", func(c *Config) any { return c.Container.NoOOMProtect }, false},
		{"[entrypoint]\nlog_buffer=16MB", func(c *Config) any { return c.Container.LogBuffer }, 16 << 20},
		{"[entrypoint]\nlog_format=plain", func(c *Config) any { return c.Container.LogFormat }, FormatPlain},
		{"", func(c *Config) any { return c.Container.LogFormat }, FormatPlain},
		{
			"[entrypoint]\nsignal_map = HUP = a:HUP, USR1=reopen,\n  SIGUSR2 = ignore\n  HUP = g:HUP,\n  quit=Stop, WINCH = *:9, 34=reload, ALRM=w:TERM,VTALRM=g:w0:INT\n" +
				"[group:g]\nprograms=w\n[program:w]\ncommand=w\nnumprocs=2\nprocess_name=w%(process_num)d",
			func(c *Config) any { return c.Container.SignalMap },
			map[syscall.Signal]SignalAction{
				syscall.SIGHUP:    {Action: ActionForward, Programs: []string{"a", "g"}, Signal: syscall.SIGHUP},
				syscall.SIGUSR1:   {Action: ActionReopen},
				syscall.SIGUSR2:   {Action: ActionIgnore},
				syscall.SIGQUIT:   {Action: ActionStop},
				syscall.SIGWINCH:  {Action: ActionForward, Programs: []string{"*"}, Signal: syscall.SIGKILL},
				34:                {Action: ActionReload},
				syscall.SIGALRM:   {Action: ActionForward, Programs: []string{"g:w0", "g:w1"}, Signal: syscall.SIGTERM},
				syscall.SIGVTALRM: {Action: ActionForward, Programs: []string{"g:w0"}, Signal: syscall.SIGINT},
			},
		},
	} {
		t.Run(c.in, func(t *testing.T) {
			if got := c.get(mustLoad(t, c.in+program)); !reflect.DeepEqual(got, c.want) {
				t.Errorf("got  %+v\nwant %+v", got, c.want)
			}
		})
	}
}

func TestContainerErrors(t *testing.T) {
	for in, want := range map[string]string{
		"[supervisord]\nlogfile=/no/dir/x":         `[supervisord] logfile: there is no directory "/no/dir" for "x"; make it, or choose another one`,
		"[supervisord]\nlogfile_maxbytes=1M":       `[supervisord] logfile_maxbytes: "1M" is not a size such as 1024, 512KB, 50MB or 1GB`,
		"[supervisord]\nlogfile_backups=x":         `[supervisord] logfile_backups: "x" is not a whole number`,
		"[supervisord]\nloglevel=warning":          `[supervisord] loglevel: "warning" is not a log level: critical, error, warn, info, debug, trace, blather`,
		"[supervisord]\nloglevel=inof":             `[supervisord] loglevel: "inof" is not a log level (did you mean info?): critical, error, warn, info, debug, trace, blather`,
		"[supervisord]\npidfile=/no/dir/x":         `[supervisord] pidfile: there is no directory "/no/dir" for "x"; make it, or choose another one`,
		"[supervisord]\numask=9":                   `[supervisord] umask: "9" is not an octal number such as 022`,
		"[supervisord]\ndirectory=/no/dir":         `[supervisord] directory: "/no/dir" is not an existing directory`,
		"[supervisord]\nnodaemon=x":                `[supervisord] nodaemon: "x" is neither true nor false`,
		"[supervisord]\nminfds=-1":                 `[supervisord] minfds: -1 is not in the range 0 to 2147483647`,
		"[supervisord]\nminprocs=x":                `[supervisord] minprocs: "x" is not a whole number`,
		"[supervisord]\nnocleanup=x":               `[supervisord] nocleanup: "x" is neither true nor false`,
		"[supervisord]\nchildlogdir=/no/dir":       `[supervisord] childlogdir: "/no/dir" is not an existing directory`,
		"[supervisord]\nuser=nosuchuser":           `[supervisord] user: no user "nosuchuser" in /etc/passwd; a number needs no entry there`,
		"[supervisord]\nidentifier=a b":            `[supervisord] identifier: "a b" cannot be an identifier: it must not be empty or contain " ", ":" or "/"`,
		"[supervisord]\nstrip_ansi=x":              `[supervisord] strip_ansi: "x" is neither true nor false`,
		"[supervisord]\nidentifier=%s":             `[supervisord] identifier: "%" must be written "%%", or begin %(name)s`,
		"[unix_http_server]\nfile=":                `[unix_http_server] file: the path is empty`,
		"[unix_http_server]\nfile=/a\nchmod=x":     `[unix_http_server] chmod: "x" is not an octal number such as 022`,
		"[unix_http_server]\nfile=/a\nchown=nouse": `[unix_http_server] chown: no user "nouse" in /etc/passwd; a number needs no entry there`,
		"[inet_http_server]\nport=x":               `[inet_http_server] port: "x" is not HOST:PORT with a port from 1 to 65535`,
		"[inet_http_server]\nport=a:0":             `[inet_http_server] port: "a:0" is not HOST:PORT with a port from 1 to 65535`,
		"[inet_http_server]\nport=::1:80":          `[inet_http_server] port: "::1:80" is not HOST:PORT; an IPv6 address is written [::1]:9001`,
		"[entrypoint]\nexit_on=fatl":               `[entrypoint] exit_on: "fatl" is none of fatal, any-exit, all-exit, never (did you mean fatal?)`,
		"[entrypoint]\nlog_format=xml":             `[entrypoint] log_format: "xml" is none of plain, raw, prefix, json`,
		"[entrypoint]\noom_protect=maybe":          `[entrypoint] oom_protect: "maybe" is neither true nor false`,
		"[entrypoint]\nlog_buffer=4M":              `[entrypoint] log_buffer: "4M" is not a size such as 1024, 512KB, 50MB or 1GB`,
		"[entrypoint]\nlog_buffer=0":               `[entrypoint] log_buffer: "0" is too little: 256KB at least, such as 4MB`,
		"[entrypoint]\nrestart_max_delay=x":        `[entrypoint] restart_max_delay: "x" is neither a number of seconds nor a duration such as 500ms, 30s or 2m`,
		"[entrypoint]\nstop_budget=-1s":            `[entrypoint] stop_budget: "-1s" is neither a number of seconds nor a duration such as 500ms, 30s or 2m`,
		"[entrypoint]\nsignal_map=HUP":             `[entrypoint] signal_map: "HUP" is not SIGNAL = ACTION, such as HUP = nginx:HUP`,
		"[entrypoint]\nsignal_map=HPU=stop":        `[entrypoint] signal_map: unknown signal "HPU" (did you mean HUP?)`,
		"[entrypoint]\nsignal_map=HUP=a:HPU":       `[entrypoint] signal_map: unknown signal "HPU" (did you mean HUP?)`,
		"[entrypoint]\nsignal_map=HUP=sotp":        `[entrypoint] signal_map: "sotp" is none of NAME:SIGNAL, stop, reload, reopen and ignore (did you mean stop?)`,
		"[entrypoint]\nsignal_map=HUP=":            `[entrypoint] signal_map: "" is none of NAME:SIGNAL, stop, reload, reopen and ignore`,
		"[entrypoint]\nsignal_map=KILL=stop":       `[entrypoint] signal_map: KILL cannot be mapped: PID 1 cannot catch it, or needs it itself`,
		"[entrypoint]\nsignal_map=SIGCHLD=stop":    `[entrypoint] signal_map: SIGCHLD cannot be mapped: PID 1 cannot catch it, or needs it itself`,
		"[entrypoint]\nsignal_map=19=stop":         `[entrypoint] signal_map: 19 cannot be mapped: PID 1 cannot catch it, or needs it itself`,
		"[entrypoint]\nsignal_map=HUP=stop,1=stop": `[entrypoint] signal_map: SIGHUP has two actions; leave one of them`,
		"[entrypoint]\nsignal_map=HUP=stop,1=a:1":  `[entrypoint] signal_map: SIGHUP has two actions; leave one of them`,
		"[entrypoint]\nsignal_map=HUP=a:1,1=stop":  `[entrypoint] signal_map: SIGHUP has two actions; leave one of them`,
		"[entrypoint]\nsignal_map=HUP=a:1,1=a:2":   `[entrypoint] signal_map: SIGHUP has two actions; leave one of them`,
		"[entrypoint]\nsignal_map=HUP=ngnix:HUP":   `[entrypoint] signal_map: no program is named "ngnix" (did you mean nginx?)`,
	} {
		t.Run(in, func(t *testing.T) {
			_, _, err := loadText(t, in+"\n[program:nginx]\ncommand=a\n[program:a]\ncommand=a")
			wantErrors(t, err, fmt.Sprintf("app.conf:%d: %s", strings.Count(in, "\n")+1, want))
		})
	}
}

// TestEnvironmentWins over [entrypoint].
func TestEnvironmentWins(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "app.conf")
	write(t, file, "[entrypoint]\nexit_on=never\nlog_format=json\n[program:a]\ncommand=a\n")
	c, err := Load(&Options{File: file, Env: []string{"ENTRYPOINT_EXIT_ON=any-exit", "ENTRYPOINT_LOG_FORMAT=prefix"}})
	if err != nil {
		t.Fatal(err)
	}
	if got := c.Container; got.ExitOn != ExitOnAny || got.LogFormat != FormatPrefix {
		t.Errorf("got %+v", got)
	}
	if c, err = Load(&Options{File: file, Env: []string{"ENTRYPOINT_LOG_BUFFER=512KB"}}); err != nil || c.Container.LogBuffer != 512<<10 {
		t.Errorf("log_buffer: %v", err)
	}
	if c, err = Load(&Options{File: file, Env: []string{"ENTRYPOINT_EXIT_ON="}}); err != nil || c.Container.ExitOn != ExitOnNever {
		t.Errorf("an empty variable: %v", err)
	}
	_, err = Load(&Options{File: file, Env: []string{"ENTRYPOINT_EXIT_ON=1", "ENTRYPOINT_LOG_FORMAT=jsn"}})
	wantErrors(t, err,
		`environment variable ENTRYPOINT_EXIT_ON: "1" is none of fatal, any-exit, all-exit, never`,
		`environment variable ENTRYPOINT_LOG_FORMAT: "jsn" is none of plain, raw, prefix, json (did you mean json?)`)
}

// TestCaptureNeedsRoom: a capture buffer that one program cannot have is named.
func TestCaptureNeedsRoom(t *testing.T) {
	const program = "[program:a]\ncommand=a\nstdout_capture_maxbytes=3MB\n"
	c := mustLoad(t, program)
	want := "app.conf:3: [program:a] stdout_capture_maxbytes: there is no room for so much in log_buffer (4096KB, half of it for one program): " +
		"set log_buffer in [entrypoint] or ENTRYPOINT_LOG_BUFFER to 6MB"
	if !slices.Equal(c.Warnings, []string{want}) {
		t.Errorf("%q", c.Warnings)
	}
	if c = mustLoad(t, program+"[entrypoint]\nlog_buffer=6MB\n"); len(c.Warnings) > 0 {
		t.Errorf("with room: %q", c.Warnings)
	}
}

// TestCommandLine: supervisord's options win over the file, unexpanded.
func TestCommandLine(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "app.conf")
	write(t, file, "[supervisord]\nlogfile=/no/dir/x\nloglevel=info\nidentifier=f\n[program:a]\ncommand=a\n")
	o := Options{File: file, Dir: dir, Env: testEnv(), Supervisord: []Setting{{"logfile", "50%(x).log"}, {"loglevel", "trace"}, {"minfds", "7"}}}
	c, err := Load(&o)
	if err != nil {
		t.Fatal(err)
	}
	if got := c.Container; got.Logfile != dir+"/50%(x).log" || got.LogLevel != "trace" || got.MinFDs != 7 || got.Identifier != "f" {
		t.Errorf("got %+v", got)
	}
	o.Supervisord = []Setting{{"logfile", "/no/dir/x"}, {"loglevel", "loud"}, {"frob", "1"}}
	_, err = Load(&o)
	wantErrors(t, err,
		`command line: logfile: there is no directory "/no/dir" for "x"; make it, or choose another one`,
		`command line: loglevel: "loud" is not a log level: critical, error, warn, info, debug, trace, blather`,
		"command line: frob: unknown key of [supervisord]")
}

// TestDefaultUser: user= of [supervisord] is that of the programs without one.
func TestDefaultUser(t *testing.T) {
	if os.Geteuid() != 0 {
		missing(t, "root, to become someone else")
	}
	c := mustLoad(t, "[supervisord]\nuser=12345\n[program:a]\ncommand=a\n[program:b]\ncommand=b\nuser=root\n[program:c]\ncommand=c\nuser=54321")
	a, b, d := c.Programs[0].User, c.Programs[1].User, c.Programs[2].User
	if a == nil || a.UID != 12345 || b != nil || d == nil || d.UID != 54321 {
		t.Errorf("got %+v, %+v, %+v", a, b, d)
	}
	alone := func(place, uid string) string {
		return place + " user: user " + uid + " has no entry in /etc/passwd, so its group is root's (0); write " + uid + ":" + uid + ", or " + uid + ":0 if that is meant"
	}
	want := []string{
		alone("app.conf:2: [supervisord]", "12345"),
		alone("app.conf:10: [program:c]", "54321"),
	}
	if !slices.Equal(c.Warnings, want) {
		t.Error(c.Warnings)
	}
	if want := []string{"app.conf:2: [supervisord] user: entry-point itself stays root, as PID 1 has to; every program without user= runs as 12345"}; !slices.Equal(c.Notes, want) {
		t.Error(c.Notes)
	}
	for _, user := range []string{"54321:54321", "54321:0", "nobody", "65534", "0"} { // somebody has chosen the group
		if c = mustLoad(t, "[program:c]\ncommand=c\nuser="+user); len(c.Warnings) > 0 {
			t.Errorf("%s: %v", user, c.Warnings)
		}
	}
	if c = mustLoad(t, "[supervisord]\nuser=root\n[program:a]\ncommand=a"); c.Programs[0].User != nil || len(c.Warnings) > 0 {
		t.Errorf("root: %+v, %v", c.Programs[0].User, c.Warnings)
	}
}

// TestWaitTargets: what of the servers that are waited for goes to the process that
// asks them, and which of them depend on who asks.
func TestWaitTargets(t *testing.T) {
	for target, want := range map[string]string{
		"redis://:secret@cache:1/0":                "redis://@cache:1/0",
		"postgresql+psycopg2://me:secret@db/a?b=c": "postgresql+psycopg2://me@db/a?b=c",
		"postgres://me:a:secret@b@db":              "postgres://me@db",
		"https://web/login?next=me:x@y":            "https://web/login?next=me:x@y",
		"http://me@web":                            "http://me@web",
		"tcp://db:1":                               "tcp://db:1",
		"dns:db":                                   "dns:db",
		"file:/a:b@c":                              "file:/a:b@c",
		"unix:///run/a@b":                          "unix:///run/a@b",
	} {
		if got := WithoutPassword(target); got != want {
			t.Errorf("%s: %s, want %s", target, got, want)
		}
	}
	for target, want := range map[string]bool{
		"file:a": true, "FILE:/a": true, "unix:/a": true, "postgres:///a?host=/run/pg": true, "postgres://db": false, "tcp://file:1": false, "dns:unix": false,
	} {
		if got := IsLocal(target); got != want {
			t.Errorf("%s: %v", target, got)
		}
	}
}
