package main_test

import (
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"entrypoint/config/address/unused"
	"entrypoint/config/profile"
	"entrypoint/supervisor/eventually"
	"entrypoint/supervisor/skip"
)

// inFlight is how long the request takes that is under way when the stop comes.
const inFlight = 3 * time.Second

// stopped is a server that is stopped with a request under way. In its texts DIR is its
// directory, ADDRESS where it listens (HOST, PORT) and BACKEND a slow server behind it.
// Who answers "/slow" makes the file DIR/begun, takes its time, and says "the end".
type stopped struct {
	needs   []string // commands, any of which may be missing
	files   map[string]string
	command string
	request string   // what is sent to ADDRESS; "": HTTP
	task    []string // a command that puts work into a queue, in the place of a request
	redis   bool     // the queue is in Redis, at ADDRESS
	dies    bool     // its stop signal ends it at once, whoever sends that
}

const slowWSGI = `
import os, time
def application(env, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    if env["PATH_INFO"] == "/slow":
        open("DIR/begun", "w").close()
        time.sleep(3)
    return [b"the end"]
`

const slowASGI = `
import asyncio
async def application(scope, receive, send):
    if scope["type"] != "http":
        return
    if scope["path"] == "/slow":
        open("DIR/begun", "w").close()
        await asyncio.sleep(3)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"the end"})
`

const slowRack = `
run lambda { |env|
  if env["PATH_INFO"] == "/slow"
    File.write("DIR/begun", "")
    sleep 3
  end
  [200, {"Content-Type" => "text/plain"}, ["the end"]]
}
`

const slowNode = `
require("http").createServer((request, response) => {
  if (request.url != "/slow") return response.end("the end")
  require("fs").writeFileSync("DIR/begun", "")
  setTimeout(() => response.end("the end"), 3000)
}).listen(PORT, "HOST")
`

const slowCelery = `
import time
from celery import Celery
app = Celery("tasks", broker="filesystem://", broker_transport_options={
    "data_folder_in": "DIR", "data_folder_out": "DIR", "polling_interval": 0.1})
@app.task
def slow():
    open("DIR/begun", "w").close()
    time.sleep(3)
    open("DIR/ended", "w").close()
`

const slowRQ = `
import time
def slow():
    open("DIR/begun", "w").close()
    time.sleep(3)
    open("DIR/ended", "w").close()
`

const slowSidekiq = `
require "sidekiq"
class Slow
  include Sidekiq::Worker
  def perform
    File.write("DIR/begun", "")
    sleep 3
    File.write("DIR/ended", "")
  end
end
`

const fpmConf = "[global]\nerror_log = DIR/error.log\nprocess_control_timeout = 8s\n[www]\nuser = www-data\nlisten = ADDRESS\npm = static\npm.max_children = 2\n"

const slowPHP = `<?php if ($_SERVER["REQUEST_URI"] == "/slow") { touch("DIR/begun"); for ($end = microtime(true) + 3; microtime(true) < $end; usleep(10000)); } echo "the end";`

const slowNginx = `
user www-data;
daemon off;
pid DIR/pid;
error_log DIR/error.log;
events { worker_connections 64; }
http {
	access_log off;
	client_body_temp_path DIR/a; proxy_temp_path DIR/b; fastcgi_temp_path DIR/c; uwsgi_temp_path DIR/d; scgi_temp_path DIR/e;
	server { listen ADDRESS; location / { proxy_pass http://BACKEND; } }
}
`

const slowApache = `
ServerRoot DIR
ServerName localhost
DefaultRuntimeDir DIR
PidFile DIR/pid
Listen ADDRESS
LoadModule mpm_event_module /usr/lib/apache2/modules/mod_mpm_event.so
LoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so
LoadModule proxy_module /usr/lib/apache2/modules/mod_proxy.so
LoadModule proxy_http_module /usr/lib/apache2/modules/mod_proxy_http.so
User www-data
Group www-data
ErrorLog DIR/error.log
ProxyPass / http://BACKEND/
`

const slowHAProxy = `
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
`

