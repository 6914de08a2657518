package config

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"entrypoint/config/address/unused"
)

// served is a real program with what its test needs to know.
type served struct {
	commands []string          // any of them is needed
	files    map[string]string // in its directory
	command  string            // and further keys
	network  string            // of the address that must be recognised; "tcp" or "unix"
	reload   syscall.Signal
	reopen   syscall.Signal
	log      string // that reopening makes anew; "": none
	broken   string // a file that makes the check fail; "": there is no check
	get      func(t *testing.T, p *Program, path string) (io.Reader, error)
	slowly   bool  // its reload is over when the old workers have ended; until then it may lose a signal
	good     []int // exit codes of a stop, -1: it dies of the signal
}

const slowWSGI = `
import time
def app(env, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    yield b"begin\n"
    if env["PATH_INFO"] == "/slow":
        time.sleep(1.5)
    yield b"end\n"
`

const slowASGI = `
import asyncio
async def app(scope, receive, send):
    if scope["type"] != "http":
        return
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"begin\n", "more_body": True})
    if scope["path"] == "/slow":
        await asyncio.sleep(1.5)
    await send({"type": "http.response.body", "body": b"end\n"})
`

const slowRack = `
run lambda { |env|
  body = Enumerator.new do |y|
    y << "begin\n"
    sleep 1.5 if env["PATH_INFO"] == "/slow"
    y << "end\n"
  end
  [200, {"Content-Type" => "text/plain"}, body]
}
`

const phpPage = `<?php echo "begin\n"; flush(); if ($_SERVER["REQUEST_URI"] == "/slow") { for ($end = microtime(true) + 1.5; microtime(true) < $end; usleep(10000)); } echo "end\n";`

const apacheConf = `
ServerRoot DIR
ServerName localhost
DefaultRuntimeDir DIR
PidFile DIR/pid
LoadModule mpm_event_module /usr/lib/apache2/modules/mod_mpm_event.so
LoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so
LoadModule proxy_module /usr/lib/apache2/modules/mod_proxy.so
LoadModule proxy_http_module /usr/lib/apache2/modules/mod_proxy_http.so
User www-data
Group www-data
<IfModule mod_ssl.c>
	Listen 443
</IfModule>
Include ports.conf
ErrorLog DIR/error.log
LogFormat "%r" line
CustomLog DIR/access.log line
ProxyPass / http://BACKEND/ flushpackets=on
`

const nginxProxy = `
pid DIR/pid;
events { worker_connections 64; }
http {
	access_log DIR/access.log;
	client_body_temp_path DIR/a; proxy_temp_path DIR/b; fastcgi_temp_path DIR/c; uwsgi_temp_path DIR/d; scgi_temp_path DIR/e;
	server {
		listen ADDRESS;
		location / { proxy_pass http://BACKEND; proxy_buffering off; }
	}
}
`

// web asks over HTTP at the address that was recognised.
func web(t *testing.T, p *Program, path string) (io.Reader, error) {
	t.Helper()
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 30 * time.Second}
	res, err := client.Get("http://" + p.Ready.Address + path)
	if errors.Is(err, syscall.ECONNRESET) {
		// Apache listens, reads its configuration again, and listens anew.
		res, err = client.Get("http://" + p.Ready.Address + path)
	}
	if err != nil {
		return nil, err
	}
	t.Cleanup(func() { _ = res.Body.Close() })
	if res.StatusCode != http.StatusOK {
		return nil, errors.New(res.Status)
	}
	return res.Body, nil
}

