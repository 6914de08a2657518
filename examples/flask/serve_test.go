package flask_test

import (
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"entrypoint/examples/internal/dockertest"
	"entrypoint/supervisor/skip"
)

// TestMakeRun does what the README says first: `make run`, a look at the page,
// Ctrl-C.
func TestMakeRun(t *testing.T) {
	// Not parallel: `make run` builds ./entry-point and the example's image.
	for name, env := range map[string][]string{
		"container": {"IMAGE=entry-point/test:make-run"},
		"native":    {"DOCKER_HOST=unix:///nonexistent"},
	} {
		t.Run(name, func(t *testing.T) {
			if name == "native" {
				needRoot(t)
			} else {
				dockertest.Engine(t)
			}
			// Somebody has the port that is asked for.
			taken, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer taken.Close()
			_, port, _ := net.SplitHostPort(taken.Addr().String())

			cmd := exec.Command("make", "-C", dockertest.Top(t), "run", "PORT="+port)
			cmd.Env = append(os.Environ(), env...)
			s := openTerminal(t, cmd)
			s.waitFor("serve: serving at ")
			s.waitFor(" - Ctrl-C stops it")
			url := regexp.MustCompile(`serve: serving at (\S+)`).FindStringSubmatch(s.all())[1]
			if strings.Contains(url, ":"+port) {
				t.Errorf("serves at a port that is taken: %s", url)
			}
			resp, err := http.Get(url)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			if body, err := io.ReadAll(resp.Body); err != nil || resp.StatusCode != 200 || !strings.Contains(string(body), page) {
				t.Errorf("got %d %q %v", resp.StatusCode, body, err)
			}
			s.typed("\x03")
			if code := s.wait(); code != 0 {
				t.Errorf("make run ended with %d after Ctrl-C, want 0", code)
			}
			if resp, err := http.Get(url); err == nil {
				resp.Body.Close()
				t.Errorf("%s is still served", url)
			}
			checkNothingLeft(t, name)
		})
	}
}

// checkNothingLeft looks for what a run of that kind could have left behind.
func checkNothingLeft(t *testing.T, kind string) {
	t.Helper()
	if kind == "container" {
		if left := dockertest.Docker(t, "ps", "-aq", "--filter", "ancestor=entry-point/test:make-run"); left != "" {
			t.Errorf("left containers: %s", left)
		}
		return
	}
	// Every process of a native run has inherited the lock of its overlay.
	locks, err := filepath.Glob(filepath.Join(dockertest.Top(t), ".cache/native/*/lock"))
	if err != nil || len(locks) == 0 {
		t.Fatalf("no lock of a native run: %v", err)
	}
	for _, path := range locks {
		lock, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer lock.Close()
		if err := unix.Flock(int(lock.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
			t.Errorf("left running: %s: %v", path, err)
		}
	}
	if mounts, err := os.ReadFile("/proc/self/mounts"); err != nil || strings.Contains(string(mounts), ".cache/native") {
		t.Errorf("left mounted: %s %v", mounts, err)
	}
}

func needRoot(t *testing.T) {
	t.Helper()
	skip.UnlessRoot(t, "for the namespaces of serve-native")
}
