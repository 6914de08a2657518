package dockertest

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"
)

// Spec is one `docker run`.
type Spec struct {
	Image Image
	Flags []string // docker's own
	Args  []string // after the image
}

// Container is one that Start started.
type Container struct {
	ID string
	t  testing.TB
}

// command returns the docker arguments of a spec, and arranges that the
// container is gone at the end of the test whatever becomes of it.
func (s Spec) command(t testing.TB, flags ...string) (name string, args []string) {
	t.Helper()
	name = "entry-point-test-" + strings.ToLower(rand.Text()[:12])
	t.Cleanup(func() { run(t, nil, "docker", "rm", "-f", "-v", name) })
	args = append([]string{"run", "--name", name, "--label", label}, flags...)
	args = append(args, s.Flags...)
	args = append(args, string(s.Image))
	return name, append(args, s.Args...)
}

// Command returns the whole command line of a spec, for a caller that runs it
// on a terminal of its own, and the container's name.
func Command(t testing.TB, s Spec, flags ...string) (name string, argv []string) {
	t.Helper()
	name, args := s.command(t, flags...)
	return name, append([]string{"docker"}, args...)
}

// Run runs a container to its end, in the foreground.
func Run(t testing.TB, s Spec) Output {
	t.Helper()
	_, args := s.command(t)
	return run(t, nil, "docker", args...)
}

// patience is how long a container may take to stop, in seconds, and budget the part of it
// in which entry-point has to be done. A machine with other work may need more than the usual
// ten seconds to end a few workers; who has to be killed makes it exit with 137 all the same.
const patience, budget = "60", "50s"

// Start starts a container in the background. When the test fails, its log is
// shown.
func Start(t testing.TB, s Spec) *Container {
	t.Helper()
	name, args := s.command(t, "-d", "-e", "ENTRYPOINT_STOP_BUDGET="+budget)
	Docker(t, args...)
	c := &Container{ID: name, t: t}
	t.Cleanup(func() { // before the removal, which was registered earlier
		if t.Failed() {
			t.Logf("log of %v:\n%s", s.Args, c.Logs())
		}
	})
	return c
}

// Output returns what the container has written so far, stream by stream.
func (c *Container) Output() Output {
	c.t.Helper()
	return run(c.t, nil, "docker", "logs", c.ID)
}

// Logs returns what the container has written so far, standard output first.
func (c *Container) Logs() string {
	c.t.Helper()
	out := c.Output()
	return out.Stdout + out.Stderr
}

// WaitLog waits until the log holds text times times.
func (c *Container) WaitLog(text string, times int) {
	c.t.Helper()
	Eventually(c.t, fmt.Sprintf("%q in the log, %d times", text, times), func() bool {
		return strings.Count(c.Logs(), text) >= times
	})
}

// Exec runs a command in the container.
func (c *Container) Exec(args ...string) Output {
	c.t.Helper()
	return c.ExecAs("", args...)
}

// ExecAs runs a command in the container as a user; "": that of the container.
func (c *Container) ExecAs(user string, args ...string) Output {
	c.t.Helper()
	return run(c.t, nil, "docker", append([]string{"exec", "-u", user, c.ID}, args...)...)
}

// URL returns the address at which a published port of the container answers.
func (c *Container) URL(port int) string {
	c.t.Helper()
	address := Docker(c.t, "port", c.ID, strconv.Itoa(port)+"/tcp")
	address, _, _ = strings.Cut(address, "\n") // one line per family
	return "http://" + address
}

// Get asks a published port for a path; status 0 means no answer.
func (c *Container) Get(port int, path string) (status int, body string) {
	c.t.Helper()
	client := http.Client{
		Timeout:   30 * time.Second,
		Transport: &http.Transport{DisableKeepAlives: true},
	}
	resp, err := client.Get(c.URL(port) + path)
	if err != nil {
		return 0, err.Error()
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		return 0, err.Error()
	}
	return resp.StatusCode, string(data)
}

// WaitServing waits until a published port answers path with 200, and returns
// the answer. Before the first answer nothing listens; any other status than
// 200 then is an error, because a request was accepted and not served.
func (c *Container) WaitServing(port int, path string) (body string) {
	c.t.Helper()
	Eventually(c.t, fmt.Sprintf("port %d serves %s", port, path), func() bool {
		if state := c.State(); !state.Running && !state.Restarting {
			c.t.Fatalf("the container has ended with %d", state.ExitCode)
		}
		status, text := c.Get(port, path)
		if status != 0 && status != http.StatusOK {
			c.t.Fatalf("port %d answers %s with %d:\n%s", port, path, status, text)
		}
		body = text
		return status == http.StatusOK
	})
	return body
}

// State is what the engine says about a container.
type State struct {
	Running, Restarting bool
	ExitCode, Pid       int
}

// State asks the engine.
func (c *Container) State() State {
	c.t.Helper()
	var s State
	text := Docker(c.t, "inspect", "-f", "{{json .State}}", c.ID)
	if err := json.Unmarshal([]byte(text), &s); err != nil {
		c.t.Fatal(err)
	}
	return s
}

// Wait waits until the container ends by itself.
func (c *Container) Wait() int {
	c.t.Helper()
	code, err := strconv.Atoi(Docker(c.t, "wait", c.ID))
	if err != nil {
		c.t.Fatal(err)
	}
	return code
}

// Stop is `docker stop`, and returns the exit code.
func (c *Container) Stop() (code int) {
	c.t.Helper()
	Docker(c.t, "stop", "-t", patience, c.ID)
	return c.State().ExitCode
}

// Kill kills everything in the container; false: it had ended before.
func (c *Container) Kill() bool {
	c.t.Helper()
	out := run(c.t, nil, "docker", "kill", c.ID)
	if out.Code != 0 && !strings.Contains(out.Stderr, "is not running") {
		c.t.Fatalf("docker kill: exit code %d\n%s", out.Code, out.Stderr)
	}
	return out.Code == 0
}

// Restart is `docker restart`.
func (c *Container) Restart() {
	c.t.Helper()
	Docker(c.t, "restart", "-t", patience, c.ID)
}