// TestProfiles runs the real ones: each must be ready where its profile says,
// open its log again, pass its own check, reload without going away, and finish
// a request that is under way when it gets the first stop signal.
func TestProfiles(t *testing.T) {
	fpm := fpmCommand()
	for name, c := range map[string]served{
		"gunicorn": {
			commands: []string{"gunicorn"}, network: "tcp",
			files: map[string]string{
				"app.py":           slowWSGI,
				"gunicorn.conf.py": "# its own\nbind = \"ADDRESS\"\naccesslog = \"access.log\"\n",
				"broken.py":        "def app(",
			},
			command: "gunicorn app:app", reload: syscall.SIGHUP, reopen: syscall.SIGUSR1, log: "access.log",
			// A worker that gets its TERM before it has its handlers takes no note of it,
			// and gunicorn waits half a minute for it.
			broken: "app.py", get: web, slowly: true, good: []int{0},
		},
		"uvicorn": {
			commands: []string{"uvicorn"}, network: "tcp", files: map[string]string{"app.py": slowASGI},
			command: "/usr/bin/python3 -m uvicorn --host HOST --port PORT app:app", get: web, good: []int{0, -1},
		},
		"haproxy": {
			commands: []string{"haproxy"}, network: "tcp",
			files: map[string]string{"haproxy.cfg": `
global
    daemon
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
frontend web
    bind ADDRESS
    default_backend app
backend app
    server one BACKEND
`},
			command: "haproxy -W -f haproxy.cfg", reload: syscall.SIGUSR2, broken: "haproxy.cfg", get: web, slowly: true, good: []int{0},
		},
		"puma": {
			commands: []string{"puma"}, network: "tcp",
			files: map[string]string{
				"config.ru": slowRack,
				// With its queue it closes a connection that it has accepted
				// and read nothing from when it restarts or stops.
				"puma.rb": "bind 'tcp://ADDRESS'\nstdout_redirect 'out.log', 'err.log', true\nqueue_requests false\n",
			},
			command: "puma -C puma.rb", reload: syscall.SIGUSR2, reopen: syscall.SIGHUP, log: "out.log", get: web, good: []int{0, -1},
		},
		"php-fpm": {
			commands: []string{fpm}, network: "unix",
			files: map[string]string{
				"fpm.conf": "[global]\nerror_log = DIR/error.log\nprocess_control_timeout = 7s\ninclude = DIR/pool/*.conf\n",
				"pool/www.conf": "[www]\nuser = www-data\nlisten = DIR/fpm.sock\npm = static\npm.max_children = 2\n" +
					"access.log = DIR/access.log\nphp_admin_value[output_buffering] = 0\n",
				"page.php": phpPage,
			},
			command: fpm + " -y fpm.conf", reload: syscall.SIGUSR2, reopen: syscall.SIGUSR1, log: "access.log",
			broken: "fpm.conf", get: fastCGI, good: []int{0},
		},
		"apache": {
			commands: []string{"apache2"}, network: "tcp",
			files:   map[string]string{"apache.conf": apacheConf, "ports.conf": "Listen ADDRESS\n"},
			command: "apache2 -f DIR/apache.conf", reload: syscall.SIGUSR1, reopen: syscall.SIGUSR1, log: "access.log",
			broken: "apache.conf", get: web, good: []int{0},
		},
		"nginx": {
			commands: []string{"nginx"}, network: "tcp", files: map[string]string{"nginx.conf": nginxProxy},
			command: "nginx -c DIR/nginx.conf -e DIR/error.log", reload: syscall.SIGHUP, reopen: syscall.SIGUSR1, log: "access.log",
			broken: "nginx.conf", get: web, good: []int{0},
		},
		"uwsgi in yaml": {
			commands: []string{"uwsgi"}, network: "tcp",
			files: map[string]string{
				"app.py": slowWSGI,
				"app.yaml": "uwsgi:\n  plugins: python3\n  master: true # it reloads\n  module: app:app\n  http-socket: ADDRESS\n" +
					"  hook-master-start: \"unix_signal:15 gracefully_kill_them_all\"\n",
			},
			command: "uwsgi --yaml app.yaml", reload: syscall.SIGHUP, get: web, good: []int{0},
		},
		"uwsgi in xml": {
			commands: []string{"uwsgi"}, network: "tcp",
			files: map[string]string{
				"app.py": slowWSGI,
				"app.xml": "<uwsgi>\n <plugins>python3</plugins>\n <master/>\n <!-- <die-on-term/> -->\n <module>app:app</module>\n" +
					" <http-socket>ADDRESS</http-socket>\n <hook-master-start>unix_signal:15 gracefully_kill_them_all</hook-master-start>\n</uwsgi>\n",
			},
			command: "uwsgi --xml app.xml", reload: syscall.SIGHUP, get: web, good: []int{0},
		},
	} {
		t.Run(name, func(t *testing.T) {
			for _, command := range c.commands {
				need(t, command)
			}
			t.Parallel()
			c.test(t, name)
		})
	}
}

