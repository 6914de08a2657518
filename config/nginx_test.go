package config

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"entrypoint/config/address/unused"
)

func TestAdaptNginx(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"absent": "", "off": "daemon off;", "on": "pid x;\ndaemon ON;", "included": "include on;"} {
		write(t, filepath.Join(dir, name), text)
	}
	for _, c := range []struct{ keys, want, warning string }{
		{"command=nginx -c DIR/absent", "[nginx -c DIR/absent -g daemon off;] [] quit", ""},
		{"command=nginx -c DIR/missing", "[nginx -c DIR/missing -g daemon off;] [] quit", ""},
		{"command=/usr/sbin/nginx -c DIR/off", "[/usr/sbin/nginx -c DIR/off] [] quit", ""},
		{"command=nginx -p DIR -c off", "[nginx -p DIR -c off] [] quit", ""},
		{"command=nginx -p . -c off\ndirectory=DIR", "[nginx -p . -c off] [] quit", ""},
		{"command=nginx -c DIR/absent -g 'daemon off;'", "[nginx -c DIR/absent -g daemon off;] [] quit", ""},
		{"command=nginx -c DIR/absent -g 'daemon on;'", "[nginx -c DIR/absent -g daemon on;] [NGINX=] quit", ""},
		{"command=nginx -c DIR/absent -g 'pid x'", "[nginx -c DIR/absent -g pid x; daemon off;] [] quit", ""},
		{
			"command=nginx -c DIR/on\nenvironment=A=1", "[nginx -c DIR/on] [A=1 NGINX=] quit",
			"DIR/on:2: [program:web] daemon: nginx is kept in the foreground all the same; the directive can be removed",
		},
		{
			"command=nginx -c DIR/included", "[nginx -c DIR/included] [NGINX=] quit",
			"DIR/on:2: [program:web] daemon: nginx is kept in the foreground all the same; the directive can be removed",
		},
		{"command=nginx -c DIR/off\nstopsignal=TERM", "[nginx -c DIR/off] [] terminated", ""},
		{"command=nginx -t -c DIR/absent", "[nginx -t -c DIR/absent] [] terminated", ""},
		{"command=sh -c nginx", "[sh -c nginx] [] terminated", ""},
	} {
		conf := mustLoad(t, "[program:web]\n"+strings.ReplaceAll(c.keys, "DIR", dir))
		p := conf.Programs[0]
		got := fmt.Sprint(p.Command, p.Environment, p.StopSignals[0].Signal)
		if got = strings.ReplaceAll(got, dir, "DIR"); got != c.want {
			t.Errorf("%s:\ngot  %s\nwant %s", c.keys, got, c.want)
		}
		if w := strings.ReplaceAll(strings.Join(conf.Warnings, "\n"), dir, "DIR"); w != c.warning {
			t.Errorf("%s:\nwarnings %s\nwant     %s", c.keys, w, c.warning)
		}
	}
}

// TestNginx runs the real one, however its configuration puts it: it must stay
// the process that was started, serve, reload on HUP, and finish a request that
// is under way when it is told to stop.
func TestNginx(t *testing.T) {
	need(t, "nginx")
	t.Parallel()
	for name, c := range map[string]struct{ conf, args string }{
		"no directive":       {"", ""},
		"daemon off":         {"daemon off;", ""},
		"daemon on":          {"daemon on;", ""},
		"included daemon on": {"include more.conf;", ""},
		"-g with others":     {"", ` -g "worker_priority 0;"`},
		"-g daemon on":       {"", ` -g "daemon on;"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir, address := t.TempDir(), unused.TCP(t, "")
			write(t, filepath.Join(dir, "more.conf"), "daemon on;")
			write(t, filepath.Join(dir, "page"), "as it was\n")
			write(t, filepath.Join(dir, "slow"), strings.Repeat("slow", 300))
			write(t, filepath.Join(dir, "nginx.conf"), c.conf+nginxConf(dir, address))
			p := program(t, "command=nginx -e "+dir+"/error.log -c "+dir+"/nginx.conf"+c.args+"\nready=tcp:"+address)
			r := run(t, p)
			r.ready()
			if body, err := io.ReadAll(open(t, "http://"+address+"/page")); string(body) != "as it was\n" {
				t.Fatalf("%q, %v", body, err)
			}
			if pid, err := os.ReadFile(filepath.Join(dir, "pid")); err != nil || strings.TrimSpace(string(pid)) != fmt.Sprint(r.cmd.Process.Pid) {
				t.Fatalf("the master is process %s, %v; %d was started", pid, err, r.cmd.Process.Pid)
			}

			workers := fmt.Sprint(r.group())
			if err := r.cmd.Process.Signal(syscall.SIGHUP); err != nil {
				t.Fatal(err)
			}
			r.until("new workers", func() bool { return r.alive() && len(r.group()) == 2 && fmt.Sprint(r.group()) != workers })

			slow := open(t, "http://"+address+"/slow")
			if code := r.stopGently(); code != 0 {
				t.Errorf("exit code %d", code)
			}
			if body, err := io.ReadAll(slow); err != nil || len(body) != 1200 {
				t.Errorf("the request in flight: %d bytes, %v", len(body), err)
			}
		})
	}
}

func nginxConf(dir, address string) string {
	conf := `
user root;
worker_processes 1;
pid DIR/pid;
events { worker_connections 64; }
http {
	access_log off;
	client_body_temp_path DIR/a; proxy_temp_path DIR/b; fastcgi_temp_path DIR/c; uwsgi_temp_path DIR/d; scgi_temp_path DIR/e;
	server {
		listen ADDRESS;
		root DIR;
		location /slow { limit_rate 600; }
	}
}
`
	return strings.NewReplacer("DIR", dir, "ADDRESS", address).Replace(conf)
}
