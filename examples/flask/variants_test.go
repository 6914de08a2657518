package flask_test

import (
	"strings"
	"testing"

	"entrypoint/examples/internal/dockertest"
)

// TestNginxVariants runs the nginx.conf files that people have.
func TestNginxVariants(t *testing.T) {
	t.Parallel()
	conf := nginxConf(t)
	for name, text := range map[string]string{
		"daemon off":       "daemon off;\n" + conf,
		"daemon on":        "daemon on;\n" + conf,
		"daemon in a line": strings.Replace(conf, "user nginx;", "user nginx; daemon   off ;", 1),
		"daemon commented": "# daemon off;\n" + conf,
		"tutorial's logs":  strings.Replace(strings.Replace(conf, "error_log stderr;", "", 1), "access_log off;", "access_log off; error_log off;", 1),
		"no temp paths":    removeLines(conf, "_temp_path"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := dockertest.Start(t, dockertest.Spec{
				Image: flask(t),
				Flags: append(publish("80"), mount(file(t, text), "/etc/nginx/nginx.conf")),
			})
			c.WaitServing(80, "/")
			if main := mainProcess(t, c, "nginx"); main == 0 {
				t.Error("nginx is not a child of entry-point: it went to the background")
			}
			checkStop(t, c, 0)
		})
	}
}

// TestAppINIVariants runs the app.ini files that people have. That they stop
// well is TestStopInFlight's.
func TestAppINIVariants(t *testing.T) {
	t.Parallel()
	for name, ini := range map[string]struct {
		lines   string
		loads   int // how many processes load the application before the stop
		workers int // how many of them are up before it
	}{
		"master":      {"master = true\n", 1, 4},
		"die-on-term": {"master = true\ndie-on-term = true\n", 1, 4},
		"lazy":        {"lazy-apps = true\nmaster = 1\n", 4, 4},
		// The stop finds workers that still import the application: they make
		// Python's KeyboardInterrupt of uWSGI's signal and go on.
		"lazy, early":  {"lazy-apps = true\nmaster = true\n", 1, 0},
		"vacuum":       {"vacuum = true\n", 1, 4},
		"cheaper":      {"master = true\ncheaper = 1\n", 1, 1},
		"daemonize no": {"# daemonize = /var/log/uwsgi.log\n", 1, 4},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := dockertest.Start(t, dockertest.Spec{
				Image: flask(t),
				Flags: append(publish("80"), mount(file(t, appINI(t)+ini.lines), "/app.ini")),
			})
			c.WaitServing(80, "/")
			c.WaitLog("WSGI app 0 ", ini.loads)
			waitWorkers(t, c, ini.workers)
			checkStop(t, c, 0)
		})
	}
}

// TestDaemonizeRefused: a uWSGI in the background cannot be supervised.
func TestDaemonizeRefused(t *testing.T) {
	t.Parallel()
	out := dockertest.Run(t, dockertest.Spec{
		Image: flask(t),
		Flags: []string{mount(file(t, appINI(t)+"daemonize = /run/uwsgi.log\n"), "/app.ini")},
	})
	if out.Code != 78 || !strings.Contains(out.Stderr, "/app.ini:11") || !strings.Contains(out.Stderr, "daemonize") {
		t.Errorf("exit code %d, stderr %q", out.Code, out.Stderr)
	}
}

func removeLines(text, with string) string {
	var kept strings.Builder
	for line := range strings.Lines(text) {
		if !strings.Contains(line, with) {
			kept.WriteString(line)
		}
	}
	return kept.String()
}
