package profile

import (
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// told is what a profile says, on one line.
func told(p *Profile) string {
	if p == nil {
		return "-"
	}
	short := func(sig syscall.Signal) string { return strings.TrimPrefix(unix.SignalName(sig), "SIG") }
	text := p.Name
	for _, sig := range p.Stop {
		text += " " + short(sig)
	}
	for _, pair := range []struct {
		what string
		sig  syscall.Signal
	}{{"pause", p.Pause}, {"reload", p.Reload}, {"reopen", p.Reopen}} {
		if pair.sig != 0 {
			text += ", " + pair.what + " " + short(pair.sig)
		}
	}
	if p.NoReload != "" {
		text += ", " + p.NoReload
	}
	if p.Network != "" {
		text += ", " + p.Network + ":" + p.Address
	}
	for _, f := range p.Findings {
		if f.Severity == Refusal {
			text += ", refused"
		}
	}
	return text
}

// words splits a command at blanks; "|" stands for a blank inside of a word.
func words(command string) []string {
	argv := strings.Fields(command)
	for i := range argv {
		argv[i] = strings.ReplaceAll(argv[i], "|", " ")
	}
	return argv
}

// TestRecognised: the table, one line for each way of writing.
func TestRecognised(t *testing.T) {
	dir := t.TempDir()
	const (
		gunicorn = "gunicorn TERM QUIT, reload HUP, reopen USR1"
		celery   = "celery TERM QUIT, reload HUP"
		unicorn  = "unicorn QUIT TERM, reload HUP, reopen USR1"
		fpm      = "php-fpm QUIT TERM, reload USR2, reopen USR1"
		haproxy  = "haproxy USR1 TERM"
		apache   = "apache WINCH TERM, reload USR1, reopen USR1"
	)
	for command, want := range map[string]string{
		"sleep 10":                              "-",
		"python3 app.py":                        "-",
		"python3 -c gunicorn":                   "-",
		"python3":                               "-",
		"gunicorn --version":                    "-",
		"nginx -t":                              "-",
		"nginx -c /gone":                        "nginx QUIT TERM, reload HUP, reopen USR1",
		"openresty -p /gone/ -c x -g daemon|on": "nginx QUIT TERM, reload HUP, reopen USR1",

		"gunicorn app:app":                                gunicorn + ", tcp:127.0.0.1:8000",
		"/srv/venv/bin/gunicorn -b :5000 app:app":         gunicorn + ", tcp:127.0.0.1:5000",
		"gunicorn3 --bind=0.0.0.0:5000 app:app":           gunicorn + ", tcp:127.0.0.1:5000",
		"gunicorn -b[::]:5000 -b :1 app:app":              gunicorn + ", tcp:[::1]:5000",
		"gunicorn --bind unix:/run/app.sock app:app":      gunicorn + ", unix:/run/app.sock",
		"gunicorn -b unix:app.sock app:app":               gunicorn + ", unix:DIR/app.sock",
		"gunicorn -b unix:app.sock --chdir /srv app:app":  gunicorn,
		"gunicorn -b fd://3 app:app":                      gunicorn,
		"gunicorn -b web:5000 app:app":                    gunicorn,
		"gunicorn -c python:conf app:app":                 gunicorn,
		"gunicorn -c gone.py app:app":                     gunicorn,
		"gunicorn -D app:app":                             gunicorn + ", tcp:127.0.0.1:8000, refused",
		"python3 -m gunicorn app:app":                     gunicorn + ", tcp:127.0.0.1:8000",
		"python3.11 -u -W ignore -m gunicorn.app.wsgiapp": gunicorn + ", tcp:127.0.0.1:8000",
		"python -um gunicorn -b :1 app:app":               gunicorn + ", tcp:127.0.0.1:1",
		"env PORT=90 gunicorn app:app":                    gunicorn + ", tcp:127.0.0.1:90",
		"env GUNICORN_CMD_ARGS=-b|:7 gunicorn app:app":    gunicorn + ", tcp:127.0.0.1:7",
		"env GUNICORN_CMD_ARGS=-b|':7' gunicorn app:app":  gunicorn,
		"env GUNICORN_CMD_ARGS=--daemon gunicorn app:app": gunicorn + ", tcp:127.0.0.1:8000, refused",
		"env -i gunicorn app:app":                         "-",
		"env":                                             "-",
		"nice -n 5 ionice -c2 gunicorn -b :1 app":         gunicorn + ", tcp:127.0.0.1:1",
		"gosu app gunicorn -b :1 app":                     gunicorn + ", tcp:127.0.0.1:1",
		"gosu app:app":                                    "-",
		"su-exec app env A=1 gunicorn -b :1 app":          gunicorn + ", tcp:127.0.0.1:1",
		"setpriv --reuid 1 --clear-groups gunicorn -b :1": gunicorn + ", tcp:127.0.0.1:1",
		"runuser -u app -- gunicorn -b :1 app":            gunicorn + ", tcp:127.0.0.1:1",
		"tini -s -- gunicorn -b :1 app":                   gunicorn + ", tcp:127.0.0.1:1",
		"dumb-init --rewrite 15:3 gunicorn -b :1 app":     gunicorn + ", tcp:127.0.0.1:1",
		"poetry run gunicorn -b :1 app":                   gunicorn + ", tcp:127.0.0.1:1",
		"poetry install":                                  "-",
		"uv run --frozen -p 3.12 gunicorn -b :1 app":      gunicorn + ", tcp:127.0.0.1:1",
		"newrelic-admin run-program gunicorn -b :1 app":   gunicorn + ", tcp:127.0.0.1:1",
		"setsid gunicorn app":                             "-",
		"sh -c exec|gunicorn|-b|:1|app":                   gunicorn + ", tcp:127.0.0.1:1",
		"bash -e -c A=1|exec|gunicorn|-b|:1|app":          gunicorn + ", tcp:127.0.0.1:1",
		"sh -c exec|gunicorn|-b|:${PORT}|app":             gunicorn,
		"sh -c gunicorn|app":                              "-",
		"sh -c cd|/srv;exec|gunicorn|app":                 "-",
		"sh -c exec|gunicorn|app|>log":                    "-",
		"sh -c exec":                                      "-",
		"sh run.sh":                                       "-",
		"gosu app sh -c exec|python3|-m|gunicorn|-b|:1|a": gunicorn + ", tcp:127.0.0.1:1",
		"sh -c exec|sh|-c|gunicorn":                       "-",

		"uvicorn app:app":                              "uvicorn TERM INT, tcp:127.0.0.1:8000",
		"uvicorn --host 0.0.0.0 --port=80 app:app":     "uvicorn TERM INT, tcp:127.0.0.1:80",
		"uvicorn --host :: app:app":                    "uvicorn TERM INT, tcp:[::1]:8000",
		"uvicorn --uds app.sock app:app":               "uvicorn TERM INT, unix:DIR/app.sock",
		"uvicorn --fd 3 app:app":                       "uvicorn TERM INT",
		"uvicorn --port 0 app:app":                     "uvicorn TERM INT",
		"env UVICORN_PORT=9 uvicorn app:app":           "uvicorn TERM INT, tcp:127.0.0.1:9",
		"hypercorn app:app":                            "hypercorn TERM, tcp:127.0.0.1:8000",
		"hypercorn -b unix:/run/h app:app":             "hypercorn TERM, unix:/run/h",
		"hypercorn -c h.toml app:app":                  "hypercorn TERM",
		"waitress-serve app:app":                       "waitress INT TERM, tcp:127.0.0.1:8080",
		"waitress-serve-python3 --listen=*:90 app:app": "waitress INT TERM, tcp:127.0.0.1:90",
		"python3 -m waitress --port=9 app:app":         "waitress INT TERM, tcp:127.0.0.1:9",
		"waitress-serve --unix-socket=/run/w app:app":  "waitress INT TERM, unix:/run/w",
		"daphne app:app":                               "daphne TERM, tcp:127.0.0.1:8000",
		"daphne -u /run/d app:app":                     "daphne TERM, unix:/run/d",
		"daphne -b 0.0.0.0 -p 9 app:app":               "daphne TERM, tcp:127.0.0.1:9",
		"daphne -e ssl:443 app:app":                    "daphne TERM",

		"celery -A app worker":                            celery,
		"celery worker -A app":                            celery,
		"/usr/bin/python3 /usr/bin/celery -A app worker":  celery,
		"celery -A app worker --detach":                   celery + ", refused",
		"celery -A worker beat":                           "celery TERM",
		"celery multi start w1 -A app":                    "celery TERM QUIT, refused",
		"celery -A app inspect ping":                      "-",
		"rq worker high low":                              "rq TERM TERM",
		"python3 -m rq.cli worker -u redis://x":           "rq TERM TERM",
		"rq info":                                         "-",
		"puma":                                            "puma TERM, reload USR2",
		"bundle exec puma -p 3000":                        "puma TERM, reload USR2, tcp:127.0.0.1:3000",
		"ruby -W0 bin/puma -b tcp://0.0.0.0:80?backlog=9": "puma TERM, reload USR2, tcp:127.0.0.1:80",
		"puma -b unix:///run/puma.sock":                   "puma TERM, reload USR2, unix:/run/puma.sock",
		"puma -d":                                         "puma TERM, reload USR2, refused",
		"puma --redirect-stdout out.log":                  "puma TERM, reload USR2, reopen HUP",
		"unicorn -l 8081":                                 unicorn + ", tcp:127.0.0.1:8081",
		"unicorn_rails -l /run/u.sock -D":                 unicorn + ", unix:/run/u.sock, refused",
		"unicorn -p 90":                                   unicorn + ", tcp:127.0.0.1:90",
		"bundle exec sidekiq -q high":                     "sidekiq TERM",
		"sidekiq -d":                                      "sidekiq TERM, refused",

		"node server.js":                      "node TERM",
		"nodejs --inspect -r x server.js":     "node TERM",
		"node -e 1":                           "-",
		"node":                                "-",
		"caddy run --config /etc/C":           "caddy TERM",
		"caddy start":                         "caddy TERM, refused",
		"caddy validate":                      "-",
		"php-fpm8.2 -y gone.conf":             fpm,
		"php-fpm -y gone.conf -D":             fpm + ", refused",
		"php-fpm -t":                          "-",
		"haproxy -f gone.cfg":                 haproxy,
		"haproxy -W -f gone.cfg":              haproxy + ", reload USR2",
		"haproxy -D -f gone.cfg":              haproxy + ", refused",
		"haproxy -c -f gone.cfg":              "-",
		"apache2 -f /gone":                    apache,
		"httpd-foreground -f /gone":           apache,
		"apachectl -DFOREGROUND -f /gone":     "apache WINCH TERM",
		"apachectl start":                     "apache WINCH TERM, reload USR1, reopen USR1, refused",
		"apachectl graceful":                  "-",
		"apache2 -k start -f /gone":           apache,
		"uwsgi --master --exit-on-reload":     "uwsgi INT",
		"uwsgi --master --http-socket :80":    "uwsgi INT, pause TSTP, reload HUP, tcp:127.0.0.1:80",
		"sh -c exec|uwsgi|--http|:$PORT|-M":   "uwsgi INT, pause TSTP, reload HUP",
		"env UWSGI_MASTER=1 uwsgi -s /run/a":  "uwsgi INT, pause TSTP, reload HUP, unix:/run/a",
		"uwsgi -M --daemonize /log -s /run/a": "uwsgi INT, pause TSTP, reload HUP, unix:/run/a, refused",
	} {
		p := Of(Command{Argv: words(command), Dir: dir})
		if got := strings.ReplaceAll(told(p), dir, "DIR"); got != want {
			t.Errorf("%s:\ngot  %s\nwant %s", command, got, want)
		}
	}
}

// TestFiles: what the files of the servers say.
func TestFiles(t *testing.T) {
	const (
		gunicorn = "gunicorn TERM QUIT, reload HUP, reopen USR1"
		puma     = "puma TERM, reload USR2"
	)
	for _, c := range []struct{ file, text, command, want string }{
		{"gunicorn.conf.py", "import os\nbind = '0.0.0.0:80' # all\n", "gunicorn app", gunicorn + ", tcp:127.0.0.1:80"},
		{"gunicorn.conf.py", "bind = ['unix:/run/g', ':80']", "gunicorn app", gunicorn + ", unix:/run/g"},
		{"gunicorn.conf.py", "bind = ':80'", "gunicorn -b :81 app", gunicorn + ", tcp:127.0.0.1:81"},
		{"gunicorn.conf.py", "bind = ':' + port", "gunicorn app", gunicorn},
		{"gunicorn.conf.py", "bind = f':{port}'", "gunicorn app", gunicorn},
		{"gunicorn.conf.py", "bind = '%s:80' % host", "gunicorn app", gunicorn},
		{"gunicorn.conf.py", "bind = ':80'\nif debug:\n    bind = ':81'", "gunicorn app", gunicorn},
		{"gunicorn.conf.py", "if debug:\n    bind = ':81'", "gunicorn app", gunicorn},
		{"gunicorn.conf.py", "from base import *", "gunicorn app", gunicorn},
		{"gunicorn.conf.py", "# bind = ':80'\nworkers = 2", "gunicorn app", gunicorn + ", tcp:127.0.0.1:8000"},
		{"gunicorn.conf.py", "bind = 'unix:a'\nchdir = '/srv'", "gunicorn app", gunicorn},
		{"g.py", "daemon = True\n", "gunicorn -c g.py app", gunicorn + ", tcp:127.0.0.1:8000, refused"},
		{"g.py", "daemon = False\n", "gunicorn --config=file:g.py app", gunicorn + ", tcp:127.0.0.1:8000"},

		{"g.py", "preload_app = True\n", "gunicorn -c g.py app", "gunicorn TERM QUIT, reopen USR1, gunicorn with preload_app (DIR/g.py:1) does not load the code again: restart it, tcp:127.0.0.1:8000"},
		{"g.py", "preload_app = False\n", "gunicorn -c g.py app", gunicorn + ", tcp:127.0.0.1:8000"},
		{"g.py", "\npreload_app = not debug\n", "gunicorn -c g.py app", "gunicorn TERM QUIT, reopen USR1, gunicorn with preload_app (DIR/g.py:2) does not load the code again: restart it, tcp:127.0.0.1:8000"},
		{"g.py", "", "gunicorn --preload app", "gunicorn TERM QUIT, reopen USR1, gunicorn --preload does not load the code again: restart it, tcp:127.0.0.1:8000"},
		{"g.py", "", "env GUNICORN_CMD_ARGS=--preload gunicorn app", "gunicorn TERM QUIT, reopen USR1, gunicorn --preload does not load the code again: restart it, tcp:127.0.0.1:8000"},
		{"p.rb", "bind 'tcp://0.0.0.0:80'\n", "puma -C p.rb", puma + ", tcp:127.0.0.1:80"},
		{"p.rb", "bind(\"unix:///run/p\")\n", "puma -C p.rb", puma + ", unix:/run/p"},
		{"p.rb", "port 3000\n", "puma -C p.rb", puma + ", tcp:127.0.0.1:3000"},
		{"p.rb", "port ENV.fetch('PORT') { 3000 }\n", "puma -C p.rb", puma},
		{"p.rb", "stdout_redirect 'a', 'b', true\n", "puma -C p.rb", puma + ", reopen HUP"},
		{"p.rb", "daemonize\n", "puma -C p.rb", puma + ", refused"},
		{"p.rb", "daemonize false\n", "puma -C p.rb", puma},
		{"config/puma.rb", "port 3000\n", "puma", puma + ", tcp:127.0.0.1:3000"},
		{"config/puma/production.rb", "port 3001\n", "env RAILS_ENV=production puma", puma + ", tcp:127.0.0.1:3001"},
		{"u.rb", "listen '/run/u', :backlog => 9\n", "unicorn -c u.rb", "unicorn QUIT TERM, reload HUP, reopen USR1, unix:/run/u"},
		{"u.rb", "preload_app true\n", "unicorn -c u.rb", "unicorn QUIT TERM, reopen USR1, unicorn with preload_app (DIR/u.rb:1) does not load the code again: restart it"},
		{"p.rb", "preload_app!\n", "puma -C p.rb", puma}, // USR2 begins anew
		{"u.rb", "listen 8080\n", "unicorn -c u.rb", "unicorn QUIT TERM, reload HUP, reopen USR1, tcp:127.0.0.1:8080"},

		{"h.cfg", "global\n daemon\n master-worker\ndefaults\n mode http\nlisten x\n bind *:80,*:81 name x\n", "haproxy -f h.cfg", "haproxy USR1 TERM, reload USR2, tcp:127.0.0.1:80"},
		{"h.cfg", "frontend x\n bind \"${ADDR}\"\n bind /run/h mode 600 # x\n", "haproxy -f h.cfg", "haproxy USR1 TERM, unix:/run/h"},
		{"h.cfg", "peers x\n bind :1\n", "haproxy -f h.cfg", "haproxy USR1 TERM"},
		{"h.cfg", "frontend x\n bind :80 namespace a\n", "haproxy -f h.cfg", "haproxy USR1 TERM"},
		{"h.cfg", ".if defined(A)\n.endif\nfrontend x\n.if 0\n bind :80\n.endif", "haproxy -f h.cfg", "haproxy USR1 TERM"},

		{"fpm.conf", "[global]\npid = x\n[www]\nlisten = 127.0.0.1:9000 ; here\n[two]\nlisten=9", "php-fpm -y fpm.conf", "php-fpm QUIT TERM, reload USR2, reopen USR1, tcp:127.0.0.1:9000"},
		{"fpm.conf", "[www]\nlisten = /run/$pool.sock\n[www]\nlisten = 9000\n", "php-fpm -y fpm.conf", "php-fpm QUIT TERM, reload USR2, reopen USR1, tcp:127.0.0.1:9000"},
		{"fpm.conf", "[www]\nlisten = /run/$pool.sock\n", "php-fpm -y fpm.conf", "php-fpm QUIT TERM, reload USR2, reopen USR1"},

		{"a.conf", "<IfModule x>\nListen 1\n</IfModule>\n#Listen 2\nlisten 80 https\nListen 3", "apache2 -f DIR/a.conf", "apache WINCH TERM, reload USR1, reopen USR1, tcp:127.0.0.1:80"},
		{"a.conf", "Listen [::]:80", "apache2 -d DIR -f a.conf", "apache WINCH TERM, reload USR1, reopen USR1, tcp:[::1]:80"},

		{"app.yaml", "# x\nother:\n  master: 1\nuwsgi:\n    socket:\n      - /run/a # first\n      - /run/b\n    'die-on-term': \"true\"\n    master: on\n", "uwsgi --yaml app.yaml", "uwsgi TERM, pause TSTP, reload HUP, unix:/run/a"},
		{"app.yaml", "uwsgi:\n  x: |\n    master: 1\n  daemonize: /log\n", "uwsgi app.yaml", "uwsgi TERM INT, refused"},
		{"app.yml", "two:\n  master: 1\nuwsgi:\n  socket: /a", "uwsgi -y app.yml:two", "uwsgi INT, pause TSTP, reload HUP"},
		{"app.xml", "<?xml version='1.0'?><a>\n<uwsgi id='x'><master/>\n<socket> /run/a&amp;b </socket><!-- <daemonize>x</daemonize> --></uwsgi></a>", "uwsgi -x app.xml", "uwsgi INT, pause TSTP, reload HUP, unix:/run/a&b"},
		{"app.xml", "<uwsgi id=\"one\"><socket>/1</socket></uwsgi><uwsgi id=\"two\"><socket>/2</socket>\n<daemonize>/log</daemonize></uwsgi>", "uwsgi --xml app.xml:two", "uwsgi TERM INT, unix:/2, refused"},
	} {
		dir := t.TempDir()
		mkdir(t, filepath.Dir(filepath.Join(dir, c.file)))
		write(t, filepath.Join(dir, c.file), c.text)
		p := Of(Command{Argv: words(strings.ReplaceAll(c.command, "DIR", dir)), Dir: dir})
		if got := strings.ReplaceAll(told(p), dir, "DIR"); got != c.want {
			t.Errorf("%s of %q:\ngot  %s\nwant %s", c.command, c.text, got, c.want)
		}
	}
}

// TestCommands: what is run in place of a command, and beside it.
func TestCommands(t *testing.T) {
	for command, want := range map[string]struct{ argv, check, debug string }{
		"php-fpm8.2 -y /c":                {"php-fpm8.2 -F -y /c", "php-fpm8.2 -t -y /c", ""},
		"php-fpm --nodaemonize":           {"php-fpm --nodaemonize", "php-fpm -t --nodaemonize", ""},
		"gosu www php-fpm":                {"gosu www php-fpm -F", "gosu www php-fpm -t", ""},
		"sh -c A=$B|exec|php-fpm|-y|/c":   {"sh -c A=$B|exec|php-fpm|-F|-y|/c", "", ""},
		"sh -c A=1|exec|php-fpm|-y|/c":    {"sh -c A=1|exec|php-fpm|-F|-y|/c", "env A=1 php-fpm -t -y /c", ""},
		"gosu www sh -c exec|nginx":       {"gosu www sh -c exec|nginx|-g|'daemon|off;'", "gosu www nginx -t", ""},
		"haproxy -f /c -- /d":             {"haproxy -db -f /c -- /d", "haproxy -c -f /c -- /d", ""},
		"haproxy -W -db -f /c":            {"haproxy -W -db -f /c", "haproxy -c -W -db -f /c", ""},
		"apache2":                         {"apache2 -DFOREGROUND", "apache2 -t", ""},
		"apachectl -D FOREGROUND":         {"apachectl -D FOREGROUND", "apachectl -t -D FOREGROUND", ""},
		"apache2-foreground":              {"apache2-foreground -DFOREGROUND", "", ""},
		"nginx -c /c":                     {"nginx -c /c -g daemon|off;", "nginx -t -c /c", ""},
		"python3 -m gunicorn -b :1 app":   {"python3 -m gunicorn -b :1 app", "python3 -m gunicorn --check-config -b :1 app", "python3 -m gunicorn -b :1 app --reload"},
		"uvicorn app:app":                 {"uvicorn app:app", "", "uvicorn app:app --reload"},
		"node --inspect x.js y":           {"node --inspect x.js y", "", "node --watch --inspect x.js y"},
		"caddy run --config /c --watch":   {"caddy run --config /c --watch", "caddy validate --config /c", "caddy run --config /c --watch --watch"},
		"bundle exec puma":                {"bundle exec puma", "", ""},
		"uwsgi --master":                  {"uwsgi --master", "", "uwsgi --master --py-autoreload=1 --processes=1"},
		"sh -c exec|uvicorn|$APP|-p|8000": {"sh -c exec|uvicorn|$APP|-p|8000", "", ""},
	} {
		p := Of(Command{Argv: words(command), Dir: "/nonexistent"})
		join := func(argv []string) string {
			for i := range argv {
				argv[i] = strings.ReplaceAll(argv[i], " ", "|")
			}
			return strings.Join(argv, " ")
		}
		if got := join(p.Argv); got != want.argv {
			t.Errorf("%s: runs %s, want %s", command, got, want.argv)
		}
		if got := join(p.Check); got != want.check {
			t.Errorf("%s: is checked by %q, want %q", command, got, want.check)
		}
		if got := join(p.Debug); got != want.debug {
			t.Errorf("%s: for a developer %q, want %q", command, got, want.debug)
		}
	}
}

// TestChosen: a command takes the command line of the profile that is chosen.
func TestChosen(t *testing.T) {
	for command, want := range map[string]string{
		"/opt/web/server -b :1 app": "gunicorn TERM QUIT, reload HUP, reopen USR1, tcp:127.0.0.1:1",
		"gosu app ./web -b :1":      "gunicorn TERM QUIT, reload HUP, reopen USR1, tcp:127.0.0.1:1",
		"uvicorn -b :1":             "gunicorn TERM QUIT, reload HUP, reopen USR1, tcp:127.0.0.1:1",
		"sh -c gunicorn|a;true":     "gunicorn TERM QUIT, reload HUP, reopen USR1",
		"gosu":                      "gunicorn TERM QUIT, reload HUP, reopen USR1",
	} {
		if got := told(Of(Command{Argv: words(command), Dir: "/nonexistent", Name: "gunicorn"})); got != want {
			t.Errorf("%s:\ngot  %s\nwant %s", command, got, want)
		}
	}
	if p := Of(Command{Argv: []string{"gunicorn", "app"}, Dir: "/", Activated: true}); p.Network != "" {
		t.Error("the socket is ours, and always there: ", p.Address)
	}
}
