package config

import (
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"syscall"
	"testing"

	"entrypoint/config/address/unused"
)

func TestUWSGIOptions(t *testing.T) {
	for name, c := range map[string]struct{ in, want string }{
		"empty":                        {"", "TERM later group 30"},
		"tutorial":                     {"socket = /run/uwsgiApp.sock  \r\nprocesses = 4", "TERM later group 30 unix /run/uwsgiApp.sock"},
		"master":                       {"master = true", "INT later group"},
		"master without a value":       {"master", "INT later group"},
		"master is anything but no":    {"master=maybe", "INT later group"},
		"no master":                    {"master = true\nmaster = Off", "TERM later group 30"},
		"die-on-term":                  {"master = 1\ndie-on-term = true", "TERM later group"},
		"die-on-term without a master": {"die-on-term = true", "TERM later group 30"},
		"graceful hook":                {"master = 1\ndie-on-term = 1\nhook-master-start = unix_signal:15 gracefully_kill_them_all", "TERM quick group"},
		"graceful hook on another":     {"master = 1\nhook-master-start = unix_signal:10 gracefully_kill_them_all", "USR1 quick group"},
		"another hook":                 {"master = 1\nhook-master-start = unix_signal:15 kill_them_all", "INT later group"},
		"hook without a master":        {"hook-master-start = unix_signal:15 gracefully_kill_them_all", "TERM later group 30"},
		"comments":                     {"# master = 1\n  ; master = 1\n", "TERM later group 30"},
		"no inline comments":           {"socket = /run/a ; b", "TERM later group 30 unix /run/a ; b"},
		"other sections":               {"[other]\nmaster = 1\n[uwsgi]\nsocket = /a\n[x]\nmaster=1", "TERM later group 30 unix /a"},
		"logic":                        {"if-env = X\nmaster = 1\nsocket = /x\nendif =\nsocket = /a", "INT later group 30 unix /a"},
		"loop":                         {"for = 1 2\nsocket = /x%(_)\nendfor=\nmaster=1", "INT later group"},
		"placeholder":                  {"socket = /run/%n.sock\nhttp-socket = $(ADDRESS)\n", "TERM later group 30"},
		"any address":                  {"http-socket = :8080", "TERM later group 30 tcp 127.0.0.1:8080"},
		"starred address":              {"http = *:8080", "TERM later group 30 tcp 127.0.0.1:8080"},
		"half a starred address":       {"http = 10.*:8080", "TERM later group 30"},
		"address":                      {"uwsgi-socket = 127.0.0.2:80", "TERM later group 30 tcp 127.0.0.2:80"},
		"IPv6":                         {"socket = [::1]:80", "TERM later group 30 tcp [::1]:80"},
		"any port":                     {"socket = 127.0.0.1:0\nsocket = 127.0.0.1:", "TERM later group 30"},
		"shared socket":                {"http = =0\nsocket = =1", "TERM later group 30"},
		"abstract socket":              {"socket = @app", "TERM later group 30"},
		"abstract sockets":             {"socket = app\nabstract-socket = 1", "TERM later group 30"},
		"chroot":                       {"socket = /run/a\nchroot = /srv", "TERM later group 30"},
		"the workers' sockets first":   {"http = :80\nsocket = /a\nsocket = /b", "TERM later group 30 unix /a"},
		"relative":                     {"socket = app.sock", "TERM later group 30 unix DIR/app.sock"},
		"relative to chdir":            {"socket = app.sock\nchdir = /srv", "TERM later group 30 unix /srv/app.sock"},
		"relative to what?":            {"socket = app.sock\nchdir = %d", "TERM later group 30"},
		"loads another":                {"ini = more.ini", "INT later group"},
		"includes another section":     {"include = DIR/more.ini:two", "TERM later group"},
		"loads itself":                 {"ini = app.ini\nmaster = 1", "INT later group"},
		"implied":                      {"cheaper = 2", "INT later group"},
		"implied, whatever it says":    {"enable-metrics = false", "INT later group"},
		"implied by a plugin":          {"py-autoreload = 1", "INT later group"},
		"implied, but not wanted":      {"stats = /run/stats\nmaster = false", "TERM later group 30"},
		"not wanted, though implied":   {"master = false\nmule = work.py", "TERM later group 30"},
		"implied in one that is set":   {"set = cron = 1 2 3 4 5 true", "INT later group"},
		"implied, with a hook":         {"hook-master-start = unix_signal:15 gracefully_kill_them_all\ndie-on-term = true\ncheaper = 2", "TERM quick group"},
		"implied in a condition":       {"if-env = X\ntouch-reload = /x\nendif =", "INT later group 30"},
		"not implied":                  {"threads = 2\nprocesses = 4\nharakiri = 30\nreq-logger = file:/x", "TERM later group 30"},
		"another format":               {"json = more.json\ninclude = x.js", "INT later group 30"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			write(t, filepath.Join(dir, "app.ini"), "[uwsgi]\n"+strings.ReplaceAll(c.in, "DIR", dir)+"\n")
			write(t, filepath.Join(dir, "more.ini"), "[uwsgi]\nmaster=1\n[two]\nmaster=1\ndie-on-term=1\n")
			p := program(t, "command=uwsgi --ini app.ini\ndirectory="+dir)
			if got := strings.ReplaceAll(stopping(p), dir, "DIR"); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

// rungs is the stop ladder, in a line.
func rungs(p *Program) string {
	var list []string
	for _, rung := range p.StopSignals {
		text := fmt.Sprint("{", rung.Signal, " ", rung.Wait)
		if rung.Group {
			text += " group"
		}
		list = append(list, text+"}")
	}
	return fmt.Sprint(list)
}

// stopping is what the profile decides, on one line.
func stopping(p *Program) string {
	s := map[syscall.Signal]string{syscall.SIGINT: "INT", syscall.SIGTERM: "TERM", syscall.SIGUSR1: "USR1"}[p.StopSignals[0].Signal]
	switch last := p.StopSignals[len(p.StopSignals)-1]; {
	case p.StopAsGroup:
		s += " group"
	case len(p.StopSignals) > 1 && p.StopSignals[1].Group:
		s += " later group"
	case last.Group:
		s += " quick group"
	}
	for _, code := range p.StopExitCodes {
		s += fmt.Sprint(" ", code)
	}
	if !p.Ready.None() {
		s += " " + p.Ready.Network() + " " + p.Ready.Address
	}
	return s
}

func TestUWSGICommands(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "app.ini"), "[uwsgi]\nmaster=1\nsocket=/a\n[two]\nsocket=/b\n")
	write(t, filepath.Join(dir, "app.yaml"), "uwsgi:\n  processes: 4\n  attach-daemon: redis-server\n")
	write(t, filepath.Join(dir, "app.xml"), "<uwsgi><processes>4</processes><mule/></uwsgi>\n")
	for keys, want := range map[string]string{
		"command=uwsgi --ini app.ini":                              "INT later group unix /a",
		"command=uwsgi --ini=app.ini":                              "INT later group unix /a",
		"command=uwsgi --ini app.ini:two":                          "TERM later group 30 unix /b",
		"command=uwsgi app.ini":                                    "INT later group unix /a",
		"command=uwsgi --enable-threads --ini app.ini":             "INT later group unix /a",
		"command=/usr/bin/uwsgi-core --master app.ini":             "INT later group unix /a",
		"command=uwsgi_python3 -M --http-socket :80":               "INT later group tcp 127.0.0.1:80",
		"command=uwsgi -s /a --die-on-term --master":               "TERM later group unix /a",
		"command=uwsgi --die-on-term app.ini:two":                  "TERM later group 30 unix /b",
		"command=uwsgi -s/a -p 4 -M":                               "INT later group unix /a",
		"command=uwsgi --json app.js":                              "INT later group 30",
		"command=uwsgi":                                            "TERM later group 30",
		"command=uwsgi\nenvironment=UWSGI_INI=app.ini":             "INT later group unix /a",
		"command=uwsgi\nenvironment=UWSGI_MASTER=1,UWSGI_HTTP=:80": "INT later group tcp 127.0.0.1:80",
		"command=uwsgi http://host/app.ini":                        "INT later group 30",
		"command=uwsgi -p 4 --cheaper 2":                           "INT later group",
		"command=uwsgi --cheap app.ini:two":                        "INT later group unix /b",
		"command=uwsgi -S cron=x app.ini:two":                      "INT later group unix /b",
		"command=uwsgi\nenvironment=UWSGI_CHEAPER=2":               "INT later group",
		"command=uwsgi --yaml app.yaml":                            "INT later group",
		"command=uwsgi --xml app.xml":                              "INT later group",
		// What the file says wins.
		"command=uwsgi app.ini\nstopsignal=TERM":              "TERM unix /a",
		"command=uwsgi app.ini\nstopasgroup=false":            "INT unix /a",
		"command=uwsgi app.ini\nready=tcp:127.0.0.1:99":       "INT later group tcp 127.0.0.1:99",
		"command=python3 uwsgi --ini app.ini\nstopsignal=INT": "INT",
	} {
		if got := stopping(program(t, keys+"\ndirectory="+dir)); got != want {
			t.Errorf("%s:\ngot  %s\nwant %s", keys, got, want)
		}
	}
}

// TestUWSGIProcesses: each process of a program is stopped in its own way.
func TestUWSGIProcesses(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "0.ini"), "[uwsgi]\nmaster=1\n")
	write(t, filepath.Join(dir, "1.ini"), "[uwsgi]\nmaster=1\ndie-on-term=1\n")
	c := mustLoad(t, "[program:web]\ncommand=uwsgi %(process_num)d.ini\nprocess_name=%(process_num)d\nnumprocs=2\ndirectory="+dir)
	if got := stopping(c.Programs[0]) + ", " + stopping(c.Programs[1]); got != "INT later group, TERM later group" {
		t.Error(got)
	}
}

