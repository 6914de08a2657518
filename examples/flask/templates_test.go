package flask_test

import (
	"strings"
	"testing"

	"entrypoint/examples/internal/dockertest"
)

// TestTemplatesReadOnly: nginx's and uWSGI's configuration is made of templates in a
// container whose root is read-only, as root and as any user.
func TestTemplatesReadOnly(t *testing.T) {
	t.Parallel()
	conf := strings.Replace(nginxConf(t), "listen 80;", "listen ${PORT:?say where}; add_header X-Made ${MADE:-here};", 1)
	for _, flags := range []string{"--read-only --tmpfs /run", "--read-only --tmpfs /run --user 12345"} {
		t.Run(flags, func(t *testing.T) {
			t.Parallel()
			c := dockertest.Start(t, dockertest.Spec{
				Image: flask(t),
				Flags: append(
					append(publish("8080"), strings.Fields(flags)...),
					mount(file(t, conf), "/nginx.conf.in"), mount(file(t, appINI(t)+"env = MADE=${MADE:-here}\n"), "/app.ini.in"), "--env", "PORT=8080",
					"--env", "ENTRYPOINT_TEMPLATE=/nginx.conf.in -> /etc/nginx/nginx.conf, /app.ini.in -> /app.ini",
				),
			})
			if body := c.WaitServing(8080, "/"); !strings.Contains(body, page) {
				t.Errorf("GET / answered %q", body)
			}
			if log := c.Logs(); !strings.Contains(log, "nothing may be written at /etc/nginx/nginx.conf; the command line names /run/entry-point-templates") ||
				!strings.Contains(log, "getting INI configuration from /run/entry-point-templates") {
				t.Errorf("log:\n%s", log)
			}
			checkStop(t, c, 0)
		})
	}
}
