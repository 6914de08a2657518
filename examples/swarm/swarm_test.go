// Package swarm_test runs the stack in a real Docker Swarm of one node.
package swarm_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"entrypoint/examples/internal/dockertest"
)

// TestRollingUpdate replaces three replicas by those of another image while a
// client asks as fast as it can: no request fails, and each old replica ends by
// itself.
func TestRollingUpdate(t *testing.T) {
	dockertest.Engine(t)
	first := dockertest.Example(t, "flask", dockertest.Binary(t))
	second := dockertest.Build(t, first, "ENV RELEASE=2", nil)
	swarm(t)
	if _, err := os.ReadFile("stack.yml"); err != nil { // another one is another test, not a cached result
		t.Fatal(err)
	}

	const stack = "entry-point-test"
	t.Setenv("IMAGE", string(first))
	dockertest.Docker(t, "stack", "deploy", "-c", "stack.yml", stack)
	t.Cleanup(func() {
		dockertest.Docker(t, "stack", "rm", stack)
		dockertest.Eventually(t, "the stack's network is gone", func() bool {
			return dockertest.Docker(t, "network", "ls", "-q", "--filter", "name="+stack) == ""
		})
	})
	service := stack + "_web"
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(dockertest.Docker(t, "service", "ps", "--no-trunc", service))
		}
	})
	replicas := func(want string) func() bool {
		return func() bool {
			return dockertest.Docker(t, "service", "ls", "--filter", "name="+service, "--format", "{{.Replicas}}") == want
		}
	}
	dockertest.Eventually(t, "three replicas are healthy", replicas("3/3"))

	client, err := filepath.Abs("testdata/client.py")
	if err != nil {
		t.Fatal(err)
	}
	// Launched by entry-point, which passes its standard input on.
	load := dockertest.Interact(t, dockertest.Spec{
		Image: first, Flags: []string{"--network", stack + "_front", "-v", client + ":/client.py:ro"},
		Args: []string{"python3", "/client.py"},
	})
	load.Await("asking\n")

	dockertest.Docker(t, "service", "update", "--quiet", "--detach=false", "--update-monitor", "1s", "--image", string(second), "--no-resolve-image", service)
	dockertest.Eventually(t, "the old replicas have ended", func() bool {
		return running(t, service, first) == 0 && running(t, service, second) == 3
	})
	out := load.Finish("enough\n")
	t.Log(strings.TrimSpace(out))

	answers, from, failures := 0, 0, -1
	summary := out[strings.LastIndex(strings.TrimSpace(out), "\n")+1:]
	if _, err := fmt.Sscanf(summary, "answers %d replicas %d failures %d", &answers, &from, &failures); err != nil {
		t.Fatal(err)
	}
	if failures != 0 || answers < 1000 || from < 6 {
		t.Errorf("%d answers of %d replicas, %d failures; want at least 1000 of 6, and 0", answers, from, failures)
	}
	for _, task := range tasks(t, service) {
		if task.image == string(first) && task.code != "0" {
			t.Errorf("an old replica has ended with %s", task.code)
		}
	}
}

// task is one replica, of now or of before.
type task struct{ image, state, code string }

func tasks(t *testing.T, service string) (list []task) {
	t.Helper()
	ids := strings.Fields(dockertest.Docker(t, "service", "ps", "-q", service))
	const format = "{{.Spec.ContainerSpec.Image}} {{.Status.State}} {{with .Status.ContainerStatus}}{{.ExitCode}}{{end}}"
	for line := range strings.Lines(dockertest.Docker(t, append([]string{"inspect", "--type", "task", "--format", format}, ids...)...)) {
		fields := append(strings.Fields(line), "")
		list = append(list, task{fields[0], fields[1], fields[2]})
	}
	return list
}

// running counts the replicas of an image that have not ended.
func running(t *testing.T, service string, image dockertest.Image) (n int) {
	t.Helper()
	for _, task := range tasks(t, service) {
		if task.image == string(image) && task.state == "running" {
			n++
		}
	}
	return n
}

// swarm makes the engine a swarm of one node, if it is none, until the end of the
// test.
func swarm(t *testing.T) {
	t.Helper()
	if dockertest.Docker(t, "info", "-f", "{{.Swarm.LocalNodeState}}") == "active" {
		return
	}
	dockertest.Docker(t, "swarm", "init", "--advertise-addr", "127.0.0.1", "--listen-addr", "127.0.0.1")
	_, err := os.Stat("/sys/class/net/docker_gwbridge")
	t.Cleanup(func() {
		dockertest.Docker(t, "swarm", "leave", "--force")
		if err != nil { // it was not there before
			dockertest.Eventually(t, "docker_gwbridge is removed", func() bool {
				return !strings.Contains(dockertest.Docker(t, "network", "ls", "--format", "{{.Name}}"), "docker_gwbridge") ||
					dockertest.Succeeds(t, "network", "rm", "docker_gwbridge")
			})
		}
	})
}
