package flask_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"entrypoint/examples/internal/dockertest"
)

// TestHealth asks as the image's HEALTHCHECK does, in every mode: production is
// healthy when all is ready, and a container that only launches a command as long
// as that runs.
func TestHealth(t *testing.T) {
	t.Parallel()
	check := dockertest.Docker(t, "image", "inspect", "-f", "{{json .Config.Healthcheck.Test}}", string(flask(t)))
	if check != `["CMD","/entry-point","ctl","health"]` {
		t.Errorf("HEALTHCHECK %s", check)
	}
	for name, c := range map[string]struct {
		spec dockertest.Spec
		port int
		want string
	}{
		"production":       {dockertest.Spec{}, 80, "ready\n"},
		"production, user": {dockertest.Spec{Flags: []string{"--user", "12345"}}, 80, "ready\n"},
		"debug":            {dockertest.Spec{Args: []string{"-d"}}, 5000, "healthy: no programs are supervised here, entry-point launches a command\n"},
		"debug by environment, user, read only": {
			dockertest.Spec{Flags: []string{"-e", "ENTRYPOINT_DEBUG=1", "--user", "12345", "--read-only", "--tmpfs", "/run"}},
			5000,
			"healthy: no programs are supervised here, entry-point launches a command\n",
		},
		"command": {dockertest.Spec{Args: []string{"python3", "-m", "http.server", "5000"}}, 5000, "healthy: no programs are supervised here, entry-point launches a command\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c.spec.Image = flask(t)
			c.spec.Flags = append(append(c.spec.Flags, publish("80")...), publish("5000")...)
			container := dockertest.Start(t, c.spec)
			container.WaitServing(c.port, "/")
			var out dockertest.Output
			dockertest.Eventually(t, "healthy", func() bool {
				out = container.Exec("/entry-point", "ctl", "health")
				return out.Code == 0
			})
			if out.Stdout != c.want {
				t.Errorf("health says %q, want %q", out.Stdout, c.want)
			}
			if out := container.Exec("/entry-point", "ctl", "status"); name[:4] != "prod" && out.Code != 4 {
				t.Errorf("status: %+v", out)
			}
		})
	}
}

// TestHTTP: the environment opens an HTTP server, and the image has what answers.
func TestHTTP(t *testing.T) {
	t.Parallel()
	for name, flags := range map[string][]string{"root": nil, "user, read only": {"--user", "12345", "--read-only", "--tmpfs", "/run"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := dockertest.Start(t, dockertest.Spec{
				Image: flask(t), Flags: slices.Concat(flags, []string{"-e", "ENTRYPOINT_HTTP=:9001", "-e", "ENTRYPOINT_HTTP_LOGIN=u:p"}, publish("80"), publish("9001")),
			})
			c.WaitServing(80, "/")
			dockertest.Eventually(t, "ready", func() bool {
				status, _ := c.Get(9001, "/readyz")
				return status == http.StatusOK
			})
			if status, text := c.Get(9001, "/"); status != http.StatusUnauthorized {
				t.Errorf("without a password: %d %s", status, text)
			}
			top := dockertest.Docker(t, "top", c.ID, "-o", "pid,uid,args")
			user := "12345"
			if name == "root" {
				user = "65432"
			}
			found := false
			for line := range strings.Lines(top) {
				words := strings.Fields(line)
				found = found || len(words) > 2 && words[1] == user && strings.HasSuffix(words[2], "/entry-point-gateway")
			}
			if !found {
				t.Errorf("no gateway of %s in\n%s", user, top)
			}
			checkStop(t, c, 0)
		})
	}
}
