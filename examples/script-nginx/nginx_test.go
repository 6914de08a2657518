// Package nginx_test runs a web server whose image had an entrypoint script, in the three
// ways of this example.
package nginx_test

import (
	"strings"
	"testing"

	"entrypoint/examples/internal/dockertest"
)

// TestWays: each makes nginx.conf of the environment, refuses to start without what it
// needs, and ends nginx in good order.
func TestWays(t *testing.T) {
	dockertest.Ways(t, "script-nginx", func(t *testing.T, way string, image dockertest.Image) {
		c := dockertest.Start(t, dockertest.Spec{Image: image, Flags: []string{"-p", "127.0.0.1::8081", "-e", "PORT=8081", "-e", "GREETING=Hello " + way}})
		if body := c.WaitServing(8081, "/"); body != "Hello "+way+"\n" {
			t.Errorf("%q", body)
		}
		if conf := c.Exec("cat", "/run/nginx.conf").Stdout; !strings.Contains(conf, "add_header X-Host $host;") {
			t.Errorf("nginx's own variable:\n%s", conf)
		}
		c.StopWell()
		out := dockertest.Run(t, dockertest.Spec{Image: image})
		if out.Code == 0 || !strings.Contains(out.Stdout+out.Stderr, "GREETING") {
			t.Errorf("without GREETING: %+v", out)
		}
		if way == "gone" && out.Code != 78 {
			t.Errorf("exit code %d", out.Code)
		}
	})
}
