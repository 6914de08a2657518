package dockertest

import (
	"io"
	"os/exec"
	"strings"
	"sync"
	"testing"
)

// Conversation is a container in the foreground, with its standard input.
type Conversation struct {
	t     testing.TB
	cmd   *exec.Cmd
	stdin io.WriteCloser

	mu  sync.Mutex
	out strings.Builder
}

// Interact starts a container whose standard input stays open until Finish.
func Interact(t testing.TB, s Spec) *Conversation {
	t.Helper()
	_, args := s.command(t, "-i")
	c := &Conversation{t: t, cmd: exec.Command("docker", args...)}
	c.cmd.Stdout, c.cmd.Stderr = c, c
	stdin, err := c.cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	c.stdin = stdin
	if err := c.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return c
}

// Write keeps what the container prints.
func (c *Conversation) Write(b []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.out.Write(b)
}

func (c *Conversation) text() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.out.String()
}

// Await waits until the container has printed text.
func (c *Conversation) Await(text string) {
	c.t.Helper()
	Eventually(c.t, "the container prints "+text, func() bool { return strings.Contains(c.text(), text) })
}

// Finish writes last to the container, waits for its end, which has to be a good
// one, and returns all that it has printed.
func (c *Conversation) Finish(last string) string {
	c.t.Helper()
	if _, err := io.WriteString(c.stdin, last); err != nil {
		c.t.Fatal(err)
	}
	_ = c.stdin.Close()
	if err := c.cmd.Wait(); err != nil {
		c.t.Fatalf("%v\n%s", err, c.text())
	}
	return c.text()
}
