package flask_test

import (
	"strings"
	"testing"

	"entrypoint/examples/internal/dockertest"
)

// TestCommand runs commands in place of the two modes: what they print and how
// they end is all that a user sees.
func TestCommand(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		args   []string
		stdout string
		code   int
	}{
		{[]string{"echo", "hi"}, "hi\n", 0},
		{[]string{"--", "echo", "-d"}, "-d\n", 0},
		{[]string{"echo", "-h"}, "-h\n", 0},
		{[]string{"sh", "-c", "exit 7"}, "", 7},
		{[]string{"sh", "-c", "exit 255"}, "", 255},
		{[]string{"sh", "-c", "kill -9 $$"}, "", 137},
		{[]string{"sh", "-c", "kill -15 $$"}, "", 143},
		{[]string{"--remap-exit", "143", "sh", "-c", "kill -15 $$"}, "", 0},
		{[]string{"/etc/passwd"}, "", 126},
		{[]string{"/etc"}, "", 126},
		{[]string{"no-such-command"}, "", 127},
		{[]string{"/no/such/command"}, "", 127},
		// A new container's command is not PID 1, and its parent is.
		{[]string{"sh", "-c", "[ $$ != 1 ] && echo $PPID"}, "1\n", 0},
	} {
		t.Run(strings.Join(c.args, " "), func(t *testing.T) {
			t.Parallel()
			out := dockertest.Run(t, dockertest.Spec{Image: flask(t), Args: c.args})
			if out.Code != c.code || out.Stdout != c.stdout {
				t.Errorf("exit code %d, stdout %q; want %d, %q", out.Code, out.Stdout, c.code, c.stdout)
			}
			if strings.Contains(c.args[len(c.args)-1], "kill") && c.code != 0 {
				if !strings.HasPrefix(out.Stderr, "entry-point: sh: killed by SIG") || strings.Count(out.Stderr, "\n") != 1 {
					t.Errorf("stderr does not say why in one line: %q", out.Stderr)
				}
			} else if c.code < 126 || c.code > 127 {
				if out.Stderr != "" {
					t.Errorf("stderr %q", out.Stderr)
				}
			} else if !strings.Contains(out.Stderr, c.args[0]) || strings.Count(out.Stderr, "\n") != 1 {
				t.Errorf("stderr does not name the command in one line: %q", out.Stderr)
			}
		})
	}
}

// TestCommandStop stops a container whose command handles TERM, ignores it, or
// leaves others behind.
func TestCommandStop(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		flags  []string
		script string
		code   int
		stdout string
	}{
		{"own handler", nil, `trap 'echo got it; exit 5' TERM; echo ready; while :; do sleep 0.1; done`, 5, "got it"},
		{"default action", nil, `echo ready; exec sleep 1000`, 143, ""},
		{"rewritten", []string{"--rewrite", "15:2"}, `trap 'echo int; exit 6' INT; echo ready; while :; do sleep 0.1; done`, 6, "int"},
		{"whole group", []string{"--group"}, `(trap 'echo child; exit' TERM; echo ready; while :; do sleep 0.1; done) & trap 'wait; exit 8' TERM; wait; wait`, 8, "child"},
		{
			"left behind", nil,
			`(trap 'sleep 1; echo drained; exit' TERM; echo ready; while :; do sleep 0.1; done) & trap 'exit 9' TERM; while :; do sleep 0.1; done`,
			9, "drained",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			args := append(append([]string{}, c.flags...), "sh", "-c", c.script)
			container := dockertest.Start(t, dockertest.Spec{Image: bare(t), Args: args})
			container.WaitLog("ready", 1)
			checkStop(t, container, c.code)
			if log := container.Logs(); !strings.Contains(log, c.stdout) {
				t.Errorf("%q is missing in the log: %s", c.stdout, log)
			}
		})
	}
}