// uwsgi is one with further lines in its file.
func uwsgi(dies bool, more string) stopped {
	return stopped{
		needs: []string{"uwsgi"}, command: "uwsgi --ini app.ini", dies: dies,
		files: map[string]string{"app.py": slowWSGI, "app.ini": "[uwsgi]\nplugins = python3\nmodule = app\nneed-app = true\nhttp-socket = ADDRESS\n" + more},
	}
}

func python(command, app string) stopped {
	return stopped{needs: []string{strings.Fields(command)[0]}, command: command, files: map[string]string{"app.py": app}}
}

// graceful is the hook by which a uWSGI master finishes its requests.
const graceful = "die-on-term = true\nhook-master-start = unix_signal:15 gracefully_kill_them_all\n"

// stopTable is every server with a profile, as people run it under supervisord.
func stopTable() map[string]stopped {
	fpm := "php-fpm"
	if found, _ := filepath.Glob("/usr/sbin/php-fpm[0-9]*"); len(found) > 0 {
		fpm = found[0]
	}
	waitress := "waitress-serve"
	if found, _ := filepath.Glob("/usr/bin/waitress-serve*"); len(found) > 0 {
		waitress = found[0]
	}
	celery := stopped{
		needs: []string{"celery"}, command: "celery -A tasks worker -c 1 --loglevel WARNING", files: map[string]string{"tasks.py": slowCelery},
		task: []string{"/usr/bin/python3", "-c", "import tasks; tasks.slow.delay()"},
	}
	shell := celery
	shell.command = "bash run.sh"
	shell.files = map[string]string{"tasks.py": slowCelery, "run.sh": "export X=1\n" + celery.command + "\n"}
	hypercorn, daphne := python("hypercorn -b ADDRESS app:application", slowASGI), python("daphne -b HOST -p PORT app:application", slowASGI)
	uvicorn := python("uvicorn --host HOST --port PORT app:application", slowASGI)
	waiting := python(waitress+" --listen=ADDRESS app:application", slowWSGI)
	daphne.dies = true
	return map[string]stopped{
		"nginx":                {needs: []string{"nginx"}, command: "nginx -c DIR/nginx.conf -e DIR/error.log", files: map[string]string{"nginx.conf": slowNginx}},
		"uwsgi":                uwsgi(true, ""),
		"uwsgi die-on-term":    uwsgi(true, "master = true\nprocesses = 2\ndie-on-term = true\n"),
		"uwsgi graceful":       uwsgi(false, "master = true\nprocesses = 2\n"+graceful),
		"uwsgi implied master": uwsgi(false, "processes = 4\ncheaper = 2\n"+graceful),
		"gunicorn":             python("gunicorn -b ADDRESS app:application", slowWSGI),
		"uvicorn":              uvicorn,
		"hypercorn":            hypercorn,
		"waitress":             waiting,
		"daphne":               daphne,
		"php-fpm": {
			needs: []string{fpm}, command: fpm + " -F -y fpm.conf", files: map[string]string{"fpm.conf": fpmConf, "page.php": slowPHP},
			request: "\x01\x01\x00\x01\x00\x08\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00PARAMS\x01\x04\x00\x01\x00\x00\x00\x00\x01\x05\x00\x01\x00\x00\x00\x00",
		},
		"celery":               celery,
		"celery below a shell": shell,
		"rq": {
			needs: []string{"rq", "redis-server"}, command: "rq worker -u redis://ADDRESS", files: map[string]string{"tasks.py": slowRQ}, redis: true,
			task: []string{"/usr/bin/python3", "-c", "import redis, rq; rq.Queue(connection=redis.from_url('redis://ADDRESS')).enqueue('tasks.slow')"},
		},
		"sidekiq": {
			needs: []string{"sidekiq", "redis-server"}, command: "env REDIS_URL=redis://ADDRESS sidekiq -t 7 -r ./work.rb",
			files: map[string]string{"work.rb": slowSidekiq}, redis: true,
			task: []string{"env", "REDIS_URL=redis://ADDRESS", "ruby", "-r", "./work.rb", "-e", "Slow.perform_async"},
		},
		"puma":    {needs: []string{"puma"}, command: "puma -b tcp://ADDRESS config.ru", files: map[string]string{"config.ru": slowRack}},
		"unicorn": {needs: []string{"unicorn"}, command: "unicorn -l ADDRESS config.ru", files: map[string]string{"config.ru": slowRack}},
		"node":    {needs: []string{"node"}, command: "node app.js", files: map[string]string{"app.js": slowNode}, dies: true},
		"caddy":   {needs: []string{"caddy"}, command: "caddy run --config caddy.conf --adapter caddyfile", files: map[string]string{"caddy.conf": "{\n\tadmin off\n}\nhttp://ADDRESS {\n\treverse_proxy BACKEND\n}\n"}},
		"haproxy": {needs: []string{"haproxy"}, command: "haproxy -db -f haproxy.cfg", files: map[string]string{"haproxy.cfg": slowHAProxy}},
		"apache":  {needs: []string{"apache2"}, command: "apache2 -DFOREGROUND -f DIR/apache.conf", files: map[string]string{"apache.conf": slowApache}},
	}
}

