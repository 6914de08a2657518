package config

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
)

// TestTargets: the values of stdout_logfile and stderr_logfile.
func TestTargets(t *testing.T) {
	file := func(path string) []Target { return []Target{{Kind: TargetFile, Path: path}} }
	stdout, stderr, auto, syslog := Target{Kind: TargetStdout}, Target{Kind: TargetStderr}, Target{Kind: TargetAuto}, Target{Kind: TargetSyslog}
	for in, want := range map[string][]Target{
		"":                     nil,
		"NONE":                 nil,
		"off":                  nil,
		"/dev/null":            nil,
		"Auto":                 {auto},
		"/dev/stdout":          {stdout},
		"/dev/stderr":          {stderr},
		"/dev/fd/1":            {stdout},
		"/proc/self/fd/2":      {stderr},
		"syslog":               {syslog},
		"/tmp/a b.log":         file("/tmp/a b.log"),
		"rel.log":              file("DIR/rel.log"),
		"~/a.log":              file("/root/a.log"),
		"/tmp/a%%b.log":        file("/tmp/a%b.log"),
		"/tmp/a%%%%b.log":      file("/tmp/a%b.log"),
		"/tmp/%%(here)s":       file("/tmp/%(here)s"),
		"/tmp/%(ENV_COMMA)s":   file("/tmp/a,b"),
		"/tmp/%(ENV_PERCENT)s": file("/tmp/50%"),
		"/tmp/%(ENV_TWO)s%%%%": file("/tmp/50%%%"),
		"/tmp/%(program_name)s-%(process_num)d.log": file("/tmp/web-0.log"),
		"/tmp/a, /dev/stdout,/dev/fd/1":             {{Kind: TargetFile, Path: "/tmp/a"}, stdout},
		"AUTO,syslog @127.0.0.1":                    {auto, {Kind: TargetSyslog, Path: "udp:127.0.0.1:514"}},
		"syslog@udp:localhost:1514":                 {{Kind: TargetSyslog, Path: "udp:127.0.0.1:1514"}},
		"Syslog @tcp:10.1.2.3":                      {{Kind: TargetSyslog, Path: "tcp:10.1.2.3:6514"}},
		"syslog @tcp:[::1]":                         {{Kind: TargetSyslog, Path: "tcp:[::1]:6514"}},
		"syslog @[::1]:5":                           {{Kind: TargetSyslog, Path: "udp:[::1]:5"}},
		"none,/dev/null":                            nil,
		"%(ENV_NOPE:-/dev/stdout)s":                 {stdout},
	} {
		for _, stream := range []string{"stdout", "stderr"} {
			dir := t.TempDir()
			write(t, dir+"/app.conf", "[program:web]\ncommand=a\n"+stream+"_logfile="+in)
			c, err := Load(&Options{File: "app.conf", Dir: dir, Env: append(testEnv(), "TWO=50%%")})
			if err != nil {
				t.Error(err)
				continue
			}
			got := c.Programs[0].Stdout.Targets
			if stream == "stderr" {
				got = c.Programs[0].Stderr.Targets
			}
			if s := strings.ReplaceAll(fmt.Sprint(got), dir, "DIR"); s != fmt.Sprint(want) {
				t.Errorf("%s_logfile=%s: got %s, want %v", stream, in, s, want)
			}
		}
	}
}

// TestLogDirectory: relative logs begin where entry-point runs.
func TestLogDirectory(t *testing.T) {
	c := mustLoad(t, "[supervisord]\ndirectory=/usr\n[program:a]\ncommand=a\nstdout_logfile=lib/a.log")
	if got := c.Programs[0].Stdout.Targets[0].Path; got != "/usr/lib/a.log" {
		t.Error(got)
	}
}

