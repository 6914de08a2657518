package main_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"entrypoint/config/address/unused"
	"entrypoint/supervisor/eventually"
	"entrypoint/supervisor/skip"
)

// TestCheckShowsProfiles: -t says how each program is supervised, and with -v
// which commands its profile knows.
func TestCheckShowsProfiles(t *testing.T) {
	t.Parallel()
	p := supervise(t, `
[entrypoint]
stop_budget = 1m
[program:web]
command = gunicorn -b 127.0.0.1:5000 app:app
[program:tasks]
command = celery -A app worker
stopsignal = TERM:20, QUIT
[program:other]
command = sleep 1
`, "-t", "-v")
	p.wantCode(0)
	_, got, _ := strings.Cut(p.stderr.String(), "is good\n")
	want := `entry-point:   other  -         stop TERM 10s
entry-point:   tasks  celery    stop TERM 20s, QUIT 10s  reload HUP
entry-point:   web    gunicorn  stop TERM 8s, QUIT 2s    reload HUP  reopen USR1  ready tcp:127.0.0.1:5000
entry-point: tasks: in debug mode: entry-point -d -- celery -A app worker -l DEBUG
entry-point: web: is checked by: gunicorn --check-config -b 127.0.0.1:5000 app:app
entry-point: web: in debug mode: entry-point -d -- gunicorn -b 127.0.0.1:5000 app:app --reload
`
	if got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

// TestProfileForReal: gunicorn under PID 1 is ready when it listens, opens its
// own log again with USR2, shows its profile, and ends well in time.
func TestProfileForReal(t *testing.T) {
	t.Parallel()
	_, err := exec.LookPath("gunicorn")
	skip.Unless(t, err == nil, "gunicorn")
	address := unused.TCP(t, "")
	p := controlled(t, `
[entrypoint]
stop_budget = 1m
[program:web]
command = sh -c "exec gunicorn --access-logfile access.log app:app"
directory = %(here)s
stopwaitsecs = 50
[program:front]
command = sh -c "echo front up; `+loop+`"
depends_on = web
`)
	p.write("app.py", "def app(env, start_response):\n    start_response('200 OK', [])\n    return [b'hello']\n")
	p.write("gunicorn.conf.py", "bind = '"+address+"'\n")
	p.start()
	p.await(&p.stdout, "front up")
	p.await(&p.stderr, "web: ready, accepts connections on "+address)
	if out, _ := p.ctl(binary, "ctl", "status", "web"); !strings.Contains(out, "  gunicorn  pid ") {
		t.Errorf("status:\n%s", out)
	}
	if err := os.Rename(filepath.Join(p.Dir, "access.log"), filepath.Join(p.Dir, "moved.log")); err != nil {
		t.Fatal(err)
	}
	p.kill(syscall.SIGUSR2)
	p.await(&p.stderr, "web: sent SIGUSR1, to open its own log files again")
	eventually.So(t, "gunicorn opens its log again", func() bool {
		_, err := os.Stat(filepath.Join(p.Dir, "access.log"))
		return err == nil
	}, nil)
	p.kill(syscall.SIGTERM)
	p.wantCode(0)
	if got := p.stderr.String(); strings.Contains(got, "killing") {
		t.Errorf("stderr:\n%s", got)
	}
}
