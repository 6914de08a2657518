// Package php_test runs a PHP application whose image had an entrypoint script, in the three
// ways of this example.
package php_test

import (
	"strings"
	"testing"

	"entrypoint/examples/internal/dockertest"
)

// TestWays: each gives the application its directory and its number of workers, serves, and
// leaves nothing running.
func TestWays(t *testing.T) {
	dockertest.Ways(t, "script-php", func(t *testing.T, way string, image dockertest.Image) {
		// A volume belongs to root, whoever uses it.
		c := dockertest.Start(t, dockertest.Spec{Image: image, Flags: []string{"-p", "127.0.0.1::80", "--tmpfs", "/srv/data", "-e", "GREETING=Hello", "-e", "WORKERS=3"}})
		dockertest.Eventually(t, "it serves", func() bool { status, _ := c.Get(80, "/"); return status == 200 })
		if _, body := c.Get(80, "/"); !strings.HasPrefix(body, "Hello, visitor ") {
			t.Errorf("%q", body)
		}
		if owner := strings.TrimSpace(c.Exec("stat", "-c", "%U", "/srv/data").Stdout); owner != "www-data" {
			t.Errorf("the directory belongs to %s", owner)
		}
		if conf := c.Exec("cat", "/run/php-fpm.conf").Stdout; !strings.Contains(conf, "pm.max_children = 3\n") || !strings.Contains(conf, "= $GREETING\n") {
			t.Error(conf)
		}
		c.StopWell()
		if way != "kept" {
			return
		}
		// A command is a command, and options alone are php-fpm's.
		if out := dockertest.Run(t, dockertest.Spec{Image: image, Args: []string{"php", "-r", "echo 6 * 7;"}}); out.Stdout != "42" || out.Code != 0 {
			t.Errorf("%+v", out)
		}
		if out := dockertest.Run(t, dockertest.Spec{Image: image, Flags: []string{"-e", "GREETING=x"}, Args: []string{"--version"}}); !strings.Contains(out.Stdout, "fpm-fcgi") {
			t.Errorf("%+v", out)
		}
	})
}