func TestListener(t *testing.T) {
	c := mustLoad(t, "[program-default]\nautorestart=true\n[eventlistener:l]\ncommand=l\nevents=process_state, TICK_60,Tick_60\nbuffer_size=3\npriority=5\n"+
		"numprocs=2\nprocess_name=%(process_num)d\nstdout_logfile=AUTO\nstdout_capture_maxbytes=1KB\nstdout_events_enabled=1\nstderr_capture_maxbytes=1KB\n"+
		"result_handler=supervisor.dispatchers:default_handler\n[eventlistener:m]\ncommand=m\nevents=EVENT\nresult_handler=a:b\n")
	l0, l1, m := c.Programs[1], c.Programs[2], c.Programs[0]
	if want := (Pool{Name: "l", Events: []string{"PROCESS_STATE", "TICK_60"}, BufferSize: 3, Priority: 5}); !reflect.DeepEqual(*l0.Pool, want) || l0.Pool != l1.Pool {
		t.Errorf("got %+v, %p and %p", *l0.Pool, l0.Pool, l1.Pool)
	}
	if l0.GroupPriority != 5 || l0.Autorestart != RestartUnexpected || l0.Stdout.Capture != 0 || l0.Stdout.Events || l0.Stderr.Capture != 1024 {
		t.Errorf("%+v", l0)
	}
	if m.GroupPriority != -1 || m.Pool.BufferSize != 10 || m.Pool.Priority != -1 || m.Stdout.Targets != nil || m.Stderr.Targets[0].Kind != TargetStderr {
		t.Errorf("%+v", m)
	}
	if got := strings.Join(c.Warnings, "\n"); got != "app.conf:18: [eventlistener:m] result_handler: not supported, because it is code for supervisord: every result of this listener counts as OK" {
		t.Error(got)
	}
	if !m.Pool.AnyResult || l0.Pool.AnyResult {
		t.Error("whose results are judged?")
	}
	// What supervisor_stdout is for, log_format does.
	c = mustLoad(t, "[eventlistener:stdout]\ncommand=l\nevents=PROCESS_LOG\nautostart=true\nresult_handler = supervisor_stdout:event_handler\n")
	if p := c.Programs[0]; p.Autostart || p.Pool.Events != nil {
		t.Errorf("%+v %+v", p, p.Pool)
	}
	if len(c.Warnings) != 1 || !strings.Contains(c.Warnings[0], "app.conf:5: [eventlistener:stdout] result_handler: not supported") || !strings.Contains(c.Warnings[0], "log_format = prefix") {
		t.Errorf("%q", c.Warnings)
	}
	for key, want := range map[string]string{
		"events=TIKC_5":                      `app.conf:4: [eventlistener:l] events: there is no event type "TIKC_5" (did you mean TICK_5?)`,
		"events=":                            `app.conf:4: [eventlistener:l] events: there is no event type ""`,
		"events=EVENT,":                      `app.conf:4: [eventlistener:l] events: there is no event type ""`,
		"buffer_size=0\nevents=EVENT":        "app.conf:4: [eventlistener:l] buffer_size: 0 is not in the range 1 to 2147483647",
		"redirect_stderr=true\nevents=EVENT": "app.conf:4: [eventlistener:l] redirect_stderr: an event listener speaks the protocol on its stdout, which stderr would disturb",
	} {
		_, _, err := loadText(t, "[supervisord]\n[eventlistener:l]\ncommand=l\n"+key)
		wantErrors(t, err, want)
	}
}

func TestSockets(t *testing.T) {
	c := mustLoad(t, `[group:g]
programs=f
[fcgi-program:f]
command=f
process_name=f%(process_num)d
numprocs=2
socket=unix:///tmp/%(program_name)s.sock
socket_mode=0777
[program:a]
command=a
socket=tcp://127.0.0.1:9000
[program:b]
command=b
socket=tcp://localhost:9000
`)
	a, b, f0, f1 := c.Programs[0].Socket, c.Programs[1].Socket, c.Programs[2].Socket, c.Programs[3].Socket
	if a != b || f0 != f1 || *f0 != (Socket{URL: "unix:///tmp/f.sock", Mode: 0o777}) || *a != (Socket{URL: "tcp://127.0.0.1:9000", Activate: true}) {
		t.Errorf("%+v %+v %+v %+v", a, b, f0, f1)
	}
	_, _, err := loadText(t, `[program:a]
command=a
socket=unix:///tmp/a
[program:b]
command=b
socket=unix:///tmp//a
socket_backlog=3
[fcgi-program:c]
command=c
socket=unix:///tmp/a
[program:d]
command=d
socket=tcp://*:1
socket_mode=0700
`)
	wantErrors(t, err,
		"app.conf:6: [program:b] socket: the socket unix:///tmp/a has other settings in [program:a] at app.conf:3",
		"app.conf:10: [fcgi-program:c] socket: the socket unix:///tmp/a has other settings in [program:a] at app.conf:3",
		"app.conf:14: [program:d] socket_mode: only a unix socket has that")
}

// TestOwner of sockets: the group need not change.
func TestOwner(t *testing.T) {
	dir := t.TempDir()
	passwd, group := dir+"/passwd", dir+"/group"
	write(t, passwd, "root:x:0:0:root:/root:/bin/sh\nweb:x:33:33::/var/www:/bin/false\n")
	write(t, group, "root:x:0:\nweb:x:33:\nlogs:x:40:web\n")
	root, web := identity{0, 0}, identity{33, 33}
	for _, c := range []struct {
		me         identity
		spec, want string
	}{
		{root, "web", "&{web 33 4294967295 []}"},
		{root, "web:logs", "&{web:logs 33 40 []}"},
		{root, "4711:4712", "&{4711:4712 4711 4712 []}"},
		{root, "root", "<nil>"},
		{root, "root:web", "&{root:web 0 33 []}"},
		{web, "web", "<nil>"},
		{web, "web:web", "<nil>"},
		{web, "root", `cannot give a socket to "root": we run as 33:33, and only root can do that; remove the key, or start the container as root`},
		{root, "", "the owner is empty"},
	} {
		u, err := c.me.owner(c.spec, &accounts{passwd: passwd, group: group})
		got := fmt.Sprint(u)
		if err != nil {
			got = err.Error()
		}
		if got != c.want {
			t.Errorf("%s as %d: got %s, want %s", c.spec, c.me.uid, got, c.want)
		}
	}
}
