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
			list = append(list, StopSignal{sig, wait})
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
		{"stopasgroup=yes", func(p *Program) any { return p.StopAsGroup }, true},
		{"ready=unix:/run/a.sock", func(p *Program) any { return p.Ready }, Probe{"unix", "/run/a.sock"}},
		{"ready=unix:@a", func(p *Program) any { return p.Ready }, Probe{"unix", "@a"}},
		{"ready=tcp::8000", func(p *Program) any { return p.Ready }, Probe{"tcp", "127.0.0.1:8000"}},
		{"ready=tcp:localhost:%(ENV_PORT)s", func(p *Program) any { return p.Ready }, Probe{"tcp", "127.0.0.1:8000"}},
		{"ready=tcp:[::]:80", func(p *Program) any { return p.Ready }, Probe{"tcp", "[::1]:80"}},
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
		"command=":                         "the command is empty",
		"command=a \"b":                    `no closing quotation mark ("); " ;" and " #" begin a comment even inside of quotes`,
		"command=a %(nope)s":               "unknown name in %(nope)s (known here: ENV_..., here, host_node_name, program_name, group_name, process_num, numprocs)",
		"command=a %(ENV_NOPE)s":           "the environment has no NOPE; %(ENV_NOPE:-value)s would give it a default",
		"command=date +%s":                 `"%" must be written "%%", or begin %(name)s`,
		"directory=%(process_num":          `"%(" has no ")"`,
		"priority=%(process_num)d":         "unknown name in %(process_num)s (known here: ENV_..., here, host_node_name, program_name, group_name)",
		"priority=1.5":                     `"1.5" is not a whole number`,
		"autostart=maybe":                  `"maybe" is neither true nor false`,
		"autorestart=always":               `"always" is none of true, false and unexpected`,
		"exitcodes=0,":                     `"" is not an exit code from 0 to 255`,
		"exitcodes=256":                    `"256" is not an exit code from 0 to 255`,
		"startsecs=1s":                     `"1s" is not a whole number`,
		"startretries=-1":                  "-1 is not in the range 0 to 2147483647",
		"stopsignal=TREM":                  `unknown signal "TREM" (did you mean TERM?)`,
		"stopsignal=":                      "no signal is named",
		"stopsignal=TERM 65":               "no signal has the number 65 (1 to 64)",
		"stopwaitsecs=":                    `"" is not a whole number`,
		"stopwaitsecs=-1":                  "-1 is not in the range 0 to 1073741824",
		"stopasgroup=2":                    `"2" is neither true nor false`,
		"stopasgroup=true\nkillasgroup=no": "cannot be false while stopasgroup is true",
		"user=nosuchuser":                  `no user "nosuchuser" in /etc/passwd; a number needs no entry there`,
		"user=":                            "the user is empty",
		"environment=A":                    `"=" is missing after "A"; a value with spaces needs quotes, and pairs have the form KEY="value"`,
		"depends_on=a:running":             `"a:running": only ":ready" can follow a name`,
		"depends_on=a,,b":                  `a name is missing in "a,,b"`,
		"depends_on=wbe":                   `no program is named "wbe" (did you mean web?)`,
		"depends_on=web":                   "these programs wait for each other: web -> web",
		"ready=/run/a.sock":                `"/run/a.sock" is neither unix:/PATH nor tcp:HOST:PORT`,
		"ready=unix:a.sock":                `the socket "a.sock" is not an absolute path`,
		"ready=tcp:example.com:80":         `"example.com:80" is not HOST:PORT with a numeric address or localhost, such as 127.0.0.1:8000`,
		"ready=tcp:127.0.0.1:0":            `"127.0.0.1:0" is not HOST:PORT with a numeric address or localhost, such as 127.0.0.1:8000`,
		"umask=088":                        `"088" is not an octal number such as 022`,
		"numprocs=two":                     `"two" is not a whole number`,
		"numprocs_start=-1":                "-1 is not in the range 0 to 2147483647",
		"redirect_stderr=oui":              `"oui" is neither true nor false`,
		"stdout_logfile_maxbytes=10M":      `"10M" is not a size such as 1024, 512KB, 50MB or 1GB`,
		"stderr_capture_maxbytes=1.5MB":    `"1.5MB" is not a size such as 1024, 512KB, 50MB or 1GB`,
		"stdout_logfile_backups=few":       `"few" is not a whole number`,
	} {
		t.Run(key, func(t *testing.T) {
			text := "[program:web]\n" + key
			if !strings.HasPrefix(key, "command=") {
				text = "[program:web]\ncommand=a\n" + key
			}
			_, _, err := loadText(t, text)
			name, line := key[:strings.IndexByte(key, '=')], strings.Count(text, "\n")+1
			if last := strings.LastIndexByte(key, '\n'); last >= 0 {
				name = "killasgroup"
			}
			wantErrors(t, err, fmt.Sprintf("app.conf:%d: [program:web] %s: %s", line, name, want))
		})
	}
}

// TestWarnings has, for each key, all the warnings that it gives.
func TestWarnings(t *testing.T) {
	const none, idle, log = "", "no effect yet", "no effect yet, the output goes to the container's log"
	for key, want := range map[string]string{
		"stdout_logfile=/dev/stdout\nstdout_logfile_maxbytes=0":    none,
		"stdout_logfile=/dev/fd/1\nstdout_logfile_maxbytes=0":      none,
		"stderr_logfile=/proc/self/fd/2\nstderr_logfile_backups=1": none,
		"stdout_logfile=/dev/stderr":                               log,
		"stdout_logfile=/var/log/%(program_name)s.log":             log,
		"stderr_logfile=NONE":                                      log,
		"stdout_logfile_maxbytes=50MB":                             none,
		"stdout_logfile_maxbytes=-1 gb":                            none,
		"redirect_stderr=true":                                     idle,
		"redirect_stderr=false":                                    none,
		"stdout_capture_maxbytes=0":                                none,
		"stdout_capture_maxbytes=1MB":                              idle,
		"stderr_events_enabled=on":                                 idle,
		"stdout_syslog=true":                                       idle,
		"process_name=%(program_name)s":                            none,
		"process_name=%(program_name)s_%(process_num)02d":          idle,
		"numprocs=1":         none,
		"numprocs=4":         "no effect yet, one process is started",
		"killasgroup=true":   none,
		"umask=0o22":         idle,
		"serverurl=AUTO":     none,
		"serverurl=http://x": idle,
		"stopsignl=INT":      "unknown key (did you mean stopsignal?)",
		"Frobnicate=yes":     "unknown key",
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
		t.Skip("needs root to become someone else; see TestResolve")
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
		u, err := c.me.resolve(c.spec, passwd, group)
		got := fmt.Sprint(u)
		if err != nil {
			got = err.Error()
		}
		if got != c.want {
			t.Errorf("%s as %d: got %s, want %s", c.spec, c.me.uid, got, c.want)
		}
	}
	if u, err := root.resolve("4711", dir+"/none", dir+"/none"); err != nil || u.UID != 4711 {
		t.Errorf("without /etc/passwd: %v, %v", u, err)
	}
}
