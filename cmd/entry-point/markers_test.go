package main_test

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestMarkers: a marker of debug mode counts in the container that it is for, and in no
// other that has the same files: not in one that a bind mount has left it to, and while
// an image is built it is refused.
func TestMarkers(t *testing.T) {
	t.Parallel()
	p := prepare(t, "-d", "--", "true")
	p.start().wantCode(0)
	mark := p.read("debug1")
	if mark == "" {
		t.Fatal("-d made no marker that names its container")
	}
	in := func(mark string, args ...string) *initProcess {
		t.Helper()
		n := prepare(t, args...)
		if err := os.Mkdir(filepath.Join(n.Dir, "app"), 0o755); err != nil {
			t.Fatal(err)
		}
		n.write("app/app.py", "print('debugging', flush=True)\n")
		n.write("Procfile", "web: echo serving; sleep 1000\n")
		n.write("debug1", mark)
		n.Env = append(n.Env, "ENTRYPOINT_SOCKET=none")
		return n.start()
	}
	n := in(mark)
	n.wantCode(0)
	if !strings.Contains(n.stdout.String(), "debugging\n") || !strings.Contains(n.stderr.String(), "debug mode, because marker debug1") {
		t.Errorf("in the same container: stdout:\n%sstderr:\n%s", n.stdout.String(), n.stderr.String())
	}
	for _, other := range []string{strings.TrimSuffix(mark, "\n") + "0\n", ""} {
		n = in(other)
		n.await(&n.stdout, "serving")
		n.await(&n.stderr, `entry-point: marker "debug1" `)
		n.kill(syscall.SIGTERM)
		n.wantCode(0)
		for _, build := range []string{"-t", "--setup"} {
			n = in(other, build)
			n.wantCode(78)
			if said := n.stderr.String(); !strings.Contains(said, `marker "debug1" `) || !strings.Contains(said, ".dockerignore") {
				t.Errorf("%s: stderr:\n%s", build, said)
			}
		}
	}
}
