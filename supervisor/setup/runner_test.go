package setup

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"entrypoint/supervisor/launch"
)

// runner runs commands for tests that need no container, and remembers them.
type runner struct {
	mu       sync.Mutex
	commands []string // each as "tool arg arg"
	lines    []string // of the log
	slept    []time.Duration
}

func (r *runner) run(c *launch.Command) (launch.Result, error) {
	r.mu.Lock()
	words := append([]string{filepath.Base(c.Argv[0])}, c.Argv[1:]...)
	r.commands = append(r.commands, strings.Join(words, " "))
	r.mu.Unlock()
	cmd := exec.Cmd{Path: c.Argv[0], Args: c.Argv, Env: c.Env, Dir: c.Dir, Stdin: c.Stdin, Stdout: c.Stdout, Stderr: c.Stderr}
	err := cmd.Run()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		return launch.Result{Code: exit.ExitCode()}, nil
	}
	return launch.Result{}, err
}

func (r *runner) options(dir string, env ...string) *Options {
	return &Options{
		Dir: dir, Env: env, Run: r.run, Budget: time.Second,
		Log: func(line string) {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.lines = append(r.lines, line)
		},
		Sleep: func(d time.Duration) syscall.Signal { r.slept = append(r.slept, d); return 0 },
	}
}

func (r *runner) log() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return strings.Join(r.lines, "\n")
}

// forget starts a new count.
func (r *runner) forget() {
	r.commands, r.lines, r.slept = nil, nil, nil
}

// files writes files into a new directory.
func files(t *testing.T, content map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range content {
		mode := os.FileMode(0o644)
		if strings.HasPrefix(text, "#!") {
			mode = 0o755
		}
		must(t, os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755))
		must(t, os.WriteFile(filepath.Join(dir, name), []byte(text), mode))
	}
	return dir
}

// stubs makes a PATH with tools that do nothing but succeed.
func stubs(t *testing.T, names ...string) string {
	t.Helper()
	content := map[string]string{}
	for _, name := range names {
		content[name] = "#!/bin/sh\n"
	}
	return files(t, content)
}
