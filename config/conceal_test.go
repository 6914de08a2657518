package config

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
)

// TestConceal: no finding shows what a variable has put into a value.
func TestConceal(t *testing.T) {
	const db = "postgres://app:Geheim-Wort@db:5432/shop?sslmode=off"
	for _, c := range []struct{ keys, want string }{
		{"ready = %(ENV_DB)s", `ready: "%(ENV_DB)s" is none of unix:/PATH, `},
		{"ready = http:%(ENV_DB)s", `ready: "%(ENV_DB)s" is not HOST:PORT/PATH with`},
		{"ready = tcp:%(ENV_DB)s:x", `ready: "%(ENV_DB)s:x" is not HOST:PORT`},
		{"ready = http://%(ENV_LOGIN)s@db/", `ready: "%(ENV_LOGIN)s@db/" is not HOST:PORT/PATH`},
		{"ready = unix:%(ENV_PASSWORD)s", `ready: the socket "%(ENV_PASSWORD)s" is not an absolute path`},
		{"live = %(ENV_DB)s\nready = notify", `live: "%(ENV_DB)s" is none of`},
		{"priority = %(ENV_PASSWORD)s", `priority: "%(ENV_PASSWORD)s" is not a whole number`},
		{"priority = 1%(ENV_NUMBER)s", `priority: 1%(ENV_NUMBER)s is not in the range`},
		{"priority = %(ENV_QUOTES)s", `priority: "%(ENV_QUOTES)s" is not a whole number`},
		{"stopsignal = %(ENV_PASSWORD)s", `stopsignal: unknown signal "%(ENV_PASSWORD)s"`},
		{"user = %(ENV_PASSWORD)s", `user: no user "%(ENV_PASSWORD)s" in`},
		{"environment = A=1 %(ENV_PASSWORD)s", `environment: "=" is missing after "%(ENV_PASSWORD)s"`},
		{"environment = \"%(ENV_PASSWORD)s\"=1", `environment: `},
		{"envFiles = %(ENV_PASSWORD)s", `envfiles: cannot read "`},
		{"depends_on = %(ENV_PASSWORD)s", `depends_on: no program is named "%(ENV_PASSWORD)s"`},
		{"socket = %(ENV_DB)s", `socket: "%(ENV_DB)s" is neither unix`},
		{"schedule = %(ENV_PASSWORD)s", `schedule: "%(ENV_PASSWORD)s" is no schedule such as`},
		{"schedule = %(ENV_WORDS)s", `schedule: it cannot be used with the value of %(ENV_WORDS)s, which is not shown`},
		{"stdout_logfile = /none/%(ENV_PASSWORD)s/out.log", `stdout_logfile: there is no directory "/none/%(ENV_PASSWORD)s" for "out.log"`},
		{"capabilities = %(ENV_PASSWORD)s", `capabilities: unknown capability "%(ENV_PASSWORD)s"`},
		{"profile = %(ENV_PASSWORD)s", `profile: `},
		{"autorestart = %(ENV_PASSWORD)s", `autorestart: "%(ENV_PASSWORD)s" is none of true, false and unexpected`},
		{"max_memory = %(ENV_PASSWORD)s", `max_memory: `},
		{"startsecs = %(ENV_UNSET:-soon)s", `startsecs: "soon" is not a whole number`}, // it stands in the file
		{"startsecs = %(program_name)s", `startsecs: "web" is not a whole number`},
		{"socket = tcp://127.0.0.1:9000\nsocket_mode = %(ENV_PASSWORD)s", `socket_mode: "%(ENV_PASSWORD)s" is not an octal number`},
		{"[group:g]\nprograms = %(ENV_PASSWORD)s", `programs: no program is named "%(ENV_PASSWORD)s"`},
		{"[supervisord]\nidentifier = %(ENV_DB)s", `identifier: "%(ENV_DB)s" cannot be an identifier`},
		{"[supervisord]\nchildlogdir = /x/%(ENV_DB)s", `childlogdir: "/x/%(ENV_DB)s" is not an existing directory`},
		{"[inet_http_server]\nport = %(ENV_DB)s", `port: "%(ENV_DB)s" is not HOST:PORT`},
		{"[inet_http_server]\nport = %(ENV_HOST)s:9001", `[inet_http_server]: %(ENV_HOST)s:9001 can be reached`},
		{"[entrypoint]\nsignal_map = %(ENV_PASSWORD)s", `signal_map: "%(ENV_PASSWORD)s" is not SIGNAL = ACTION`},
		{"[entrypoint]\nwait_for = %(ENV_DB)s,%(ENV_PASSWORD)s", `wait_for: `},
		{"[include]\nfiles = %(ENV_PASSWORD)s/*.conf", `files: no file matches "%(ENV_PASSWORD)s/*.conf"`},
	} {
		t.Run(c.keys, func(t *testing.T) {
			dir := t.TempDir()
			write(t, filepath.Join(dir, "app.conf"), "[program:web]\ncommand = x\n"+c.keys+"\n[program:other]\ncommand = x\nstartsecs = no\n")
			cfg, err := Load(&Options{File: "app.conf", Dir: dir, Env: []string{
				"DB=" + db, "LOGIN=app:Geheim-Wort", "PASSWORD=Geheim-Wort", "NUMBER=23456789012", "QUOTES=\"Geheim\"\n\\Wort",
				"WORDS=Geheim-Wort  geheim-wort", "HOST=geheim.wort.example",
			}})
			said := fmt.Sprint(err)
			if cfg != nil {
				said += strings.Join(cfg.Warnings, "\n")
			}
			if !strings.Contains(said, c.want) && !strings.Contains(c.keys, "[include]") {
				t.Errorf("got\n%s\nwant %s", said, c.want)
			}
			for _, secret := range []string{"geheim", "wort", "23456789012"} {
				if strings.Contains(strings.ToLower(said), secret) {
					t.Errorf("%q is told:\n%s", secret, said)
				}
			}
		})
	}
}