// TestUWSGIInsist: uWSGI may have lost the first signal.
func TestUWSGIInsist(t *testing.T) {
	for keys, want := range map[string]string{
		"":                          "[{terminated 1.5s} {interrupt 1.5s group} {interrupt 1.5s group} {interrupt 1.5s group} {interrupt 4s group}]",
		" --master\nstopwaitsecs=3": "[{interrupt 1.5s} {interrupt 1.5s group}]",
		" --master\nstopwaitsecs=3\nkillasgroup=false":                              "[{interrupt 1.5s} {interrupt 1.5s}]",
		" --master --hook-master-start \"unix_signal:15 gracefully_kill_them_all\"": "[{terminated 1.5s} {terminated 1.5s} {terminated 1.5s} {terminated 1.5s} {terminated 2s} {interrupt 2s group}]",
		"\nstopwaitsecs=0":                 "[{terminated 0s}]",
		"\nstopsignal=INT\nstopwaitsecs=3": "[{interrupt 3s}]",
	} {
		if got := rungs(program(t, "command=uwsgi"+keys)); got != want {
			t.Errorf("%s: got %s", keys, got)
		}
	}
}

func TestUWSGIDaemonize(t *testing.T) {
	const reason = " would send uWSGI to the background; remove it, entry-point keeps uWSGI in the foreground and its output in the container's log"
	dir := t.TempDir()
	for key, line := range map[string]int{"daemonize": 3, "daemonize2": 4} {
		text := "[uwsgi]\nmaster=1\n" + strings.Repeat("x=1\n", line-3) + key + " = /var/log/uwsgi.log\n"
		write(t, filepath.Join(dir, key+".ini"), text)
		_, _, err := loadText(t, "[program:web]\npriority=x\ncommand=uwsgi "+dir+"/"+key+".ini\n[program:api]\ncommand=uwsgi "+dir+"/"+key+".ini\n[program:db]\ncommand=uwsgi "+dir+"/"+key+".ini\n")
		wantErrors(t, err, `app.conf:2: [program:web] priority: "x" is not a whole number`,
			fmt.Sprintf("%s/%s.ini:%d: [uwsgi] %s:%s", dir, key, line, key, reason))
	}
	for command, key := range map[string]string{
		"uwsgi --daemonize /log": "--daemonize", "uwsgi -d /log": "-d", "uwsgi --daemonize2=/log": "--daemonize2=/log",
		"uwsgi\nenvironment=UWSGI_DAEMONIZE=/log": "UWSGI_DAEMONIZE",
	} {
		_, _, err := loadText(t, "[program:web]\ncommand="+command)
		wantErrors(t, err, fmt.Sprintf("app.conf:2: [program:web] command: %q%s", key, reason))
	}
}