func (c *served) test(t *testing.T, name string) {
	dir, address := t.TempDir(), unused.TCP(t, "")
	if err := os.Chmod(filepath.Dir(dir), 0o755); err != nil { // for workers with a user of their own
		t.Fatal(err)
	}
	backend := ""
	if strings.Contains(fmt.Sprint(c.files), "BACKEND") {
		backend = slowBackend(t)
	}
	host, port, _ := strings.Cut(address, ":")
	fill := strings.NewReplacer("DIR", dir, "ADDRESS", address, "HOST", host, "PORT", port, "BACKEND", backend)
	for file, text := range c.files {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, file)), 0o755); err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(dir, file), fill.Replace(text))
	}
	p := program(t, "command="+fill.Replace(c.command)+"\ndirectory="+dir)
	if p.Profile != strings.Fields(name)[0] || p.ReloadSignal != c.reload || p.ReopenSignal != c.reopen || p.Ready.Network() != c.network || (p.ReloadCheck != nil) != (c.broken != "") {
		t.Fatalf("%+v", p)
	}
	r := run(t, p)
	r.ready()
	c.page(t, p)
	if c.log != "" {
		old := filepath.Join(dir, c.log)
		there := func() bool { _, err := os.Stat(old); return err == nil }
		r.until(c.log, there) // Puma answers before it opens its logs
		if err := os.Rename(old, old+".1"); err != nil {
			t.Fatal(err)
		}
		r.send(c.reopen)
		r.until("a new "+c.log, there)
		c.page(t, p)
	}
	if c.broken != "" {
		check := func() error {
			cmd := exec.Command(p.ReloadCheck[0], p.ReloadCheck[1:]...)
			cmd.Dir, cmd.Env = dir, r.cmd.Env
			out, err := cmd.CombinedOutput()
			t.Logf("%q: %v\n%s", p.ReloadCheck, err, out)
			return err
		}
		if err := check(); err != nil {
			t.Error("the check of a good configuration failed")
		}
		good := fill.Replace(c.files[c.broken])
		write(t, filepath.Join(dir, c.broken), "this is (not\n"+good)
		if check() == nil {
			t.Error("the check of a broken configuration did not fail")
		}
		write(t, filepath.Join(dir, c.broken), good)
	}
	if c.reload != 0 {
		before := r.incarnation()
		r.send(c.reload)
		r.until("reloaded", func() bool {
			c.page(t, p)
			return r.alive() && r.incarnation() != before
		})
		if c.slowly {
			old, _, _ := strings.Cut(before, "\x00")
			r.until("the old workers ended", func() bool {
				return !slices.ContainsFunc(strings.Fields(old), func(pid string) bool {
					_, err := os.Stat("/proc/" + pid)
					return pid != strconv.Itoa(r.cmd.Process.Pid) && err == nil
				})
			})
		}
		c.page(t, p)
	}
	slow, err := c.get(t, p, "/slow")
	if err != nil {
		t.Fatal(err)
	}
	code := r.stopGently()
	if body, err := io.ReadAll(slow); !strings.HasSuffix(string(body), "end\n") {
		t.Errorf("the request in flight gave %q, %v", body, err)
	}
	if status := r.cmd.ProcessState.Sys().(syscall.WaitStatus); status.Signaled() && status.Signal() != p.StopSignals[0].Signal {
		t.Errorf("ended by %v", status.Signal())
	}
	if !strings.Contains(fmt.Sprint(c.good), fmt.Sprint(code)) {
		t.Errorf("exit code %d, want one of %v", code, c.good)
	}
}

