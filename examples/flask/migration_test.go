package flask_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"entrypoint/examples/internal/dockertest"
)

// TestMigrationOnce: two containers start at once on one volume; one of them
// migrates, the other waits for it, and both serve then.
func TestMigrationOnce(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	volume, file := filepath.Join(dir, "data"), filepath.Join(dir, "programs.conf")
	if err := os.Mkdir(volume, 0o777); err != nil {
		t.Fatal(err)
	}
	dockertest.WriteFile(t, file, `
[program:migrate]
type = oneshot
once = per-volume
once_dir = /data
command = sh -c "echo begins >>/data/ran; while [ ! -e /data/go ]; do sleep 0.05; done; echo ends >>/data/ran"
[program:web]
depends_on = migrate
command = sh -c "echo web sees $(wc -l </data/ran); exec sleep 1000"
`)
	spec := dockertest.Spec{Image: flask(t), Flags: []string{"-v", volume + ":/data", "-v", file + ":/programs.conf:ro", "-e", "ENTRYPOINT_CONFIG=/programs.conf"}}
	both := []*dockertest.Container{dockertest.Start(t, spec), dockertest.Start(t, spec)}
	waits := func(c *dockertest.Container) bool {
		return strings.Contains(c.Logs(), "migrate: waits for another container that runs it")
	}
	dockertest.Eventually(t, "one waits", func() bool { return waits(both[0]) || waits(both[1]) })
	dockertest.WriteFile(t, filepath.Join(volume, "go"), "")
	for _, c := range both {
		dockertest.Eventually(t, "the web is up", func() bool { return strings.Contains(c.Logs(), "web sees 2") })
		dockertest.Eventually(t, "healthy", func() bool { return c.Exec("/entry-point", "ctl", "health").Code == 0 })
	}
	ran, err := os.ReadFile(filepath.Join(volume, "ran"))
	if err != nil || string(ran) != "begins\nends\n" || waits(both[0]) == waits(both[1]) {
		t.Errorf("the migrations: %q, %v", ran, err)
	}
}
