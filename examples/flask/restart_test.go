package flask_test

import (
	"path/filepath"
	"strings"
	"testing"

	"entrypoint/examples/internal/dockertest"
)

func TestRestart(t *testing.T) {
	t.Parallel()
	c := dockertest.Start(t, dockertest.Spec{Image: flask(t), Flags: publish("80")})
	c.WaitServing(80, "/")
	marked := c.Exec("stat", "-c", "%i %y", "/debug0").Stdout
	c.Restart()
	c.WaitServing(80, "/")
	if again := c.Exec("stat", "-c", "%i %y", "/debug0").Stdout; marked == "" || again != marked {
		t.Errorf("marker debug0 was %q, is %q after a restart", marked, again)
	}
	log := c.Logs()
	if n := strings.Count(log, "Running app in production mode!\n"); n != 2 {
		t.Errorf("production mode in the log %d times, want 2", n)
	}
	for _, tool := range []string{"apt-get", "pip"} {
		if strings.Contains(log, tool) {
			t.Errorf("%s was run again", tool)
		}
	}
}

// TestRestartDebug restarts a container that was started with -d, and starts others
// from an image that has its marker.
func TestRestartDebug(t *testing.T) {
	t.Parallel()
	t.Run("flag", func(t *testing.T) {
		t.Parallel()
		c := dockertest.Start(t, dockertest.Spec{Image: flask(t), Flags: publish("5000"), Args: []string{"-d"}})
		c.WaitServing(5000, "/")
		if c.Exec("test", "-e", "/debug1").Code != 0 {
			t.Error("-d made no marker debug1")
		}
		c.Restart()
		c.WaitServing(5000, "/")
		c.WaitLog("Running app in debug mode!\n", 2)
		if log := c.Logs(); strings.Contains(log, "debug1") {
			t.Errorf("the flag chose the mode, and the log names the marker:\n%s", log)
		}
	})
	t.Run("marker", func(t *testing.T) {
		t.Parallel()
		debugged := dockertest.Start(t, dockertest.Spec{Image: flask(t), Flags: publish("5000"), Args: []string{"-d"}})
		debugged.WaitServing(5000, "/")
		mark := debugged.Exec("cat", "/debug1").Stdout
		debugged.Restart()
		debugged.WaitLog("Running app in debug mode!\n", 2)
		if again := debugged.Exec("cat", "/debug1").Stdout; again != mark || mark == "" {
			t.Errorf("the same container has another name after a restart: %q became %q", mark, again)
		}
		file := dockertest.WriteFile(t, filepath.Join(t.TempDir(), "debug1"), mark)
		c := dockertest.Start(t, dockertest.Spec{Image: flask(t), Flags: append(publish("80"), "-v", file+":/debug1")})
		c.WaitServing(80, "/")
		c.WaitLog("Running app in production mode!\n", 1)
		c.WaitLog(`marker "debug1" is for the container or machine "`, 1)
	})
}

// TestProductionOverride starts with a marker that a script has left.
func TestProductionOverride(t *testing.T) {
	t.Parallel()
	image := dockertest.Build(t, flask(t), "RUN touch /debug1", nil)

	c := dockertest.Start(t, dockertest.Spec{Image: image, Flags: publish("80"), Args: []string{"--production"}})
	c.WaitServing(80, "/")
	c.WaitLog("Running app in production mode!\n", 1)
	if c.Exec("test", "-e", "/debug1").Code == 0 {
		t.Error("--production left the marker debug1")
	}
}
