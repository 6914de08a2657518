// Package supervisord_test runs an image's old supervisord command with
// entry-point in supervisord's place.
package supervisord_test

import (
	"strings"
	"testing"

	"entrypoint/examples/internal/dockertest"
)

func image(t *testing.T) dockertest.Image {
	t.Helper()
	dockertest.Engine(t)
	return dockertest.Example(t, "supervisord", dockertest.Binary(t))
}

// TestOldCommand: the CMD and the file of supervisord serve, run their workers
// as another user, take a changed file, and stop.
func TestOldCommand(t *testing.T) {
	c := dockertest.Start(t, dockertest.Spec{Image: image(t), Flags: []string{"-p", "127.0.0.1::80"}})
	c.WaitServing(80, "/")
	for _, line := range []string{"worker 0 begins as www-data", "worker 1 begins as www-data"} {
		c.WaitLog(line, 1)
	}
	if pid := strings.TrimSpace(c.Exec("cat", "/run/supervisord.pid").Stdout); pid != "1" {
		t.Errorf("pidfile: %q", pid)
	}
	nginx := c.Exec("cat", "/run/nginx.pid").Stdout

	c.Exec("sed", "-i", "s/numprocs=2/numprocs=3/", "/etc/supervisor/supervisord.conf")
	dockertest.Docker(t, "kill", "-s", "HUP", c.ID)
	c.WaitLog("worker 2 begins as www-data", 1)
	if now := c.Exec("cat", "/run/nginx.pid").Stdout; now != nginx {
		t.Errorf("nginx was restarted: process %s, before %s", now, nginx)
	}

	c.StopWell()
	log := c.Logs()
	for _, line := range []string{"worker 0 has finished", "worker 1 has finished", "worker 2 has finished"} {
		if !strings.Contains(log, line) {
			t.Errorf("no %q in\n%s", line, log)
		}
	}
}

// TestNoFile: a file that is not there is said before anything is started.
func TestNoFile(t *testing.T) {
	out := dockertest.Run(t, dockertest.Spec{Image: image(t), Args: []string{"supervisord", "-n", "-c", "/no/such.conf"}})
	if out.Code != 78 || !strings.Contains(out.Stderr, "/no/such.conf") {
		t.Errorf("exit code %d, stderr %q", out.Code, out.Stderr)
	}
}
