package main_test

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"entrypoint/supervisor/skip"
)

// load sends requests until end, and counts those that are not answered well.
type load struct {
	sent, failed atomic.Int64
	first        atomic.Pointer[string] // what was wrong at first
	stop         chan struct{}
	running      sync.WaitGroup
}

// begin sends requests from n clients, half of which keep their connections.
func begin(address string, n int) *load {
	l := &load{stop: make(chan struct{})}
	for i := range n {
		client := http.Client{Timeout: patience, Transport: &http.Transport{DisableKeepAlives: i%2 == 0}}
		l.running.Go(func() {
			for {
				select {
				case <-l.stop:
					return
				default:
				}
				l.sent.Add(1)
				if err := once(&client, "http://"+address+"/"); err != nil {
					l.failed.Add(1)
					text := err.Error()
					l.first.CompareAndSwap(nil, &text)
				}
			}
		})
	}
	return l
}

func once(client *http.Client, url string) error {
	res, err := client.Get(url)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err == nil && (res.StatusCode != 200 || string(body) != "hello\n") {
		err = fmt.Errorf("%s: %q", res.Status, body)
	}
	return err
}

// end returns when the last request is answered.
func (l *load) end(t *testing.T) {
	t.Helper()
	close(l.stop)
	l.running.Wait()
	t.Logf("%d requests, %d failed", l.sent.Load(), l.failed.Load())
	if n := l.failed.Load(); n > 0 {
		t.Errorf("%d of %d requests failed, the first one: %s", n, l.sent.Load(), *l.first.Load())
	}
}

// withProc gives p a /proc that shows its own namespace, as a container has it. words
// are a command that executes entry-point, such as setpriv.
func (p *initProcess) withProc(words ...string) {
	shell := `mount --make-rprivate / && mount -t proc proc /proc && exec "$@"`
	p.Path, p.Args = "/bin/sh", slices.Concat([]string{"sh", "-c", shell, "sh"}, words, []string{p.Path}, p.Args[1:])
}

// TestReloadUnderLoad: real nginx and uWSGI reload several times, and no request is
// lost; a configuration that is bad changes nothing.
func TestReloadUnderLoad(t *testing.T) {
	t.Parallel()
	tcp, _ := freeAddress(t, "tcp")
	p := prepare(t, "-v")
	p.write("app.py", `
def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"hello\n"]
`)
	p.write("app.ini", `
[uwsgi]
plugin = python3
module = app
master = true
processes = 2
socket = `+p.Dir+`/app.sock
chmod-socket = 666
`)
	nginx := func(more string) {
		p.write("nginx.conf", `
worker_processes 2;
pid `+p.Dir+`/nginx.pid;
error_log stderr;
events {}
http {
  access_log off;
  `+more+`
  client_body_temp_path `+p.Dir+`/b; proxy_temp_path `+p.Dir+`/p; fastcgi_temp_path `+p.Dir+`/f; uwsgi_temp_path `+p.Dir+`/u; scgi_temp_path `+p.Dir+`/s;
  server { listen `+tcp+`; location / { include /etc/nginx/uwsgi_params; uwsgi_pass unix:`+p.Dir+`/app.sock; } }
}
`)
	}
	nginx("")
	p.write("supervisord.conf", `
[program:app]
command = uwsgi --ini app.ini
directory = `+p.Dir+`
[program:web]
command = nginx -c `+p.Dir+`/nginx.conf
depends_on = app
`)
	if err := os.Chmod(filepath.Dir(p.Dir), 0o755); err != nil { // nginx' workers are www-data
		t.Fatal(err)
	}
	p.withProc()
	p.Env = append(p.Env, "ENTRYPOINT_SOCKET="+p.socket())
	p.start()
	awaitListener(t, tcp, p.stderr.String).Close() // nginx
	p.await(&p.stderr, "web: running")
	p.await(&p.stderr, "app: running")
	l := begin(tcp, 8)
	for range 3 {
		for _, name := range []string{"web", "app"} {
			if text, code := p.ctl(binary, "ctl", "reload", name); code != 0 || text != name+": reloaded\n" {
				t.Errorf("reload %s: %d %q; stderr:\n%s", name, code, text, p.stderr.String())
			}
		}
	}
	before, _ := p.ctl(binary, "ctl", "pid", "web")
	nginx("this is wrong;")
	text, code := p.ctl(binary, "ctl", "reload", "web")
	if code != 1 || !strings.Contains(text, "web: failed: its configuration is bad, nothing has changed: ") || !strings.Contains(text, `unknown directive "this"`) {
		t.Errorf("reload of a bad configuration: %d %q", code, text)
	}
	if after, _ := p.ctl(binary, "ctl", "pid", "web"); after != before {
		t.Errorf("nginx is another one: %s, before: %s", after, before)
	}
	l.end(t)
	if n := strings.Count(p.stderr.String(), "*** PAUSE"); n != 3 {
		t.Errorf("uWSGI was paused %d times, want 3", n)
	}
	if l.sent.Load() < 100 {
		t.Errorf("only %d requests", l.sent.Load())
	}
	p.kill(syscall.SIGTERM)
	p.wantCode(0)
}

