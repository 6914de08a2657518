package dockertest_test

import (
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"entrypoint/examples/internal/dockertest"
	"entrypoint/supervisor/skip"
)

// TestWithEngineUndone starts an engine with .ci/with-engine on a machine of its own,
// where another engine is started meanwhile: afterwards the machine is as it was, and
// has what the other engine has made. Ports that are published are answered, and
// containers reach the machine's network, on the way.
func TestWithEngineUndone(t *testing.T) {
	skip.UnlessRoot(t, "to start a Docker engine")
	_, err := exec.LookPath("dockerd")
	skip.Unless(t, err == nil, "dockerd")
	dir, bin := t.TempDir(), t.TempDir()
	answerer := filepath.Join(bin, "answerer")
	build := exec.Command("go", "build", "-o", answerer, "testdata/answerer/main.go")
	build.Env = append(build.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	cmd := exec.Command("unshare", "--net", "--mount", "--propagation", "private", "--pid", "--fork", "--kill-child", "--mount-proc",
		"testdata/undone.sh", dockertest.Top(t), dir, answerer)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	out, err := cmd.CombinedOutput()
	t.Logf("%s", out)
	if err != nil {
		t.Error(err)
	}
}
