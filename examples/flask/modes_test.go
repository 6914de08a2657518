package flask_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"entrypoint/examples/internal/dockertest"
)

func TestProduction(t *testing.T) {
	t.Parallel()
	c := dockertest.Start(t, dockertest.Spec{Image: flask(t), Flags: publish("80")})
	if body := c.WaitServing(80, "/"); !strings.Contains(body, page) {
		t.Errorf("GET / answered %q", body)
	}
	resp, err := http.Get(c.URL(80))
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if server := resp.Header.Get("Server"); !strings.HasPrefix(server, "nginx") {
		t.Errorf("answered by %q, want nginx", server)
	}
	if !strings.Contains(c.Logs(), "Running app in production mode!\n") {
		t.Error("the log does not say production mode")
	}
	checkStop(t, c, 0)
}

// TestDebug tries each way to ask for debug mode that the tutorial or its
// readers use.
func TestDebug(t *testing.T) {
	t.Parallel()
	for name, spec := range map[string]dockertest.Spec{
		"-d":             {Args: []string{"-d"}},
		"-d debug":       {Args: []string{"-d", "debug"}},
		"-ddebug":        {Args: []string{"-ddebug"}},
		"--debug":        {Args: []string{"--debug"}},
		"by environment": {Flags: []string{"-e", "ENTRYPOINT_DEBUG=1"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			spec.Image, spec.Flags = flask(t), append(spec.Flags, publish("5000")...)
			c := dockertest.Start(t, spec)
			if body := c.WaitServing(5000, "/"); !strings.Contains(body, page) {
				t.Errorf("GET / answered %q", body)
			}
			if !strings.Contains(c.Logs(), "Running app in debug mode!\n") {
				t.Error("the log does not say debug mode")
			}
			if top := dockertest.Docker(t, "top", c.ID); strings.Contains(top, "nginx") || strings.Contains(top, "uwsgi") {
				t.Errorf("debug mode runs more than Flask:\n%s", top)
			}
			// Flask's reloader turns TERM into exit code 0.
			checkStop(t, c, 0)
		})
	}
}

// TestDebugReload edits the application of a running container, as the tutorial
// does with -v $PWD/app:/app.
func TestDebugReload(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile("app/app.py")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	edit := func(heading string) {
		text := strings.Replace(string(source), "Python Flask in Docker!", heading, 1)
		dockertest.WriteFile(t, filepath.Join(dir, "app.py"), text)
	}
	edit("first")
	c := dockertest.Start(t, dockertest.Spec{
		Image: flask(t),
		Flags: append(publish("5000"), "-v", dir+":/app"),
		Args:  []string{"-d", "debug"},
	})
	c.WaitServing(5000, "/")
	edit("second")
	dockertest.Eventually(t, "the edited page is served", func() bool {
		_, body := c.Get(5000, "/")
		return strings.Contains(body, "<h1>second</h1>")
	})
}

func TestDebugCommand(t *testing.T) {
	t.Parallel()
	out := dockertest.Run(t, dockertest.Spec{Image: flask(t), Args: []string{"-d", "--", "sh", "-c", "echo $0 $1; exit 3", "a", "b c"}})
	if out.Code != 3 || out.Stdout != "Running app in debug mode!\na b c\n" {
		t.Errorf("exit code %d, stdout %q", out.Code, out.Stdout)
	}
}

// TestHelp holds that asking for help is no first start.
func TestHelp(t *testing.T) {
	t.Parallel()
	for _, arg := range []string{"-h", "--help", "-V", "--version"} {
		t.Run(arg, func(t *testing.T) {
			t.Parallel()
			c := dockertest.Start(t, dockertest.Spec{Image: flask(t), Args: []string{arg}})
			if code := c.Wait(); code != 0 {
				t.Errorf("exit code %d", code)
			}
			out := c.Output()
			want := "entry-point"
			if out.Stderr != "" || !strings.Contains(out.Stdout, want) {
				t.Errorf("stdout %q, stderr %q", out.Stdout, out.Stderr)
			}
			if diff := dockertest.Docker(t, "diff", c.ID); diff != "" {
				t.Errorf("files changed:\n%s", diff)
			}
		})
	}
}

func TestUsage(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"--nope"}, {"-x"}, {"--rewrite", "15:999"}} {
		t.Run(strings.Join(args, " "), func(t *testing.T) {
			t.Parallel()
			out := dockertest.Run(t, dockertest.Spec{Image: flask(t), Args: args})
			if out.Code != 64 || out.Stdout != "" || strings.Count(out.Stderr, "\n") != 1 {
				t.Errorf("exit code %d, stdout %q, stderr %q", out.Code, out.Stdout, out.Stderr)
			}
		})
	}
}

func TestCheckConfiguration(t *testing.T) {
	t.Parallel()
	good := file(t, "[program:web]\ncommand=sleep 1\n")
	bad := file(t, "[program:web]\ncommand=sleep 1\nstopsignal=TREM\npriority=first\n")
	for _, c := range []struct {
		path string
		code int
		says []string
	}{
		{good, 0, nil},
		{bad, 78, []string{"/test.conf:3", "stopsignal", "TREM", "/test.conf:4", "priority"}},
		{"", 78, []string{"/test.conf"}}, // not there
	} {
		spec := dockertest.Spec{Image: flask(t), Args: []string{"-t", "-c", "/test.conf"}}
		if c.path != "" {
			spec.Flags = []string{mount(c.path, "/test.conf")}
		}
		out := dockertest.Run(t, spec)
		if out.Code != c.code {
			t.Errorf("exit code %d, want %d: %s", out.Code, c.code, out.Stderr)
		}
		for _, text := range c.says {
			if !strings.Contains(out.Stderr, text) {
				t.Errorf("%q is missing in: %s", text, out.Stderr)
			}
		}
	}
}
