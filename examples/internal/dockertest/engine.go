package dockertest

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"entrypoint/supervisor/eventually"
)

// label marks what this package made.
const label = "entry-point.test"

// commandLimit bounds one docker command, so that a container that never ends
// fails its test and not the whole run. Building an image takes the longest.
const commandLimit = 10 * time.Minute

// Output is what a command wrote and how it ended.
type Output struct {
	Stdout, Stderr string
	Code           int
}

// Engine skips the test, or fails it where CI=true, when no Docker engine
// answers.
func Engine(t testing.TB) {
	t.Helper()
	out := run(t, nil, "docker", "version", "--format", "{{.Server.Version}}")
	if out.Code == 0 {
		return
	}
	reason := "no Docker engine answers (`make test` starts one): " + strings.TrimSpace(out.Stderr)
	if os.Getenv("CI") == "true" {
		t.Fatal(reason)
	}
	t.Skip(reason)
}

// Docker runs a docker command that must succeed and returns what it printed.
func Docker(t testing.TB, args ...string) string {
	t.Helper()
	out := run(t, nil, "docker", args...)
	if out.Code != 0 {
		t.Fatalf("docker %s: exit code %d\n%s%s", strings.Join(args, " "), out.Code, out.Stdout, out.Stderr)
	}
	return strings.TrimSpace(out.Stdout)
}

// Succeeds runs a docker command that may fail.
func Succeeds(t testing.TB, args ...string) bool {
	t.Helper()
	return run(t, nil, "docker", args...).Code == 0
}

// Prune removes the images and the stopped containers that earlier runs left.
func Prune(t testing.TB) {
	t.Helper()
	for _, kind := range [][]string{{"container", "prune"}, {"image", "prune", "--all"}} {
		Docker(t, append(kind, "--force", "--filter", "label="+label, "--filter", "until=2h")...)
	}
}

// run runs a command to its end, with env over our own environment.
func run(t testing.TB, env []string, name string, args ...string) Output {
	t.Helper()
	// Not t.Context(): it has ended when the clean-up runs.
	ctx, cancel := context.WithTimeout(context.Background(), commandLimit)
	defer cancel()
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = append(os.Environ(), env...)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		t.Fatalf("%s %s: not done after %v\n%s%s", name, strings.Join(args, " "), commandLimit, &stdout, &stderr)
	case errors.Is(err, exec.ErrNotFound):
		return Output{Stderr: err.Error(), Code: 127}
	case err != nil && !errors.As(err, &exit):
		t.Fatalf("cannot run %s: %v", name, err)
	}
	return Output{stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()}
}

// Eventually waits until what is described by done has happened: long, for a machine that is
// busy with something else as well.
func Eventually(t testing.TB, what string, done func() bool) {
	t.Helper()
	eventually.Within(t, 6*time.Minute, what, done, nil)
}
