package flask_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"entrypoint/examples/internal/dockertest"
)

// TestSizing: what a container finds of its own limits, and the secret that it was given.
func TestSizing(t *testing.T) {
	t.Parallel()
	secret := file(t, "pass word 1\n")
	for flags, c := range map[string]struct{ cpus, memory, workers int }{
		"--cpus 1.5 --memory 512m":                               {min(2, runtime.NumCPU()), 512, 4},
		"--cpuset-cpus 0 --memory 100m --user 12345 --read-only": {1, 100, 1},
	} {
		t.Run(flags, func(t *testing.T) {
			t.Parallel()
			workers := min(c.workers, 2*c.cpus)
			out := dockertest.Run(t, dockertest.Spec{
				Image: bare(t),
				Flags: append(
					strings.Fields(flags), mount(secret, "/run/secrets/db"), "-e", "DB_PASSWORD_FILE=/run/secrets/db",
					"-e", "ENTRYPOINT_PRELUDE=all", "-e", "ENTRYPOINT_SIZING=auto", "-e", "ENTRYPOINT_REQUIRE_ENV=DB_PASSWORD,PORT:port=8000",
				),
				Args: []string{"sh", "-c", `echo "$ENTRYPOINT_CPUS $ENTRYPOINT_MEMORY_MB $WEB_CONCURRENCY $GOMAXPROCS $NODE_OPTIONS $PORT $DB_PASSWORD$DB_PASSWORD_FILE"`},
			})
			want := fmt.Sprintf("%d %d %d %d --max-old-space-size=%d 8000 pass word 1\n", c.cpus, c.memory, workers, c.cpus, c.memory*3/4)
			if out.Code != 0 || out.Stdout != want || strings.Contains(out.Stderr, "pass word") {
				t.Errorf("got %q, want %q; exit code %d, stderr:\n%s", out.Stdout, want, out.Code, out.Stderr)
			}
		})
	}
}
