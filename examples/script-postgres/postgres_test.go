// Package postgres_test runs a database whose image had an entrypoint script, in the three
// ways of this example.
package postgres_test

import (
	"path/filepath"
	"strings"
	"testing"

	"entrypoint/examples/internal/dockertest"
)

// TestWays: each makes the cluster once, with the password of a file, serves as the user
// postgres, reads its configuration again on HUP, and ends in good order.
func TestWays(t *testing.T) {
	secret := dockertest.WriteFile(t, filepath.Join(t.TempDir(), "password"), "it's secret\n")
	dockertest.Ways(t, "script-postgres", func(t *testing.T, way string, image dockertest.Image) {
		c := dockertest.Start(t, dockertest.Spec{Image: image, Flags: []string{
			"-v", secret + ":/run/secrets/password:ro", "-e", "POSTGRES_PASSWORD_FILE=/run/secrets/password",
		}})
		for start := range 2 {
			c.WaitLog("database system is ready to accept connections", start+1)
			out := c.Exec("env", "PGPASSWORD=it's secret", "psql", "-h", "127.0.0.1", "-U", "postgres", "-Atc", "select 40 + 2")
			if out.Stdout != "42\n" {
				t.Errorf("psql: %+v", out)
			}
			if out := c.Exec("env", "PGPASSWORD=another", "psql", "-h", "127.0.0.1", "-U", "postgres", "-Atc", "select 40 + 2"); out.Code == 0 {
				t.Error("a wrong password is as good")
			}
			if start > 0 {
				break
			}
			if owner := c.Exec("sh", "-c", "ps -o user= -p $(head -n 1 /var/lib/postgresql/data/db/postmaster.pid) || stat -c %U /proc/$(head -n 1 /var/lib/postgresql/data/db/postmaster.pid)"); !strings.Contains(owner.Stdout, "postgres") {
				t.Errorf("the server runs as %+v", owner)
			}
			if way == "kept" { // all signals of the container are the script's, and then the server's
				dockertest.Docker(t, "kill", "-s", "HUP", c.ID)
				c.WaitLog("received SIGHUP, reloading configuration files", 1)
			}
			c.StopWell()
			c.WaitLog("database system is shut down", 1)
			dockertest.Docker(t, "start", c.ID)
		}
		c.Stop()
		if log := c.Logs(); strings.Count(log, "syncing data to disk") != 1 || strings.Contains(log, "it's secret") {
			t.Error("the cluster was made more than once, or the password is in the log")
		}
	})
}