// TestConcealProbe: nor does a message about a good probe.
func TestConcealProbe(t *testing.T) {
	p := program(t, "command = x\nready = exec:ask --password %(ENV_QUOTE)s\nlive = http://127.0.0.1:%(ENV_PORT)s/?%(ENV_HOME)s")
	if got := p.Ready.String() + " " + p.Live.String(); got != "exec:ask --password %(ENV_QUOTE)s http://127.0.0.1:%(ENV_PORT)s/?%(ENV_HOME)s" {
		t.Error(got)
	}
	if p.Ready.Command[2] != "it's" || p.Live.Request != "/?/root" {
		t.Errorf("%+v %+v", p.Ready, p.Live)
	}
}

// TestConcealWaitFor: a password with a comma in it is cut there, and its end looks
// like another server.
func TestConcealWaitFor(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "app.conf"), "[program:web]\ncommand = x\n")
	for _, tail := range []string{"Xyzzy@db/shop", "Xy:zzy@db/shop", "Xy$:zzy@db"} {
		_, err := Load(&Options{File: "app.conf", Dir: dir, Env: []string{"ENTRYPOINT_WAIT_FOR=postgres://app:Geheim," + tail}})
		if err == nil || !strings.Contains(err.Error(), "ENTRYPOINT_WAIT_FOR: number 2 ") || strings.Contains(strings.ToLower(err.Error()), "xy") ||
			strings.Contains(err.Error(), "zzy@") {
			t.Errorf("%s: %v", tail, err)
		}
	}
}

// TestConcealCommand: nor do commands that are shown.
func TestConcealCommand(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "app.conf"), "[program:web]\ncommand = web --db %(ENV_DB)s --port %(ENV_PORT)s\n")
	c, err := Load(&Options{File: "app.conf", Dir: dir, Env: []string{"DB=postgres://app:Geheim@db", "PORT=80"}})
	if err != nil {
		t.Fatal(err)
	}
	// A value of less than four bytes is no secret, and stands in many texts by chance.
	if got := c.Conceal(strings.Join(c.Programs[0].Command, " ")); got != "web --db %(ENV_DB)s --port 80" {
		t.Error(got)
	}
}