func TestUWSGIUnreadable(t *testing.T) {
	c := mustLoad(t, "[program:web]\ncommand=uwsgi --ini /nonexistent/app.ini")
	want := `app.conf:2: [program:web] command: cannot read "/nonexistent/app.ini": no such file or directory`
	if got := strings.Join(c.Warnings, "\n"); got != want {
		t.Errorf("got %s", got)
	}
	if got := stopping(c.Programs[0]); got != "INT later group 30" {
		t.Errorf("got %s", got)
	}
}

// uwsgiApp answers with two lines; between them it takes its time.
const uwsgiApp = `
import time
def app(env, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    yield b"begin\n"
    if env["PATH_INFO"] == "/slow":
        time.sleep(1.5)
    yield b"end\n"
`

// TestUWSGI runs the real one, however its app.ini puts it: the probe must find
// it, and the stop signal must end all of it in time and with a good code.
func TestUWSGI(t *testing.T) {
	need(t, "uwsgi")
	t.Parallel()
	for name, c := range map[string]struct {
		ini      string
		graceful bool // a request in flight is finished
	}{
		"tutorial":    {"processes = 4\nthreads = 2", false},
		"one process": {"", false},
		"master":      {"master = true\nprocesses = 2", false},
		"die-on-term": {"master = true\ndie-on-term = true\nprocesses = 2", false},
		"graceful":    {"master = true\nhook-master-start = unix_signal:15 gracefully_kill_them_all", true},
		// An option that turns a master on without saying so.
		"hidden master": {"processes = 2\ntouch-reload = app.py", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir, address := t.TempDir(), unused.TCP(t, "")
			app := uwsgiApp
			if !c.graceful && name != "tutorial" { // no busy machine lets it end before the stop begins
				app = strings.Replace(app, "sleep(1.5)", "sleep(60)", 1)
			}
			write(t, filepath.Join(dir, "app.py"), app)
			write(t, filepath.Join(dir, "app.ini"), "[uwsgi]\nplugins = python3\nmodule = app:app\nchdir = "+dir+
				"\nsocket = app.sock\nhttp-socket = "+address+"\n"+c.ini+"\n")
			p := program(t, "command=uwsgi --ini app.ini\nstopwaitsecs=5\ndirectory="+dir)
			if want := (Probe{Kind: ProbeUnix, Address: dir + "/app.sock"}); !reflect.DeepEqual(p.Ready, want) {
				t.Fatalf("probe %+v, want %+v", p.Ready, want)
			}
			r := run(t, p)
			r.ready()
			// uWSGI binds its sockets one after the other; the probe sees the first.
			r.until("the second socket", func() bool {
				conn, err := net.Dial("tcp", address)
				if err == nil {
					conn.Close()
				}
				return err == nil
			})
			if body, err := io.ReadAll(open(t, "http://"+address+"/")); string(body) != "begin\nend\n" {
				t.Fatalf("%q, %v", body, err)
			}
			slow := open(t, "http://"+address+"/slow")
			stop := r.stop
			if c.graceful { // however long the request takes on a busy machine
				stop = r.stopGently
			}
			code := stop()
			if code != 0 && fmt.Sprint(p.StopExitCodes) != fmt.Sprint([]int{code}) {
				t.Errorf("exit code %d, good ones are 0 and %v", code, p.StopExitCodes)
			}
			body, err := io.ReadAll(slow)
			// Without a master it depends on which of them has got the request: the others
			// are told when the first has ended.
			if finished := strings.HasSuffix(string(body), "end\n"); finished != c.graceful && name != "tutorial" {
				t.Errorf("the request in flight gave %q, %v; to be finished: %t", body, err, c.graceful)
			}
		})
	}
}

