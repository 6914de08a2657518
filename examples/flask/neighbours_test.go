package flask_test

import (
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"entrypoint/examples/internal/dockertest"
)

// Programs that are ready, and that never are.
const (
	ready   = "[program:web]\ncommand = /bin/sleep 1000\nstartsecs = 0\n"
	unready = "[program:web]\ncommand = /bin/sleep 1000\nready = unix:/no/such/socket\n"
)

// supervise starts a container that supervises the programs of a configuration.
func supervise(t *testing.T, image dockertest.Image, config string, flags ...string) *dockertest.Container {
	t.Helper()
	c := dockertest.Start(t, dockertest.Spec{
		Image: image, Flags: append(flags, mount(file(t, config), "/programs.conf")), Args: []string{"-c", "/programs.conf"},
	})
	c.WaitLog("web: ", 1)
	dockertest.Eventually(t, "a server", func() bool { return c.Exec("/entry-point", "ctl", "pid").Code == 0 })
	return c
}

func wantHealth(t *testing.T, c *dockertest.Container, user, want string) {
	t.Helper()
	if out := c.ExecAs(user, "/entry-point", "ctl", "health"); !strings.HasPrefix(out.Stdout+out.Stderr, want) {
		t.Errorf("health of %s as user %q: %+v, want %q", c.ID, user, out, want)
	}
}

// TestNeighbours: of two containers that share what containers can share, each is
// steered by its own client only.
func TestNeighbours(t *testing.T) {
	t.Parallel()
	scratch := scratch(t)
	volume := func(at string) []string {
		name := dockertest.Docker(t, "volume", "create")
		t.Cleanup(func() { dockertest.Succeeds(t, "volume", "rm", "-f", name) })
		return []string{"-v", name + ":" + at}
	}
	for name, tt := range map[string]struct {
		image  dockertest.Image
		flags  []string
		second func(first *dockertest.Container) []string
		says   string
	}{
		"run":                             {bare(t), volume("/run"), nil, "finds it at /tmp/entry-point.sock"},
		"tmp, read only":                  {bare(t), append(volume("/tmp"), "--read-only"), nil, "finds it at /dev/shm/entry-point.sock"},
		"tmp, read only, no /dev/shm":     {bare(t), append(volume("/tmp"), "--read-only", "--ipc", "none"), nil, "finds it at @entry-point/"},
		"run and PID namespace":           {bare(t), volume("/run"), func(a *dockertest.Container) []string { return []string{"--pid", "container:" + a.ID} }, "finds it at /tmp/entry-point.sock"},
		"run and PID namespace, a user":   {bare(t), append(volume("/run"), "--user", "12345"), func(a *dockertest.Container) []string { return []string{"--pid", "container:" + a.ID} }, ""},
		"run and the machine's PIDs":      {bare(t), append(volume("/run"), "--pid", "host"), nil, "finds it at /tmp/entry-point.sock"},
		"network namespace, from scratch": {scratch, []string{"--read-only", "--ipc", "none"}, func(a *dockertest.Container) []string { return []string{"--network", "container:" + a.ID} }, "finds it at @entry-point/"},
		"everything": {bare(t), volume("/run"), func(a *dockertest.Container) []string {
			return []string{"--network", "container:" + a.ID, "--pid", "container:" + a.ID, "--ipc", "host", "--read-only"}
		}, "finds it at "},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := supervise(t, tt.image, ready, tt.flags...)
			flags := tt.flags
			if tt.second != nil {
				flags = append(slices.Clone(flags), tt.second(a)...)
			}
			b := supervise(t, tt.image, unready, flags...)
			b.WaitLog(tt.says, 1)
			for _, user := range []string{"", "0"} {
				wantHealth(t, a, user, "ready")
				wantHealth(t, b, user, "not ready: waiting for web")
			}
			// In the background: with a shared PID namespace, some engines never hear that
			// a command has ended which outlives its container by a moment.
			dockertest.Docker(t, "exec", "-d", b.ID, "/entry-point", "ctl", "shutdown")
			if code := b.Wait(); code != 0 {
				t.Errorf("the second container has ended with %d", code)
			}
			wantHealth(t, a, "", "ready")
			checkStop(t, a, 0)
		})
	}
}

// scratch returns an image with nothing but entry-point and a program.
func scratch(t *testing.T) dockertest.Image {
	t.Helper()
	dir := t.TempDir()
	source := dockertest.WriteFile(t, filepath.Join(dir, "sleep.go"), "package main\n\nimport \"time\"\n\nfunc main() { time.Sleep(1000 * time.Second) }\n")
	build := exec.Command("go", "build", "-trimpath", "-o", filepath.Join(dir, "sleep"), source)
	build.Env = append(build.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("cannot build a program: %v\n%s", err, out)
	}
	return dockertest.Build(t, bare(t), "FROM scratch\nCOPY entry-point /entry-point\nCOPY sleep /bin/sleep\nENTRYPOINT [\"/entry-point\"]",
		map[string]string{"entry-point": dockertest.Binary(t), "sleep": filepath.Join(dir, "sleep")})
}

// TestForgottenWord: docker exec without the word ctl starts nothing where an
// entry-point runs, and writes nothing.
func TestForgottenWord(t *testing.T) {
	t.Parallel()
	for _, flags := range []string{"", "--init", "--user 12345", "--pid=host", "--read-only --tmpfs /run"} {
		t.Run(flags, func(t *testing.T) {
			t.Parallel()
			c := supervise(t, bare(t), ready, strings.Fields(flags)...)
			for _, args := range []string{"", "-d", "--setup", "-c /programs.conf"} {
				out := c.Exec(append([]string{"/entry-point"}, strings.Fields(args)...)...)
				if out.Code != 64 || !strings.Contains(out.Stderr, "already running as process ") {
					t.Errorf("%q: exit code %d, %s", args, out.Code, out.Stderr)
				}
			}
			if out := c.Exec("/entry-point", "test", "-e", "debug1"); out.Code != 1 {
				t.Errorf("debug1 is left, or nothing is launched: %+v", out)
			}
			checkStop(t, c, 0)
		})
	}
}

// TestStaleSocketOfRoot: what a container of root has left in a volume does not lock
// out one of another user.
func TestStaleSocketOfRoot(t *testing.T) {
	t.Parallel()
	volume := dockertest.Docker(t, "volume", "create")
	t.Cleanup(func() { dockertest.Succeeds(t, "volume", "rm", "-f", volume) })
	first := supervise(t, bare(t), ready, "-v", volume+":/run")
	dockertest.Docker(t, "kill", first.ID)
	c := supervise(t, bare(t), ready, "-v", volume+":/run", "--user", "12345")
	wantHealth(t, c, "", "ready")
	wantHealth(t, c, "0", "ready")
	wantHealth(t, c, "1", `entry-point ctl: no server: "/run/entry-point.sock" may be used by root`)
	checkStop(t, c, 0)
}
