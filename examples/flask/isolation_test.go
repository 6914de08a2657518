package flask_test

import (
	"strings"
	"testing"

	"entrypoint/examples/internal/dockertest"
)

// TestIsolation runs production and a command under docker's stricter and
// looser ways to run a container.
func TestIsolation(t *testing.T) {
	t.Parallel()
	for _, flags := range []string{
		"--init",
		"--pid=host",
		"--read-only --tmpfs /run",
		"--user 12345",
		"--user 12345:54321",
		"--user 12345 --read-only --tmpfs /run",
		"--cap-drop ALL --user 12345 --security-opt no-new-privileges",
		"--memory 256m --pids-limit 100",
	} {
		t.Run(flags, func(t *testing.T) {
			t.Parallel()
			c := dockertest.Start(t, dockertest.Spec{
				Image: flask(t),
				Flags: append(publish("80"), strings.Fields(flags)...),
			})
			if body := c.WaitServing(80, "/"); !strings.Contains(body, page) {
				t.Errorf("GET / answered %q", body)
			}
			checkNoWarning(t, c.Logs())
			checkStop(t, c, 0)
		})
	}
}

// TestCommandIsolation launches a command with even less: no place to write at
// all, and a PID namespace that belongs to another container.
func TestCommandIsolation(t *testing.T) {
	t.Parallel()
	other := dockertest.Start(t, dockertest.Spec{Image: bare(t), Args: []string{"sleep", "1000"}})
	for _, flags := range []string{
		"",
		"--init",
		"--pid=container:" + other.ID,
		"--pid=host",
		"--read-only",
		"--user 12345",
		"--read-only --user 12345 --cap-drop ALL --network none",
	} {
		t.Run(flags, func(t *testing.T) {
			t.Parallel()
			for _, image := range []dockertest.Image{bare(t), flask(t)} {
				out := dockertest.Run(t, dockertest.Spec{
					Image: image,
					Flags: strings.Fields(flags),
					// The orphan ends before its parent's parent does.
					Args: []string{"sh", "-c", "(sleep 0.1 &); echo hi; sleep 0.3; exit 4"},
				})
				if out.Code != 4 || out.Stdout != "hi\n" || out.Stderr != "" {
					t.Errorf("exit code %d, stdout %q, stderr %q", out.Code, out.Stdout, out.Stderr)
				}
			}
		})
	}
	if !other.State().Running {
		t.Error("a container in the same PID namespace was ended")
	}
}

// TestNoPlaceForMarkers says once that nothing can be remembered, and goes on.
func TestNoPlaceForMarkers(t *testing.T) {
	t.Parallel()
	c := dockertest.Start(t, dockertest.Spec{
		Image: flask(t),
		Flags: append(publish("5000"), "--read-only"),
		Args:  []string{"-d"},
	})
	c.WaitServing(5000, "/")
	if n := strings.Count(c.Logs(), "debug1"); n != 1 {
		t.Errorf("marker debug1 in the log %d times, want 1:\n%s", n, c.Logs())
	}
}

// checkNoWarning looks for what entry-point itself has to complain about; uWSGI
// and nginx warn in their own ways.
func checkNoWarning(t *testing.T, log string) {
	t.Helper()
	for line := range strings.Lines(log) {
		if strings.HasPrefix(line, "entry-point: ") && strings.Contains(strings.ToLower(line), "warn") {
			t.Errorf("warning: %s", line)
		}
	}
}