// TestStopTable: a request that is under way when the container is stopped is answered,
// if its server can do that at all, and wherever it is under the real supervisord with
// the same file.
func TestStopTable(t *testing.T) {
	t.Parallel()
	real, err := exec.LookPath("supervisord")
	skip.Unless(t, err == nil, "supervisord")
	var all sync.WaitGroup
	places := make(chan struct{}, 12) // they wait, mostly for the request
	for name, s := range stopTable() {
		var answers, ran [2]bool
		var both sync.WaitGroup
		for i, supervisor := range [...]string{real, binary} {
			both.Add(1)
			all.Go(func() {
				defer both.Done()
				places <- struct{}{}
				defer func() { <-places }()
				t.Run(name+"/"+filepath.Base(supervisor), func(t *testing.T) {
					for _, command := range s.needs {
						_, err := exec.LookPath(command)
						skip.Unless(t, err == nil, command)
					}
					answers[i] = s.run(t, supervisor)
					ran[i] = true
				})
			})
		}
		all.Go(func() {
			both.Wait()
			if ran[1] && answers[0] && !answers[1] {
				t.Errorf("%s: supervisord answers the request that is under way, and entry-point does not", name)
			}
			if ran[1] && answers[1] == s.dies {
				t.Errorf("%s: entry-point answers: %v", name, answers[1])
			}
		})
	}
	all.Wait()
}

