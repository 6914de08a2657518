package flask_test

import (
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"entrypoint/examples/internal/dockertest"
)

// TestKill kills the main process of nginx and of uWSGI, whose workers live on
// and hold the port and the socket.
func TestKill(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"nginx", "uwsgi"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := dockertest.Start(t, dockertest.Spec{Image: flask(t), Flags: publish("80")})
			c.WaitServing(80, "/")
			main := mainProcess(t, c, name)
			for _, signal := range []string{"-9", "-15"} {
				// The image has no kill but the shell's.
				dockertest.Docker(t, "exec", c.ID, "sh", "-c", "kill "+signal+" "+strconv.Itoa(main))
				dockertest.Eventually(t, name+" runs again", func() bool {
					now := mainProcess(t, c, name)
					ended := now != 0 && now != main
					if ended {
						main = now
					}
					return ended
				})
				dockertest.Eventually(t, "the page is served again", func() bool {
					status, body := c.Get(80, "/")
					return status == http.StatusOK && strings.Contains(body, page)
				})
			}
			if !c.State().Running {
				t.Error("the container has ended")
			}
			// Nothing of the earlier incarnations is left.
			want := map[string]int{"nginx": 1 + 4, "uwsgi": 4}
			for name, n := range want {
				dockertest.Eventually(t, "as many processes of "+name+" as at first", func() bool {
					return len(processes(t, c, name)) == n
				})
			}
			checkStop(t, c, 0)
		})
	}
}

// mainProcess returns the process of that name that entry-point started, as the
// container numbers it; 0 when there is none. It leads its process group; one
// that was left behind has PID 1 for a parent too.
func mainProcess(t *testing.T, c *dockertest.Container, name string) int {
	t.Helper()
	for _, p := range processes(t, c, name) {
		if p.parent == 1 && p.group == p.pid {
			return p.pid
		}
	}
	return 0
}

type process struct{ pid, parent, group int }

// processes lists those of a name. The image has no ps: /proc is read.
func processes(t *testing.T, c *dockertest.Container, name string) (found []process) {
	t.Helper()
	out := c.Exec("sh", "-c", "cat /proc/[0-9]*/stat 2>/dev/null")
	for line := range strings.Lines(out.Stdout) {
		// pid (name) state parent group ...; no name in this image has a blank.
		var p process
		var comm, state string
		if _, err := fmt.Sscan(line, &p.pid, &comm, &state, &p.parent, &p.group); err != nil {
			t.Fatalf("cannot read /proc/PID/stat: %q: %v", line, err)
		}
		if comm == "("+name+")" && state != "Z" {
			found = append(found, p)
		}
	}
	return found
}

// TestCannotStart has a program that can never be kept up: the container stops
// the rest and ends with that program's exit code.
func TestCannotStart(t *testing.T) {
	t.Parallel()
	conf := file(t, `
[program:steady]
command=sh -c "trap 'echo steady stops; exit 0' TERM; while :; do sleep 0.1; done"
priority=1

[program:broken]
command=sh -c "echo broken tries; exit 9"
priority=2
startretries=4
`)
	c := dockertest.Start(t, dockertest.Spec{
		Image: bare(t),
		Flags: []string{mount(conf, "/test.conf")},
		Args:  []string{"-c", "/test.conf"},
	})
	if code := c.Wait(); code != 9 {
		t.Errorf("exit code %d, want that of the program, 9", code)
	}
	log := c.Logs()
	// Lines of its own: a verdict says it, too.
	if n := len(regexp.MustCompile(`(?m)^broken tries$`).FindAllString(log, -1)); n != 5 {
		t.Errorf("started %d times, want 5", n)
	}
	if strings.Count(log, "steady stops\n") != 1 {
		t.Error("the other program was not stopped")
	}
}

// TestNginxCannotStart is the same on the real thing: a mistake in nginx.conf.
func TestNginxCannotStart(t *testing.T) {
	t.Parallel()
	conf := file(t, strings.Replace(nginxConf(t), "listen 80;", "listen 203.0.113.1:80;", 1)) // not ours
	c := dockertest.Start(t, dockertest.Spec{Image: flask(t), Flags: []string{mount(conf, "/etc/nginx/nginx.conf")}})
	if code := c.Wait(); code != 1 {
		t.Errorf("exit code %d, want nginx's, 1", code)
	}
	// nginx says why, once each time, and so does the verdict, after other words.
	if n := len(regexp.MustCompile(`(?m)^\S+ \S+ \[emerg\] .*bind\(\) to 203\.0\.113\.1:80 failed`).FindAllString(c.Logs(), -1)); n != 5 {
		t.Errorf("nginx was started %d times, want 5", n)
	}
}