// TestUWSGIAtExit: a worker that is told twice to stop begins exit(3) a second
// time within the first. What it was about is cut short then, and now and then it
// waits for its own lock for ever. Each worker needs some time here, and must be
// left it.
func TestUWSGIAtExit(t *testing.T) {
	need(t, "uwsgi")
	t.Parallel()
	for _, options := range []string{"", "die-on-term = true\n"} {
		dir := t.TempDir()
		write(t, filepath.Join(dir, "app.py"), uwsgiApp+`
import uwsgi
def atexit():
    time.sleep(0.5)
    if uwsgi.worker_id():
        with open("ended", "a") as f:
            f.write("%d\n" % uwsgi.worker_id())
uwsgi.atexit = atexit
`)
		write(t, filepath.Join(dir, "app.ini"), "[uwsgi]\nplugins = python3\nmodule = app:app\nchdir = "+dir+
			"\nsocket = app.sock\nmaster = true\nprocesses = 4\nthreads = 2\n"+options)
		r := run(t, program(t, "command=uwsgi app.ini\ndirectory="+dir))
		r.ready()
		r.until("four workers", func() bool { return len(r.group()) == 5 })
		// A worker that has just been forked does not hear the signal: it does when
		// it has started its second thread.
		r.until("workers that serve", func() bool {
			serving := 0
			for _, pid := range r.group() {
				if threads, _ := os.ReadDir(fmt.Sprintf("/proc/%v/task", pid)); len(threads) == 2 {
					serving++
				}
			}
			return serving == 4
		})
		if code := r.stop(); code != 0 {
			t.Errorf("exit code %d", code)
		}
		ended, _ := os.ReadFile(filepath.Join(dir, "ended"))
		if got := len(strings.Fields(string(ended))); got != 4 {
			t.Errorf("%q: %d of 4 workers have come to their end by themselves: %q", options, got, ended)
		}
	}
}

// TestUWSGITerm is why TERM is not the signal for a master: it reloads.
func TestUWSGITerm(t *testing.T) {
	need(t, "uwsgi")
	t.Parallel()
	dir, address := t.TempDir(), unused.TCP(t, "")
	write(t, filepath.Join(dir, "app.py"), uwsgiApp)
	write(t, filepath.Join(dir, "app.ini"), "[uwsgi]\nplugins = python3\nmodule = app:app\nchdir = "+dir+"\nmaster = 1\nhttp-socket = "+address+"\n")
	r := run(t, program(t, "command=uwsgi app.ini\ndirectory="+dir))
	r.ready()
	_ = open(t, "http://"+address+"/")
	workers := fmt.Sprint(r.group())
	if err := r.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	r.until("another worker", func() bool { return r.alive() && len(r.group()) == 2 && fmt.Sprint(r.group()) != workers })
	if body, err := io.ReadAll(open(t, "http://"+address+"/")); string(body) != "begin\nend\n" {
		t.Fatalf("after TERM: %q, %v", body, err)
	}
	if code := r.stop(); code != 0 {
		t.Errorf("exit code %d", code)
	}
}