func (c *served) page(t *testing.T, p *Program) {
	t.Helper()
	body, err := c.get(t, p, "/")
	if err != nil {
		t.Fatal(err)
	}
	if text, err := io.ReadAll(body); string(text) != "begin\nend\n" {
		t.Fatalf("%q, %v", text, err)
	}
}

// slowBackend is a web server in this process that answers like the others.
func slowBackend(t *testing.T) (address string) {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, "begin\n")
		if r.URL.Path == "/slow" {
			w.(http.Flusher).Flush()
			time.Sleep(1500 * time.Millisecond)
		}
		_, _ = io.WriteString(w, "end\n")
	}))
	t.Cleanup(s.Close)
	return s.Listener.Addr().String()
}

const celeryTasks = `
import os, time
from celery import Celery

here = os.path.dirname(os.path.abspath(__file__))
app = Celery("tasks", broker="filesystem://", broker_transport_options={
    "data_folder_in": here + "/queue", "data_folder_out": here + "/queue", "polling_interval": 0.1})

def touch(name):
    open(os.path.join(here, name), "w").close()

@app.task
def slow(name):
    touch(name + ".begin")
    time.sleep(1.5)
    touch(name + ".end")
`

// TestCelery: HUP starts a worker anew in its own place, and the first stop
// signal lets a task end.
func TestCelery(t *testing.T) {
	need(t, "celery")
	t.Parallel()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "tasks.py"), celeryTasks)
	if err := os.Mkdir(filepath.Join(dir, "queue"), 0o755); err != nil {
		t.Fatal(err)
	}
	p := program(t, "command=/usr/bin/python3 /usr/bin/celery -A tasks worker -c 1\ndirectory="+dir)
	if p.Profile != "celery" || p.ReloadSignal != syscall.SIGHUP || !p.Ready.None() {
		t.Fatalf("%+v", p)
	}
	r := run(t, p)
	there := func(name string) bool { _, err := os.Stat(filepath.Join(dir, name)); return err == nil }
	begin := func(name string) {
		t.Helper()
		send := exec.Command("/usr/bin/python3", "-c", "import tasks; tasks.slow.delay("+strconv.Quote(name)+")")
		send.Dir = dir
		if out, err := send.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		r.until(name+" begins", func() bool { return there(name + ".begin") })
	}
	begin("one")
	before := r.incarnation()
	r.send(p.ReloadSignal)
	r.until("a new worker", func() bool { return r.alive() && r.incarnation() != before && there("one.end") })
	begin("two")
	code := r.stopGently()
	if code != 0 || !there("two.end") {
		t.Errorf("exit code %d; the task that was under way has ended: %t", code, there("two.end"))
	}
}