// TestReloadOfBeginners: a reload waits for workers of uWSGI that ignore its signals still.
// uWSGI itself would wait for a minute for their end, paused.
func TestReloadOfBeginners(t *testing.T) {
	t.Parallel()
	_, err := exec.LookPath("uwsgi")
	skip.Unless(t, err == nil, "uwsgi")
	p := controlled(t, "[program:app]\ncommand = uwsgi --ini app.ini\nstartsecs = 0\n")
	p.write("app.py", "def application(environ, start_response):\n    start_response('200 OK', [])\n    return [b'hello']\n")
	p.write("app.ini", "[uwsgi]\nplugin = python3\nmodule = app\nmaster = true\nprocesses = 2\nsocket = "+p.Dir+"/app.sock\nhook-post-fork = exec:sleep 2\n")
	p.withProc()
	p.start()
	p.await(&p.stderr, "spawned uWSGI worker 2") // its handlers come two seconds later
	begin := time.Now()
	if text, code := p.ctl(binary, "ctl", "reload", "app"); code != 0 || text != "app: reloaded\n" {
		t.Errorf("%d %q; stderr:\n%s", code, text, p.stderr.String())
	}
	if took := time.Since(begin); took < time.Second {
		t.Errorf("the reload has taken %v, and the workers had no handlers for longer", took)
	}
}

// TestReloadOfOthers: programs that do not reload, do not run, or die of it.
func TestReloadOfOthers(t *testing.T) {
	t.Parallel()
	p := controlled(t, `
[program:plain]
command = sleep 1000
[program:down]
command = sleep 1000
autostart = no
reload_signal = HUP
[program:dies]
command = sh -c "sleep 1000 & wait"
reload_signal = USR1
reload_check = true
critical = no
[program:checked]
command = sleep 1000
reload_signal = HUP
reload_check = sh -c "echo first; echo second >&2; exit 2"
`)
	p.withProc()
	p.start()
	p.await(&p.stderr, "dies: running")
	p.await(&p.stderr, "checked: running")
	for name, want := range map[string]string{
		"plain":   "plain: failed: it is not known how it reloads: set reload_signal, or restart it\n",
		"down":    "down: not running\n",
		"dies":    "dies: failed: its process has ended meanwhile\n",
		"checked": "checked: failed: its configuration is bad, nothing has changed: first; second\n",
		"nope":    "nope: no such program\n",
	} {
		if text, code := p.ctl(binary, "ctl", "reload", name); text != want || code == 0 {
			t.Errorf("%s: %d %q, want %q", name, code, text, want)
		}
	}
	p.kill(syscall.SIGTERM)
	p.wantCode(0)
}
