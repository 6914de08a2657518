package flask_test

import (
	"strings"
	"testing"

	"entrypoint/examples/internal/dockertest"
)

// hog takes every process that the container may have, and stays.
const hog = `
import os, time
try:
    n = 0
    while True:
        if os.fork() == 0:
            time.sleep(1000)
            os._exit(0)
        n += 1
except OSError:
    print("filled with", n, flush=True)
time.sleep(1000)
`

// TestFullOfProcesses: a program that takes every process of its container harms
// nothing else: health checks go on, ctl answers, docker stop is clean.
func TestFullOfProcesses(t *testing.T) {
	t.Parallel()
	script := file(t, hog)
	programs := file(t, "[program:good]\ncommand = sleep 1000\n[program:hog]\ncommand = python3 /hog.py\n")
	for name, c := range map[string]struct {
		spec   dockertest.Spec
		health string
		code   int
	}{
		"launch":     {dockertest.Spec{Args: []string{"python3", "/hog.py"}}, "healthy: ", 143},
		"production": {dockertest.Spec{Flags: []string{mount(programs, "/programs.conf"), "-e", "ENTRYPOINT_CONFIG=/programs.conf"}}, "ready\n", 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c.spec.Image = flask(t)
			c.spec.Flags = append(c.spec.Flags, "--pids-limit", "60", mount(script, "/hog.py"))
			container := dockertest.Start(t, c.spec)
			container.WaitLog("filled with", 1)
			var out dockertest.Output
			dockertest.Eventually(t, "health", func() bool {
				out = container.Exec("/entry-point", "ctl", "health")
				return out.Code == 0
			})
			if !strings.HasPrefix(out.Stdout, c.health) {
				t.Errorf("health says %q, want %q", out.Stdout, c.health)
			}
			if name == "production" {
				// The engine's own process in the container, which becomes ctl, may get no thread.
				dockertest.Eventually(t, "status", func() bool {
					out = container.Exec("/entry-point", "ctl", "status")
					return !strings.Contains(out.Stdout+out.Stderr, "OCI runtime")
				})
				if out.Code != 0 || strings.Count(out.Stdout, "RUNNING") != 2 {
					t.Errorf("status: %+v", out)
				}
			}
			checkStop(t, container, c.code)
		})
	}
}
