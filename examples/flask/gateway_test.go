package flask_test

import (
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"entrypoint/examples/internal/dockertest"
)

// TestGatewayAttacked: under Docker, with its capabilities and its filter of system
// calls, no program can look into the HTTP gateway, which is answered also where
// root has no capability.
func TestGatewayAttacked(t *testing.T) {
	t.Parallel()
	script := filepath.Join(dockertest.Top(t), "cmd", "entry-point", "testdata", "attack.py")
	for name, tt := range map[string]struct {
		flags, thief, uid string
	}{
		"nobody":          {"", "user = nobody\n", "65432"},
		"root":            {"", "", "65432"},
		"no capability":   {"--cap-drop ALL", "", "0"},
		"another user":    {"--user 12345", "", "12345"},
		"the kernel says": {"--security-opt seccomp=unconfined", "user = nobody\n", "65432"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			conf := "[program:victim]\ncommand = cat\n[program:thief]\ncommand = python3 /attack.py\n" + tt.thief
			c := dockertest.Start(t, dockertest.Spec{
				Image: flask(t), Args: []string{"-c", "/etc/attack.conf"},
				Flags: slices.Concat(strings.Fields(tt.flags), publish("9001"), []string{
					"-e", "ENTRYPOINT_HTTP=:9001", "-e", "ENTRYPOINT_HTTP_LOGIN=u:hush", "-e", "ENTRYPOINT_SETUP=off",
					mount(file(t, conf), "/etc/attack.conf"), mount(script, "/attack.py"),
				}),
			})
			for _, path := range []string{"/livez", "/healthz"} {
				dockertest.Eventually(t, path, func() bool {
					status, _ := c.Get(9001, path)
					return status == http.StatusOK
				})
			}
			dockertest.Eventually(t, "over", func() bool { return strings.Contains(c.Logs(), "over\n") })
			if log := c.Logs(); strings.Contains(log, "got ") || strings.Count(log, "no ") < 8 {
				t.Errorf("the thief said:\n%s", log)
			}
			if top := dockertest.Docker(t, "top", c.ID, "-o", "pid,uid,args"); !slices.ContainsFunc(strings.Split(top, "\n"), func(line string) bool {
				words := strings.Fields(line)
				return len(words) > 2 && words[1] == tt.uid && strings.HasSuffix(words[2], "/entry-point-gateway")
			}) {
				t.Errorf("no gateway of %s in\n%s", tt.uid, top)
			}
			checkStop(t, c, 0)
		})
	}
}
