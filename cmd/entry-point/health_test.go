package main_test

import (
	"os"
	"strconv"
	"strings"
	"testing"

	"entrypoint/supervisor/eventually"
)

// awaitLaunched waits until the container's command has begun, which makes a file.
func (c *container) awaitLaunched() *container {
	c.t.Helper()
	c.run().awaitFile("launched", "\n")
	return c
}

// launched is what the containers of these tests launch.
const launched = `sh -c "echo >launched; exec sleep 1000"`

// TestHealthWhereNothingIsSupervised: one HEALTHCHECK serves all modes of an image,
// whoever is process 1, whose user asks, and whatever an earlier run has left.
func TestHealthWhereNothingIsSupervised(t *testing.T) {
	t.Parallel()
	const init = `sh -c '"$@" & wait' sh `
	const withoutPtrace = "setpriv --bounding-set -sys_ptrace "
	for name, tt := range map[string]struct {
		command, ask string
		file         string // that is there
	}{
		"below an init":                  {command: init + "/mnt/bin/entry-point " + launched},
		"debug below an init":            {command: init + "/mnt/bin/entry-point -d -- " + launched},
		"debug of another user":          {command: "setpriv --reuid 1000 --regid 1000 --clear-groups /mnt/bin/entry-point -d -- " + launched, ask: withoutPtrace},
		"another user, below":            {command: init + "setpriv --reuid 1000 --regid 1000 --clear-groups /mnt/bin/entry-point " + launched, ask: withoutPtrace},
		"marked, of another user":        {command: `sh -c 'setpriv --reuid 1000 --regid 1000 --clear-groups timeout -s KILL 1 /mnt/bin/entry-point -d -- sh -c "echo >began; exec sleep 1000"; exec setpriv --reuid 1000 --regid 1000 --clear-groups /mnt/bin/entry-point'`, ask: withoutPtrace, file: "import time\nopen('launched', 'w').write('\\n')\ntime.sleep(1000)\n"},
		"marked, of another user, below": {command: `sh -c 'setpriv --reuid 1000 --regid 1000 --clear-groups timeout -s KILL 1 /mnt/bin/entry-point -d -- sh -c "echo >began; exec sleep 1000"; setpriv --reuid 1000 --regid 1000 --clear-groups /mnt/bin/entry-point & wait'`, ask: withoutPtrace, file: "import time\nopen('launched', 'w').write('\\n')\ntime.sleep(1000)\n"},
		"a socket is left":               {command: `sh -c '/mnt/bin/entry-point -c programs.conf & while ! test -e /run/entry-point.sock; do sleep 0.05; done; kill -9 $!; exec /mnt/bin/entry-point ` + launched + `'`},
		"a socket is left, debug":        {command: `sh -c '/mnt/bin/entry-point -c programs.conf & while ! test -e /run/entry-point.sock; do sleep 0.05; done; kill -9 $!; exec /mnt/bin/entry-point -d -- ` + launched + `'`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newContainer(t, ownPlaces, tt.command).production(ready)
			if tt.file != "" {
				if err := os.Mkdir(c.Dir+"/app", 0o755); err != nil {
					t.Fatal(err)
				}
				c.write("app/app.py", tt.file, 0o644)
			}
			c.awaitLaunched()
			got, code := c.exec(0, strings.Fields(tt.ask+"/mnt/bin/entry-point ctl health")...)
			if code != 0 || !strings.HasPrefix(got, "healthy: ") {
				t.Errorf("exit code %d, %q; stderr:\n%s", code, got, c.stderr.String())
			}
		})
	}
}

// TestHealthOfTheOwnContainer: where containers share a PID namespace, one that launches
// is healthy, whatever its neighbours do, and one whose production was killed is not.
func TestHealthOfTheOwnContainer(t *testing.T) {
	t.Parallel()
	pause := newContainer(t, ownPlaces, launched).awaitLaunched()
	inside := func(command string) *container {
		b := newContainer(t, ownPlaces, "").production(ready)
		b.SysProcAttr = nil
		b.Cmd.Path = startPlain(t, "nsenter").Path
		b.Cmd.Args = []string{"nsenter", "-p", "-t", strconv.Itoa(pause.pid), "unshare", "-m", "sh", "-c", script(b.Dir, ownPlaces, command)}
		b.start()
		t.Cleanup(func() { // before it is waited for: all go with it
			_ = pause.Process.Kill()
			// nsenter takes the exit status of its child: left to somebody who does not, that
			// would keep the PID namespace, and whoever waits for its first process.
			<-b.done
		})
		eventually.So(t, "nsenter has a child", func() bool {
			list, _ := os.ReadFile("/proc/" + itoa(b.Process.Pid) + "/task/" + itoa(b.Process.Pid) + "/children")
			b.pid, _ = strconv.Atoi(strings.TrimSpace(string(list)))
			return b.pid != 0
		}, nil)
		return b
	}
	launching := inside("/mnt/bin/entry-point " + launched)
	launching.awaitFile("launched", "\n")
	neighbour := inside(produces)
	neighbour.await(&neighbour.stderr, "web: running")
	launching.wantCtl("health", "healthy: ", 0)
	neighbour.wantCtl("health", "ready", 0)
	pause.wantCtl("health", "no server", 4)
}
