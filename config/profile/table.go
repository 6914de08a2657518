package profile

import (
	"strings"
	"syscall"
)

// row is all that is the same of a program wherever it runs. Lists have blanks
// between their words.
type row struct {
	name     string
	title    string   // as people write it
	stops    string   // for readers, what stops it where its files decide; "": what stop says
	ready    string   // likewise, where it listens when it is ready; "": that is not known
	about    string   // likewise, what else there is to know
	commands []string // names of its command, less a version at the end; "x*" is all that begins with x
	language string   // behind this interpreter, too; "": only as a command
	stop     [2]syscall.Signal
	reload   syscall.Signal
	reopen   syscall.Signal
	idle     string // options with which it does not serve
	daemon   string // options that send it to the background: refused
	// foreground is put behind the name, unless one of held is there.
	foreground, held string
	check            string // behind the name: only checks the configuration
	debug            string // at the end, for a developer
	address          addresses
	// read adds what depends on the command line and on files; false: this call
	// does not serve.
	read func(c *call) bool
}

const (
	hup   = syscall.SIGHUP
	tstp  = syscall.SIGTSTP
	sint  = syscall.SIGINT
	quit  = syscall.SIGQUIT
	term  = syscall.SIGTERM
	usr1  = syscall.SIGUSR1
	usr2  = syscall.SIGUSR2
	winch = syscall.SIGWINCH
)

