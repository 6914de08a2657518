package config

import (
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestKeys(t *testing.T) {
	const s = time.Second
	ladder := func(wait time.Duration, signals ...syscall.Signal) (list []StopSignal) {
		for _, sig := range signals {
			list = append(list, StopSignal{Signal: sig, Wait: wait})
		}
		return list
	}
	for _, c := range []struct {
		key  string
		get  func(p *Program) any
		want any
	}{
		{"", func(p *Program) any { return p.Priority }, 999},
		{"", func(p *Program) any { return p.Autostart }, true},
		{"", func(p *Program) any { return p.Autorestart }, RestartUnexpected},
		{"", func(p *Program) any { return p.ExitCodes }, []int{0}},
		{"", func(p *Program) any { return p.StartSecs }, s},
		{"", func(p *Program) any { return p.StartRetries }, 3},
		{"", func(p *Program) any { return p.StopSignals }, ladder(10*s, syscall.SIGTERM)},
		{"", func(p *Program) any { return p.StopAsGroup }, false},
		{"", func(p *Program) any { return p.User == nil }, true},
		{"directory=/srv/a b", func(p *Program) any { return p.Directory }, "/srv/a b"},
		{"directory=%(ENV_HOME)s/x", func(p *Program) any { return p.Directory }, "/root/x"},
		{"environment=A=1,B=\"x y\"", func(p *Program) any { return p.Environment }, []string{"A=1", "B=x y"}},
		{"", func(p *Program) any { return p.EnvAllow == nil }, true},
		{"env_allow=PATH, DB_*", func(p *Program) any { return p.EnvAllow }, []string{"PATH", "DB_*"}},
		{"env_allow=", func(p *Program) any { return p.EnvAllow != nil && len(p.EnvAllow) == 0 }, true},
		{"priority=-3", func(p *Program) any { return p.Priority }, -3},
		{"priority=%(ENV_PORT)s", func(p *Program) any { return p.Priority }, 8000},
		{"autostart=No", func(p *Program) any { return p.Autostart }, false},
		{"autorestart=TRUE", func(p *Program) any { return p.Autorestart }, RestartAlways},
		{"autorestart=off", func(p *Program) any { return p.Autorestart }, RestartNever},
		{"autorestart=Unexpected", func(p *Program) any { return p.Autorestart }, RestartUnexpected},
		{"exitcodes=0, 2,255", func(p *Program) any { return p.ExitCodes }, []int{0, 2, 255}},
		{"exitcodes=", func(p *Program) any { return len(p.ExitCodes) }, 0},
		{"startsecs=007", func(p *Program) any { return p.StartSecs }, 7 * s},
		{"startsecs=-1", func(p *Program) any { return p.StartSecs }, 0 * s},
		{"startretries=1_0", func(p *Program) any { return p.StartRetries }, 10},
		{"stopsignal=int", func(p *Program) any { return p.StopSignals }, ladder(10*s, syscall.SIGINT)},
		{"stopsignal=SIGQUIT TERM\nstopwaitsecs=2", func(p *Program) any { return p.StopSignals }, ladder(2*s, syscall.SIGQUIT, syscall.SIGTERM)},
		{"stopwaitsecs=0\nstopsignal=9,15", func(p *Program) any { return p.StopSignals }, ladder(0, syscall.SIGKILL, syscall.SIGTERM)},
		{"type=oneshot", func(p *Program) any { return []any{p.Oneshot, p.Autorestart, p.StartSecs, p.Once.Mode, p.Once.Dir} }, []any{true, RestartNever, 0 * s, OnceAlways, ""}},
		{"type=oneshot\nautorestart=unexpected\nstartsecs=3", func(p *Program) any { return []any{p.Autorestart, p.StartSecs} }, []any{RestartUnexpected, 3 * s}},
		{"type=oneshot\nonce=per-image", func(p *Program) any { return p.Once.Dir }, "."},
		{"type=oneshot\nonce=per-volume\nonce_dir=/data\nonce_files=migrations, app.py", func(p *Program) any { return p.Once }, Once{Mode: OncePerVolume, Dir: "/data", Files: []string{"migrations", "app.py"}}},
		{"type=oneshot\nonce_timeout=10m", func(p *Program) any { return p.Once.Timeout }, 600 * s},
		{"schedule=@hourly", func(p *Program) any { return []any{p.Oneshot, p.Autostart, p.Autorestart, p.Schedule.Overlap} }, []any{true, false, RestartNever, OverlapSkip}},
		{"schedule=@hourly\nautostart=true\nschedule_overlap=queue\nschedule_jitter=90", func(p *Program) any { return []any{p.Autostart, p.Schedule.Overlap, p.Schedule.Jitter} }, []any{true, OverlapQueue, 90 * s}},
		{"schedule=30 6 * * mon-fri\nschedule_timezone=UTC", func(p *Program) any {
			return p.Schedule.Next(time.Date(2026, 5, 1, 7, 0, 0, 0, time.UTC)).String()
		}, "2026-05-04 06:30:00 +0000 UTC"},
		{"cron=*/10 * * * * *\nschedule_timezone=UTC", func(p *Program) any {
			return p.Schedule.Next(time.Date(2026, 5, 1, 7, 0, 1, 0, time.UTC)).Format("15:04:05")
		}, "07:00:10"},
		{"stopasgroup=yes", func(p *Program) any { return p.StopAsGroup }, true},
		{"ready=unix:/run/a.sock", func(p *Program) any { return p.Ready }, Probe{Kind: ProbeUnix, Address: "/run/a.sock"}},
		{"ready=unix:@a", func(p *Program) any { return p.Ready }, Probe{Kind: ProbeUnix, Address: "@a"}},
		{"ready=tcp::8000", func(p *Program) any { return p.Ready }, Probe{Kind: ProbeTCP, Address: "127.0.0.1:8000"}},
		{"ready=tcp:localhost:%(ENV_PORT)s", func(p *Program) any { return p.Ready }, Probe{Kind: ProbeTCP, Address: "127.0.0.1:8000"}},
		{"ready=http://localhost:8000/health?x=1", func(p *Program) any { return p.Ready }, Probe{Kind: ProbeHTTP, Address: "127.0.0.1:8000", Host: "localhost:8000", Request: "/health?x=1"}},
		{"ready=http://[::1]", func(p *Program) any { return []any{p.Ready.Address, p.Ready.Request, p.Ready.Network()} }, []any{"[::1]:80", "/", "tcp"}},
		{"ready=http://unix:/run/a.sock:/up", func(p *Program) any {
			return []any{p.Ready.Address, p.Ready.Request, p.Ready.Network(), p.Ready.String()}
		}, []any{"/run/a.sock", "/up", "unix", "http://unix:/run/a.sock:/up"}},
		{"ready=exec:sh -c 'test -e %(ENV_HOME)s/x'", func(p *Program) any { return p.Ready.Command }, []string{"sh", "-c", "test -e /root/x"}},
		{"ready=log:listening on \\d+", func(p *Program) any { return p.Ready.Pattern }, `listening on \d+`},
		{"ready=notify", func(p *Program) any { return p.Ready }, Probe{Kind: ProbeNotify}},
		{"ready=fd:3", func(p *Program) any { return p.Ready }, Probe{Kind: ProbeFD, FD: 3}},
		{"ready=delay:1.5s\nready_interval=50ms\nready_timeout=1m\nready_failure=fatal", func(p *Program) any {
			return []any{p.Ready.Delay, p.Every, p.Timeout, p.Late}
		}, []any{1500 * time.Millisecond, 50 * time.Millisecond, time.Minute, LateFatal}},
		{"live=tcp:localhost:80\nlive_interval=1\nlive_timeout=200ms\nlive_failures=5", func(p *Program) any {
			return []any{p.Live.Address, p.LiveEvery, p.LiveTimeout, p.Failures}
		}, []any{"127.0.0.1:80", s, 200 * time.Millisecond, 5}},
		{"max_memory=512MB\nmax_lifetime=24h", func(p *Program) any { return p.Recycle }, Recycle{512 << 20, 24 * time.Hour, 144 * time.Minute}},
		{"max_lifetime=60\nmax_lifetime_jitter=1", func(p *Program) any { return p.Recycle }, Recycle{0, time.Minute, s}},
		{"live=notify", func(p *Program) any { return []any{p.Live.Kind, p.LiveEvery, p.Failures} }, []any{ProbeNotify, 10 * s, 3}},
		{"ready=tcp:[::]:80", func(p *Program) any { return p.Ready }, Probe{Kind: ProbeTCP, Address: "[::1]:80"}},
		{
			"", func(p *Program) any {
				return []any{p.Name, p.Group, p.Section, p.Umask, p.GroupPriority, p.RestartMax, p.RestartPause}
			},
			[]any{"web", "web", "program:web", -1, 999, time.Minute, 0 * s},
		},
		{
			"", func(p *Program) any {
				return []any{p.KillAsGroup, p.Critical, p.RedirectStderr, p.Socket == nil, p.Pool == nil}
			},
			[]any{true, CriticalDefault, false, true, true},
		},
		{"", func(p *Program) any { return p.Stdout }, Stream{Targets: []Target{{Kind: TargetStdout}}, MaxBytes: 50 << 20, Backups: 10}},
		{"", func(p *Program) any { return p.Stderr }, Stream{Targets: []Target{{Kind: TargetStderr}}, MaxBytes: 50 << 20, Backups: 10}},
		{"", func(p *Program) any { return p.Limits }, Limits{}},
		{"", func(p *Program) any { return p.Watch }, Watch{}},
		{"process_name=a-%(program_name)s_%(process_num)02d", func(p *Program) any { return p.FullName() }, "web:a-web_00"},
		{
			"stopsignal=QUIT:5, TERM:0 INT\nstopwaitsecs=2", func(p *Program) any { return p.StopSignals },
			[]StopSignal{{Signal: syscall.SIGQUIT, Wait: 5 * s}, {Signal: syscall.SIGTERM}, {Signal: syscall.SIGINT, Wait: 2 * s}},
		},
		{"killasgroup=false", func(p *Program) any { return p.KillAsGroup }, false},
		{"killasgroup=true\nstopasgroup=true", func(p *Program) any { return p.KillAsGroup }, true},
		{"umask=0o27", func(p *Program) any { return p.Umask }, 0o27},
		{"umask=002", func(p *Program) any { return p.Umask }, 2},
		{"critical=yes", func(p *Program) any { return p.Critical }, CriticalYes},
		{"critical=0", func(p *Program) any { return p.Critical }, CriticalNo},
		{"restartpause=3", func(p *Program) any { return p.RestartPause }, 3 * s},
		{"restart_limit=3/90", func(p *Program) any { return p.RestartLimit }, RestartLimit{3, 90 * s}},
		{"restart_limit= Off", func(p *Program) any { return p.RestartLimit }, RestartLimit{}},
		{"command=gunicorn app:app\nready=none", func(p *Program) any { return p.Ready.None() }, true},
		{"restart_max_delay=2m", func(p *Program) any { return p.RestartMax }, 2 * time.Minute},
		{"restart_max_delay=1.5s", func(p *Program) any { return p.RestartMax }, 1500 * time.Millisecond},
		{"serverurl=http://x:1", func(p *Program) any { return p.Environment }, []string{"SUPERVISOR_SERVER_URL=http://x:1"}},
		{"serverurl=http://x:1\nenvironment=SUPERVISOR_SERVER_URL=y", func(p *Program) any { return p.Environment }, []string{"SUPERVISOR_SERVER_URL=y"}},
		{"serverurl=auto", func(p *Program) any { return len(p.Environment) }, 0},
		{"redirect_stderr=true", func(p *Program) any { return []any{p.RedirectStderr, len(p.Stderr.Targets)} }, []any{true, 0}},
		{"stdout_logfile_maxbytes=-1 gb\nstdout_logfile_backups=-2", func(p *Program) any { return []any{p.Stdout.MaxBytes, p.Stdout.Backups} }, []any{int64(0), 0}},
		{"stderr_logfile_maxbytes=2KB\nstderr_logfile_backups=3", func(p *Program) any { return []any{p.Stderr.MaxBytes, p.Stderr.Backups} }, []any{int64(2048), 3}},
		{"stdout_capture_maxbytes=1MB\nstderr_capture_maxbytes=1", func(p *Program) any { return []any{p.Stdout.Capture, p.Stderr.Capture} }, []any{int64(1 << 20), int64(1)}},
		{"stdout_events_enabled=1\nstderr_events_enabled=on", func(p *Program) any { return []any{p.Stdout.Events, p.Stderr.Events} }, []any{true, true}},
		{"stdout_syslog=true\nstdout_logfile=AUTO", func(p *Program) any { return p.Stdout.Targets }, []Target{{Kind: TargetAuto}, {Kind: TargetSyslog}}},
		{"stderr_syslog=true\nstderr_logfile=syslog", func(p *Program) any { return p.Stderr.Targets }, []Target{{Kind: TargetSyslog}}},
		{"rlimit_nofile=1024", func(p *Program) any { return *p.Limits.NoFile }, Limit{1024, 1024}},
		{"rlimit_nofile=1024:unlimited", func(p *Program) any { return *p.Limits.NoFile }, Limit{1024, Unlimited}},
		{"rlimit_core=0:2GB", func(p *Program) any { return *p.Limits.Core }, Limit{0, 2 << 30}},
		{"rlimit_core=Unlimited", func(p *Program) any { return *p.Limits.Core }, Limit{Unlimited, Unlimited}},
		{"nice=-20", func(p *Program) any { return *p.Limits.Nice }, -20},
		{"oom_score_adj=1000", func(p *Program) any { return *p.Limits.OOMScoreAdj }, 1000},
		{"no_new_privs=true", func(p *Program) any { return p.Limits.NoNewPrivs }, true},
		{"capabilities=cap_net_bind_service, CHOWN Checkpoint_Restore", func(p *Program) any { return *p.Limits.Capabilities }, []int{0, 10, 40}},
		{"capabilities=none", func(p *Program) any { return *p.Limits.Capabilities }, []int{}},
		{
			"socket=unix:///run/a.sock\nsocket_mode=0770\nsocket_backlog=5", func(p *Program) any { return *p.Socket },
			Socket{URL: "unix:///run/a.sock", Mode: 0o770, Backlog: 5, Activate: true},
		},
		{"socket=tcp://LOCALHOST:80", func(p *Program) any { return *p.Socket }, Socket{URL: "tcp://127.0.0.1:80", Activate: true}},
		{"socket=tcp://*:80", func(p *Program) any { return p.Socket.URL }, "tcp://0.0.0.0:80"},
		{"socket=tcp://[::]:80", func(p *Program) any { return p.Socket.URL }, "tcp://[::]:80"},
		{"socket=tcp://[::1]:%(ENV_PORT)s", func(p *Program) any { return p.Socket.URL }, "tcp://[::1]:8000"},
		{
			"restart_when_binary_changed=true\nrestart_signal_when_binary_changed=HUP", func(p *Program) any { return p.Watch },
			Watch{Binary: true, BinarySignals: []syscall.Signal{syscall.SIGHUP}},
		},
		{
			"restart_directory_monitor=/usr\nrestart_file_pattern=*.py\nrestart_signal_when_file_changed=USR1 USR2", func(p *Program) any { return p.Watch },
			Watch{Directory: "/usr", Pattern: "*.py", FileSignals: []syscall.Signal{syscall.SIGUSR1, syscall.SIGUSR2}},
		},
	} {
		t.Run(c.key, func(t *testing.T) {
			got := c.get(program(t, "command=a\n"+c.key))
			if fmt.Sprintf("%#v", got) != fmt.Sprintf("%#v", c.want) {
				t.Errorf("got %#v, want %#v", got, c.want)
			}
		})
	}
}

func TestWrongValues(t *testing.T) {
	for key, want := range map[string]string{
		"command=":                                "the command is empty",
		"command=a \"b":                           `no closing quotation mark ("); " ;" and " #" begin a comment even inside of quotes`,
		"command=a %(nope)s":                      "unknown name in %(nope)s (known here: ENV_..., here, host_node_name, cpus, memory_mb, program_name, group_name, process_num, numprocs)",
		"command=a %(ENV_NOPE)s":                  "the environment has no NOPE; %(ENV_NOPE:-value)s would give it a default",
		"command=date +%s":                        `"%" must be written "%%", or begin %(name)s`,
		"directory=%(process_num":                 `"%(" has no ")"`,
		"priority=%(process_num)d":                "unknown name in %(process_num)s (known here: ENV_..., here, host_node_name, cpus, memory_mb, program_name, group_name)",
		"priority=1.5":                            `"1.5" is not a whole number`,
		"autostart=maybe":                         `"maybe" is neither true nor false`,
		"autorestart=always":                      `"always" is none of true, false and unexpected`,
		"exitcodes=0,":                            `"" is not an exit code from 0 to 255`,
		"exitcodes=256":                           `"256" is not an exit code from 0 to 255`,
		"startsecs=1s":                            `"1s" is not a whole number`,
		"startretries=-1":                         "-1 is not in the range 0 to 2147483647",
		"stopsignal=TREM":                         `unknown signal "TREM" (did you mean TERM?)`,
		"stopsignal=":                             "no signal is named",
		"stopsignal=TERM 65":                      "no signal has the number 65 (1 to 64)",
		"stopwaitsecs=":                           `"" is not a whole number`,
		"stopwaitsecs=-1":                         "-1 is not in the range 0 to 1073741824",
		"stopasgroup=2":                           `"2" is neither true nor false`,
		"stopasgroup=true\nkillasgroup=no":        "cannot be false while stopasgroup is true",
		"user=nosuchuser":                         `no user "nosuchuser" in /etc/passwd; a number needs no entry there`,
		"user=":                                   "the user is empty",
		"environment=A":                           `"=" is missing after "A"; a value with spaces needs quotes, and pairs have the form KEY="value"`,
		"depends_on=a:running":                    `no program is named "a:running"`,
		"depends_on=a,,b":                         `a name is missing in "a,,b"`,
		"depends_on=wbe":                          `no program is named "wbe" (did you mean web?)`,
		"depends_on=web":                          "these programs wait for each other: web -> web",
		"ready=/run/a.sock":                       `"/run/a.sock" is none of unix:/PATH, tcp:HOST:PORT, http://HOST:PORT/PATH, exec:COMMAND, log:REGEX, notify, fd:N, delay:N or none`,
		"ready=http://example.com/":               `"example.com/" is not HOST:PORT/PATH with a numeric address or localhost, such as 127.0.0.1:8000/health`,
		"ready=https://localhost/":                "a probe speaks no TLS: ask the port behind it with http://, or use exec:, as in exec:curl -fsS https://localhost/",
		"ready=http://unix:/run/a.sock:up":        "a socket is asked with http://unix:/PATH/OF/SOCKET:/PATH",
		"ready=http://localhost/a b":              "a URL cannot contain white space, or a name and password",
		"ready=exec: ":                            "exec: needs a command behind it",
		"ready=log:":                              "log: needs a regular expression behind it",
		"ready=fd:2":                              "2 is not in the range 3 to 63",
		"ready=delay:soon":                        `"soon" is neither a number of seconds nor a duration such as 500ms, 30s or 2m`,
		"ready=notify\nready_failure=fatal":       "the key ready_timeout is missing: without it there is no end to wait for",
		"ready_timeout=5":                         "it has no effect without the key ready",
		"ready=notify\nready_interval=1ms":        `"1ms" is less than 10ms`,
		"socket=tcp://127.0.0.1:9\nready=fd:3":    "descriptor 3 is the listening socket",
		"live=log:x":                              `"log:x" says nothing later on: live takes unix:, tcp:, http://, exec: and notify`,
		"max_memory=1000":                         `"1000" is less than 1MB`,
		"max_lifetime=10ms":                       `"10ms" is less than a second`,
		"max_lifetime_jitter=10":                  "it has no effect without the key max_lifetime",
		"max_lifetime=60\nmax_lifetime_jitter=60": "it is not less than max_lifetime",
		"live_failures=3":                         "it has no effect without the key live",
		"live=notify\nlive_failures=0":            "0 is not in the range 1 to 1000",
		"ready=unix:a.sock":                       `the socket "a.sock" is not an absolute path`,
		"ready=tcp:example.com:80":                `"example.com:80" is not HOST:PORT with a numeric address or localhost, such as 127.0.0.1:8000`,
		"ready=tcp:127.0.0.1:0":                   `"127.0.0.1:0" is not HOST:PORT with a numeric address or localhost, such as 127.0.0.1:8000`,
		"umask=088":                               `"088" is not an octal number such as 022`,
		"numprocs=two":                            `"two" is not a whole number`,
		"numprocs_start=-1":                       "-1 is not in the range 0 to 1073741824",
		"redirect_stderr=oui":                     `"oui" is neither true nor false`,
		"stdout_logfile_maxbytes=10M":             `"10M" is not a size such as 1024, 512KB, 50MB or 1GB`,
		"stderr_capture_maxbytes=1.5MB":           `"1.5MB" is not a size such as 1024, 512KB, 50MB or 1GB`,
		"stdout_logfile_backups=few":              `"few" is not a whole number`,
		"process_name=a b":                        `a program's name cannot contain " "`,
		"process_name=":                           "the program has no name",
		"process_name=%(ENV_SPACE)s":              `a program's name cannot contain " "`,
		"numprocs=40000":                          "40000 is not in the range -32768 to 32768",
		"numprocs=2":                              "with several processes, process_name must be set and contain %(process_num), such as %(program_name)s_%(process_num)02d",
		"stopsignal=TERM:x":                       `"x" is not a whole number`,
		"stopsignal=TERM:":                        `"" is not a whole number`,
		"restartpause=-1":                         `"-1" is neither a number of seconds nor a duration such as 500ms, 30s or 2m`,
		"restart_limit=10":                        `"10" is neither N/TIME, such as 10/5m, nor off`,
		"restart_limit=0/5m":                      `0 is not in the range 1 to 1000`,
		"restart_limit=3/x":                       `"x" is neither a number of seconds nor a duration such as 500ms, 30s or 2m`,
		"restart_limit=3/0":                       `the time of "3/0" is 0`,
		"restart_max_delay=soon":                  `"soon" is neither a number of seconds nor a duration such as 500ms, 30s or 2m`,
		"critical=maybe":                          `"maybe" is neither true nor false`,
		"type=forking":                            `"forking" is neither simple nor oneshot`,
		"once=daily":                              `"daily" is none of always, per-image, per-volume`,
		"once=per-image":                          "it needs type = oneshot, and no schedule",
		"type=simple\nonce_files=a":               "it needs type = oneshot, and no schedule",
		"schedule=@daily\nonce=always":            "it needs type = oneshot, and no schedule",
		"type=oneshot\nonce=per-volume":           "per-volume needs once_dir, a directory on the volume",
		"type=oneshot\nready=tcp::80":             "a oneshot is ready when it has ended",
		"type=oneshot\nautorestart=true":          "a oneshot that is always started again never ends; unexpected tries again after a failure",
		"schedule=* * *":                          `"* * *" is no schedule such as "*/5 * * * *" (minute, hour, day of month, month, day of week) or @hourly: expected 5 to 6 fields, found 3: [* * *]`,
		"schedule=0 0 31 2 *":                     `"0 0 31 2 *" is no schedule such as "*/5 * * * *" (minute, hour, day of month, month, day of week) or @hourly: there is no such day`,
		"schedule=TZ=UTC * * * * *":               "the time zone is said by schedule_timezone",
		"schedule=@daily\nschedule_timezone=Mars": noZone("Mars", zoneDirs[:]).Error(),
		"schedule=@daily\nschedule_overlap=x":     `"x" is none of skip, queue, restart`,
		"schedule_jitter=5":                       "it needs a schedule",
		"stdout_logfile=/no/such/dir/a":           `there is no directory "/no/such/dir" for "a"; make it, or choose another one`,
		"stderr_logfile=AUTO,":                    `a name is missing in "AUTO,"`,
		"stdout_logfile=~nosuchuser/a":            `no user "nosuchuser" in /etc/passwd; a number needs no entry there`,
		"stdout_logfile=syslog @loghost":          `"loghost" is not HOST or HOST:PORT with a numeric address or localhost, such as udp:127.0.0.1:514`,
		"stdout_syslog=x":                         `"x" is neither true nor false`,
		"stderr_events_enabled=x":                 `"x" is neither true nor false`,
		"rlimit_nofile=2:1":                       `the soft limit is over the hard one in "2:1"`,
		"rlimit_nofile=-1":                        "-1 is not in the range 0 to 9223372036854775807",
		"rlimit_core=-1":                          "a limit cannot be below 0; write unlimited for none",
		"rlimit_core=1X":                          `"1X" is not a size such as 1024, 512KB, 50MB or 1GB`,
		"nice=20":                                 "20 is not in the range -20 to 19",
		"oom_score_adj=-1001":                     "-1001 is not in the range -1000 to 1000",
		"no_new_privs=x":                          `"x" is neither true nor false`,
		"capabilities=NET_BIND_SERVIC":            `unknown capability "NET_BIND_SERVIC" (did you mean NET_BIND_SERVICE?)`,
		"capabilities=":                           `no capability is named; write "none" to take all away`,
		"socket=unix://run/a":                     `"unix://run/a" is neither unix:///PATH nor tcp://HOST:PORT`,
		"socket=tcp://:80":                        `"tcp://:80" is neither unix:///PATH nor tcp://HOST:PORT`,
		"socket=tcp://web:80":                     `"tcp://web:80" is not tcp://HOST:PORT with a numeric address or localhost, such as tcp://127.0.0.1:9000`,
		"socket_backlog=0":                        "0 is not in the range 1 to 65535",
		"socket_mode=9":                           `"9" is not an octal number such as 022`,
		"socket_owner=nosuchuser":                 `no user "nosuchuser" in /etc/passwd; a number needs no entry there`,
		"restart_directory_monitor=/nope":         `"/nope" is not an existing directory`,
		"restart_file_pattern=[a":                 `"[a" is not a pattern such as *.py: a bracket has no end, or nothing follows a backslash`,
		"restart_when_binary_changed=x":           `"x" is neither true nor false`,
		"restart_signal_when_binary_changed=TREM": `unknown signal "TREM" (did you mean TERM?)`,
		"restart_signal_when_file_changed=HUP:2":  "no time may follow these signals, because all of them are sent at once",
		"env_allow=PATH,":                         `"" is neither the name of a variable nor a pattern such as DB_*`,
		"env_allow=DB_[":                          `"DB_[" is neither the name of a variable nor a pattern such as DB_*`,
		"env_allow=A=1":                           `"A=1" is neither the name of a variable nor a pattern such as DB_*`,
		"envfiles=,a":                             `a name is missing in ",a"`,
	} {
		t.Run(key, func(t *testing.T) {
			text := "[program:web]\n" + key
			if !strings.HasPrefix(key, "command=") {
				text = "[program:web]\ncommand=a\n" + key
			}
			_, _, err := loadText(t, text)
			// The last key is the wrong one.
			last, line := key[strings.LastIndexByte(key, '\n')+1:], strings.Count(text, "\n")+1
			name := last[:strings.IndexByte(last, '=')]
			wantErrors(t, err, fmt.Sprintf("app.conf:%d: [program:web] %s: %s", line, name, want))
		})
	}
}

// TestWarnings has, for each key, all the warnings that it gives.
func TestWarnings(t *testing.T) {
	const none = ""
	for key, want := range map[string]string{
		"stdout_logfile=/dev/stdout\nstdout_logfile_maxbytes=0": none,
		"stdout_logfile_maxbytes=50MB":                          none,
		"process_name=%(program_name)s_%(process_num)02d":       none,
		"stopsignl=INT":    "unknown key (did you mean stopsignal?)",
		"Frobnicate=yes":   "unknown key",
		"events=TICK_5":    "it has no meaning here, only in [eventlistener:x]",
		"buffer_size=10":   "it has no meaning here, only in [eventlistener:x]",
		"socket_mode=0700": "it has no effect without socket",
		"stderr_logfile=AUTO\nredirect_stderr=true": "it has no effect, because redirect_stderr is true",
		"stderr_logfile=NONE\nredirect_stderr=true": none,
		"stdout_logfile=memory":                     "memory is not supported, a file as of AUTO is used",
		"command=sh -c \"a ; b\n  c\"":              "a comment begins inside of quotation marks (line 3): \" ;\" and \" #\" always begin one; take the blank before it away, or put the text into a script",
		"pre_start_hook=x":                          none,
		"pre_stop_hook=http://h/":                   "only a command is understood, and this hook is left out: write pre_stop with a command that asks there, such as curl -fsS or nc -z",
		"liveness_check_script=x":                   "not supported",
		"cron=* * * * *":                            none,
		"type=oneshot\nonce=per-image":              none,
		"conf_file=x":                               "not supported",
		"restart_cmd_when_file_changed=x":           "not supported",
		"syslog_tag=x":                              "not supported",
		"killwaitsecs=2":                            "not supported",
	} {
		t.Run(key, func(t *testing.T) {
			c := mustLoad(t, "[program:web]\ncommand=a\n"+key)
			name, _, _ := strings.Cut(key, "=")
			if want != none {
				want = "app.conf:3: [program:web] " + strings.ToLower(name) + ": " + want
			}
			if got := strings.Join(c.Warnings, "\n"); got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
		})
	}
}

// TestSwallowedLine: what an indentation has made a part of another value.
func TestSwallowedLine(t *testing.T) {
	c := mustLoad(t, "[program:web]\ncommand=a\n autostart = false\n [program:api]\n other = 1\nenvironment=A=1,\n  B=2\n")
	want := []string{
		`app.conf:2: [program:web] command: the line "autostart = false" is part of this value, because it is indented more than the key`,
		`app.conf:2: [program:web] command: the line "[program:api]" is part of this value, because it is indented more than the key`,
	}
	if got := strings.Join(c.Warnings, "\n"); got != strings.Join(want, "\n") {
		t.Errorf("got %s", got)
	}
	if len(c.Programs) != 1 || !c.Programs[0].Autostart {
		t.Error("supervisord's rule for continuation lines was not followed")
	}
}

func TestUser(t *testing.T) {
	if os.Geteuid() != 0 {
		missing(t, "root, to become someone else; see TestResolve")
	}
	if u := program(t, "command=a\nuser=12345").User; u == nil || u.UID != 12345 || u.GID != 0 {
		t.Errorf("got %+v", u)
	}
	if u := program(t, "command=a\nuser=root").User; u != nil {
		t.Errorf("we are root already, got %+v", u)
	}
}

func TestResolve(t *testing.T) {
	dir := t.TempDir()
	passwd, group := dir+"/passwd", dir+"/group"
	write(t, passwd, "root:x:0:0:root:/root:/bin/sh\nweb:x:33:33::/var/www:/bin/false\n")
	write(t, group, "root:x:0:\nweb:x:33:\nlogs:x:40:web,other\nmail:x:8:web\n")
	root, web, other := identity{0, 0}, identity{33, 33}, identity{1000, 1000}
	for _, c := range []struct {
		me         identity
		spec, want string
	}{
		{root, "web", "&{web 33 33 [33 40 8]}"},
		{root, "33", "&{33 33 33 [33 40 8]}"},
		{root, "web:logs", "&{web:logs 33 40 [40]}"},
		{root, "web:4711", "&{web:4711 33 4711 [4711]}"},
		{root, "4711", "&{4711 4711 0 [0]}"},
		{root, "root", "<nil>"},
		{root, "root:web", "&{root:web 0 33 [33]}"},
		{web, "web", "<nil>"},
		{web, "33", "<nil>"},
		{web, "web:web", "<nil>"},
		{other, "1000", "<nil>"},
		{web, "web:logs", `cannot become "web:logs" (33:40): we run as 33:33, and only root can change that; remove the key, or start the container as root`},
		{other, "web", `cannot become "web" (33:33): we run as 1000:1000, and only root can change that; remove the key, or start the container as root`},
		{root, "nope", `no user "nope" in ` + passwd + "; a number needs no entry there"},
		{root, "web:nope", `no group for "web:nope" in ` + group + "; a number needs no entry there"},
	} {
		u, err := c.me.resolve(c.spec, &accounts{passwd: passwd, group: group})
		got := fmt.Sprint(u)
		if err != nil {
			got = err.Error()
		}
		if got != c.want {
			t.Errorf("%s as %d: got %s, want %s", c.spec, c.me.uid, got, c.want)
		}
	}
	if u, err := root.resolve("4711", &accounts{passwd: dir + "/none", group: dir + "/none"}); err != nil || u.UID != 4711 {
		t.Errorf("without /etc/passwd: %v, %v", u, err)
	}
}