// TestProfileKeys: each value of a profile can be another one.
func TestProfileKeys(t *testing.T) {
	said := func(keys string) string {
		p := program(t, keys)
		text := fmt.Sprint(p.Profile, rungs(p), " ", p.ReloadSignal, p.ReopenSignal, p.ReloadCheck, " {"+p.Ready.Network()+" "+p.Ready.Address+"}")
		if p.PauseSignal != 0 {
			text += " " + p.PauseSignal.String()
		}
		return strings.TrimSpace(text)
	}
	for keys, want := range map[string]string{
		"command=gunicorn a":                                                    "gunicorn[{terminated 8s} {quit 2s}] hangup user defined signal 1 [gunicorn --check-config a] {tcp 127.0.0.1:8000}",
		"command=gunicorn a\nstopwaitsecs=5":                                    "gunicorn[{terminated 4s} {quit 1s}] hangup user defined signal 1 [gunicorn --check-config a] {tcp 127.0.0.1:8000}",
		"command=gunicorn a\nstopsignal=INT\nready=tcp:127.0.0.1:1":             "gunicorn[{interrupt 10s}] hangup user defined signal 1 [gunicorn --check-config a] {tcp 127.0.0.1:1}",
		"command=gunicorn a\nreload_signal=USR2\nreopen_signal=none":            "gunicorn[{terminated 8s} {quit 2s}] user defined signal 2 signal 0 [gunicorn --check-config a] {tcp 127.0.0.1:8000}",
		"command=uwsgi -M -s :1\nprofile=uwsgi":                                 "uwsgi[{interrupt 1.5s} {interrupt 1.5s group} {interrupt 1.5s group} {interrupt 1.5s group} {interrupt 4s group}] hangup signal 0 [] {tcp 127.0.0.1:1} stopped",
		"command=uwsgi -M -s :1\npause_signal=none":                             "uwsgi[{interrupt 1.5s} {interrupt 1.5s group} {interrupt 1.5s group} {interrupt 1.5s group} {interrupt 4s group}] hangup signal 0 [] {tcp 127.0.0.1:1}",
		"command=gunicorn a\npause_signal=USR2":                                 "gunicorn[{terminated 8s} {quit 2s}] hangup user defined signal 1 [gunicorn --check-config a] {tcp 127.0.0.1:8000} user defined signal 2",
		"command=gunicorn a\nreload_check=check \"a b\"":                        "gunicorn[{terminated 8s} {quit 2s}] hangup user defined signal 1 [check a b] {tcp 127.0.0.1:8000}",
		"command=gunicorn a\nreload_check=none":                                 "gunicorn[{terminated 8s} {quit 2s}] hangup user defined signal 1 [] {tcp 127.0.0.1:8000}",
		"command=gunicorn a\nprofile=none":                                      "[{terminated 10s}] signal 0 signal 0 [] { }",
		"command=gunicorn a\nprofile=none\nreload_signal=HUP":                   "[{terminated 10s}] hangup signal 0 [] { }",
		"command=web -p 80\nprofile=Puma":                                       "puma[{terminated 10s}] user defined signal 2 signal 0 [] {tcp 127.0.0.1:80}",
		"command=web\nreload_signal=1\nreopen_signal=USR1\nreload_check=web -t": "[{terminated 10s}] hangup user defined signal 1 [web -t] { }",
		"command=gunicorn a\nsocket=tcp://127.0.0.1:9":                          "gunicorn[{terminated 8s} {quit 2s}] hangup user defined signal 1 [gunicorn --check-config a] { }",

		"command=sleep 1": "[{terminated 10s}] signal 0 signal 0 [] { }",
	} {
		if got := said(keys); got != want {
			t.Errorf("%s:\ngot  %s\nwant %s", keys, got, want)
		}
	}
	_, _, err := loadText(t, "[program:a]\ncommand=a\nprofile=gunicron\nreload_signal=HOP\nreopen_signal=\nreload_check='")
	wantErrors(t, err,
		`app.conf:3: [program:a] profile: unknown profile "gunicron" (did you mean gunicorn?); there are nginx, uwsgi, gunicorn, uvicorn, hypercorn, `+
			`waitress, daphne, php-fpm, celery, rq, puma, unicorn, sidekiq, node, caddy, haproxy, apache, none`,
		`app.conf:4: [program:a] reload_signal: unknown signal "HOP" (did you mean HUP?)`,
		`app.conf:5: [program:a] reopen_signal: unknown signal ""`,
		`app.conf:6: [program:a] reload_check: no closing quotation mark ('); " ;" and " #" begin a comment even inside of quotes`)
}

