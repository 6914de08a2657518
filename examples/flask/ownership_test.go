package flask_test

import (
	"strings"
	"testing"

	"entrypoint/examples/internal/dockertest"
)

// TestRandomUser: OpenShift starts containers with a number that the image does not know,
// in group 0. It has a HOME and, where the image lets it write passwd, a name.
func TestRandomUser(t *testing.T) {
	t.Parallel()
	image := dockertest.Build(t, bare(t), "RUN chmod g+w /etc/passwd && mkdir -m 775 /srv/work\nWORKDIR /srv/work", nil)
	for flags, want := range map[string]string{
		"":                            "/srv/work/.entry-point-home default default",
		"--read-only --tmpfs /tmp":    "/tmp/.entry-point-home-1000620000 default ?",
		"-e HOME=/srv/work -e USER=x": "/srv/work x x",
	} {
		out := dockertest.Run(t, dockertest.Spec{
			Image: image, Flags: append(strings.Fields(flags), "--user", "1000620000:0"),
			Args: []string{"-d", "--", "sh", "-c", `touch "$HOME/x" && echo "$HOME $USER $(whoami 2>/dev/null || echo ?)"`},
		})
		if out.Code != 0 || !strings.HasSuffix(out.Stdout, "\n"+want+"\n") {
			t.Errorf("%q: got %q, want %q; exit code %d, stderr:\n%s", flags, out.Stdout, want, out.Code, out.Stderr)
		}
	}
}

// TestOtherUser: a command of another user writes to the container's output by its path,
// and to a volume that was root's, below a read-only root.
func TestOtherUser(t *testing.T) {
	t.Parallel()
	out := dockertest.Run(t, dockertest.Spec{
		Image: bare(t),
		Flags: []string{
			"--read-only", "-v", "/data", "-e", "ENTRYPOINT_USER=www-data", "-e", "ENTRYPOINT_OWN=/data:www-data",
			"-e", "ENTRYPOINT_PUID_USER=www-data", "-e", "PUID=4711", "-e", "PGID=4712",
		},
		Args: []string{"-d", "--", "sh", "-c", `touch /data/x && stat -c %u:%g /data/x >/dev/stdout && echo "home $HOME" >/dev/stderr`},
	})
	if out.Code != 0 || !strings.HasSuffix(out.Stdout, "\n4711:4712\n") || !strings.HasSuffix(out.Stderr, "\nhome /var/www\n") {
		t.Errorf("exit code %d, stdout %q, stderr:\n%s", out.Code, out.Stdout, out.Stderr)
	}
}
