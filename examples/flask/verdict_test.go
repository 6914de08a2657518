package flask_test

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"entrypoint/examples/internal/dockertest"
)

// TestOutOfMemory: a container with a memory limit says that the kernel has killed
// what it ran, with the limit, on stderr and where Kubernetes looks for it; in
// production mode and with a command.
func TestOutOfMemory(t *testing.T) {
	t.Parallel()
	const eat = `x = [bytearray(1 << 20) for _ in range(1 << 12)]`
	for name, c := range map[string]struct {
		config string
		args   []string
		want   string
	}{
		"production": {
			config: "[program:app]\ncommand = python3 -c \"print('eating', flush=True); " + eat + "\"\nstartsecs = 60\nstartretries = 0\n", // it dies before, however busy the machine
			want:   `app: killed by SIGKILL after [^:]+: out of memory \(limit 96 MiB, 1 OOM kill in this container\); last line: eating`,
		},
		"command": {
			args: []string{"python3", "-c", eat},
			want: `killed by SIGKILL after [^:]+: out of memory \(limit 96 MiB, 1 OOM kill in this container\)`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			last, file := filepath.Join(dir, "last"), filepath.Join(dir, "programs.conf")
			for path, text := range map[string]string{last: "", file: c.config} {
				if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
					t.Fatal(err)
				}
			}
			flags := []string{"--memory", "96m", "--memory-swap", "96m", "-v", last + ":/dev/termination-log", "-v", file + ":/programs.conf:ro"}
			if c.config != "" {
				flags = append(flags, "-e", "ENTRYPOINT_CONFIG=/programs.conf")
			}
			out := dockertest.Run(t, dockertest.Spec{Image: flask(t), Flags: flags, Args: c.args})
			want := regexp.MustCompile(c.want)
			if out.Code != 137 || !want.MatchString(out.Stderr) {
				t.Errorf("exit code %d, want 137 and %s in:\n%s", out.Code, c.want, out.Stderr)
			}
			if left, err := os.ReadFile(last); err != nil || !want.Match(left) {
				t.Errorf("left for Kubernetes: %q, %v", left, err)
			}
		})
	}
}