// table is every program that is known. To add one, write a row, and a test in
// profile_test.go. A stop ladder is the graceful way first, and then the quick
// one that still removes sockets and ends the workers; a signal stands here only
// where every version that is about takes it: what does not handle a signal dies
// of it. It is never written.
var table = [...]row{
	{
		name: "nginx", commands: []string{"nginx", "nginx-debug", "openresty"},
		ready: "the first `listen` of its configuration, TCP or a socket, also of an included file",
		about: "It is kept in the foreground, whatever `daemon` says. `nginx -t` checks its configuration before a reload.",
		stop:  [2]syscall.Signal{quit, term}, reload: hup, reopen: usr1,
		check: "-t", read: readNginx,
	},
	{
		name: "uwsgi", title: "uWSGI", commands: []string{"uwsgi", "uwsgi-*", "uwsgi_*"},
		stops: "what its options ask for: where TERM alone would reload it (`master`, or one of some 150 options that bring one, such as `cheaper`, `stats` or `mule`, `die-on-term`, a graceful hook) the signal that stops it",
		ready: "`socket`, `http-socket` and their like",
		about: "Reads ini, yaml and xml; where they do not tell, the process is looked at. With a master it reloads with HUP, after TSTP, so that no connection is dropped. `daemonize` is an error that names the line and the fix. Without a master the main process is signalled, and what is left of its group ended.",
		debug: "--py-autoreload=1 --processes=1", read: readUWSGI,
	},
	{
		name: "gunicorn", commands: []string{"gunicorn"}, language: "python",
		ready: "`--bind`, or a literal `bind` in `gunicorn.conf.py`",
		about: "`--check-config` checks before a reload. With `--preload` a reload is refused, because it would not load the code again.",
		stop:  [2]syscall.Signal{term, quit}, reload: hup, reopen: usr1,
		idle: "--check-config --print-config -v --version -h --help", daemon: "-D --daemon",
		check: "--check-config", debug: "--reload", read: readGunicorn,
	},
	{
		name: "uvicorn", commands: []string{"uvicorn"}, language: "python",
		ready: "`--host`, `--port` or `--uds`",
		stop:  [2]syscall.Signal{term, sint},
		idle:  "--version --help", debug: "--reload",
		address: addresses{unix: "--uds", host: "--host", port: "--port", unsure: "--fd", env: "UVICORN_", normal: "127.0.0.1:8000"},
	},
	{
		name: "hypercorn", commands: []string{"hypercorn"}, language: "python",
		ready: "`--bind`",
		stop:  [2]syscall.Signal{term},
		idle:  "-h --help", debug: "--reload",
		address: addresses{bind: "-b --bind", unsure: "-c --config", normal: "127.0.0.1:8000"},
	},
	{
		// TERM would end it in the middle of a request.
		name: "waitress", commands: []string{"waitress", "waitress-serve", "waitress-serve-python"}, language: "python",
		ready:   "`--listen`, `--host`, `--port` or `--unix-socket`",
		about:   "TERM would end it in the middle of a request.",
		stop:    [2]syscall.Signal{sint, term},
		idle:    "--help",
		address: addresses{bind: "--listen", unix: "--unix-socket", host: "--host", port: "--port", normal: "0.0.0.0:8080"},
	},
	{
		name: "daphne", commands: []string{"daphne"}, language: "python",
		ready:   "`-b`, `-p` or `-u`",
		stop:    [2]syscall.Signal{term},
		idle:    "-h --help",
		address: addresses{unix: "-u --unix-socket", host: "-b --bind", port: "-p --port", unsure: "-e --endpoint --fd", normal: "127.0.0.1:8000"},
	},
	{
		name: "php-fpm", commands: []string{"php-fpm"},
		ready: "`listen` of the first pool",
		about: "It is kept in the foreground. `php-fpm -t` checks before a reload. Without `process_control_timeout` there is a warning, because then requests are cut off.",
		stop:  [2]syscall.Signal{quit, term}, reload: usr2, reopen: usr1,
		idle: "-t --test -tt -i --info -m --modules -v --version -h --help", daemon: "-D --daemonize",
		foreground: "-F", held: "-F --nodaemonize", check: "-t", read: readFPM,
	},
	{
		name: "celery", commands: []string{"celery"}, language: "python",
		about: "`worker` and `beat` are known. A worker reloads with HUP.",
		stop:  [2]syscall.Signal{term, quit},
		idle:  "--version --help -h", daemon: "-D --detach", debug: "-l DEBUG", read: readCelery,
	},
	{
		// The first TERM lets the job end, the second one ends it.
		name: "rq", commands: []string{"rq", "rqworker"}, language: "python",
		about: "The first TERM lets the job end, the second one ends it.",
		stop:  [2]syscall.Signal{term, term},
		idle:  "--version --help", debug: "--verbose", read: readRQ,
	},
	{
		name: "puma", commands: []string{"puma"}, language: "ruby",
		ready: "`-b`, `-p`, or a literal `bind` or `port` in `puma.rb`",
		about: "With a log file it opens that again on HUP, which would end one without. With `queue_requests false` in `puma.rb` each reload and stop closes connections that it has accepted and not yet read from.",
		stop:  [2]syscall.Signal{term}, reload: usr2,
		idle: "-h --help -V --version", daemon: "-d --daemon", read: readPuma,
	},
	{
		name: "unicorn", commands: []string{"unicorn", "unicorn_rails"}, language: "ruby",
		ready: "`-l`, `-p`, or a literal `listen` in its configuration",
		about: "With `preload_app` a reload is refused, because it would not load the code again.",
		stop:  [2]syscall.Signal{quit, term}, reload: hup, reopen: usr1,
		idle: "-h --help -v --version", daemon: "-D --daemonize", read: readUnicorn,
	},
	{
		name: "sidekiq", commands: []string{"sidekiq"}, language: "ruby",
		about: "Give it less than the stop budget: `-t 7`.",
		stop:  [2]syscall.Signal{term},
		idle:  "-h --help -V --version", daemon: "-d --daemon", debug: "--verbose",
	},
	{
		name: "node", commands: []string{"node", "nodejs"},
		stop: [2]syscall.Signal{term}, read: readNode,
	},
	{
		name: "caddy", commands: []string{"caddy"},
		about: "`caddy validate` checks its configuration.",
		stop:  [2]syscall.Signal{term}, debug: "--watch", read: readCaddy,
	},
	{
		// The Debian package's file says "daemon".
		name: "haproxy", commands: []string{"haproxy"},
		ready: "the first `bind` of its configuration",
		about: "It is kept in the foreground. With a master (`-W`) it reloads with USR2. `haproxy -c` checks before a reload.",
		stop:  [2]syscall.Signal{usr1, term},
		idle:  "-c -v -vv", daemon: "-D",
		foreground: "-db", held: "-db -d", check: "-c", read: readHAProxy,
	},
	{
		name: "apache", commands: []string{"apache", "httpd", "apachectl", "apache2ctl", "apache2-foreground", "httpd-foreground"},
		ready: "the first `Listen` of its configuration",
		about: "It is kept in the foreground. `apache2 -t` checks before a reload. Behind `apachectl` it neither reloads nor opens its logs again: that shell would die of the signal.",
		stop:  [2]syscall.Signal{winch, term}, reload: usr1, reopen: usr1,
		idle:       "-t -v -V -l -L -M -S -h configtest status fullstatus stop graceful-stop restart graceful",
		foreground: "-DFOREGROUND", held: "-DFOREGROUND FOREGROUND -DNO_DETACH NO_DETACH -DONE_PROCESS ONE_PROCESS -X",
		check: "-t", read: readApache,
	},
}

// find is the row of a profile's name.
func find(name string) *row {
	for i := range table {
		if table[i].name == name {
			return &table[i]
		}
	}
	return nil
}

// byCommand is the row of a command's name; language is that of the interpreter
// before it ("": none).
func byCommand(base, language string) *row {
	short := unversioned(base)
	for i := range table {
		r := &table[i]
		if language != "" && r.language != language {
			continue
		}
		for _, name := range r.commands {
			begin, open := strings.CutSuffix(name, "*")
			if base == name || short == name || open && strings.HasPrefix(base, begin) {
				return r
			}
		}
	}
	return nil
}

// unversioned is a command's name without the version at its end: php-fpm8.2,
// gunicorn3, apache2, python3.11.
func unversioned(base string) string {
	return strings.TrimRight(strings.TrimRight(base, "0123456789."), "-")
}