// TestDaemonising: an option that sends a program to the background is refused
// where it stands, with the fix.
func TestDaemonising(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "g.py"), "# g\ndaemon = True\n")
	write(t, filepath.Join(dir, "p.rb"), "daemonize true\n")
	write(t, filepath.Join(dir, "u.yaml"), "uwsgi:\n  master: 1\n  daemonize: /log\n")
	background := func(title string) string {
		return " would send " + title + " to the background; remove it, entry-point keeps " + title + " in the foreground and its output in the container's log"
	}
	for command, want := range map[string]string{
		"gunicorn -D app:app":                  `app.conf:2: [program:web] command: "-D"` + background("gunicorn"),
		"python3 -m gunicorn --daemon app:app": `app.conf:2: [program:web] command: "--daemon"` + background("gunicorn"),
		"gunicorn -c g.py app:app":             dir + "/g.py:2: [program:web] daemon:" + background("gunicorn"),
		"puma -C p.rb":                         dir + "/p.rb:1: [program:web] daemonize:" + background("puma"),
		"uwsgi --yaml u.yaml":                  "u.yaml:3: [uwsgi] daemonize:" + background("uWSGI"),
		"php-fpm -D":                           `app.conf:2: [program:web] command: "-D"` + background("php-fpm"),
		"haproxy -D -f x":                      `app.conf:2: [program:web] command: "-D"` + background("haproxy"),
		"celery -A x worker --detach":          `app.conf:2: [program:web] command: "--detach"` + background("celery"),
		"celery multi start x":                 `app.conf:2: [program:web] command: "multi" would send celery to the background; run "celery worker" itself, entry-point keeps it up`,
		"apachectl start":                      `app.conf:2: [program:web] command: "start" would send apache to the background; write "apachectl -DFOREGROUND"`,
		"unicorn -D":                           `app.conf:2: [program:web] command: "-D"` + background("unicorn"),
		"sidekiq -d":                           `app.conf:2: [program:web] command: "-d"` + background("sidekiq"),
		"caddy start":                          `app.conf:2: [program:web] command: "start" would send caddy to the background; write "caddy run"`,
	} {
		_, _, err := loadText(t, "[program:web]\ncommand="+command+"\ndirectory="+dir)
		wantErrors(t, err, want)
	}
}

// TestFPMTimeout: php-fpm's QUIT is graceful only with process_control_timeout.
func TestFPMTimeout(t *testing.T) {
	dir := t.TempDir()
	for text, want := range map[string]string{
		"[www]\nlisten=9000": dir + "/fpm.conf: [global] process_control_timeout: is not set, so php-fpm cuts off requests when it stops or reloads; 8s lets them end",
		"[global]\nprocess_control_timeout = 8s\n[www]\nlisten=9000": "",
	} {
		write(t, filepath.Join(dir, "fpm.conf"), text)
		c := mustLoad(t, "[program:php]\ncommand=php-fpm -y fpm.conf\ndirectory="+dir)
		if got := strings.Join(c.Warnings, "\n"); got != want {
			t.Errorf("%q: warned of %q", text, got)
		}
	}
}

// fpmCommand is php-fpm, which Debian has with its version only.
func fpmCommand() string {
	if found, err := filepath.Glob("/usr/sbin/php-fpm[0-9]*"); err == nil && len(found) > 0 {
		return found[0]
	}
	return "php-fpm"
}

// TestFPMCutsOff is what that warning is about.
func TestFPMCutsOff(t *testing.T) {
	fpm := fpmCommand()
	need(t, fpm)
	t.Parallel()
	dir := t.TempDir()
	if err := os.Chmod(filepath.Dir(dir), 0o755); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "fpm.conf"), "[global]\nerror_log = "+dir+"/error.log\n[www]\nuser = www-data\nlisten = "+dir+
		"/fpm.sock\npm = static\npm.max_children = 1\nphp_admin_value[output_buffering] = 0\n")
	// It takes a minute: no busy machine lets it end before the stop begins.
	write(t, filepath.Join(dir, "page.php"), strings.Replace(phpPage, "+ 1.5;", "+ 60;", 1))
	p := program(t, "command="+fpm+" -y fpm.conf\ndirectory="+dir)
	r := run(t, p)
	r.ready()
	slow, err := fastCGI(t, p, "/slow")
	if err != nil {
		t.Fatal(err)
	}
	r.stop()
	if body, _ := io.ReadAll(slow); strings.HasSuffix(string(body), "end\n") {
		t.Errorf("the request in flight was finished: %q", body)
	}
}
