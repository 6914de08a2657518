package main_test

import (
	"strings"
	"syscall"
	"testing"
)

// TestLogfileOnStdout: supervisord's own lines are where logfile= says, and nowhere twice.
func TestLogfileOnStdout(t *testing.T) {
	t.Parallel()
	const line = "INFO success: web entered RUNNING state, process has stayed up for > than 0 seconds (startsecs)"
	for name, tt := range map[string]struct{ logfile, format, want string }{
		"stdout": {"/dev/stdout", "plain", line + "\n"},
		"stderr": {"/dev/fd/2", "plain", line + "\n"},
		"json":   {"/dev/stdout", "json", `"program":"supervisord","stream":"stdout","pid":1,"message":"`},
		"none":   {"/dev/null", "plain", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := configured(t, map[string]string{"programs.conf": "[supervisord]\nlogfile = " + tt.logfile + "\n[program:web]\ncommand = sleep 1000\nstartsecs = 0\n"})
			p.Env = append(p.Env, "ENTRYPOINT_LOG_FORMAT="+tt.format)
			p.start()
			p.await(&p.stderr, "web: running")
			p.kill(syscall.SIGTERM)
			p.wantCode(0)
			out, other := p.stdout.String(), p.stderr.String()
			if name == "stderr" {
				out, other = other, out
			}
			if n := strings.Count(out, line); tt.want == "" && n != 0 || tt.want != "" && n != 1 || !strings.Contains(out, tt.want) || strings.Contains(other, line) {
				t.Errorf("stdout:\n%sstderr:\n%s", p.stdout.String(), p.stderr.String())
			}
		})
	}
}
