// Package flask_test runs the example for real: its image in Docker containers,
// with nginx, uWSGI and Flask, as a user of the tutorial runs it.
package flask_test

import (
	"flag"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"entrypoint/examples/internal/dockertest"
)

// TestMain lets more tests run at once than there are cores: they wait for
// containers most of the time.
func TestMain(m *testing.M) {
	flag.Parse()
	if f := flag.Lookup("test.parallel"); f.Value.String() == f.DefValue {
		if err := f.Value.Set("4"); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}

// page is what the example's application answers at /.
const page = "<h1>Python Flask in Docker!</h1>"

// built is what all tests run; building it takes longer than most of them.
var built struct {
	sync.Once
	binary      string
	flask, bare dockertest.Image
}

func build(t *testing.T) {
	t.Helper()
	dockertest.Engine(t)
	built.Do(func() {
		dockertest.Prune(t)
		built.binary = dockertest.Binary(t)
		built.flask = dockertest.Example(t, "flask", built.binary)
		built.bare = dockertest.Build(t, dockertest.Base(t),
			"COPY entry-point /entry-point\nENTRYPOINT [\"/entry-point\"]",
			map[string]string{"entry-point": built.binary})
	})
	if built.bare == "" {
		t.Fatal("the images could not be built: see the first test that failed")
	}
}

// flask returns the example's image.
func flask(t *testing.T) dockertest.Image {
	t.Helper()
	build(t)
	return built.flask
}

// bare returns an image with nothing but Debian and entry-point.
func bare(t *testing.T) dockertest.Image {
	t.Helper()
	build(t)
	return built.bare
}

// publish makes the engine choose a free port of the loopback interface.
func publish(port string) []string { return []string{"-p", "127.0.0.1::" + port} }

// mount returns docker's flag for a read-only file or folder.
func mount(source, target string) string { return "-v=" + source + ":" + target + ":ro" }

// file writes a file for mount and returns its path.
func file(t *testing.T, text string) string {
	t.Helper()
	return dockertest.WriteFile(t, filepath.Join(t.TempDir(), "file"), text)
}

// folder returns the absolute path of a folder of this package.
func folder(t *testing.T, path string) string {
	t.Helper()
	path, err := filepath.Abs(path)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// checkStop stops a container, which must end with code. If it, or a program in it, had to
// be killed, that is 137.
func checkStop(t *testing.T, c *dockertest.Container, code int) {
	t.Helper()
	if got := c.Stop(); got != code {
		t.Errorf("exit code %d after docker stop, want %d", got, code)
	}
}