// run stops a server below a supervisor in the middle of a request, and says whether that
// is answered.
func (s stopped) run(t *testing.T, supervisor string) (answered bool) {
	p := prepare(t, "-c", "supervisord.conf")
	if p.Path = supervisor; supervisor != binary {
		p.Args = append(p.Args, "-n")
	}
	for dir, mode := p.Dir, os.FileMode(0o777); dir != os.TempDir(); dir, mode = filepath.Dir(dir), 0o755 {
		if err := os.Chmod(dir, mode); err != nil { // for workers with a user of their own
			t.Fatal(err)
		}
	}
	address := unused.TCP(t, "")
	host, port, _ := net.SplitHostPort(address)
	params := ""
	for _, pair := range [...][2]string{{"SCRIPT_FILENAME", p.Dir + "/page.php"}, {"REQUEST_METHOD", "GET"}, {"REQUEST_URI", "/slow"}} {
		params += string([]byte{byte(len(pair[0])), byte(len(pair[1]))}) + pair[0] + pair[1]
	}
	params = "\x01\x04\x00\x01" + string([]byte{byte(len(params) >> 8), byte(len(params)), 0, 0}) + params
	fill := strings.NewReplacer("DIR", p.Dir, "ADDRESS", address, "HOST", host, "PORT", port, "BACKEND", slowBackend(t, p.Dir), "PARAMS", params)
	for name, text := range s.files {
		p.write(name, fill.Replace(text))
	}
	p.write("supervisord.conf", "[supervisord]\nnodaemon=true\nuser=root\nlogfile=/dev/null\nlogfile_maxbytes=0\npidfile="+p.Dir+"/supervisord.pid\n"+
		"[program:server]\ncommand="+fill.Replace(s.command)+"\ndirectory="+p.Dir+"\nstartsecs=0\n")
	p.Env = append(p.Env, "ENTRYPOINT_SOCKET=none")
	p.withProc()
	if s.redis {
		redis := startPlain(t, "redis-server", "--bind", host, "--port", port, "--save", "", "--dir", p.Dir)
		if err := redis.Start(); err != nil {
			t.Fatal(err)
		}
		defer func() {
			_ = redis.Process.Kill()
			_ = redis.Wait()
		}()
		awaitListener(t, address, nil).Close()
	}
	p.start()
	if s.task != nil {
		return s.work(p, fill)
	}
	request := fill.Replace(s.request)
	if request == "" {
		request = "GET /slow HTTP/1.1\r\nHost: " + address + "\r\nConnection: close\r\n\r\n"
	}
	conn := awaitListener(t, address, func() string { return p.stdout.String() + p.stderr.String() })
	defer conn.Close()
	if _, err := io.WriteString(conn, request); err != nil {
		t.Fatal(err)
	}
	p.awaitThat("the request to begin", s.made(p, "begun"))
	p.kill(syscall.SIGTERM)
	_ = conn.SetReadDeadline(time.Now().Add(patience))
	text, err := readTo(conn, "the end")
	p.code()
	t.Logf("%q, %v; stderr:\n%s", text, err, p.stderr.String())
	return err == nil
}

// work is run for a server that takes its work from a queue.
func (s stopped) work(p *initProcess, fill *strings.Replacer) (answered bool) {
	var argv []string
	for _, word := range s.task {
		argv = append(argv, fill.Replace(word))
	}
	send := exec.Command(argv[0], argv[1:]...)
	send.Dir = p.Dir
	if out, err := send.CombinedOutput(); err != nil {
		p.t.Fatalf("%v\n%s", err, out)
	}
	p.awaitThat("the task to begin", s.made(p, "begun"))
	p.kill(syscall.SIGTERM)
	p.code()
	answered = s.made(p, "ended")()
	p.t.Logf("ended: %v; stderr:\n%s", answered, p.stderr.String())
	return answered
}

// awaitListener connects as soon as somebody listens. seen is shown if nobody does.
func awaitListener(t *testing.T, address string, seen func() string) (conn net.Conn) {
	t.Helper()
	eventually.So(t, "a listener on "+address, func() (ok bool) {
		var err error
		conn, err = net.Dial("tcp", address)
		return err == nil
	}, seen)
	return conn
}

// made says whether a file is there.
func (s stopped) made(p *initProcess, name string) func() bool {
	return func() bool {
		_, err := os.Stat(filepath.Join(p.Dir, name))
		return err == nil
	}
}

// readTo reads up to a text.
func readTo(r io.Reader, end string) (text string, err error) {
	for buf := make([]byte, 4096); !strings.Contains(text, end); {
		n, err := r.Read(buf)
		if text += string(buf[:n]); err != nil && !strings.Contains(text, end) {
			return text, errors.Join(errors.New("cut off"), err)
		}
	}
	return text, nil
}

// slowBackend is a web server in this process, for those that only pass requests on.
func slowBackend(t *testing.T, dir string) (address string) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/slow" {
			if err := os.WriteFile(filepath.Join(dir, "begun"), nil, 0o644); err != nil {
				t.Error(err)
			}
			select {
			case <-time.After(inFlight):
			case <-r.Context().Done():
			}
		}
		_, _ = io.WriteString(w, "the end")
	}))
	t.Cleanup(s.Close)
	return s.Listener.Addr().String()
}

// TestStopTableIsWhole: every profile is in the table.
func TestStopTableIsWhole(t *testing.T) {
	rows := stopTable()
	for _, name := range profile.Names() {
		if _, ok := rows[name]; !ok {
			t.Errorf("%s has a profile and no row", name)
		}
	}
}
